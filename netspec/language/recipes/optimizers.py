"""Optimizers. Beside `rate`, fields and defaults are those of optax 0.2's functions of the same purpose.

The rate's defaults are the lectures' usual ones, 1e-3 to 1e-4, where the method scales its own steps.
"""

from pydantic import ValidationInfo, field_validator

from netspec.language.recipes.base import (
    Decayed,
    NonNegativeReal,
    Notation,
    PositiveReal,
    Recipe,
    Share,
    recipe,
)

_RATE = Notation(("rate",))


class Optimizer(Recipe):
    """How gradients change the parameters."""

    noun = "optimizer"

    @property
    def slots(self) -> int:
        """Values that are kept from step to step for each trainable one."""
        return 1


@recipe("sgd")
class Sgd(Optimizer):
    """w <- w - rate * g, with g the mean gradient of the batch.

    Source: Robbins and Monro 1951, A Stochastic Approximation Method.
    """

    rate: PositiveReal
    """Step size; the schedule multiplies it."""

    notation = _RATE
    elsewhere = ("gradient_descent", "stochastic_gradient_descent", "gd")

    @property
    def slots(self) -> int:
        """None."""
        return 0


@recipe("momentum")
class Momentum(Optimizer):
    """v <- momentum * v + g; w <- w - rate * v.

    Source: Polyak 1964, Some Methods of Speeding up the Convergence of Iteration Methods.
    """

    rate: PositiveReal
    """Step size; the schedule multiplies it."""
    momentum: Share = 0.9
    """Part of the last step that is kept (0.9: Krizhevsky et al. 2012, section 5)."""

    notation = Notation(("rate", "momentum"))
    elsewhere = ("sgd_momentum", "heavy_ball", "sgdm")


@recipe("nesterov")
class Nesterov(Optimizer):
    """v <- momentum * v + g; w <- w - rate * (momentum * v + g).

    Source: Nesterov 1983; in this form Sutskever et al. 2013, On the Importance of Initialization and Momentum in
    Deep Learning.
    """

    rate: PositiveReal
    """Step size; the schedule multiplies it."""
    momentum: Share = 0.9
    """Part of the last step that is kept."""

    notation = Notation(("rate", "momentum"))
    elsewhere = ("nag", "nesterov_momentum", "sgd_nesterov")


@recipe("adagrad")
class Adagrad(Optimizer):
    """s <- s + g^2; w <- w - rate * g / sqrt(s + eps).

    Source: Duchi et al. 2011, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization.
    """

    rate: PositiveReal = 1e-3
    """Step size; the schedule multiplies it."""
    initial_accumulator_value: NonNegativeReal = 0.1
    """What s begins with."""
    eps: NonNegativeReal = 1e-7
    """Keeps the divisor above 0."""

    notation = _RATE


@recipe("rmsprop")
class RmsProp(Optimizer):
    """s <- decay * s + (1 - decay) * g^2; w <- w - rate * g / sqrt(s + eps).

    Source: Tieleman and Hinton 2012, lecture 6.5 of Neural Networks for Machine Learning; `centered`: Graves 2013,
    arXiv:1308.0850, section 4.2.
    """

    rate: PositiveReal = 1e-3
    """Step size; the schedule multiplies it."""
    decay: Share = 0.9
    """Part of s that is kept."""
    eps: NonNegativeReal = 1e-8
    """Keeps the divisor above 0."""
    initial_scale: NonNegativeReal = 0.0
    """What s begins with."""
    eps_in_sqrt: bool = True
    """Add eps inside the root; false adds it outside, as PyTorch does."""
    centered: bool = False
    """Divide by the standard deviation of the gradient instead of its root mean square."""
    momentum: Share | None = None
    """Part of the last step that is kept; not given: no momentum."""
    nesterov: bool = False
    """Use Nesterov's form of the momentum."""

    notation = _RATE
    elsewhere = ("rms_prop",)

    @field_validator("nesterov")
    @classmethod
    def _has_momentum(cls, nesterov: bool, info: ValidationInfo) -> bool:  # noqa: FBT001  pydantic calls it
        if nesterov and "momentum" in info.data and info.data["momentum"] is None:
            raise ValueError("false where `momentum` is not given")
        return nesterov

    @property
    def slots(self) -> int:
        """The mean square, with the mean where centred and the velocity where there is momentum."""
        return 1 + self.centered + (self.momentum is not None)


