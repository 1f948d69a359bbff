"""Preprocessing: the same for every example, with numbers that are given or computed from the training set."""

from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from netspec.language.recipes.base import Notation, PositiveReal, Recipe, recipe


class Preprocessing(Recipe):
    """What is done to the values of every example, in training and in prediction, before the network sees them.

    The numbers of a vector, such as the columns of a table, are a channel each.
    """

    noun = "preprocessing step"


def _interval(values: tuple[float, ...]) -> tuple[float, ...]:
    if len(values) != 2 or not values[0] < values[1]:
        raise ValueError("a list of two numbers, the lower one first")
    return values


Interval = Annotated[tuple[float, ...], AfterValidator(_interval)]


@recipe("subtract_mean")
class SubtractMean(Preprocessing):
    """x - mean, channel by channel.

    Source: the lectures (123.68, 116.78, 103.94 for ImageNet); Simonyan and Zisserman 2015, arXiv:1409.1556, section 2.1.
    """

    mean: float | tuple[float, ...] | None = None
    """One number, or one a channel; not given: the training set's."""

    notation = Notation(("mean",))
    elsewhere = ("mean", "center")


@recipe("standardize")
class Standardize(Preprocessing):
    """(x - mean) / std, channel by channel.

    Source: LeCun et al. 1998, Efficient BackProp, section 4.3.
    """

    mean: float | tuple[float, ...] | None = None
    """One number, or one a channel; not given: the training set's."""
    std: PositiveReal | tuple[PositiveReal, ...] | None = None
    """One number, or one a channel; not given: the training set's."""

    notation = Notation(("mean", "std"))
    elsewhere = ("normalize", "standard", "standard_scaler", "zscore")


@recipe("rescale")
class Rescale(Preprocessing):
    """The raw values' range to the range from `low` to `high`, in a straight line; of a vector each number's own range.

    Source: the lectures ((x - 127.5) / 128).
    """

    low: float = 0.0
    """What the lowest raw value becomes."""
    high: float = 1.0
    """What the highest raw value becomes."""
    raw: Interval | None = None
    """Lowest and highest raw value, such as [0, 255]; not given: the training set's."""

    notation = Notation(("low", "high"))
    elsewhere = ("range", "minmax", "min_max_scaler", "to_tensor")

    @model_validator(mode="after")
    def _has_width(self) -> Self:
        if self.low == self.high:
            raise ValueError(f"a range from {self.low:g} to {self.high:g} leaves nothing of the values")
        return self
