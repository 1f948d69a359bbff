"""Activations: a function of each value by itself; softmax and maxout look along the channels."""

from typing import TYPE_CHECKING, Literal

from netspec.layers.base import (
    Example,
    Finite,
    Notation,
    Parameter,
    PerPosition,
    Positive,
    Shape,
    Unary,
    divide,
    everywhere,
    image,
    layer,
)
from netspec.layers.facets import SAME_POSITION, Formula, Keeps, Reach

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Weights


@layer("relu")
class Relu(PerPosition):
    """y = max(0, x).

    Source: Nair and Hinton 2010, Rectified Linear Units Improve Restricted Boltzmann Machines; Krizhevsky et
    al. 2012, section 3.1.
    """

    keeps = Keeps("pointwise")
    rectifies = True
    elsewhere = ("rectifier", "rectified_linear")
    examples = (
        Example("relu", "224x224x64", "224x224x64"),
        Example("relu", "4096", "4096"),
        Example("relu", "54x100", "54x100"),
    )

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.elementwise import relu

        return relu(x)


@layer("leaky_relu")
class LeakyRelu(PerPosition):
    """y = x where x > 0, else slope * x.

    Source: Maas et al. 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models.
    """

    slope: Finite = 0.01
    """Slope for negative values; YOLO and Darknet use 0.1, DCGAN 0.2."""

    keeps = Keeps("pointwise")
    rectifies = True
    notation = Notation(positional=("slope",))
    elsewhere = ("leakyrelu", "lrelu")
    examples = (Example("leaky_relu(0.1)", "13x13x1024", "13x13x1024"),)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        import jax.numpy as jnp

        return jnp.where(x > 0, x, self.slope * x)


@layer("prelu")
class ParametricRelu(PerPosition):
    """y = x where x > 0, else slope * x with a trained slope that starts at 0.25.

    Source: He et al. 2015, Delving Deep into Rectifiers, arXiv:1502.01852, section 2.1.
    """

    shared: bool = False
    """One slope for the whole layer, instead of one a channel."""

    keeps = Keeps("factor")
    rectifies = True
    elsewhere = ("parametric_relu",)
    examples = (
        Example("prelu", "28x28x64", "28x28x64", 64),
        Example("prelu(shared=true)", "28x28x64", "28x28x64", 1),
        Example("prelu", "128", "128", 128),
    )

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        return (Parameter("slope", (1 if self.shared else x.channels,), initializer="constant(0.25)"),)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        import jax.numpy as jnp

        return jnp.where(x > 0, x, p["slope"] * x)


@layer("relu6")
class Relu6(PerPosition):
    """y = min(max(0, x), 6).

    Source: Krizhevsky 2010, Convolutional Deep Belief Networks on CIFAR-10; Sandler et al. 2018, MobileNetV2,
    arXiv:1801.04381, section 4.
    """

    keeps = Keeps("pointwise")
    rectifies = True
    elsewhere = ("clipped_relu", "relu_6")
    examples = (Example("relu6", "112x112x32", "112x112x32"),)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from jax import nn

        return nn.relu6(x)


@layer("elu")
class Elu(PerPosition):
    """y = x where x > 0, else alpha * (exp(x) - 1).

    Source: Clevert et al. 2016, Fast and Accurate Deep Network Learning by Exponential Linear Units,
    arXiv:1511.07289, section 3.
    """

    alpha: Finite = 1.0
    """Minus the value that large negative inputs go to."""

    keeps = Keeps("pointwise", inner=1)
    rectifies = True
    notation = Notation(positional=("alpha",))
    elsewhere = ("exponential_linear",)
    examples = (Example("elu", "28x28x64", "28x28x64"), Example("elu(0.5)", "100", "100"))

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from jax import nn

        return nn.elu(x, self.alpha)


@layer("sigmoid")
class Sigmoid(PerPosition):
    """y = 1 / (1 + exp(-x)).

    Source: Rumelhart et al. 1986, Learning representations by back-propagating errors, equation 2.
    """

    keeps = Keeps("pointwise", inner=1, reads_input=False)
    elsewhere = ("logistic",)
    examples = (Example("sigmoid", "28x28x6", "28x28x6"), Example("sigmoid", "1", "1"))

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from jax import nn

        return nn.sigmoid(x)


@layer("hard_sigmoid")
class HardSigmoid(PerPosition):
    """y = min(max(0, x + 3), 6) / 6.

    Keras 2 had another, steeper one under this name: min(max(0, 0.2x + 0.5), 1).

    Source: Howard et al. 2019, Searching for MobileNetV3, arXiv:1905.02244, section 5.2.
    """

    keeps = Keeps("pointwise")
    elsewhere = ("hardsigmoid", "h_sigmoid")
    examples = (Example("hard_sigmoid", "96", "96"),)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from jax import nn

        return nn.hard_sigmoid(x)


