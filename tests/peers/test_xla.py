"""Operations on taps inside the map, against XLA's cost analysis of each convolution and matrix product: difference 0."""

from itertools import chain
from pathlib import Path

import pytest

jax = pytest.importorskip("jax")

from peers import jax_net, xla  # noqa: E402
from peers.random_layers import CONTRACTIONS, Drawn, layers  # noqa: E402

import netspec  # noqa: E402
from netspec.analysis.summary import summarize  # noqa: E402
from netspec.graph.node import Node  # noqa: E402

SPECS = sorted(path.stem for path in (Path(__file__).parents[2] / "specs").glob("*.yaml"))


def operations(node: Node) -> list[int]:
    """Two for each multiply-add of netspec's whose tap lies inside the map, term by term."""
    terms = node.layer.macs(node.input_shapes)
    assert terms is not None
    return [2 * term.in_bounds for term in terms]


@pytest.mark.parametrize(
    "drawn", [*layers(*CONTRACTIONS)], ids=lambda drawn: f"{drawn.arrow} on {drawn.input}"
)
def test_a_layer_counts_as_in_xla(drawn: Drawn) -> None:
    """Padding of every form, strides, dilation, groups, transposed: XLA leaves out the taps that netspec leaves out."""
    assert operations(drawn.node) == xla.of_node(drawn.node)


@pytest.mark.parametrize("name", SPECS)
def test_every_layer_of_a_network_counts_as_in_xla(name: str) -> None:
    """All convolutions and matrix products of all bundled networks, layer by layer and in all."""
    graph = netspec.load(name).graph
    ours = {node.name: operations(node) for node in graph if not otherwise(node)}
    assert all(map(xla.representable, chain(*ours.values())))
    assert {node.name: xla.of_node(node) for node in graph if not otherwise(node)} == ours
    if not any(map(otherwise, graph)):
        assert sum(xla.of_graph(graph)) == summarize(graph).total.in_bounds_flops


def otherwise(node: Node) -> bool:
    """What XLA counts otherwise: LeNet-5's table of connections and its radial basis functions."""
    return node.kind == "rbf" or bool(getattr(node.layer, "connections", None))


def test_what_xla_counts_otherwise_in_lenet_5() -> None:
    """The table of C3 has 60 of 6*16 pairs, and XLA is given zeros for the others; squared distances are no product."""
    nodes = netspec.load("lenet5_1998").graph.by_name
    (ours,), (theirs,) = operations(nodes["conv2"]), xla.of_node(nodes["conv2"])
    assert ours * (6 * 16) == theirs * 60
    assert xla.of_node(nodes["rbf1"]) == []


@pytest.mark.parametrize("arrow", ["conv3-6", "conv3-6(groups=2, dilation=2)", "upconv3-6/2(padding=same)"])
def test_whole_programs_cost_their_contractions_and_an_addition_for_each_bias(arrow: str) -> None:
    """XLA counts the same before and after it optimizes, and one operation more for each value that gets a bias."""
    graph = netspec.load(text=f"input: 9x8x4\nnetwork: {arrow}\n").graph
    arguments = jax_net.step_arguments(graph, 1, "sgd")
    lowered = jax.jit(lambda p, s, x: jax_net.apply(graph, p, s, x)).lower(*arguments[:2], arguments[3])
    expected = operations(graph.nodes[0])[0] + graph.nodes[0].shape.elements
    assert lowered.cost_analysis()["flops"] == lowered.compile().cost_analysis()["flops"] == expected
