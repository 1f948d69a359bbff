"""What papers and public definitions say of the bundled networks' layers; literals, as in `published`."""

VGG16 = [  # cs231n lecture notes, "VGGNet in detail": output, weights without biases
    *(("224x224x64", 1_728), ("224x224x64", 36_864)),
    *(("112x112x128", 73_728), ("112x112x128", 147_456)),
    *(("56x56x256", 294_912), ("56x56x256", 589_824), ("56x56x256", 589_824)),
    *(("28x28x512", 1_179_648), ("28x28x512", 2_359_296), ("28x28x512", 2_359_296)),
    *(("14x14x512", 2_359_296), ("14x14x512", 2_359_296), ("14x14x512", 2_359_296)),
    *(("4096", 102_760_448), ("4096", 16_777_216), ("1000", 4_096_000)),
]
VGG16_POOLS = ["112x112x64", "56x56x128", "28x28x256", "14x14x512", "7x7x512"]  # the same notes

LENET5 = [  # full connections of C3: 5*5*6*16 + 16; output: 84*10 + 10
    *(("28x28x6", 156), ("10x10x16", 2_416), ("120", 48_120), ("84", 10_164), ("10", 850)),
]
LENET5_1998 = [  # LeCun et al. 1998, section II.B: C1, S2, C3, S4, C5, F6
    *(
        ("28x28x6", 156),
        ("14x14x6", 12),
        ("10x10x16", 1_516),
        ("5x5x16", 32),
        ("1x1x120", 48_120),
        ("84", 10_164),
    ),
]
LENET5_TABLE_1 = (  # LeCun et al. 1998, table I: a row for each map of S2, a column for each map of C3
    "X...XXX..XXXX.XX",
    "XX...XXX..XXXX.X",
    "XXX...XXX..X.XXX",
    ".XXX..XXXX..X.XX",
    "..XXX..XXXX.XX.X",
    "...XXX..XXXX.XXX",
)
ALEXNET = [  # Caffe (bvlc_alexnet)
    *(("55x55x96", 34_944), ("27x27x256", 307_456), ("13x13x384", 885_120), ("13x13x384", 663_936)),
    *(("13x13x256", 442_624), ("4096", 37_752_832), ("4096", 16_781_312), ("1000", 4_097_000)),
]
ALEXNET_NEURONS = [  # Krizhevsky et al. 2012, caption of figure 2
    *(253_440, 186_624, 64_896, 64_896, 43_264, 4_096, 4_096, 1_000),
]
ALEXNET_ONE_TOWER = [  # pytorchcv's AlexNet at 227x227
    *(("55x55x96", 34_944), ("27x27x256", 614_656), ("13x13x384", 885_120), ("13x13x384", 1_327_488)),
    *(("13x13x256", 884_992), ("4096", 37_752_832), ("4096", 16_781_312), ("1000", 4_097_000)),
]
ZFNET = [  # pytorchcv's ZFNet; sizes also Zeiler and Fergus 2014, figure 3
    *(("110x110x96", 14_208), ("26x26x256", 614_656), ("13x13x384", 885_120), ("13x13x384", 1_327_488)),
    *(("13x13x256", 884_992), ("4096", 37_752_832), ("4096", 16_781_312), ("1000", 4_097_000)),
]
KERAS_MNIST = [  # the lectures: 9 and 225 weights a filter; 1,250 values after `flatten`
    *(("26x26x25", 25 * 10), ("11x11x50", 50 * 226), ("100", 1_251 * 100), ("10", 101 * 10)),
]
ALPHAGO = [  # Silver et al. 2016, Methods: 5x5 over 48 planes, 11 of 3x3, and 1x1 with a bias for each point
    *(("19x19x192", 230_592), *[("19x19x192", 331_968)] * 11, ("19x19x1", 192 + 361)),
]
KEYWORD_SPOTTING = [  # Sainath and Parada 2015, table 1: 10.2K, 163.8K (printed as 164.8K), 65.5K, 4.1K, 0.5K
    *(("13x33x64", 10_240), ("4x8x64", 163_840), ("32", 65_536), ("128", 4_096), ("4", 512)),
]
KIM_TEXT = [  # Kim 2014, sections 2 and 3.1: 100 filters for each of 3, 4 and 5 words of 300 values
    *(("64x300", 5_629_800), ("62x100", 90_100), ("61x100", 120_100), ("60x100", 150_100), ("2", 602)),
]
ESPCN = [  # Shi et al. 2016, section 3.2
    *(("17x17x64", 1_664), ("17x17x32", 18_464), ("17x17x9", 2_601)),
]
NIN = [  # Lin et al. 2014, figure 2, as pytorchcv's NIN for CIFAR-10
    *(("32x32x192", 14_592), ("32x32x160", 30_880), ("32x32x96", 15_456)),
    *(("16x16x192", 460_992), ("16x16x192", 37_056), ("16x16x192", 37_056)),
    *(("8x8x192", 331_968), ("8x8x192", 37_056), ("8x8x10", 1_930)),
]
C3D = [  # Tran et al. 2015, figure 3, with the 487 classes of section 3.3
    *(("16x112x112x64", 5_248), ("16x56x56x128", 221_312)),
    *(("8x28x28x256", 884_992), ("8x28x28x256", 1_769_728)),
    *(("4x14x14x512", 3_539_456), ("4x14x14x512", 7_078_400)),
    *(("2x7x7x512", 7_078_400), ("2x7x7x512", 7_078_400)),
    *(("4096", 33_558_528), ("4096", 16_781_312), ("487", 1_995_239)),
]
DCGAN = [  # PyTorch's DCGAN example, as torchsummary prints it: a transposed convolution, then its batch norm
    *(("4x4x512", 819_200), ("4x4x512", 1_024), ("8x8x256", 2_097_152), ("8x8x256", 512)),
    *(("16x16x128", 524_288), ("16x16x128", 256), ("32x32x64", 131_072), ("32x32x64", 128)),
    ("64x64x3", 3_072),
]
LAYERS = {
    "lenet5": LENET5,
    "lenet5_1998": LENET5_1998,
    "alexnet": ALEXNET,
    "alexnet@one-tower": ALEXNET_ONE_TOWER,
    "zfnet": ZFNET,
    "keras_mnist": KERAS_MNIST,
    "alphago": ALPHAGO,
    "keyword_spotting": KEYWORD_SPOTTING,
    "kim_text": KIM_TEXT,
    "espcn": ESPCN,
    "nin": NIN,
    "c3d": C3D,
    "dcgan": DCGAN,
}
"""Output and trainable parameters of each layer that has any."""

