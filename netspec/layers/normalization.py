"""Normalization, and learned factors by channel."""

from typing import TYPE_CHECKING

from netspec.layers.base import (
    Example,
    Finite,
    Notation,
    Parameter,
    PerPosition,
    Positive,
    Rate,
    Shape,
    Small,
    Unary,
    divide,
    everywhere,
    image,
    layer,
)
from netspec.layers.facets import Keeps, Reach

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Tracked, Weights


@layer("bn")
class BatchNorm(PerPosition):
    """Bring each channel to mean 0 and variance 1 over the batch and all positions, then scale and shift it.

    y = scale * (x - mean) / sqrt(variance + eps) + offset; after training with running mean and variance.

    Source: Ioffe and Szegedy 2015, Batch Normalization, arXiv:1502.03167, algorithms 1 and 2, section 3.2.
    """

    eps: Small = 1e-5
    """Added to the variance."""
    momentum: Rate = 0.9
    """running = momentum * running + (1 - momentum) * batch, as in Keras; PyTorch's is one minus this."""
    scale: bool = True
    """A trained factor a channel."""
    offset: bool = True
    """A trained summand a channel, in place of the bias of the layer before."""

    keeps = Keeps("batch norm")
    cancels_bias = True
    full_precision = True
    elsewhere = ("batchnorm", "batch_norm", "batchnorm1d", "batchnorm2d", "batchnorm3d", "batchnormalization")
    examples = (
        Example("bn", "112x112x64", "112x112x64", 128),
        Example("bn(momentum=0.99, scale=false)", "56x100", "56x100", 100),
        Example("bn", "4x7x7x512", "4x7x7x512", 1_024),
        Example("bn", "128", "128", 256),
    )

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        return (
            *_scale_and_offset(x.channels, scale=self.scale, offset=self.offset),
            Parameter("mean", (x.channels,), "statistic", "zeros", trainable=False),
            Parameter("variance", (x.channels,), "statistic", "ones", trainable=False),
        )

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Tracked | Array":
        from netspec.ops.normalization import batch_norm, normalize_with
        from netspec.ops.run import Tracked

        scale, offset = p.get("scale"), p.get("offset")
        if not run.train:
            return normalize_with(x, p["mean"], p["variance"], scale, offset, self.eps)
        y, mean, variance = batch_norm(run, x, scale, offset, self.eps)
        batch = {"mean": mean, "variance": variance}
        m = self.momentum
        return Tracked(
            y, {name: m * p[name] + (1 - m) * value.astype(p[name].dtype) for name, value in batch.items()}
        )


@layer("ln")
class LayerNorm(PerPosition):
    """Bring the channels of each position to mean 0 and variance 1, then scale and shift each channel.

    y = scale * (x - mean) / sqrt(variance + eps) + offset, with mean and variance over the channels.

    Source: Ba et al. 2016, Layer Normalization, arXiv:1607.06450, section 3; at each position of a map as in
    Liu et al. 2022, ConvNeXt, arXiv:2201.03545, section 2.6 (which has eps 1e-6).
    """

    eps: Small = 1e-5
    """Added to the variance."""
    scale: bool = True
    """A trained factor a channel."""
    offset: bool = True
    """A trained summand a channel."""

    keeps = Keeps("position norm")
    full_precision = True
    elsewhere = ("layernorm", "layer_norm", "layernormalization")
    examples = (
        Example("ln", "56x56x96", "56x56x96", 192),
        Example("ln(eps=1e-6)", "768", "768", 1_536),
        Example("ln(offset=false)", "56x300", "56x300", 300),
    )

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        return _scale_and_offset(x.channels, scale=self.scale, offset=self.offset)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.normalization import standardize

        return _scaled(p, standardize(x, (x.ndim - 1,), self.eps))


