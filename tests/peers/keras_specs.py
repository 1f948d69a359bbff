"""Bundled specs beside the networks of Keras' applications, and by name where the two differ.

Nothing here imports Keras; `keras_nets` does.
"""

from pathlib import Path
from typing import Final, NamedTuple

import netspec
from netspec.analysis.summary import Row, summarize

NETS: Final = {
    "vgg16": "VGG16",
    "vgg@E": "VGG19",
    "resnet50": "ResNet50",
    "resnet50@101": "ResNet101",
    "resnet50@152": "ResNet152",
    "densenet121": "DenseNet121",
    "densenet121@169": "DenseNet169",
    "densenet121@201": "DenseNet201",
    "xception": "Xception",
    "inception_v3": "InceptionV3",
    "mobilenet": "MobileNet",
    "mobilenet@0.5": "MobileNet(alpha=0.5)",
    "efficientnet_b0": "EfficientNetB0",
    "convnext_t": "ConvNeXtTiny",
}
"""Bundled specs, and what Keras calls the same networks."""

SPECS: Final = Path(__file__).parents[2] / "specs"
STRIDE_IN_3X3: Final = "conv1-{width} -> bn -> relu -> conv3-{width}/{stride}"
STRIDE_IN_1X1: Final = "conv1-{width}/{stride} -> bn -> relu -> conv3-{width}"
NORMALIZATION: Final = 3 + 3 + 1
"""Keras' EfficientNet begins with a layer that keeps a mean and a variance of each colour, and a count."""


class Counts(NamedTuple):
    """Values that are trained, values that are not, and multiply-adds of one example."""

    trainable: int
    fixed: int
    macs: int


def counts(target: str) -> Counts:
    """What netspec counts for the network that Keras has under this name."""
    name, _, variant = target.partition("@")
    text = (SPECS / f"{name}.yaml").read_text(encoding="utf-8")
    if name == "resnet50":  # Keras strides as the paper does
        assert STRIDE_IN_3X3 in text
        text = text.replace(STRIDE_IN_3X3, STRIDE_IN_1X1)
    rows = summarize(netspec.load(text=text, variant=variant or None).graph).rows
    if name == "inception_v3":  # Keras leaves out the auxiliary classifier
        rows = tuple(row for row in rows if row.head is None)
    return Counts(
        sum(row.trainable for row in rows) + trained_besides(name, rows),
        sum(row.fixed for row in rows) + (NORMALIZATION if name == "efficientnet_b0" else 0),
        sum(row.macs or 0 for row in rows),
    )


def trained_besides(name: str, rows: tuple[Row, ...]) -> int:
    """What Keras trains more, or less where negative: one value for each channel that batch norm works on.

    ResNet's convolutions keep their biases in front of it; Inception-v3's has no scale.
    """
    channels = sum(row.shape.channels for row in rows if row.kind == "bn")
    return {"resnet50": channels, "inception_v3": -channels}.get(name, 0)
