"""Initializers. fan_in and fan_out are a weight's inputs and outputs: kernel taps times channels in, or filters out."""

from typing import Literal

from netspec.language.recipes.base import Notation, PositiveReal, Recipe, recipe


class Initializer(Recipe):
    """How the weights are drawn before training; biases begin at 0. Each layer's draw depends on its name alone."""

    noun = "initializer"


@recipe("auto")
class Auto(Initializer):
    """By the activation that follows: he_normal before ReLU and its kin, xavier_normal elsewhere.

    Source: the lectures; without such a scale the activations of deep networks collapse to 0.
    """


@recipe("he_normal")
class HeNormal(Initializer):
    """Normal with mean 0 and variance 2 / fan.

    Source: He et al. 2015, arXiv:1502.01852, section 2.2.
    """

    fan: Literal["in", "out"] = "in"
    """Keep the variance of the activations (`in`) or of the gradients (`out`)."""

    elsewhere = ("kaiming_normal", "he", "kaiming", "msra")


@recipe("he_uniform")
class HeUniform(Initializer):
    """Uniform between -a and a, with a = sqrt(6 / fan): variance 2 / fan.

    Source: He et al. 2015, arXiv:1502.01852, section 2.2.
    """

    fan: Literal["in", "out"] = "in"
    """Keep the variance of the activations (`in`) or of the gradients (`out`)."""

    elsewhere = ("kaiming_uniform",)


@recipe("xavier_normal")
class XavierNormal(Initializer):
    """Normal with mean 0 and variance 2 / (fan_in + fan_out).

    Source: Glorot and Bengio 2010, Understanding the Difficulty of Training Deep Feedforward Neural Networks,
    equation 12.
    """

    elsewhere = ("glorot_normal", "xavier", "glorot")


@recipe("xavier_uniform")
class XavierUniform(Initializer):
    """Uniform between -a and a, with a = sqrt(6 / (fan_in + fan_out)): the same variance as xavier_normal.

    Source: Glorot and Bengio 2010, equation 16.
    """

    elsewhere = ("glorot_uniform",)


@recipe("lecun_normal")
class LecunNormal(Initializer):
    """Normal with mean 0 and variance 1 / fan_in.

    Source: LeCun et al. 1998, Efficient BackProp, section 4.6.
    """

    elsewhere = ("lecun", "selu")


@recipe("lecun_uniform")
class LecunUniform(Initializer):
    """Uniform between -a and a, with a = sqrt(3 / fan_in): variance 1 / fan_in.

    Source: LeCun et al. 1998, Efficient BackProp, section 4.6.
    """


@recipe("orthogonal")
class Orthogonal(Initializer):
    """A random matrix with orthogonal rows or columns, times gain; a kernel's taps and channels in are its rows.

    Source: Saxe et al. 2014, arXiv:1312.6120, section 3.
    """

    gain: PositiveReal = 1.0
    """What the matrix is multiplied by."""

    notation = Notation(("gain",))


@recipe("normal")
class Normal(Initializer):
    """Normal with a fixed standard deviation.

    Source: Krizhevsky et al. 2012, section 5 (mean 0, standard deviation 0.01).
    """

    std: PositiveReal = 0.01
    """The standard deviation."""
    mean: float = 0.0
    """The mean."""

    notation = Notation(("std",))
    elsewhere = ("gaussian", "random_normal")


@recipe("uniform")
class Uniform(Initializer):
    """Uniform between -limit and limit."""

    limit: PositiveReal
    """The largest absolute value."""

    notation = Notation(("limit",))
    elsewhere = ("random_uniform",)


@recipe("constant")
class Constant(Initializer):
    """The same value everywhere, for experiments: units that begin equal stay equal."""

    value: float
    """The value."""

    notation = Notation(("value",))


@recipe("zeros")
class Zeros(Initializer):
    """0 everywhere, for experiments: units that begin equal stay equal."""
