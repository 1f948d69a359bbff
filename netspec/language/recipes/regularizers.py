"""Penalties on the parameters. Weight decay that is no penalty belongs to an optimizer (`adamw`)."""

from netspec.language.recipes.base import Decayed, Notation, PositiveReal, Recipe, recipe


class Regularizer(Recipe):
    """A penalty on the parameters, added to the loss."""

    noun = "regularizer"


@recipe("l1")
class L1(Regularizer):
    """strength * the sum of |w|, which drives weights to 0.

    Source: Tibshirani 1996, Regression Shrinkage and Selection via the Lasso.
    """

    strength: PositiveReal
    """Factor of the penalty."""
    decayed: Decayed = "weights"
    """Which parameters are penalized: `weights`, or `all` for biases and normalization too."""

    notation = Notation(("strength",))
    elsewhere = ("lasso",)


@recipe("l2")
class L2(Regularizer):
    """strength / 2 * the sum of w^2, whose gradient is strength * w.

    Source: Krogh and Hertz 1992, A Simple Weight Decay Can Improve Generalization; 5e-4 with this gradient:
    Krizhevsky et al. 2012, section 5.
    """

    strength: PositiveReal
    """Factor of the penalty."""
    decayed: Decayed = "weights"
    """Which parameters are penalized: `weights`, or `all` for biases and normalization too."""

    notation = Notation(("strength",))
    elsewhere = ("weight_decay", "ridge", "tikhonov")
