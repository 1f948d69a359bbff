"""Losses. On maps (segmentation) each is the mean over the positions of an example."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator

from netspec.language.recipes.base import NonNegative, NonNegativeReal, Notation, PositiveReal, Recipe, recipe


class Loss(Recipe):
    """What training makes small: the mean over the examples of a batch."""

    noun = "loss"

    takes_shares: ClassVar[bool] = True
    """True where a label may be shares of several classes (label smoothing, mixup)."""
    stuck_after: ClassVar[tuple[str, ...]] = ()
    """Last layers whose values between 0 and 1 it would take for values without bounds, and could not come near 0."""


def _some(values: tuple[float, ...]) -> tuple[float, ...]:
    if not values or not any(values):
        raise ValueError("a list of numbers, one a class, not all 0")
    return values


@recipe("cross_entropy")
class CrossEntropy(Loss):
    """-log of the probability that the network gives the example's class.

    A softmax at the network's end is used; where there is none, the loss takes it itself.

    Source: Goodfellow et al. 2016, Deep Learning, section 6.2.2.3.
    """

    class_weights: Annotated[tuple[NonNegativeReal, ...], AfterValidator(_some)] | None = None
    """One factor a class; not given: every class counts the same."""
    ignore: NonNegative | None = None
    """One more label that does not count, such as 255 for unlabelled pixels; one below 0 never does."""

    stuck_after = ("sigmoid",)
    elsewhere = (
        "crossentropy",
        "softmax_cross_entropy",
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "nll",
        "log_likelihood",
    )


@recipe("squared_error")
class SquaredError(Loss):
    """factor * |output - target|^2, the lectures' J = 1/2 |h(x) - y|^2; a class label is 1 at its class and 0 elsewhere.

    Source: Rumelhart et al. 1986, Learning Representations by Back-propagating Errors, equation 3.
    """

    factor: PositiveReal = 0.5
    """What the squares are multiplied by."""
    outputs: Literal["sum", "mean"] = "sum"
    """Add the squares of an example's outputs, or take their mean."""

    elsewhere = ("mse", "mean_squared_error", "l2_loss", "bpnn")


@recipe("binary_cross_entropy")
class BinaryCrossEntropy(Loss):
    """-log of the probability of yes or no, output by output, added up.

    A sigmoid at the network's end is used; where there is none, the loss takes it itself.

    Source: Goodfellow et al. 2016, Deep Learning, section 6.2.2.2.
    """

    stuck_after = ("softmax",)
    elsewhere = ("bce", "binary_crossentropy", "sigmoid_cross_entropy", "log_loss", "logistic")


@recipe("hinge")
class Hinge(Loss):
    """max(0, margin + the highest output of another class - the output of the example's class).

    Source: Crammer and Singer 2001, On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines.
    """

    margin: PositiveReal = 1.0
    """How far the right class must be ahead."""

    takes_shares = False
    stuck_after = ("softmax", "sigmoid")
    notation = Notation(("margin",))
    elsewhere = ("multiclass_hinge", "svm")
