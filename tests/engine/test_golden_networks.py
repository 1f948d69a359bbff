"""A step of gradient descent of whole networks as PyTorch computed it, without it: tests/golden/peers.json.

The file is written by tests/peers/generate.py; tests/peers/test_whole_networks.py compares live, and every number.
"""

import json
from pathlib import Path

import jax
import pytest
from peers.whole_specs import SMALL, told
from peers.whole_steps import step

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "peers.json").read_text(encoding="utf-8"))
EXACT = 1e-10


@pytest.mark.parametrize("wanted", GOLDEN["steps"], ids=lambda wanted: wanted["network"])
def test_a_step_is_that_of_pytorch(wanted: dict[str, object]) -> None:
    """Loss, logits before and after, and the norms of all gradients and running statistics agree in float64."""
    name = str(wanted["network"])
    with jax.enable_x64(True):
        found = {"network": name} | told(step(SMALL[name], "float64"))
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    for (path, one), other in zip(jax.tree.leaves_with_path(found), jax.tree.leaves(wanted), strict=True):
        assert one == other or one == pytest.approx(other, rel=EXACT), jax.tree_util.keystr(path)


def test_all_networks_are_compared() -> None:
    """No network is left out."""
    assert [wanted["network"] for wanted in GOLDEN["steps"]] == list(SMALL)
