"""The layers of a residual's shortcut where its ends have different shapes."""

from netspec.diagnostics import Fault, Refused, rules
from netspec.layers import KINDS
from netspec.layers.base import Layer, Shape


def automatic(start: Shape, end: Shape, *, normed: bool) -> tuple[Layer, ...]:
    """A 1x1 convolution with the stride that takes the one shape to the other, normalized where the body is.

    Source: He et al. 2016, arXiv:1512.03385, section 3.3, option B (projection).
    """
    if start.rank == 0 and end.rank == 0:
        return (KINDS["fc"].model_validate({"units": end.channels}),)
    stride = _stride(start, end)
    projection = KINDS["conv"].model_validate({"filters": end.channels, "kernel": 1, "stride": stride})
    return (projection, KINDS["bn"]()) if normed else (projection,)


def padded(start: Shape, end: Shape) -> tuple[Layer, ...]:
    """Every stride-th position, with channels of zeros added: no parameters.

    Source: He et al. 2016, arXiv:1512.03385, section 3.3, option A.
    """
    if start.channels > end.channels:
        raise _impossible(
            start, end, f"padding adds channels, and {start.channels} are to become {end.channels}"
        )
    stride = _stride(start, end) if start.rank else 1
    layers: list[Layer] = []
    if start.spatial != end.spatial:
        layers.append(KINDS["pool"].model_validate({"kernel": 1, "stride": stride}))
    if start.channels != end.channels:
        layers.append(KINDS["pad_channels"].model_validate({"channels": end.channels}))
    return tuple(layers)


def _stride(start: Shape, end: Shape) -> int | tuple[int, ...]:
    if start.rank != end.rank:
        raise _impossible(start, end, "they have different numbers of axes")
    strides = tuple(-(-w // out) for w, out in zip(start.spatial, end.spatial, strict=True))
    reached = tuple(-(-w // s) for w, s in zip(start.spatial, strides, strict=True))
    if reached != end.spatial:
        raise _impossible(start, end, "no stride of a 1x1 convolution does that")
    return strides[0] if len(set(strides)) == 1 else strides


def _impossible(start: Shape, end: Shape, why: str) -> Refused:
    return Refused(
        Fault(
            rule=rules.NO_SHORTCUT,
            message=f"the shortcut must take {start} to the body's {end}: {why}",
            help="write the shortcut as a network, or keep the size in the body",
        )
    )
