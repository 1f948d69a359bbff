"""Multiply-adds, parameters and shapes, against PyTorch: difference 0, layer by layer and for whole networks."""

import pytest

torch = pytest.importorskip("torch")

from peers import torch_layers  # noqa: E402
from peers.random_layers import CONTRACTIONS, Drawn, layers  # noqa: E402
from peers.torch_nets import NETS  # noqa: E402

import netspec  # noqa: E402
from netspec.analysis.summary import summarize  # noqa: E402
from netspec.layers.base import Shape  # noqa: E402

OTHERS = [  # layers with parameters and without multiply-adds
    *(Drawn("9x7x6", "bn"), Drawn("9x6", "bn"), Drawn("5x9x7x6", "bn"), Drawn("8", "bn")),
    *(Drawn("9x7x6", "bn(scale=false, offset=false)"), Drawn("9x7x6", "ln"), Drawn("6", "ln(offset=false)")),
    *(Drawn("9x7x6", "gn(3)"), Drawn("9x6", "gn(2)"), Drawn("9x7x6", "instance_norm")),
    *(Drawn("9x6", "instance_norm(affine=false)"), Drawn("5x9x7x6", "instance_norm")),
    *(Drawn("9x7x6", "prelu"), Drawn("9x7x6", "prelu(shared=true)")),
]


def channels_first(shape: Shape) -> tuple[int, ...]:
    """As PyTorch writes it."""
    return (shape.channels, *shape.spatial)


@pytest.mark.parametrize(
    "drawn", [*layers(*CONTRACTIONS)], ids=lambda drawn: f"{drawn.arrow} on {drawn.input}"
)
def test_a_layer_counts_as_in_pytorch(drawn: Drawn) -> None:
    """`FlopCounterMode` counts two operations for each multiply-add, the module owns as many values."""
    node = drawn.node
    peer, x = torch_layers.module(node), channels_first(node.input_shapes[0])
    row = summarize(netspec.load(text=f"input: {drawn.input}\nnetwork: {drawn.arrow}\n").graph).rows[1]
    assert (row.macs, row.trainable) == (torch_layers.macs(peer, *x), torch_layers.trained(peer))
    if node.kind != "upconv":
        assert channels_first(node.shape) == torch_layers.output(peer, *x)


@pytest.mark.parametrize("drawn", OTHERS, ids=lambda drawn: f"{drawn.arrow} on {drawn.input}")
def test_norms_and_activations_own_what_pytorchs_own(drawn: Drawn) -> None:
    """Trained values and running statistics are those of the module."""
    node = drawn.node
    peer = torch_layers.module(node)
    assert sum(p.size for p in node.parameters if p.trainable) == torch_layers.trained(peer)
    assert sum(p.size for p in node.parameters if p.role == "statistic") == torch_layers.statistics(peer)


def test_an_embedding_owns_a_vector_for_each_token() -> None:
    """As `nn.Embedding`."""
    (node,) = netspec.load(text="input: {shape: 12, tokens: 345}\nnetwork: embed-67\n").nodes
    assert sum(p.size for p in node.parameters) == torch_layers.trained(torch_layers.module(node))


@pytest.mark.parametrize("name", NETS)
def test_a_network_counts_as_in_pytorch(name: str) -> None:
    """Parameters, statistics of batch norm, and multiply-adds of the whole network are those of plain `torch.nn`."""
    make, x = NETS[name]
    with torch.device("meta"):
        peer = make()
    total = summarize(netspec.load(name).graph).total
    assert total.trainable == torch_layers.trained(peer)
    assert total.statistics == torch_layers.statistics(peer)
    assert total.macs == torch_layers.macs(peer, *x)
