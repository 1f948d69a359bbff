"""The report names the form of every operation of every layer."""

from collections import Counter

import netspec
from netspec.engine.report import uses


def test_equal_layers_are_named_each() -> None:
    """Of MobileNet's 13 equal pairs and the layers around them none is left out, however often it is asked."""
    model = netspec.compile("mobilenet")
    for _ in range(2):
        found = uses(model, 2)
        convolutions = [use.node for use in found if use.operation == "conv.forward"]
        norms = [use.node for use in found if use.operation == "batch_norm"]
        assert convolutions == [n.name for n in model.graph if n.kind in ("conv", "dwconv")]
        assert norms == [n.name for n in model.graph if n.kind == "bn"]
        assert set(Counter(convolutions + norms).values()) == {1}
    assert (len(convolutions), len(norms)) == (27, 27)
