"""Every form of adding a bias gives the reference's values and gradients."""

import jax
import numpy as np
import pytest
from agreement import agree, curvature, fitting, normal, pulled

from netspec.ops.elementwise import BIAS, BiasCase


@pytest.mark.parametrize("shape", [(3, 5), (2, 7, 4), (2, 5, 6, 3), (2, 3, 4, 3, 2)])
def test_forms_agree_with_the_reference(shape: tuple[int, ...]) -> None:
    """In float64, values, gradients and second derivatives are the reference's."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(len(shape))
        arrays = normal(rng, *shape), normal(rng, shape[-1])
        for of in (pulled, curvature):
            wanted = of(BIAS.reference, arrays, np.random.default_rng(1))
            for form in fitting(BIAS, BiasCase(shape, shape[-1:], "cpu")).values():
                agree(of(form, arrays, np.random.default_rng(1)), wanted)


@pytest.mark.parametrize(
    ("y", "bias", "backend", "form"),
    [
        ((128, 28, 28, 6), (6,), "cpu", "by_row"),
        ((128, 28, 28, 16), (16,), "cpu", "reference"),
        ((128, 28, 28, 6), (6,), "gpu", "reference"),
        ((128, 10), (10,), "cpu", "reference"),
        ((128, 5, 6), (5, 6), "cpu", "reference"),
    ],
)
def test_rows_are_taken_for_few_channels(
    y: tuple[int, ...], bias: tuple[int, ...], backend: str, form: str
) -> None:
    """On a CPU, with one value for each of up to 15 channels of a map."""
    assert BIAS.choose(BiasCase(y, bias, backend)).form == form
