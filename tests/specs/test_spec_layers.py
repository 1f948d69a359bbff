"""The bundled networks layer by layer, against the tables of their papers and public definitions."""

import pytest
from bundled import graph, layers, shapes
from published import PARAMETERS
from published_layers import CONSTANTS, INPUTS, LAYERS, POOLS


def test_every_input_is_published() -> None:
    """Each spec's input has its source."""
    assert INPUTS.keys() == {target.partition("@")[0] for target in PARAMETERS}


@pytest.mark.parametrize("target", LAYERS)
def test_layers(target: str) -> None:
    """Each layer's output and parameters are those of the paper or the public definition."""
    assert layers(graph(target)) == LAYERS[target]


@pytest.mark.parametrize("name", INPUTS)
def test_input(name: str) -> None:
    """The input is the paper's, or what its maps need."""
    assert str(graph(name).input) == INPUTS[name]


@pytest.mark.parametrize("target", CONSTANTS)
def test_constants(target: str) -> None:
    """What no parameter count shows has the paper's values: windows, rates, normalization."""
    for kind, fields in CONSTANTS[target]:
        found = [node.layer.model_dump() for node in graph(target) if node.kind == kind]
        assert found
        assert [{key: layer[key] for key in fields} for layer in found] == [fields] * len(found)


@pytest.mark.parametrize("target", POOLS)
def test_pools(target: str) -> None:
    """Each pool's output is that of the paper or the public definition."""
    assert shapes(target, "pool") == POOLS[target]