@layer("tanh")
class Tanh(PerPosition):
    """y = amplitude * tanh(slope * x). LeNet-5 has amplitude 1.7159 and slope 2/3, so that f(1) = 1.

    Source: LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition, appendix A.
    """

    amplitude: Finite = 1.0
    """The value that large inputs go to."""
    slope: Finite = 1.0
    """Factor of the input."""

    notation = Notation(positional=("amplitude", "slope"))
    elsewhere = ("hyperbolic_tangent", "scaled_tanh")
    examples = (
        Example("tanh", "28x28x6", "28x28x6"),
        Example("tanh(amplitude=1.7159, slope=0.6666667)", "120", "120"),
    )

    def kept(self) -> Keeps:
        return Keeps("pointwise", inner=1, reads_input=False, scaled=self.slope != 1)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        import jax.numpy as jnp

        return self.amplitude * jnp.tanh(self.slope * x)


@layer("gelu")
class Gelu(PerPosition):
    """y = x * P(N <= x) for a standard normal N.

    The approximation is x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))).

    Source: Hendrycks and Gimpel 2016, Gaussian Error Linear Units, arXiv:1606.08415, section 2.
    """

    approximate: bool = False
    """Use the formula with tanh, as BERT and GPT-2 do."""

    rectifies = True
    elsewhere = ("gaussian_error_linear",)
    examples = (Example("gelu", "56x56x384", "56x56x384"), Example("gelu(approximate=true)", "64", "64"))

    def kept(self) -> Keeps:
        return Keeps("pointwise", inner=1 if self.approximate else 2)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from jax import nn

        return nn.gelu(x, approximate=self.approximate)


@layer("silu")
class Silu(PerPosition):
    """y = x * sigmoid(x), also called swish.

    Source: Elfwing et al. 2018, arXiv:1702.03118; Ramachandran et al. 2017, arXiv:1710.05941.
    """

    keeps = Keeps("pointwise", inner=1)
    rectifies = True
    elsewhere = ("swish", "sigmoid_linear")
    examples = (Example("silu", "112x112x32", "112x112x32"),)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from jax import nn

        return nn.silu(x)


@layer("hard_swish")
class HardSwish(PerPosition):
    """y = x * min(max(0, x + 3), 6) / 6.

    Source: Howard et al. 2019, Searching for MobileNetV3, arXiv:1905.02244, section 5.2.
    """

    keeps = Keeps("pointwise")
    rectifies = True
    elsewhere = ("hardswish", "h_swish", "hswish")
    examples = (Example("hard_swish", "112x112x16", "112x112x16"),)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from jax import nn

        return nn.hard_swish(x)


@layer("maxout")
class Maxout(Unary):
    """The largest of `pieces` channels that stand side by side: y[i] = max over j of x[i*pieces + j].

    Source: Goodfellow et al. 2013, Maxout Networks, arXiv:1302.4389, section 3.
    """

    pieces: Positive
    """Channels that compete for one output channel."""

    keeps = Keeps("largest")
    without_macs = True
    pointwise = True
    rectifies = True
    notation = Notation(positional=("pieces",))
    elsewhere = ("max_feature_map",)
    examples = (
        Example("maxout(2)", "28x28x96", "28x28x48"),
        Example("maxout(5)", "1200", "240"),
        Example("maxout(2)", "50x8", "50x4"),
    )

    def shape(self, x: Shape) -> Shape:
        return x.with_channels(divide(x.channels, self.pieces, field="pieces", what="channels"))

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        numbers = f"{x.channels}/{self.pieces}"
        return (Formula("channels", "C/pieces", numbers, x.channels // self.pieces),)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        return x.reshape(*x.shape[:-1], -1, self.pieces).max(-1)


@layer("softmax")
class Softmax(Unary):
    """y = exp(x) / sum(exp(x)): positive values that add up to one.

    Source: Bridle 1990, Probabilistic Interpretation of Feedforward Classification Network Outputs; over the
    board's positions Silver et al. 2016, Mastering the game of Go, methods section.
    """

    over: Literal["channels", "positions", "all"] = "channels"
    """What the sum runs over: the channels of each position, the positions of each channel, or all values."""

    keeps = Keeps("softmax")
    own_values = False
    without_macs = True
    elsewhere = ("softargmax", "probabilities")
    examples = (
        Example("softmax", "1000", "1000"),
        Example("softmax", "388x388x2", "388x388x2"),
        Example("softmax(over=positions)", "19x19x1", "19x19x1"),
    )

    def axes(self, rank: int) -> tuple[int, ...]:
        """The axes of a batch of that many axes that the sum runs over."""
        return {
            "channels": (rank - 1,),
            "positions": tuple(range(1, rank - 1)),
            "all": tuple(range(1, rank)),
        }[self.over]

    def shape(self, x: Shape) -> Shape:
        if self.over == "positions":
            image(x, "softmax over positions")
        return x

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return (SAME_POSITION,) * x.rank if self.over == "channels" else everywhere(x)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        import jax.numpy as jnp
        from jax import nn

        wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
        return nn.softmax(wide, self.axes(x.ndim)).astype(x.dtype)


@layer("identity")
class Identity(PerPosition):
    """y = x: for a branch that passes its input on.

    Source: He et al. 2016, Identity Mappings in Deep Residual Networks, arXiv:1603.05027, section 2.
    """

    keeps = Keeps("view")
    elsewhere = ("noop", "passthrough", "skip")
    reads_tokens = True
    examples = (Example("identity", "56x56x64", "56x56x64"), Example("identity", "10", "10"))

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        return x
