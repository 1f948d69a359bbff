"""The roofline model: whether arithmetic or memory bounds some work on a device, and the least time it takes."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from netspec.analysis.device_records import Device


@dataclass(frozen=True, slots=True)
class Bound:
    """What bounds some work on a device, by the roofline model.

    `seconds` is the least time, exact. `intensity` is FLOPs for each byte moved, None where nothing is moved; `ridge`
    is the intensity from which on arithmetic is the bound.
    """

    kind: Literal["compute", "memory"]
    seconds: Fraction
    intensity: Fraction | None
    ridge: Fraction


def bound(flops: int, bytes_moved: int, device: "Device", dtype: str) -> Bound | None:
    """What bounds the work, or None where the device's rate for the dtype is not known (`Device.peak`).

    Arithmetic and traffic are taken to overlap in full, each at the device's peak, so that the time is the larger of
    FLOPs / peak and bytes / bandwidth (Williams, Waterman and Patterson 2009, Roofline: an insightful visual
    performance model for multicore architectures, CACM 52(4), 65-76). It is a lower bound: real programs reach a part
    of the peaks, and the model knows neither caches nor the cost of launching a kernel. At the ridge point itself
    both bound, which counts as compute; work without FLOPs is bound by memory.

    Raises:
        ValueError: A negative count.
        KeyError: netspec has no such dtype.
    """
    if flops < 0 or bytes_moved < 0:
        raise ValueError(f"work has no negative counts: {flops} FLOPs, {bytes_moved} bytes")
    peak = device.peak(dtype)
    if peak is None:
        return None
    computing, moving = Fraction(flops, peak), Fraction(bytes_moved, device.bandwidth)
    return Bound(
        kind="compute" if flops and computing >= moving else "memory",
        seconds=max(computing, moving),
        intensity=Fraction(flops, bytes_moved) if bytes_moved else None,
        ridge=Fraction(peak, device.bandwidth),
    )
