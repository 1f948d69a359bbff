"""Shapes are inferred past a fault: each fault is told once, and what depends on it is passed over."""

import pytest
from hypothesis import given, settings, strategies as st
from spec_text import assert_told, codes, graph, the_finding

from netspec.checking import check_text

EXAMPLE = """\
name: Bad
input: 48x48x3
network: |
  [conv3-16 -> relu]*2 -> pool2
  [conv3-32 -> relu]*2 -> pool2
  [conv3-64 -> relu -> pool2]*2
  [conv3-64 -> relu]*2 -> ⟦conv5-128(padding=valid)⟧
"""


def test_the_example_of_the_language() -> None:
    """The kernel that does not fit is told at line 7, column 27, with the lectures' arithmetic and the way there."""
    assert_told(EXAMPLE, "E203")
    finding = the_finding(EXAMPLE.replace("⟦", "").replace("⟧", ""))
    assert str(finding.span) == "<text>:7:27"
    assert finding.message == "the 5x5 kernel does not fit its 3x3x64 input"
    assert finding.label == "(3 - 5 + 2*0)/1 + 1 = -1"
    assert finding.notes[0].startswith("the input was 48x48x3")
    assert [mend.help for mend in finding.mends] == ["padding=same keeps 3x3"]


@pytest.mark.parametrize(
    ("code", "given", "chain"),
    [
        ("E201", "8x8x4", "fc-10 -> ⟦conv3-4⟧"),
        ("E201", "8x8x4", "gap -> ⟦pool2⟧ -> conv3-4"),
        ("E201", "8x8x4", "⟦conv3x3x3-4⟧"),
        ("E201", "8x8x4", "conv3-4(stride=⟦[1, 2, 3]⟧)"),
        ("E201", "8x4", "⟦conv3x3-4⟧"),
        ("E201", "8x8x4", "⟦pad([1, 2, 3])⟧"),
        ("E202", "{shape: 56, tokens: 100}", "⟦conv3-4⟧ -> relu"),
        ("E202", "{shape: 56, tokens: 100}", "⟦relu⟧ -> conv3-4"),
        ("E202", "8x8x4", "⟦embed-4⟧ -> relu"),
        ("E203", "8x8x4", "pool2 -> pool2 -> ⟦pool3⟧ -> fc-10"),
        ("E203", "8x8x4", "⟦conv3-4(padding=0, dilation=4)⟧"),
        ("E203", "8x2x4", "⟦conv3-4(padding=valid)⟧"),
        ("E205", "8x8x6", "conv3-8(groups=⟦4⟧)"),
        ("E205", "8x8x6", "⟦gn(4)⟧ -> conv3-4"),
        ("E205", "8x8x6", "⟦maxout(4)⟧"),
        ("E205", "8x8x6", "⟦pixel_shuffle(2)⟧"),
        ("E206", "8x8x4", "⟦reshape(4x4x4)⟧"),
        ("E207", "8x8x4", "⟦crop(4)⟧"),
        ("E208", "8x8x4611686018427387904", "⟦relu⟧"),
        ("E208", "3037000500x3037000500x4", "⟦conv1-4⟧ -> pool2"),
        ("E208", "8x8x4", "⟦conv1-9223372036854775807⟧"),
        ("E210", "8x8x2", "conv3-2(connections=⟦[[0, 1], [2]]⟧)"),
        ("E211", "8x8x4", "pool3/2(padding=⟦2⟧)"),
    ],
)
def test_a_shape_that_does_not_fit_is_told_once(code: str, given: str, chain: str) -> None:
    """At the layer, or at the argument in question where it is written by name; nothing is told behind it."""
    assert_told(f"input: {given}\nnetwork: {chain} -> relu -> pool2\n", code)


def test_independent_faults_of_shapes_come_in_one_run() -> None:
    """A fault in one branch or head does not hide those in others."""
    text = """\
input: 16x16x4
network:
  - relu @a
  - concat:
      - ⟦pool17⟧ -> relu
      - conv3-5(groups=⟦2⟧)
      - ⟦reshape(3x3)⟧
heads:
  side: {from: a, network: fc-4 -> ⟦conv3-4⟧}
  other: {from: a, network: ⟦crop(9)⟧}
"""
    assert_told(text, "E203", "E205", "E206", "E201", "E207")


def test_without_an_input_only_that_is_told() -> None:
    """Shapes that hang on a missing or wrong input are passed over; other faults are not."""
    assert codes("network: conv3-4 -> pool9 -> fc-10\n") == ["E105"]
    assert codes("input: big\nnetwork: conv3-4(strid=1) -> pool9 -> fc-10\n") == ["E104", "E103"]


def test_layers_are_in_topological_order() -> None:
    """Every node reads only the input and nodes before it."""
    text = """\
input: 16x16x4
network:
  - relu @a
  - residual: conv3-8/2 -> bn
  - from: a
  - concat: [conv1-2, gap -> fc-4 -> reshape(1x1x4) -> upsample(16)]
"""
    for node in graph(text + "allow: [W204]\n"):
        assert all(i < node.index for i in node.inputs)
        assert len(node.inputs) == len(node.input_shapes)


@given(
    st.integers(1, 3),
    st.lists(
        st.sampled_from(
            [
                "conv3-4",
                "conv5-6/2",
                "pool2",
                "dwconv3/2",
                "upsample(2)",
                "pad(1)",
                "crop(1)",
                "relu",
                "gap -> fc-4",
            ]
        ),
        max_size=7,
    ),
)
@settings(max_examples=80)
def test_each_node_takes_up_the_shape_of_the_one_before(rank: int, chain: list[str]) -> None:
    """In a chain that is accepted, a node's input shape is the shape of the value that it reads."""
    report = check_text(f"input: {'x'.join(['16'] * rank)}x4\nnetwork: {' -> '.join(['relu', *chain])}\n")
    if report.graph is None:
        assert any(finding.code in ("E201", "E203", "E207") for finding in report.findings)
        return
    for node in report.graph:
        assert node.input_shapes == tuple(report.graph.shape_of(i) for i in node.inputs)
        assert min(node.shape.sizes) >= 1


def test_the_graph_cannot_be_changed() -> None:
    """Nodes, shapes and layers are frozen."""
    network = graph("input: 8x8x4\nnetwork: conv3-4\n")
    for thing, field in (
        (network, "nodes"),
        (network.nodes[0], "name"),
        (network.nodes[0].shape, "sizes"),
        (network.nodes[0].layer, "filters"),
    ):
        with pytest.raises(Exception, match=r"frozen|cannot assign|immutable"):
            setattr(thing, field, None)


def test_consumers_are_the_readers_of_a_node() -> None:
    """The index of readers is the inverse of the inputs."""
    network = graph("input: 8x8x4\nnetwork: relu @a -> bn @b -> conv3-4 -> add(a, b)\n")
    assert network.consumers == ((1, 3), (2, 3), (3,), ())
