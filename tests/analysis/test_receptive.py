"""Receptive fields of random small networks, against sets of positions followed back to the input one by one."""

from fractions import Fraction
from typing import Any

from hypothesis import given, settings, strategies as st
from plain_fields import Positions, follower, on
from spec_text import graph as read

from netspec.analysis import receptive
from netspec.analysis.summary import summarize
from netspec.diagnostics import Refused
from netspec.graph.node import INPUT, Graph, Node, Output
from netspec.layers import KINDS, Shape

Use = tuple[str, dict[str, Any]]
"""A layer's name and its fields."""


class Network:
    """A graph that grows node by node, without a spec."""

    def __init__(self, *sizes: int) -> None:
        self.input = Shape(sizes)
        self.nodes: list[Node] = []
        self.last = INPUT

    def shape(self, index: int) -> Shape:
        """The shape of a node's value, or of the input."""
        return self.input if index == INPUT else self.nodes[index].shape

    def add(self, kind: str, fields: dict[str, Any], *inputs: int) -> bool:
        """Put a layer on these nodes, or on the last one, unless it refuses them."""
        layer = KINDS[kind].model_validate(fields)
        sources = inputs or (self.last,)
        shapes = tuple(map(self.shape, sources))
        try:
            shape = layer.infer(shapes)
        except Refused:
            return False
        index = len(self.nodes)
        self.nodes.append(Node(index, f"{kind}{index}", layer, sources, shapes, shape))
        self.last = index
        return True

    def chain(self, uses: list[Use], start: int | None = None) -> int:
        """Those of the layers that fit, one after another; the index of the last."""
        self.last = self.last if start is None else start
        for kind, fields in uses:
            self.add(kind, fields)
        return self.last

    @property
    def graph(self) -> Graph:
        """What has been added, with the last node as its output."""
        return Graph(self.input, tuple(self.nodes), (Output("output", self.last),))


def numbers(low: int, high: int) -> st.SearchStrategy[Any]:
    """One number for both axes, or one for each."""
    one = st.integers(low, high)
    return st.one_of(one, st.tuples(one, one))


def use(*kinds: str, **given_fields: Any) -> st.SearchStrategy[Use]:
    """One of these layers with random fields."""
    drawn = {
        name: value if isinstance(value, st.SearchStrategy) else st.just(value)
        for name, value in given_fields.items()
    }
    return st.tuples(st.sampled_from(kinds), st.fixed_dictionaries(drawn))


named = st.sampled_from(["same", "valid", "same_tf"])
sided = st.one_of(numbers(0, 2), st.tuples(*[st.tuples(*[st.integers(0, 2)] * 2)] * 2))
padding = st.one_of(named, sided)
slid = {"kernel": numbers(1, 5), "stride": numbers(1, 3), "dilation": numbers(1, 3), "padding": padding}
layers = st.one_of(
    use("conv", "sepconv", filters=4, **slid),
    use("dwconv", "pool", "avgpool", **slid),
    use("pool", "avgpool", **slid | {"ceil": True}),
    use("subsample", kernel=numbers(1, 3), stride=numbers(1, 3)),
    use(
        "upconv",
        filters=4,
        kernel=numbers(1, 5),
        stride=numbers(1, 4),
        dilation=numbers(1, 3),
        padding=padding,
    ),
    use("upsample", factor=numbers(1, 3), method=st.sampled_from(["nearest", "linear"])),
    use("pixel_shuffle", factor=st.sampled_from([2, (2, 1), (1, 4)])),
    use("crop", "pad", by=sided),
    use("adaptive_avgpool", "adaptive_maxpool", size=numbers(1, 9)),
    use("relu", "bn", "softmax"),
    use("conv", filters=4, kernel=3),
)
chains = st.lists(layers, min_size=2, max_size=6)
even = {"kernel": numbers(1, 5), "dilation": numbers(1, 2), "padding": named}
thin = st.lists(st.one_of(use("conv", filters=4, **even), use("relu")), max_size=3)
"""Chains that keep the stride, so that they can be joined."""


