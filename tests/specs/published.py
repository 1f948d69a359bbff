"""What papers and public definitions say of the bundled networks as wholes.

Every number is a literal with its source beside it, or that source's arithmetic; none is taken from netspec.
"Caffe" is the network's public prototxt, "torchvision", "Keras" and "pytorchcv" are these libraries' models,
counted layer by layer by a program that shares no code with netspec. Where a paper's table alone is named,
its layers were written in plain torch.nn and counted by PyTorch's flop counter.
"""

PARAMETERS = {
    "lenet5": 61_706,  # 156 + 2,416 + 48,120 + 10,164 + 850, the layers in published_layers
    "lenet5_1998": 60_000,  # LeCun et al. 1998, section II.B: "60,000 trainable free parameters"
    "alexnet": 60_965_224,  # Caffe (bvlc_alexnet)
    "alexnet@one-tower": 62_378_344,  # pytorchcv's AlexNet, which has one tower
    "zfnet": 62_357_608,  # pytorchcv's ZFNet
    "vgg16": 138_357_544,  # Caffe (VGG_ILSVRC_16_layers), Keras and torchvision
    "vgg": 138_357_544,
    "vgg@A": 132_863_336,  # torchvision's vgg11
    "vgg@A-LRN": 132_863_336,  # A: response normalization has no parameters
    "vgg@B": 133_047_848,  # torchvision's vgg13
    "vgg@C": 133_638_952,  # B and 1x1 kernels with biases: 65,792 + 2*262,656
    "vgg@D": 138_357_544,  # torchvision's vgg16
    "vgg@E": 143_667_240,  # torchvision's vgg19
    "googlenet": 13_378_280,  # Caffe's 6,998,552 and the heads' 3,188,840 + 3,190,888
    "resnet18": 11_689_512,  # torchvision's resnet18
    "resnet18@34": 21_797_672,  # torchvision's resnet34
    "resnet50": 25_557_032,  # torchvision's resnet50
    "resnet50@101": 44_549_160,  # torchvision's resnet101
    "resnet50@152": 60_192_808,  # Caffe (ResNet-152) and torchvision
    "resnet_cifar": 269_722,  # He et al. 2016, table 6: 0.27M; 20B less 16*32 + 32*64 + 192
    "resnet_cifar@32": 464_154,  # 0.46M; each unit of 16, 32, 64 filters more adds 4,672 + 18,560 + 73,984
    "resnet_cifar@44": 658_586,  # 0.66M
    "resnet_cifar@56": 853_018,  # 0.85M
    "resnet_cifar@110": 1_727_962,  # 1.7M
    "resnet_cifar@20B": 272_474,  # pytorchcv's ResNet-20 for CIFAR-10, with projections
    "resnet_cifar@56B": 855_770,  # pytorchcv's ResNet-56
    "resnet_cifar@110B": 1_730_714,  # pytorchcv's ResNet-110
    "unet": 31_030_658,  # counted from figure 1 of the paper, in published_layers
    "unet@padded": 31_030_658,  # padding has no parameters
    "mobilenet": 4_231_976,  # Keras (trainable) and pytorchcv's mobilenet_w1
    "mobilenet@0.75": 2_585_560,  # pytorchcv's mobilenet_w3d4
    "mobilenet@0.5": 1_331_592,  # pytorchcv's mobilenet_wd2
    "mobilenet@0.25": 470_072,  # pytorchcv's mobilenet_wd4
    "mobilenet@192": 4_231_976,  # the resolution changes no kernel
    "mobilenet@160": 4_231_976,
    "mobilenet@128": 4_231_976,
    "keras_mnist": 137_660,  # (9 + 1) * 25 + (225 + 1) * 50 + (1250 + 1) * 100 + (100 + 1) * 10
    "alphago": 3_882_793,  # k (1200 + 1) + 11 k (9 k + 1) + k + 361 for k = 192 (Silver et al. 2016, Methods)
    "alphago@128": 1_777_641,
    "alphago@256": 6_798_953,
    "alphago@384": 15_064_297,
    "keyword_spotting": 244_224,  # Sainath and Parada 2015, table 1: 244.2K, weights alone
    "kim_text": 18_766 * 300 + 360_902,  # Kim 2014: the vectors; 3 windows of 100 filters, 300 * 2 + 2
    "xception": 22_855_952,  # Chollet 2017, table 3
    "espcn": 22_729,  # Shi et al. 2016, section 3.2: (5*5 + 1) * 64 + (3*3*64 + 1) * 32 + (3*3*32 + 1) * 9
    "espcn@x2": 21_284,  # the same with 4 in place of 9
    "espcn@x4": 24_752,  # and with 16
    "nin": 966_986,  # pytorchcv's NIN for CIFAR-10
    "dilated": 134_346_581
    + 28_392,  # the authors' Caffe definitions: VGG-16's layers with 21 classes, the module
    "dilated@large": 134_346_581 + 6_803_139,  # the same (dilation8_pascal_voc)
    "c3d": 79_991_015,  # (4096 + 1) * (487 - 101) more
    "c3d@ucf101": 78_409_573,  # MMAction2's metafile for C3D on UCF101
    "dcgan": 3_576_704,  # PyTorch's DCGAN example, as torchsummary prints it
    "dcgan@paper": 18_855_040,  # Radford et al. 2016, figure 1: 100*16*1024, four of 5x5, bn's 3,840
    "densenet121": 7_978_856,  # torchvision's densenet121; Keras (trainable)
    "densenet121@169": 14_149_480,  # torchvision's densenet169; Keras (trainable)
    "densenet121@201": 20_013_928,  # torchvision's densenet201; Keras (trainable)
    "squeezenet": 1_235_496,  # Caffe (SqueezeNet v1.1); torchvision's squeezenet1_1
    "squeezenet@1.0": 1_248_424,  # Iandola et al. 2016, table 1; torchvision's squeezenet1_0
    "inception_v3": 27_161_264,  # torchvision's inception_v3: 23,834,568 and the head's 3,326,696
    "efficientnet_b0": 5_288_548,  # torchvision's efficientnet_b0; Keras (trainable)
    "convnext_t": 28_589_128,  # torchvision's convnext_tiny
}
"""Trainable parameters of each spec and variant, heads included; statistics of batch norm do not count."""

