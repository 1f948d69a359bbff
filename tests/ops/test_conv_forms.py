"""Every form of convolution gives what `lax` gives."""

from collections.abc import Callable

import jax
import numpy as np
import pytest
from conv_cases import random_case

from netspec.ops.conv_case import ConvCase
from netspec.ops.convolution import FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT
from netspec.ops.forms import Operation

OPERATIONS = (FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT)
KINDS = ("dense", "three", "pointwise", "depthwise", "grouped")
Arrays = dict[str, jax.Array]


def arrays(case: ConvCase, rng: np.random.Generator) -> Arrays:
    """Input, kernel and the output's gradient."""
    shapes = {"x": case.x, "kernel": case.kernel, "g": (case.batch, *case.out, case.filters)}
    return {name: jax.numpy.asarray(rng.standard_normal(shape), case.dtype) for name, shape in shapes.items()}


def arguments(operation: Operation[ConvCase], values: Arrays) -> tuple[jax.Array, jax.Array]:
    """What the operation takes."""
    names = {FORWARD.name: "x kernel", INPUT_GRADIENT.name: "g kernel", KERNEL_GRADIENT.name: "x g"}
    first, second = names[operation.name].split()
    return values[first], values[second]


def everything(case: ConvCase) -> Callable[[Arrays], Arrays]:
    """A function that computes the case's products in every form that fits."""

    def compute(values: Arrays) -> Arrays:
        results = {}
        for operation in OPERATIONS:
            given = arguments(operation, values)
            results[operation.name] = operation.reference(*given, case)
            for form in operation.forms:
                if form.fits(case):
                    results[f"{operation.name} {form.name}"] = form.run(*given, case)
        return results

    return compute


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
        results = jax.jit(everything(case))(arrays(case, rng))
        for name, got in results.items():
            assert difference(got, results[name.split()[0]]) < 1e-12, (name, case)