POOLS = {
    "alexnet": ["27x27x96", "13x13x256", "6x6x256"],  # Caffe (bvlc_alexnet)
    "zfnet": ["55x55x96", "13x13x256", "6x6x256"],  # Zeiler and Fergus 2014, figure 3
    "vgg16": VGG16_POOLS,
    "keras_mnist": ["13x13x25", "5x5x50"],  # the lectures
    "keyword_spotting": ["13x11x64"],  # Sainath and Parada 2015, table 1: 3 frequencies, no time
    "c3d": [  # Tran et al. 2015, figure 3; the last as the authors' Caffe rounds it
        *("16x56x56x64", "8x28x28x128", "4x14x14x256", "2x7x7x512", "1x4x4x512"),
    ],
    "resnet18": ["56x56x64"],  # He et al. 2016, table 1
    "densenet121": ["56x56x64"],  # Huang et al. 2017, table 1
    "xception": ["74x74x128", "37x37x256", "19x19x728", "10x10x1024"],  # Keras' Xception
    "squeezenet": ["55x55x64", "27x27x128", "13x13x256"],  # Caffe (SqueezeNet v1.1)
    "squeezenet@1.0": ["54x54x96", "27x27x256", "13x13x512"],  # torchvision's squeezenet1_0
}

INPUTS = {
    "lenet5": "28x28x1",  # MNIST's images
    "lenet5_1998": "32x32x1",  # LeCun et al. 1998, section II.B
    "alexnet": "227x227x3",  # Caffe (bvlc_alexnet)
    "zfnet": "225x225x3",  # Zeiler and Fergus 2014, figure 3
    "vgg16": "224x224x3",  # Simonyan and Zisserman 2015, section 2.1
    "vgg": "224x224x3",
    "resnet50": "224x224x3",  # He et al. 2016, section 3.4
    "googlenet": "224x224x3",  # Szegedy et al. 2015, section 5
    "unet": "572x572x1",  # Ronneberger et al. 2015, figure 1
    "mobilenet": "224x224x3",  # Howard et al. 2017, table 1
    "resnet18": "224x224x3",  # He et al. 2016, section 3.4
    "resnet_cifar": "32x32x3",  # the same, section 4.2
    "keras_mnist": "28x28x1",  # the lectures
    "alphago": "19x19x48",  # Silver et al. 2016, Methods
    "keyword_spotting": "32x40x1",  # Sainath and Parada 2015, section 3
    "kim_text": "64 tokens of 18766",  # Kim 2014, table 1: MR's 18,765 words; his code: 56 + 2*4, a row for 0
    "xception": "299x299x3",  # Chollet 2017, figure 5
    "espcn": "17x17x1",  # Shi et al. 2016, section 3.2
    "nin": "32x32x3",  # CIFAR-10's images
    "dilated": "900x900x3",  # the authors' Caffe definition (dilation8_pascal_voc)
    "c3d": "16x112x112x3",  # Tran et al. 2015, section 3.1
    "dcgan": "100",  # Radford et al. 2016, figure 1
    "densenet121": "224x224x3",  # Huang et al. 2017, section 3
    "squeezenet": "224x224x3",  # Iandola et al. 2016, table 1
    "inception_v3": "299x299x3",  # Szegedy et al. 2016, table 1
    "efficientnet_b0": "224x224x3",  # Tan and Le 2019, table 1
    "convnext_t": "224x224x3",  # Liu et al. 2022, table 9
}

