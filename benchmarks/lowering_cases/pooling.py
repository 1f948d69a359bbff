"""Max and sum pooling as they stand in the bundled networks, with the gradient."""

from functools import partial

from lowering_cases.gradients import Raced, with_gradients

from netspec.ops.pooling import MAX_POOL, SUM_POOL
from netspec.ops.windows import WindowCase

_MAX = (
    ("VGG-16, pool1", (2, 224, 224, 64), 2, 2, 0),
    ("U-Net, pool1", (4, 128, 128, 64), 2, 2, 0),
    ("U-Net, pool3", (4, 32, 32, 256), 2, 2, 0),
    ("ResNet-50, pool1", (4, 112, 112, 64), 3, 2, 1),
    ("AlexNet, pool1", (8, 55, 55, 96), 3, 2, 0),
    ("GoogLeNet, 3a", (4, 28, 28, 192), 3, 1, 1),
    ("LeNet-5, pool1", (128, 28, 28, 6), 2, 2, 0),
    ("LeNet-5, pool2", (128, 10, 10, 16), 2, 2, 0),
)
_SUM = (
    ("LeNet-5 1998, S2", (128, 28, 28, 6), 2, 2, 0),
    ("DenseNet-121, transition1", (4, 56, 56, 128), 2, 2, 0),
    ("Inception v3, mixed1", (4, 35, 35, 192), 3, 1, 1),
    ("GoogLeNet, aux1", (4, 14, 14, 512), 5, 3, 0),
    ("ResNet-50, last", (4, 7, 7, 2048), 7, 7, 0),
)


def _case(shape: tuple[int, ...], window: int, stride: int, pad: int) -> WindowCase:
    return WindowCase(
        shape, (window,) * 2, (stride,) * 2, ((pad, pad),) * 2, (1, 1), dtype="float32", backend="cpu"
    )


def _race(name: str, case: WindowCase) -> Raced:
    operation = {"max_pool": MAX_POOL, "sum_pool": SUM_POOL}[name]
    return with_gradients(operation, case, lambda form, x: form(x, case), (case.x,))


CASES = [
    (
        f"{label}: {window}x{window}/{stride} on {'x'.join(map(str, shape))}",
        name,
        partial(_race, name, _case(shape, window, stride, pad)),
    )
    for name, rows in (("max_pool", _MAX), ("sum_pool", _SUM))
    for label, shape, window, stride, pad in rows
]