def hull(positions: Positions) -> tuple[int, int] | None:
    """First and last; None where there are none."""
    return (min(positions), max(positions)) if positions else None


def assert_fields_are_those_followed(graph: Graph) -> None:
    """Every position of every node sees, from first to last, what netspec says; and no node's field is unknown.

    A field that is one for all positions is what they see together.
    """
    followers = [follower(graph, axis) for axis in range(graph.input.rank)]
    for node, field in zip(graph, receptive.fields(graph), strict=True):
        assert field is not None, node.name
        for axis, one in enumerate(field):
            places = range(max(node.shape.spatial[axis] if node.shape.rank else 1, one.period))
            seen = [followers[axis](node.index, i) for i in places]
            if not one.advance:
                seen = [frozenset().union(*seen)]
            found = [hull(positions) for positions in seen]
            assert found == [one.at(i) for i in range(len(found))], (node.name, axis)
            assert one.size == max(ends[1] - ends[0] + 1 if ends else 0 for ends in found)


@settings(max_examples=300)
@given(chain=chains)
def test_a_chain_sees_what_its_layers_read(chain: list[Use]) -> None:
    """Windows, stamps, enlarged and cut maps: first and last position are exact for every output position."""
    net = Network(13, 10, 4)
    net.chain(chain)
    assert_fields_are_those_followed(net.graph)


@settings(max_examples=100)
@given(sizes=st.tuples(*[st.integers(3, 9)] * 3), chain=chains)
def test_other_sizes_and_one_axis(sizes: tuple[int, int, int], chain: list[Use]) -> None:
    """The same on maps of one axis, where the layers fit those."""
    net = Network(sizes[0] * sizes[1], 4 * sizes[2])
    net.chain(
        [(kind, fields) for kind, fields in chain if not any(isinstance(v, tuple) for v in fields.values())]
    )
    assert_fields_are_those_followed(net.graph)


@settings(max_examples=150)
@given(before=chains, branches=st.lists(thin, min_size=2, max_size=3), after=thin)
def test_branches_see_together_what_each_sees(
    before: list[Use], branches: list[list[Use]], after: list[Use]
) -> None:
    """A join of cropped branches sees from the first to the last that any branch sees."""
    net = Network(11, 14, 4)
    fork = net.chain(before)
    ends = [net.chain(branch, fork) for branch in branches]
    net.add("concat", {"crop": True}, *ends)
    net.chain(after)
    assert_fields_are_those_followed(net.graph)


@settings(max_examples=100)
@given(before=thin, below=thin, up=st.sampled_from(["upconv", "upsample", "linear"]), after=thin)
def test_a_path_down_and_up_again_joins_its_skip(
    before: list[Use], below: list[Use], up: str, after: list[Use]
) -> None:
    """A U-Net's step: halved, computed on, doubled, and joined with what was before; both phases are exact."""
    ways: dict[str, Use] = {
        "upconv": ("upconv", {"filters": 4, "kernel": 3, "stride": 2, "padding": "same"}),
        "upsample": ("upsample", {"factor": 2}),
        "linear": ("upsample", {"factor": 2, "method": "linear"}),
    }
    net = Network(14, 13, 4)
    skip = net.chain(before)
    net.chain([("pool", {"kernel": 2}), *below, ways[up]])
    net.add("concat", {"crop": True}, skip, net.last)
    net.chain(after)
    assert_fields_are_those_followed(net.graph)


GATES: list[list[Use]] = [
    [("gap", {}), ("fc", {"units": 4}), ("sigmoid", {})],
    [("adaptive_avgpool", {"size": 1}), ("conv", {"filters": 4, "kernel": 1}), ("sigmoid", {})],
]