@recipe("adadelta")
class Adadelta(Optimizer):
    """Steps in the unit of the parameters: g times the ratio of the running root mean squares of steps and gradients.

    Source: Zeiler 2012, arXiv:1212.5701, algorithm 1, which has no rate: 1.
    """

    rate: PositiveReal = 1.0
    """Factor of the step; the schedule multiplies it."""
    rho: Share = 0.9
    """Part of the running means that is kept."""
    eps: NonNegativeReal = 1e-6
    """Keeps both roots above 0."""

    notation = _RATE

    @property
    def slots(self) -> int:
        """Two running means."""
        return 2


class _Adam(Optimizer):
    """What the methods with running means of the gradient and of its square have in common."""

    rate: PositiveReal = 1e-3
    """Step size; the schedule multiplies it."""
    b1: Share = 0.9
    """Part of the gradient's running mean m that is kept."""
    b2: Share = 0.999
    """Part of the running mean v of its square that is kept."""
    eps: NonNegativeReal = 1e-8
    """Keeps the divisor above 0."""

    notation = _RATE

    @property
    def slots(self) -> int:
        """Two running means."""
        return 2


@recipe("adam")
class Adam(_Adam):
    """w <- w - rate * m' / (sqrt(v' + eps_root) + eps), with the running means m and v corrected for their start at 0.

    Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1.
    """

    eps_root: NonNegativeReal = 0.0
    """Added inside the root."""


@recipe("nadam")
class Nadam(_Adam):
    """Adam with Nesterov's look ahead.

    Source: Dozat 2016, Incorporating Nesterov Momentum into Adam.
    """

    eps_root: NonNegativeReal = 0.0
    """Added inside the root."""


@recipe("adamax")
class Adamax(_Adam):
    """Adam with the largest recent gradient in place of the root of v.

    Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 2.
    """


@recipe("adamw")
class AdamW(_Adam):
    """Adam with decoupled weight decay: w <- w - rate * (adam's step + weight_decay * w).

    Source: Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2; as in optax and PyTorch, the rate multiplies
    the decay too.
    """

    eps_root: NonNegativeReal = 0.0
    """Added inside the root."""
    weight_decay: NonNegativeReal = 1e-4
    """Part of a parameter that each step takes away, before the rate."""
    decayed: Decayed = "weights"
    """Which parameters decay: `weights`, or `all` for biases and normalization too."""

    elsewhere = ("adam_w", "decoupled_adam")


@recipe("lamb")
class Lamb(_Adam):
    """Adam whose step is scaled, layer by layer, to the size of the layer's parameters; for large batches.

    Source: You et al. 2020, arXiv:1904.00962, algorithm 2.
    """

    eps: NonNegativeReal = 1e-6
    """Keeps the divisor above 0."""
    eps_root: NonNegativeReal = 0.0
    """Added inside the root."""
    weight_decay: NonNegativeReal = 0.0
    """Part of a parameter that is added to the step before it is scaled."""
    decayed: Decayed = "weights"
    """Which parameters decay: `weights`, or `all` for biases and normalization too."""


@recipe("lion")
class Lion(Optimizer):
    """w <- w - rate * (sign(b1 * m + (1 - b1) * g) + weight_decay * w); m <- b2 * m + (1 - b2) * g.

    Source: Chen et al. 2023, arXiv:2302.06675, algorithm 2, which advises a rate 3 to 10 times below AdamW's.
    """

    rate: PositiveReal = 1e-4
    """Step size; the schedule multiplies it."""
    b1: Share = 0.9
    """Part of m in the step's direction."""
    b2: Share = 0.99
    """Part of m that is kept."""
    weight_decay: NonNegativeReal = 1e-3
    """Part of a parameter that each step takes away, before the rate."""
    decayed: Decayed = "weights"
    """Which parameters decay: `weights`, or `all` for biases and normalization too."""

    notation = _RATE
