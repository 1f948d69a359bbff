"""Fully connected: every output sees every input."""

from typing import TYPE_CHECKING

from netspec.layers.base import (
    Example,
    Notation,
    Parameter,
    Positive,
    Shape,
    Unary,
    biased,
    biases,
    everywhere,
    layer,
)
from netspec.layers.facets import Keeps, Macs, Reach, product

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Weights


@layer("fc")
class FullyConnected(Unary):
    """Every unit is a weighted sum of all inputs, plus a bias: y = x W + b. A map is flattened first.

    Weights: inputs * units, and as many MACs. A map's values are taken row by row, channels last (`flatten`).

    Source: Rumelhart et al. 1986, Learning representations by back-propagating errors, equation 1; on a map
    Krizhevsky et al. 2012, section 3.5.
    """

    units: Positive
    """Number of outputs."""
    bias: bool | None = None
    """One bias a unit. Not given: true, except right before batch norm."""

    keeps = Keeps("matrix")
    notation = Notation(width="units")
    elsewhere = ("dense", "linear", "inner_product", "fullyconnected", "fully_connected", "affine")
    examples = (
        Example("fc-4096", "7x7x512", "4096", 102_764_544),
        Example("fc-10", "84", "10", 850),
        Example("fc-2", "54x100", "2", 10_802),
        Example("fc-101", "1x4x4x512", "101", 827_493),
    )

    def shape(self, x: Shape) -> Shape:
        return Shape((self.units,))

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        shape = (x.elements, self.units)
        kernel = Parameter("kernel", shape, symbols="inputs*units", worked=f"{product(x.sizes)}*{self.units}")
        return kernel, *biases(self.units, wanted=self.bias, each="unit")

    def works(self, x: Shape) -> tuple[Macs, ...]:
        return (Macs(x.elements * self.units),)

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return everywhere(x)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.dense import dense

        return biased(run, p, dense(run, x.reshape(x.shape[0], -1), p["kernel"]))


@layer("rbf")
class RadialBasis(Unary):
    """LeNet-5's output: the squared Euclidean distance of the input to a fixed prototype for each class.

    y_i = sum_j (x_j - prototypes[j, i])^2: a penalty, smallest for the class that fits best. The prototypes
    are not trained; LeNet-5 drew them by hand as 7x12 bitmaps of -1 and +1, here each sign is drawn with
    equal odds. MACs: inputs * units, a square added up for each.

    Source: LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition, equation 7.
    """

    units: Positive
    """Number of prototypes, one a class."""

    keeps = Keeps("matrix")
    notation = Notation(width="units")
    elsewhere = ("radial_basis", "euclidean_rbf", "rbf_output")
    examples = (Example("rbf-10", "84", "10", 840), Example("rbf-2", "2x2x3", "2", 24))

    def shape(self, x: Shape) -> Shape:
        return Shape((self.units,))

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        prototypes = (x.elements, self.units)
        return (Parameter("prototypes", prototypes, initializer="rademacher", trainable=False),)

    def works(self, x: Shape) -> tuple[Macs, ...]:
        return (Macs(x.elements * self.units),)

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return everywhere(x)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        distances = x.reshape(x.shape[0], -1, 1) - p["prototypes"]
        return (distances * distances).sum(1)
