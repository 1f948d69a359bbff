"""Every form of convolution gives what `lax` gives."""

import jax
import numpy as np
import pytest
from conv_cases import random_case

from netspec.ops.conv_case import ConvCase
from netspec.ops.convolution import FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT, conv
from netspec.ops.forms import REFERENCE, Lowerings, Operation
from netspec.ops.run import Run

OPERATIONS = (FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT)
KINDS = ("dense", "three", "pointwise", "depthwise", "grouped")


def arrays(case: ConvCase, rng: np.random.Generator) -> dict[str, jax.Array]:
    """Input, kernel and the output's gradient."""
    shapes = {"x": case.x, "kernel": case.kernel, "g": (case.batch, *case.out, case.filters)}
    return {name: jax.numpy.asarray(rng.standard_normal(shape), case.dtype) for name, shape in shapes.items()}


def arguments(operation: Operation[ConvCase], values: dict[str, jax.Array]) -> tuple[jax.Array, jax.Array]:
    """What the operation takes."""
    names = {FORWARD.name: "x kernel", INPUT_GRADIENT.name: "g kernel", KERNEL_GRADIENT.name: "x g"}
    first, second = names[operation.name].split()
    return values[first], values[second]


def difference(got: jax.Array, wanted: jax.Array) -> float:
    """The largest, relative to the largest wanted value."""
    assert got.shape == wanted.shape
    assert got.dtype == wanted.dtype
    return float(np.abs(np.asarray(got) - wanted).max() / max(float(np.abs(wanted).max()), 1e-30))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_forms_agree_with_the_reference(kind: str, seed: int) -> None:
    """In float64 every form that fits gives the reference's values up to rounding, forward and both gradients."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(seed)
        case = random_case(rng, kind)
        values = arrays(case, rng)
        for operation in OPERATIONS:
            wanted = operation.reference(*arguments(operation, values), case)
            for form in operation.forms:
                if form.fits(case):
                    got = form.run(*arguments(operation, values), case)
                    assert difference(got, wanted) < 1e-12, (operation.name, form.name, case)