@settings(max_examples=100)
@given(before=thin, gate=st.sampled_from(GATES), after=thin, end=st.sampled_from(["gap", "relu", "gn"]))
def test_behind_a_gate_every_position_sees_everything(
    before: list[Use], gate: list[Use], after: list[Use], end: str
) -> None:
    """Squeeze-and-excitation: each position of a gated map sees all that the whole map sees."""
    net = Network(9, 8, 4)
    fork = net.chain(before)
    net.add("multiply", {}, fork, net.chain(gate, fork))
    gated = net.last
    net.chain([*after, (end, {"groups": 2} if end == "gn" else {})])
    assert_fields_are_those_followed(net.graph)
    for axis, one in enumerate(receptive.fields(net.graph)[gated] or ()):
        seen = follower(net.graph, axis)
        assert {hull(seen(gated, i)) for i in range(net.shape(gated).spatial[axis])} == {one.at(0)}


@given(before=thin, deeper=thin)
def test_a_gate_of_an_earlier_map_counts_for_all_positions_together(
    before: list[Use], deeper: list[Use]
) -> None:
    """Where positions see the gate's field and their own besides, the field is what all of them see."""
    net = Network(9, 8, 4)
    fork = net.chain(before)
    gate = net.chain(GATES[0], fork)
    net.add("multiply", {}, net.chain(deeper, fork), gate)
    assert_fields_are_those_followed(net.graph)


@given(before=chains, end=st.sampled_from(["fc", "gap", "gmp", "gn", "instance_norm"]))
def test_what_reads_a_whole_map_sees_all_that_the_map_sees(before: list[Use], end: str) -> None:
    """After global pooling, a fully connected layer or a norm over positions there is one field for all."""
    net = Network(9, 8, 4)
    net.chain(before)
    assert net.add(end, {"fc": {"units": 3}, "gn": {"groups": 1}}.get(end, {}))
    (*_, field) = receptive.fields(net.graph)
    assert field is not None
    assert [one.advance for one in field] == [0, 0]
    assert_fields_are_those_followed(net.graph)


def turn(graph: Graph, axis: int) -> int:
    """So many positions on, every field of a chain has come round, by all factors by which it enlarges or divides."""
    found = 1
    for node in graph:
        for name, value in node.layer:
            if name in ("stride", "factor", "size"):
                found *= on(value, axis)
    return found


@settings(max_examples=100)
@given(chain=chains)
def test_the_rows_have_size_stride_and_padding(chain: list[Use]) -> None:
    """The stride is how far a field moves in the long run; the padding is how far the first begins before the input."""
    net = Network(13, 10, 4)
    net.chain(chain)
    for row, node in zip(summarize(net.graph).rows[1:], net.nodes, strict=True):
        assert row.receptive_field
        assert row.effective_stride
        assert row.effective_padding
        for axis in range(2):
            seen, far = follower(net.graph, axis), turn(net.graph, axis)
            first, second = (hull(seen(node.index, i)) for i in (0, far))
            assert row.effective_padding[axis] == (None if first is None else -first[0])
            assert (first is None) == (second is None)
            if first and second:
                assert row.effective_stride[axis] == Fraction(second[0] - first[0], far)


def test_fields_that_drift_apart_are_unknown() -> None:
    """A join of maps with different strides has no field that repeats itself, and neither has what follows."""
    graph = read(
        "input: 8x8x4\nnetwork:\n  - concat:\n    - conv3-4\n    - pool2 -> pad([[2, 2], [2, 2]])\n  - relu\n"
    )
    assert [field is None for field in receptive.fields(graph)] == [False, False, False, True, True]
    assert summarize(graph).rows[-1].receptive_field is None


def test_a_value_past_a_reshape_is_unknown_until_everything_is_seen() -> None:
    """Which positions a reshaped value comes from is not followed; a reshape of a vector that sees all is no loss."""
    lost = read("input: 4x4x4\nnetwork: conv3-4 -> reshape(2x8x4) -> relu\n")
    assert [field is None for field in receptive.fields(lost)] == [False, True, True]
    kept = read("input: 4x4x4\nnetwork: fc-16 -> reshape(4x4x1) -> conv3-2\n")
    assert [row.receptive_field for row in summarize(kept).rows[1:]] == [(4, 4)] * 3
    assert [row.sees_all for row in summarize(kept).rows] == [False, True, True, True]
