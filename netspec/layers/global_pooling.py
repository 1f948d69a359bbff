"""Global and adaptive pooling: the windows follow from the map's size."""

from typing import TYPE_CHECKING

from netspec.layers.base import Example, Notation, PerAxis, Shape, Unary, everywhere, image, layer, per_axis
from netspec.layers.facets import Keeps, Reach

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Weights


@layer("gap")
class GlobalAveragePool(Unary):
    """The mean of each channel over the whole map: a map becomes a vector of its channels.

    Source: Lin et al. 2014, Network in Network, arXiv:1312.4400, section 3.2.
    """

    keeps = Keeps("mean")
    without_macs = True
    elsewhere = (
        "globalaveragepool",
        "global_average_pool",
        "globalavgpool",
        "global_avgpool",
        "globalaveragepooling2d",
    )
    examples = (
        Example("gap", "7x7x2048", "2048"),
        Example("gap", "56x100", "100"),
        Example("gap", "4x7x7x512", "512"),
    )

    def shape(self, x: Shape) -> Shape:
        image(x, self.name)
        return Shape((x.channels,))

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return everywhere(x)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        return x.mean(tuple(range(1, x.ndim - 1)))


@layer("gmp")
class GlobalMaxPool(Unary):
    """The largest value of each channel over the whole map: a map becomes a vector of its channels.

    Source: Collobert et al. 2011, Natural Language Processing (Almost) from Scratch, arXiv:1103.0398,
    section 3.3.2 (the max over time of a sentence).
    """

    keeps = Keeps("largest")
    without_macs = True
    elsewhere = (
        "globalmaxpool",
        "global_max_pool",
        "globalmaxpooling2d",
        "globalmaxpooling1d",
        "max_over_time",
    )
    examples = (
        Example("gmp", "54x100", "100"),
        Example("gmp", "7x7x512", "512"),
        Example("gmp", "4x7x7x512", "512"),
    )

    def shape(self, x: Shape) -> Shape:
        image(x, self.name)
        return Shape((x.channels,))

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return everywhere(x)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        return x.max(tuple(range(1, x.ndim - 1)))


@layer("adaptive_avgpool")
class AdaptiveAveragePool(Unary):
    """The mean of windows that divide the map into a grid of a given size, whatever its own size.

    Cell i of n covers rows floor(i*W/n) up to, not including, ceil((i + 1)*W/n); cells overlap where n does
    not divide W.

    Source: PyTorch's AdaptiveAvgPool2d; the idea is He et al. 2014, Spatial Pyramid Pooling, arXiv:1406.4729,
    section 2.2.
    """

    size: PerAxis
    """Size of the output: one number, or one an axis."""

    keeps = Keeps("mean")
    without_macs = True
    notation = Notation(size="size")
    elsewhere = ("adaptiveavgpool2d", "adaptive_average_pool", "adaptive_avg_pool", "adaptiveaveragepool")
    examples = (
        Example("adaptive_avgpool7", "13x13x512", "7x7x512"),
        Example("adaptive_avgpool1", "7x7x64", "1x1x64"),
        Example("adaptive_avgpool4", "50x16", "4x16"),
        Example("adaptive_avgpool1x7x7", "16x14x14x8", "1x7x7x8"),
    )

    def shape(self, x: Shape) -> Shape:
        return Shape((*per_axis(self.size, len(image(x, self.name)), "size"), x.channels))

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return _cells(self.size, x)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        import jax.numpy as jnp

        from netspec.ops.adaptive import pool_cells

        return pool_cells(x, per_axis(self.size, x.ndim - 2, "size"), jnp.mean)


@layer("adaptive_maxpool")
class AdaptiveMaxPool(Unary):
    """The largest value of windows that divide the map into a grid of a given size, whatever its own size.

    Cell i of n covers rows floor(i*W/n) up to, not including, ceil((i + 1)*W/n); cells overlap where n does
    not divide W.

    Source: He et al. 2014, Spatial Pyramid Pooling, arXiv:1406.4729, section 2.2; PyTorch's
    AdaptiveMaxPool2d.
    """

    size: PerAxis
    """Size of the output: one number, or one an axis."""

    keeps = Keeps("largest")
    without_macs = True
    notation = Notation(size="size")
    elsewhere = ("adaptivemaxpool2d", "adaptive_max_pool", "spatial_pyramid_pool")
    examples = (
        Example("adaptive_maxpool4", "13x13x256", "4x4x256"),
        Example("adaptive_maxpool5", "56x100", "5x100"),
        Example("adaptive_maxpool2", "8x8x8x16", "2x2x2x16"),
    )

    def shape(self, x: Shape) -> Shape:
        return Shape((*per_axis(self.size, len(image(x, self.name)), "size"), x.channels))

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return _cells(self.size, x)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        import jax.numpy as jnp

        from netspec.ops.adaptive import pool_cells

        return pool_cells(x, per_axis(self.size, x.ndim - 2, "size"), jnp.max)


def _cells(grid: PerAxis, x: Shape) -> tuple[Reach, ...]:
    """Cell i of n covers floor(i*W/n) to ceil((i + 1)*W/n) - 1, which is floor((i*W + W - 1)/n)."""
    cells = zip(per_axis(grid, x.rank, "size"), x.spatial, strict=True)
    return tuple(Reach(size, n, 0, size - 1) for n, size in cells)
