"""Transposed convolutions as they stand in U-Net and DCGAN, with the gradients. The references take seconds."""

from functools import partial

from lowering_cases.gradients import Raced, with_gradients

from netspec.ops.run import Run
from netspec.ops.transposed import CONV_TRANSPOSE
from netspec.ops.transposed_case import TransposedCase

_CASES = (
    ("U-Net, up 1", (4, 8, 8, 1024), 2, 2, 512, 0),
    ("U-Net, up 3", (4, 32, 32, 256), 2, 2, 128, 0),
    ("U-Net, up 4", (4, 64, 64, 128), 2, 2, 64, 0),
    ("DCGAN, last", (16, 32, 32, 64), 4, 2, 3, 1),
    ("3 by 2", (4, 8, 8, 128), 3, 2, 64, 1),
)


def _race(shape: tuple[int, ...], kernel: int, stride: int, filters: int, cut: int) -> Raced:
    taps, run = (kernel, kernel, shape[-1], filters), Run(train=True)
    case = TransposedCase(
        shape,
        taps,
        (stride,) * 2,
        ((cut, cut),) * 2,
        extra=(0, 0),
        dilations=(1, 1),
        groups=1,
        dtype="float32",
        backend="cpu",
    )
    return with_gradients(CONV_TRANSPOSE, case, lambda form, x, k: form(run, x, k, case), (shape, taps))


CASES = [
    (
        f"{label}: {kernel}x{kernel}/{stride} on {'x'.join(map(str, shape))}, {filters} filters",
        "conv_transpose",
        partial(_race, shape, kernel, stride, filters, cut),
    )
    for label, shape, kernel, stride, filters, cut in _CASES
]
