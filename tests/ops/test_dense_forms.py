"""Every form of a fully connected layer's products gives the matrix product."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from agreement import agree, fitting, normal, pulled

from netspec.ops.dense import KERNEL_GRADIENT, DenseCase, dense
from netspec.ops.forms import Lowerings
from netspec.ops.run import Run


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_kernel_gradients_agree_with_the_reference(batch: int) -> None:
    """Sums of outer products are the product of the transposed input with the gradient."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(batch)
        x, g = normal(rng, batch, 7), normal(rng, batch, 4)
        case = DenseCase((batch, 7), (7, 4), "float64", "cpu")
        wanted = np.asarray(x).T @ np.asarray(g)
        for form in (KERNEL_GRADIENT.reference, *fitting(KERNEL_GRADIENT, case).values()):
            agree([np.asarray(form(x, g, case))], [wanted])


def test_a_chosen_form_keeps_value_and_gradients() -> None:
    """`dense` with another form for one gradient still is the plain product to whoever calls it."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(0)
        arrays = normal(rng, 3, 5), normal(rng, 5, 2)
        run = Run(lowerings=Lowerings({"dense.kernel_gradient": "outer"}))
        got = pulled(lambda x, kernel: dense(run, x, kernel), arrays, np.random.default_rng(1))
        agree(got, pulled(lambda x, kernel: x @ kernel, arrays, np.random.default_rng(1)))


def test_small_batches_of_large_layers_take_outer_products() -> None:
    """The rule: up to 8 examples and a million weights, on CPU, with a batch that is a number."""
    case = DenseCase((2, 4096), (4096, 4096), "float32", "cpu")
    (batch,) = jax.export.symbolic_shape("b")
    assert KERNEL_GRADIENT.choose(case).form == "outer"
    for other in (
        replace(case, x=(16, 4096)),
        replace(case, kernel=(400, 120)),
        replace(case, backend="gpu"),
        replace(case, x=(batch, 4096)),
    ):
        assert KERNEL_GRADIENT.choose(other).form == "reference"