MACS = {
    "lenet5": 416_520,  # 117,600 + 240,000 + 48,000 + 10,080 + 840
    "lenet5_1998": 117_600
    + 150_000
    + 48_000
    + 10_080
    + 840,  # the paper's connections of C1, C3, C5, F6, OUTPUT
    "alexnet": 724_406_816,  # Caffe (bvlc_alexnet)
    "alexnet@one-tower": 1_135_256_096,  # pytorchcv's AlexNet at 227x227
    "zfnet": 1_168_032_896,  # pytorchcv's ZFNet at 225x225
    "vgg16": 15_470_264_320,  # Caffe (VGG_ILSVRC_16_layers)
    "vgg": 15_470_264_320,
    "vgg@A": 7_609_090_048,  # torchvision's vgg11
    "vgg@A-LRN": 7_609_090_048,
    "vgg@B": 11_308_466_176,  # torchvision's vgg13
    "vgg@C": 11_770_888_192,  # B and 256*256*56*56 + 512*512*28*28 + 512*512*14*14
    "vgg@D": 15_470_264_320,
    "vgg@E": 19_632_062_464,  # torchvision's vgg19
    "googlenet": 1_582_671_872
    + 8_372_224,  # Caffe; the heads: 16*128*(512 + 528), twice 2048*1024 + 1024*1000
    "resnet18": 1_814_073_344,  # torchvision's resnet18
    "resnet18@34": 3_663_761_408,  # torchvision's resnet34
    "resnet50": 4_089_184_256,  # torchvision's resnet50
    "resnet50@101": 7_801_405_440,  # torchvision's resnet101
    "resnet50@152": 11_513_626_624,  # torchvision's resnet152
    "resnet_cifar": 40_551_040,  # 20B less its projections: 256*16*32 + 64*32*64
    "resnet_cifar@32": 68_862_592,  # two units more in each stage, 2*2*1024*9*16*16 in each of the three
    "resnet_cifar@44": 97_174_144,
    "resnet_cifar@56": 125_485_696,
    "resnet_cifar@110": 252_887_680,
    "resnet_cifar@20B": 40_813_184,  # pytorchcv's ResNet-20 for CIFAR-10
    "resnet_cifar@56B": 125_747_840,  # pytorchcv's ResNet-56
    "resnet_cifar@110B": 253_149_824,  # pytorchcv's ResNet-110
    "unet": 150_428_424_448,  # figure 1 of the paper: kernels times maps, for 2x2 the smaller map
    "unet@padded": 192_384_335_872,  # the same with maps of 512, 256, 128, 64 and 32
    "mobilenet": 568_740_352,  # pytorchcv's mobilenet_w1; Howard et al. 2017, table 6: 569 million
    "mobilenet@0.75": 325_400_448,  # mobilenet_w3d4; 325 million
    "mobilenet@0.5": 149_497_088,  # mobilenet_wd2; 149 million
    "mobilenet@0.25": 41_030_272,  # mobilenet_wd4; 41 million
    "mobilenet@192": 418_121_728,  # Howard et al. 2017, table 7: 418 million; convolutions * (192/224)^2
    "mobilenet@160": 290_675_200,  # 290 million; (160/224)^2
    "mobilenet@128": 186_400_768,  # 186 million; (128/224)^2
    "keras_mnist": 676 * 225
    + 121 * 11_250
    + 125_000
    + 1_000,  # 26*26*9*25, 11*11*225*50, the two last layers
    "alphago": 1_400_726_208,  # 361 (1200 k + 11 * 9 k k + k) for k = 192
    "alphago@128": 641_043_584,
    "alphago@256": 2_453_182_720,
    "alphago@384": 5_436_417_408,
    "keyword_spotting": 9_705_984,  # Sainath and Parada 2015, table 1: 9.7M
    "kim_text": 21_900_600,  # 100*300*(62*3 + 61*4 + 60*5) + 600
    "xception": 8_357_403_496,  # Keras' Xception
    "espcn": 462_400 + 5_326_848 + 749_088,  # 17*17 times the weights
    "espcn@x2": 462_400 + 5_326_848 + 332_928,
    "espcn@x4": 462_400 + 5_326_848 + 1_331_712,
    "nin": 222_486_528,  # pytorchcv's NIN for CIFAR-10
    "dilated": 791_885_448_108,  # the authors' Caffe definitions, at 900x900
    "dilated@large": 826_395_410_952,
    "c3d": 38_547_378_176 + 4096 * 386,
    "c3d@ucf101": 38_547_378_176,  # Tran et al. 2015, figure 3, with 101 classes
    "dcgan": 104_628_224,  # PyTorch's DCGAN example: the weights times the positions of the input
    "dcgan@paper": 640_614_400,  # 1,638,400 + 16*13,107,200 + 64*3,276,800 + 256*819,200 + 1024*9,600
    "densenet121": 2_834_161_664,  # torchvision's densenet121
    "densenet121@169": 3_359_843_328,  # torchvision's densenet169
    "densenet121@201": 4_291_365_888,  # torchvision's densenet201
    "squeezenet": 349_151_936,  # Caffe (SqueezeNet v1.1); torchvision's squeezenet1_1
    "squeezenet@1.0": 818_924_576,  # torchvision's squeezenet1_0
    "inception_v3": 5_713_216_096 + 5_683_200,  # Caffe; the head: 25*98,304 + 2,457,600 + 768,000
    "efficientnet_b0": 385_814_752,  # torchvision's efficientnet_b0; Tan and Le 2019, table 2: 0.39 billion
    "convnext_t": 4_455_531_264,  # torchvision's convnext_tiny; Liu et al. 2022, table 1: 4.5 billion
}
"""Multiply-adds of convolutions and fully connected layers of one example; taps on padding count."""

