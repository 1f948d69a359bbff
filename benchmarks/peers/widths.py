"""The tables of the papers that every peer's networks are built from."""

VGG16 = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Width and number of convolutions before each pooling (column D)."""
RESNETS = {"resnet50": (3, 4, 6, 3), "resnet152": (3, 8, 36, 3)}
"""Bottlenecks in each stage."""
MOBILENET = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)
"""Width and stride of each separable convolution."""
UNET = (64, 128, 256, 512, 1024)
"""Widths on the way down."""
WINDOWS = (3, 4, 5)
"""How many words the filters of the text CNN see."""
EMBEDDING = 300
FILTERS = 100