LRN = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 2.0}  # Krizhevsky et al. 2012, section 3.3
CONSTANTS = {
    "lenet5": [("pool", {"kernel": 2, "stride": 2})],
    "lenet5_1998": [  # LeCun et al. 1998, appendix A; section II.B
        ("tanh", {"amplitude": 1.7159, "slope": 2 / 3}),
        ("subsample", {"kernel": 2, "stride": 2}),
    ],
    "alexnet": [  # Krizhevsky et al. 2012, sections 3.3, 3.4 and 4.2
        *(("lrn", LRN), ("pool", {"kernel": 3, "stride": 2}), ("dropout", {"rate": 0.5})),
    ],
    "zfnet": [  # Zeiler and Fergus 2014, figure 3 and section 3; its normalization is Krizhevsky's
        *(("lrn", LRN), ("pool", {"kernel": 3, "stride": 2}), ("dropout", {"rate": 0.5})),
    ],
    "vgg@A-LRN": [  # Simonyan and Zisserman 2015, sections 2.1 and 3.1
        *(("lrn", LRN), ("pool", {"kernel": 2, "stride": 2}), ("dropout", {"rate": 0.5})),
    ],
    "resnet50": [("pool", {"kernel": 3, "stride": 2})],  # He et al. 2016, table 1
    "googlenet": [("lrn", LRN), ("avgpool", {"kernel": 5, "stride": 3})],  # Szegedy et al. 2015, section 5
    "unet": [("pool", {"kernel": 2, "stride": 2})],  # Ronneberger et al. 2015, section 2
    "resnet18": [("pool", {"kernel": 3, "stride": 2})],  # He et al. 2016, table 1
    "keras_mnist": [("pool", {"kernel": 2, "stride": 2})],  # the lectures
    "kim_text": [("dropout", {"rate": 0.5})],  # Kim 2014, section 3.1
    "xception": [("pool", {"kernel": 3, "stride": 2})],  # Chollet 2017, figure 5
    "nin": [("dropout", {"rate": 0.5})],  # Lin et al. 2014, section 4.1; the authors' Caffe definition
    "dilated": [
        ("pool", {"kernel": 2, "stride": 2}),
        ("dropout", {"rate": 0.5}),
    ],  # the authors' Caffe definition
    "c3d": [("dropout", {"rate": 0.5})],  # the authors' Caffe definition
    "densenet121": [("avgpool", {"kernel": 2, "stride": 2})],  # Huang et al. 2017, table 1
    "squeezenet": [
        ("pool", {"kernel": 3, "stride": 2}),
        ("dropout", {"rate": 0.5}),
    ],  # Iandola et al. 2016, 3.1
    "inception_v3": [("bn", {"eps": 1e-3}), ("dropout", {"rate": 0.5})],  # torchvision
    "efficientnet_b0": [("dropout", {"rate": 0.2})],  # Tan and Le 2019, section 5.2
    "convnext_t": [
        ("ln", {"eps": 1e-6}),
        ("scale", {"initial": 1e-6}),
    ],  # Liu et al. 2022, A.1, and their code
}
"""Fields of the layers that own no parameters; they are the same in every layer of the kind."""

