"""What values of the bundled networks see of the input: side, stride and padding, alike on each axis.

Literals with their sources, as in `published`. A padding of None is not comparable.
"""

RECEPTIVE_FIELDS: dict[str, list[tuple[str, int, int, int | None]]] = {
    "vgg16": [  # Araujo et al. 2019, the table of their repository: vgg_16
        ("conv1", 3, 1, 1),
        ("pool1", 6, 2, 2),
        ("conv3", 10, 2, 4),
        ("pool2", 16, 4, 6),
        ("conv5", 24, 4, 10),
        ("conv6", 32, 4, 14),
        ("pool3", 44, 8, 18),
        ("conv8", 60, 8, 26),
        ("conv9", 76, 8, 34),
        ("pool4", 100, 16, 42),
        ("conv11", 132, 16, 58),
        ("conv12", 164, 16, 74),
        ("pool5", 212, 32, 90),
    ],
    "alexnet": [  # the same table: alexnet_v2
        ("conv1", 11, 4, 0),
        ("pool1", 19, 8, 0),
        ("conv2", 51, 8, 16),
        ("conv3", 99, 16, 32),
        ("conv4", 131, 16, 48),
        ("conv5", 163, 16, 64),
        ("pool3", 195, 32, 64),
    ],
    "mobilenet": [  # the same table: mobilenet_v1, whose padding is TensorFlow's
        ("conv1", 3, 2, None),
        ("separable1/conv1", 7, 2, None),
        ("separable2/conv1", 11, 4, None),
        ("separable3/conv1", 19, 4, None),
        ("separable4/conv1", 27, 8, None),
        ("separable5/conv1", 43, 8, None),
        ("separable6/conv1", 59, 16, None),
        ("separable7/conv1", 91, 16, None),
        ("separable8/conv1", 123, 16, None),
        ("separable9/conv1", 155, 16, None),
        ("separable10/conv1", 187, 16, None),
        ("separable11/conv1", 219, 16, None),
        ("separable12/conv1", 251, 32, None),
        ("separable13/conv1", 315, 32, None),
    ],
    "inception_v3": [  # the same table: Conv2d_1a_3x3 to Mixed_7c
        ("unit1/conv1", 3, 2, 0),
        ("unit2/conv1", 7, 2, 0),
        ("unit3/conv1", 11, 2, 2),
        ("pool1", 15, 4, 2),
        ("unit4/conv1", 15, 4, 2),
        ("unit5/conv1", 23, 4, 2),
        ("pool2", 31, 8, 2),
        ("fine1/concat1", 63, 8, 18),
        ("fine2/concat1", 95, 8, 34),
        ("fine3/concat1", 127, 8, 50),
        ("shrink1/concat1", 159, 16, 58),
        ("rows1/concat1", 351, 16, 154),
        ("rows2/concat1", 543, 16, 250),
        ("rows3/concat1", 735, 16, 346),
        ("last17/concat1", 927, 16, 442),
        ("shrink_again1/concat1", 1055, 32, 490),
        ("coarse1/concat1", 1183, 32, 554),
        ("coarse2/concat1", 1311, 32, 618),
    ],
    "resnet50": [  # torchvision's resnet50, by the support of its gradients
        ("stage4/bottleneck3/conv3", 427, 32, 213),
    ],
    "dilated": [  # 186 pixels lost on each side (the authors' code); Yu and Koltun 2016, table 1, at stride 8
        ("conv3", 2 * 186 + 8, 8, 0),
        *(
            (f"context{i}/conv1", 372 + 8 * r, 8, 264)
            for i, r in enumerate((3, 5, 9, 17, 33, 65, 67), start=1)
        ),
        ("conv4", 372 + 8 * 67, 8, 264),
    ],
}