@layer("gn")
class GroupNorm(Unary):
    """Bring each group of channels to mean 0 and variance 1 over all positions; scale and shift each channel.

    y = scale * (x - mean) / sqrt(variance + eps) + offset, with mean and variance over a group's channels and
    positions. One group is layer norm over the whole map.

    Source: Wu and He 2018, Group Normalization, arXiv:1803.08494, section 3.
    """

    groups: Positive = 32
    """Channels are split into so many groups of neighbours."""
    eps: Small = 1e-5
    """Added to the variance."""
    scale: bool = True
    """A trained factor a channel."""
    offset: bool = True
    """A trained summand a channel."""

    keeps = Keeps("batch norm")
    own_values = False
    without_macs = True
    notation = Notation(positional=("groups",))
    full_precision = True
    elsewhere = ("groupnorm", "group_norm", "groupnormalization")
    examples = (
        Example("gn(32)", "56x56x256", "56x56x256", 512),
        Example("gn(1)", "100x6", "100x6", 12),
        Example("gn(4)", "8x8x8x16", "8x8x8x16", 32),
    )

    def shape(self, x: Shape) -> Shape:
        divide(x.channels, self.groups, field="groups", what="channels")
        return x

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        return _scale_and_offset(x.channels, scale=self.scale, offset=self.offset)

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return everywhere(x)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.normalization import standardize

        grouped = x.reshape(*x.shape[:-1], self.groups, x.shape[-1] // self.groups)
        axes = (*range(1, x.ndim - 1), x.ndim)
        return _scaled(p, standardize(grouped, axes, self.eps).reshape(x.shape))


@layer("instance_norm")
class InstanceNorm(Unary):
    """Bring each channel of each example to mean 0 and variance 1 over its positions.

    y = (x - mean) / sqrt(variance + eps), then with `affine` times a trained scale plus a trained offset.

    Source: Ulyanov et al. 2016, Instance Normalization, arXiv:1607.08022, equation 3.
    """

    eps: Small = 1e-5
    """Added to the variance."""
    affine: bool = True
    """A trained scale and offset a channel. (PyTorch's InstanceNorm2d has none unless asked.)"""

    keeps = Keeps("batch norm")
    own_values = False
    without_macs = True
    full_precision = True
    elsewhere = ("instancenorm", "instancenorm2d", "contrast_norm")
    examples = (
        Example("instance_norm", "64x64x32", "64x64x32", 64),
        Example("instance_norm(affine=false)", "100x8", "100x8"),
        Example("instance_norm", "16x32x32x8", "16x32x32x8", 16),
    )

    def shape(self, x: Shape) -> Shape:
        image(x, self.name)
        return x

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        return _scale_and_offset(x.channels, scale=self.affine, offset=self.affine)

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return everywhere(x)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.normalization import standardize

        return _scaled(p, standardize(x, tuple(range(1, x.ndim - 1)), self.eps))


@layer("lrn")
class LocalResponseNorm(PerPosition):
    """Divide each value by a power of the squares of its `size` neighbouring channels at the same position.

    y[c] = x[c] / (k + alpha * sum of x[j]^2)^beta, j from c - size//2 to c + (size - 1)//2, channels only.
    Here alpha is the paper's and TensorFlow's: it multiplies the sum. Caffe and PyTorch divide it by `size`
    first, so their alpha is `size` times this one.

    Source: Krizhevsky et al. 2012, ImageNet Classification with Deep Convolutional Neural Networks,
    section 3.3.
    """

    size: Positive = 5
    """Number of neighbouring channels, the middle one included."""
    alpha: Finite = 1e-4
    """Factor of the sum of squares."""
    beta: Finite = 0.75
    """Exponent."""
    k: Finite = 2.0
    """Summand that keeps the divisor away from zero."""

    keeps = Keeps("neighbours")
    notation = Notation(positional=("size",))
    elsewhere = ("localresponsenorm", "local_response_norm", "local_response_normalization", "response_norm")
    examples = (
        Example("lrn(5)", "55x55x96", "55x55x96"),
        Example("lrn(5, alpha=2e-5, k=1)", "56x56x64", "56x56x64"),
        Example("lrn(3)", "50x16", "50x16"),
    )

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        from netspec.ops.normalization import local_response

        return local_response(run, x, size=self.size, alpha=self.alpha, beta=self.beta, k=self.k)


@layer("scale")
class Scale(PerPosition):
    """Multiply each channel by a trained factor: y = factor[c] * x.

    Source: Touvron et al. 2021, Going deeper with Image Transformers, arXiv:2103.17239, section 2
    (LayerScale); ConvNeXt (Liu et al. 2022, arXiv:2201.03545, appendix A.1) starts it at 1e-6.
    """

    initial: Finite = 1.0
    """Value of every factor at the start."""

    keeps = Keeps("factor", reads_input=False)
    notation = Notation(positional=("initial",))
    elsewhere = ("layer_scale", "layerscale", "gamma")
    examples = (
        Example("scale(1e-6)", "56x56x96", "56x56x96", 96),
        Example("scale", "56x300", "56x300", 300),
        Example("scale(1.0)", "128", "128", 128),
    )

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        return (Parameter("factor", (x.channels,), initializer=f"constant({float(self.initial)!r})"),)

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        return x * p["factor"]


def _scale_and_offset(channels: int, *, scale: bool, offset: bool) -> tuple[Parameter, ...]:
    found = []
    if scale:
        found.append(Parameter("scale", (channels,), initializer="ones"))
    if offset:
        found.append(Parameter("offset", (channels,), "bias", "zeros"))
    return tuple(found)


def _scaled(p: "Weights", x: "Array") -> "Array":
    """Times the scale plus the offset of each channel, where the layer has them."""
    y = x * p["scale"] if "scale" in p else x
    y = y + p["offset"] if "offset" in p else y
    return y.astype(x.dtype)