GOOGLENET = [  # Caffe (bvlc_googlenet): output and parameters of each convolution
    ("28x28x256", [12_352, 18_528, 110_720, 3_088, 12_832, 6_176]),
    ("28x28x480", [32_896, 32_896, 221_376, 8_224, 76_896, 16_448]),
    ("14x14x512", [92_352, 46_176, 179_920, 7_696, 19_248, 30_784]),
    ("14x14x512", [82_080, 57_456, 226_016, 12_312, 38_464, 32_832]),
    ("14x14x512", [65_664, 65_664, 295_168, 12_312, 38_464, 32_832]),
    ("14x14x528", [57_456, 73_872, 373_536, 16_416, 51_264, 32_832]),
    ("14x14x832", [135_424, 84_640, 461_120, 16_928, 102_528, 67_712]),
    ("7x7x832", [213_248, 133_280, 461_120, 26_656, 102_528, 106_624]),
    ("7x7x1024", [319_872, 159_936, 663_936, 39_984, 153_728, 106_624]),
]
GOOGLENET_STEM = [9_472, 4_160, 110_784]  # the same: conv1, and conv2 with its reduction
GOOGLENET_CLASSIFIER = 1_025_000  # the same
GOOGLENET_HEADS = {  # Szegedy et al. 2015, section 5: 4x4 average, 128 1x1 filters, 1024 units, 1000 classes
    "aux1": [512 * 128 + 128, 4 * 4 * 128 * 1024 + 1024, 1024 * 1000 + 1000],
    "aux2": [528 * 128 + 128, 4 * 4 * 128 * 1024 + 1024, 1024 * 1000 + 1000],
}
GOOGLENET_TABLE_1 = [  # Szegedy et al. 2015, table 1: parameters in units of 1,024, million multiply-adds
    *((2.7, 34), (112, 360), (159, 128), (380, 304), (364, 73), (437, 88), (463, 100), (580, 119)),
    *((840, 170), (1072, 54), (1388, 71), (1000, 1)),
]

