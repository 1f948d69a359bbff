"""Networks at initialization, layer by layer."""

import pytest
from tiny_runs import data, network

from netspec.training.probing import probe
from netspec.training.setup import set_up


@pytest.mark.parametrize(
    ("chain", "loss", "read"),
    [
        ("fc-3 -> softmax", "cross_entropy", ["fc1"]),
        ("fc-3 -> sigmoid", "binary_cross_entropy", ["fc1"]),
        ("fc-3 -> softmax", "squared_error", ["fc1", "softmax1"]),
        ("fc-3 -> tanh", "cross_entropy", ["fc1", "tanh1"]),
    ],
)
def test_no_gradient_is_told_where_the_loss_reads_what_is_before(
    chain: str, loss: str, read: list[str]
) -> None:
    """A softmax or sigmoid that the loss takes itself has none; every other layer has one above 0."""
    net = network(chain, loss=loss, batch=8)
    found = probe(set_up(net.name, net.spec, net.graph, data=data()))
    reached = [row.layer for row in found.rows if row.gradient_norm is not None]
    assert reached == read
    assert all(row.gradient_norm for row in found.rows if row.layer in read)
