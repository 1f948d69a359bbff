"""What PyTorch, XLA and Keras counted, compared exactly and without them: tests/golden/peers.json.

The file is written by tests/peers/generate.py; the tests beside that compare live.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from peers.keras_specs import Counts, counts
from spec_text import graph

from netspec.analysis.summary import summarize

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "peers.json").read_text(encoding="utf-8"))
KINDS = ("conv", "dwconv", "sepconv", "upconv", "fc")


@pytest.mark.parametrize("kind", KINDS)
def test_random_layers_count_as_in_pytorch_and_xla(kind: str) -> None:
    """Parameters as in `torch.nn`, multiply-adds as in its flop counter, operations inside the map as XLA's."""
    layers: list[dict[str, Any]] = [layer for layer in GOLDEN["layers"] if layer["arrow"].startswith(kind)]
    assert len(layers) >= 50
    for layer in layers:
        total = summarize(graph(f"input: {layer['input']}\nnetwork: {layer['arrow']}\n")).total
        found = layer | {
            "torch_parameters": total.trainable,
            "torch_macs": total.macs,
            "xla_flops": total.in_bounds_flops,
        }
        assert found == layer


def test_all_layers_are_compared() -> None:
    """No layer of the file is left out, and padding and cuts play a part in many."""
    layers = GOLDEN["layers"]
    assert all(layer["arrow"].startswith(KINDS) for layer in layers)
    assert sum(layer["xla_flops"] < 2 * layer["torch_macs"] for layer in layers) > len(layers) // 3


@pytest.mark.parametrize("network", GOLDEN["networks"], ids=lambda network: network["spec"])
def test_networks_count_as_in_keras(network: dict[str, Any]) -> None:
    """Trained values, fixed values and multiply-adds are Keras', after the differences that `keras_specs` names."""
    assert counts(network["spec"]) == Counts(network["trainable"], network["fixed"], network["macs"])