STATISTICS = {
    "resnet18": 2 * (64 + 4 * (64 + 128 + 256 + 512) + 896),  # He et al. 2016, table 1, and the projections
    "resnet18@34": 2 * (64 + 2 * (3 * 64 + 4 * 128 + 6 * 256 + 3 * 512) + 896),  # the same
    "resnet50": 53_120,  # Caffe (ResNet-50)
    "resnet50@101": 105_344,  # Keras: 44,707,176 in all, less the trainable ones and a bias for half of these
    "resnet50@152": 151_424,  # Caffe (ResNet-152)
    **{
        f"resnet_cifar@{6 * n + 2}": 2 * (16 + 2 * n * 112) for n in (5, 7, 9, 18)
    },  # He et al. 2016, section 4.2
    **{f"resnet_cifar@{6 * n + 2}B": 2 * (16 + 2 * n * 112 + 96) for n in (3, 9, 18)},
    "resnet_cifar": 2 * (16 + 2 * 3 * 112),
    "mobilenet": 21_888,  # Keras: 4,253,864 in all
    "mobilenet@0.75": 16_416,  # the widths times alpha
    "mobilenet@0.5": 10_944,
    "mobilenet@0.25": 5_472,
    "mobilenet@192": 21_888,
    "mobilenet@160": 21_888,
    "mobilenet@128": 21_888,
    "xception": 54_528,  # Keras: 22,910,480 in all
    "dcgan": 2 * (512 + 256 + 128 + 64),  # PyTorch's DCGAN example
    "dcgan@paper": 2 * (1024 + 512 + 256 + 128),  # Radford et al. 2016, figure 1
    "densenet121": 83_648,  # Keras: 8,062,504 in all
    "densenet121@169": 158_400,  # Keras: 14,307,880 in all
    "densenet121@201": 229_056,  # Keras: 20,242,984 in all
    "inception_v3": 34_432 + 2 * (128 + 768),  # Caffe, and Keras: 23,851,784 in all; the head
    "efficientnet_b0": 42_016,  # Keras: 5,330,571 in all, 7 of them its Normalization layer's
}
"""Means and variances of batch norm; what is not named here has none."""

ASIDES = {
    "alexnet": {61_100_840},  # torchvision's alexnet
    "vgg16": {
        138_344_128,
        15_237_608,
        60_950_432,
    },  # cs231n lecture notes: the sums of their columns; 4 bytes each
    "googlenet": {6_998_552, 1_582_671_872},  # Caffe, without the heads
    "resnet18": {19_267_584},  # 28*28*64*128 + 14*14*128*256 + 7*7*256*512, ResNet-34's projections
    "mobilenet": {4_209_088, 4_253_864},  # without batch norm's 21,888 and the last bias; Keras, in all
    "alphago": {3_882_433},  # one bias in place of 361
    "xception": {22_910_480},  # Keras, in all
    "squeezenet": {847_596_576},  # Caffe (SqueezeNet v1.0)
    "inception_v3": {23_834_568, 5_713_216_096, 23_626_728},  # torchvision, Caffe; Chollet 2017, table 3
}
"""Further counts that the headers of the specs mention."""