RESNET_STAGES = {  # Caffe (50 and 152), torchvision: output, convolutions, their weights and batch norm's
    "resnet18": [
        *(("56x56x64", 4, 147_456 + 512), ("28x28x128", 5, 524_288 + 1_280)),
        *(("14x14x256", 5, 2_097_152 + 2_560), ("7x7x512", 5, 8_388_608 + 5_120)),
    ],
    "resnet18@34": [
        *(("56x56x64", 6, 221_184 + 768), ("28x28x128", 9, 1_114_112 + 2_304)),
        *(("14x14x256", 13, 6_815_744 + 6_656), ("7x7x512", 7, 13_107_200 + 7_168)),
    ],
    "resnet50": [
        *(("56x56x256", 10, 212_992 + 2_816), ("28x28x512", 13, 1_212_416 + 7_168)),
        *(("14x14x1024", 19, 7_077_888 + 20_480), ("7x7x2048", 10, 14_942_208 + 22_528)),
    ],
    "resnet50@152": [
        *(("56x56x256", 10, 212_992 + 2_816), ("28x28x512", 25, 2_326_528 + 13_312)),
        *(("14x14x1024", 109, 40_501_248 + 112_640), ("7x7x2048", 10, 14_942_208 + 22_528)),
    ],
}

UNET_CONVOLUTIONS = [  # Ronneberger et al. 2015, figure 1: kernel, channels before, channels after
    *((3, 1, 64), (3, 64, 64), (3, 64, 128), (3, 128, 128), (3, 128, 256), (3, 256, 256)),
    *((3, 256, 512), (3, 512, 512), (3, 512, 1024), (3, 1024, 1024)),
    *((2, 1024, 512), (3, 1024, 512), (3, 512, 512), (2, 512, 256), (3, 512, 256), (3, 256, 256)),
    *((2, 256, 128), (3, 256, 128), (3, 128, 128), (2, 128, 64), (3, 128, 64), (3, 64, 64), (1, 64, 2)),
]
UNET_SIDES = [  # the same figure, from the second map on
    *(570, 568, 284, 282, 280, 140, 138, 136, 68, 66, 64, 32, 30, 28),
    *(56, 54, 52, 104, 102, 100, 200, 198, 196, 392, 390, 388),
]

MOBILENET_SHARES = {  # Howard et al. 2017, table 2, in percent: weights without batch norm and the last bias
    "pointwise": 74.59,
    "dwconv": 1.06,
    "conv": 0.02,
    "fc": 24.33,
}
MOBILENET_MAC_SHARES = {  # the same table, of the multiply-adds; the first layer's 1.91 is printed as 1.19
    "pointwise": 94.86,
    "dwconv": 3.06,
    "conv": 1.91,
    "fc": 0.18,
}

SQUEEZENET = [  # Iandola et al. 2016, table 1: conv1, fire2 to fire9, conv10
    *(14_208, 11_920, 12_432, 45_344, 49_440, 104_880, 111_024, 188_992, 197_184, 513_000),
]
DENSENET = {  # Huang et al. 2017, table 1: the layers of each block, and the channels after the last
    "densenet121": ([6, 12, 24, 16], 1024),
    "densenet121@169": ([6, 12, 32, 32], 1664),
    "densenet121@201": ([6, 12, 48, 32], 1920),
}
INCEPTION_V3 = [  # torchvision's inception_v3, Mixed_5b to Mixed_7c; sizes also Szegedy et al. 2016, table 1
    *("35x35x256", "35x35x288", "35x35x288", "17x17x768", "17x17x768", "17x17x768", "17x17x768", "17x17x768"),
    *("8x8x1280", "8x8x2048", "8x8x2048"),
]
EFFICIENTNET_B0 = [  # Tan and Le 2019, table 1: kernel, output of the stage, its layers; stage 2 to 8
    *((3, "112x112x16", 1), (3, "56x56x24", 2), (5, "28x28x40", 2), (3, "14x14x80", 3)),
    *((5, "14x14x112", 3), (5, "7x7x192", 4), (3, "7x7x320", 1)),
]
CONVNEXT_T = [  # Liu et al. 2022, table 9: output of a stage and its blocks
    *(("56x56x96", 3), ("28x28x192", 3), ("14x14x384", 9), ("7x7x768", 3)),
]
