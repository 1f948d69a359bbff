"""Augmentations: random changes of the training examples, drawn from the seed for each example and epoch."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from netspec.language.recipes.base import Notation, Positive, PositiveReal, Probability, Recipe, recipe

Fill = Literal["zeros", "edge", "reflect"]
"""What lies outside an image: 0, its edge repeated, or its mirror image."""


class Augmentation(Recipe):
    """A random change of a training example, drawn anew whenever the example is used."""

    noun = "augmentation"

    blends_labels: ClassVar[bool] = False
    """True where an example's label becomes shares of several classes."""


@recipe("flip")
class Flip(Augmentation):
    """Mirror the image.

    Source: Krizhevsky et al. 2012, section 4.1.
    """

    axis: Literal["horizontal", "vertical", "both"] = "horizontal"
    """Left to right, top to bottom, or each by itself."""
    probability: Probability = 0.5
    """How often."""

    notation = Notation(("axis",))
    elsewhere = ("horizontal_flip", "random_flip", "random_horizontal_flip", "hflip", "mirror")


@recipe("crop")
class Crop(Augmentation):
    """Cut a window of the input's size at a random place out of the padded image.

    Source: He et al. 2016, arXiv:1512.03385, section 4.2 (4 pixels on each side).
    """

    padding: Annotated[int, Field(ge=0, le=65536)] = 4
    """Pixels added on each side first."""
    fill: Fill = "zeros"
    """What they hold: 0, the edge repeated, or the mirror image."""

    notation = Notation(("padding",))
    elsewhere = ("random_crop", "pad_crop", "shift", "translate", "translation")


@recipe("resize")
class Resize(Augmentation):
    """Scale the image, its proportions kept, so that its shorter side has a length drawn from a range; crop after it.

    Source: Simonyan and Zisserman 2015, arXiv:1409.1556, section 3.1 (256 to 512 for crops of 224).
    """

    side: Positive
    """The shorter side, in pixels."""
    largest: Positive | None = None
    """Draw the shorter side from `side` to this; not given: always `side`."""
    interpolation: Literal["nearest", "bilinear", "bicubic"] = "bilinear"
    """How pixels between pixels are found."""

    notation = Notation(("side", "largest"))
    elsewhere = ("scale_jitter", "random_resize", "random_resized_crop", "zoom")

    @field_validator("largest")
    @classmethod
    def _is_range(cls, largest: int | None, info: ValidationInfo) -> int | None:
        side = info.data.get("side")
        if largest is not None and side is not None and largest < side:
            raise ValueError(f"at least the side of {side}")
        return largest


@recipe("rotation")
class Rotation(Augmentation):
    """Turn the image about its centre.

    Source: Simard et al. 2003, Best Practices for Convolutional Neural Networks, section 2.
    """

    degrees: Annotated[float, Field(gt=0, le=180)] = 15.0
    """The largest angle, to either side."""
    fill: Fill = "zeros"
    """What comes in from outside: 0, the edge repeated, or the mirror image."""

    notation = Notation(("degrees",))
    elsewhere = ("rotate", "random_rotation")


@recipe("color_jitter")
class ColorJitter(Augmentation):
    """Change brightness, contrast, saturation and hue, in random order.

    Source: Howard 2013, arXiv:1312.5402, section 2.2.
    """

    brightness: Probability = 0.4
    """Factor between 1 - this and 1 + this."""
    contrast: Probability = 0.4
    """Factor between 1 - this and 1 + this."""
    saturation: Probability = 0.4
    """Factor between 1 - this and 1 + this."""
    hue: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Turn of the colour circle, to either side; 0.5 is half a turn."""

    notation = Notation(("brightness", "contrast", "saturation", "hue"))
    elsewhere = ("colour_jitter", "colorjitter", "jitter")


@recipe("cutout")
class Cutout(Augmentation):
    """Set squares at random places to 0; they may reach over the edge.

    Source: DeVries and Taylor 2017, arXiv:1708.04552, section 4.1 (16 pixels for CIFAR-10).
    """

    size: Positive = 16
    """Side of a square, in pixels."""
    holes: Annotated[int, Field(ge=1, le=100)] = 1
    """How many squares."""

    notation = Notation(("size",))
    elsewhere = ("random_erasing", "cut_out", "erase")


@recipe("mixup")
class Mixup(Augmentation):
    """x = share * x1 + (1 - share) * x2, and labels likewise, with the share drawn from Beta(alpha, alpha).

    Source: Zhang et al. 2018, arXiv:1710.09412, section 2 (alpha from 0.1 to 0.4 for ImageNet).
    """

    alpha: PositiveReal = 0.2
    """How even the mixture is: near 0 mostly one example, at 1 every share alike."""

    blends_labels = True
    notation = Notation(("alpha",))
    elsewhere = ("mix_up",)
