"""Whole networks against PyTorch's with the same weights: outputs, a step of gradient descent, running statistics."""

import jax
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from peers import torch_steps, whole_steps  # noqa: E402
from peers.whole_specs import SMALL, WHOLE, Outcome, Tree, Values  # noqa: E402

torch.set_num_threads(1)  # tests run side by side

EXACT = 1e-10
CLOSE = 1e-4
ROUNDING = 3
"""How many times PyTorch's own float32 error netspec's may be, where that is larger than `CLOSE`.

The gradient of a random deep network jumps where a ReLU or a maximum changes sides, which rounding makes some do.
"""


def error(found: Values, wanted: Values) -> float:
    """The norm of the difference, relative."""
    return float(np.linalg.norm(np.float64(found) - wanted) / np.linalg.norm(wanted))


def worst(found: Tree, wanted: Tree) -> float:
    """The largest error of any array."""
    arrays = {layer: set(own) for layer, own in wanted.items()}
    assert arrays == {layer: set(own) for layer, own in found.items()}
    return max(
        (error(found[a][b], value) for a, own in wanted.items() for b, value in own.items()), default=0
    )


def after(found: Outcome, exact: Outcome) -> list[float]:
    """Errors of what a gradient has gone into."""
    return [worst(found.params, exact.params), error(found.inferred_after, exact.inferred_after)]


@pytest.mark.parametrize("name", WHOLE)
def test_a_step_in_float32(name: str) -> None:
    """Logits, loss, statistics and new weights are PyTorch's to 1e-4, or as close as its float32 is to its float64."""
    whole = WHOLE[name]
    found = whole_steps.step(whole, "float32")
    rounded, exact = torch_steps.step(whole, "float32"), torch_steps.step(whole, "float64")
    assert error(found.inferred, exact.inferred) < CLOSE
    assert found.loss == pytest.approx(exact.loss, rel=CLOSE)
    assert len(found.outputs) == len(exact.outputs)
    for output, other in zip(found.outputs, exact.outputs, strict=True):
        assert error(output, other) < CLOSE
    assert worst(found.state, exact.state) < CLOSE
    for own, theirs in zip(after(found, exact), after(rounded, exact), strict=True):
        assert own < max(CLOSE, ROUNDING * theirs)


@pytest.mark.parametrize("name", SMALL)
def test_a_step_in_float64(name: str) -> None:
    """So are gradients, new weights, statistics and the logits after the step, to 1e-10."""
    whole = SMALL[name]
    with jax.enable_x64(True):
        found = whole_steps.step(whole, "float64")
    exact = torch_steps.step(whole, "float64")
    assert error(found.inferred, exact.inferred) < EXACT
    assert found.loss == pytest.approx(exact.loss, rel=EXACT)
    assert worst(found.gradients, exact.gradients) < EXACT
    assert worst(found.state, exact.state) < EXACT
    assert max(after(found, exact)) < EXACT
