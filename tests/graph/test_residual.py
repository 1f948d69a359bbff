"""Residuals: y = body(x) + shortcut(x), and the shortcut that fits."""

import pytest
from spec_text import assert_told, codes, graph, the_finding

from netspec.graph.node import Node


def residual(body: str, shortcut: str | None = None, given: str = "16x16x4") -> list[Node]:
    """The nodes of a spec with one residual."""
    more = "" if shortcut is None else f"\n    shortcut: {shortcut}"
    return list(graph(f"input: {given}\nnetwork:\n  - residual: {body}{more}\n").nodes)


def described(nodes: list[Node]) -> list[str]:
    """The shortcut's layers, in words that do not depend on the printing of netspec."""
    fields = [dict(node.layer) for node in nodes if node.name.startswith("shortcut")]
    kinds = [node.kind for node in nodes if node.name.startswith("shortcut")]
    return [
        f"{kind} {field.get('kernel', '')} {field.get('filters', field.get('units', ''))} {field.get('stride', '')}".strip()
        for kind, field in zip(kinds, fields, strict=True)
    ]


@pytest.mark.parametrize("shortcut", [None, "auto", "identity", "pad"])
def test_where_the_shapes_agree_the_shortcut_is_the_identity(shortcut: str | None) -> None:
    """No layer is added, and the sum reads the body and the input."""
    nodes = residual("conv3-4 -> bn", shortcut)
    assert [node.kind for node in nodes] == ["conv", "bn", "add"]
    assert nodes[-1].inputs == (1, -1)


@pytest.mark.parametrize(
    ("body", "given", "layers"),
    [
        ("conv3-8 -> relu -> conv3-8", "16x16x4", ["conv 1 8 1"]),
        ("conv3-8/2 -> bn -> relu -> conv3-8 -> bn", "16x16x4", ["conv 1 8 2", "bn"]),
        ("conv3-4/2", "16x16x4", ["conv 1 4 2"]),
        ("conv3-4/2", "15x15x4", ["conv 1 4 2"]),
        ("conv3-4/3 -> conv3-6/2", "31x31x4", ["conv 1 6 6"]),
        ("conv3-8/1x2", "16x16x4", ["conv 1 8 (1, 2)"]),
        ("pool2 -> conv3-8", "16x16x4", ["conv 1 8 2"]),
        ("conv3-8/2", "16x4", ["conv 1 8 2"]),
        ("conv3-8/2", "8x16x16x4", ["conv 1 8 2"]),
        ("fc-8 -> relu -> fc-8", "16", ["fc  8"]),
    ],
)
def test_an_automatic_shortcut_is_a_projection(body: str, given: str, layers: list[str]) -> None:
    """A 1x1 convolution with the body's stride and width, normalized where the body is; on vectors fc."""
    nodes = residual(body, given=given)
    assert described(nodes) == layers
    assert nodes[-1].input_shapes[0] == nodes[-1].input_shapes[1]


def test_the_projection_before_batch_norm_has_no_bias() -> None:
    """As everywhere, a bias right before batch norm is left out."""
    biases = [dict(node.layer)["bias"] for node in residual("conv3-8 -> bn") if node.kind == "conv"]
    assert biases == [False, False]
    biases = [dict(node.layer)["bias"] for node in residual("conv3-8") if node.kind == "conv"]
    assert biases == [True, True]


@pytest.mark.parametrize(
    ("body", "given", "kinds"),
    [
        ("conv3-8/2 -> bn", "16x16x4", ["pool", "pad_channels"]),
        ("conv3-8", "16x16x4", ["pad_channels"]),
        ("conv3-4/2", "16x16x4", ["pool"]),
        ("conv3-8/2", "16x4", ["pool", "pad_channels"]),
        ("fc-8", "4", ["pad_channels"]),
    ],
)
def test_a_padded_shortcut_has_no_parameters(body: str, given: str, kinds: list[str]) -> None:
    """`pad` takes every stride-th position and adds channels of zeros."""
    nodes = residual(body, "pad", given)
    shortcut = [node for node in nodes if node.name.startswith("shortcut")]
    assert [node.kind for node in shortcut] == kinds
    assert all(node.parameters == () for node in shortcut)


@pytest.mark.parametrize(
    "shortcut",
    [
        "avgpool2 -> conv1-8",
        "[avgpool2, conv1-8]",
        "\n      - avgpool2\n      - conv: {filters: 8, kernel: 1}",
        '"[avgpool2] -> conv1-8"',
    ],
)
def test_a_shortcut_may_be_any_network(shortcut: str) -> None:
    """It goes from the residual's input, in either spelling."""
    nodes = residual("conv3-8/2", shortcut)
    assert [(node.name, node.inputs) for node in nodes] == [
        ("conv1", (-1,)),
        ("shortcut1/avgpool1", (-1,)),
        ("shortcut1/conv1", (1,)),
        ("add1", (0, 2)),
    ]


def test_residuals_nest() -> None:
    """A body and a shortcut may hold residuals."""
    text = """\
input: 16x16x4
network:
  - residual:
      - conv3-4
      - residual: conv3-4 -> relu
    shortcut:
      - residual: conv1-4
"""
    network = graph(text)
    assert [node.name for node in network] == [
        "conv1",
        "conv2",
        "relu1",
        "add1",
        "shortcut1/conv1",
        "shortcut1/add1",
        "add2",
    ]
    assert [node.inputs for node in network if node.kind == "add"] == [(2, 0), (4, -1), (3, 5)]


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("E209", "⟦residual: conv3-4(padding=valid)⟧"),
        ("E209", "⟦residual: upsample(2)⟧"),
        ("E209", "⟦residual: fc-4⟧"),
        ("E209", "⟦residual: conv3-2\n    shortcut: pad⟧"),
        ("E204", "⟦residual: conv3-8\n    shortcut: identity⟧"),
        ("E204", "⟦residual: conv3-8\n    shortcut: conv1-6⟧"),
        ("E102", "residual: conv3-8 -> ⟦zorbl⟧"),
        ("E102", "residual: conv3-8\n    shortcut: ⟦zorbl⟧"),
        ("E102", "residual: conv3-4\n    shortcut: ⟦idenity⟧"),
        ("E203", "residual: relu -> ⟦pool17⟧ -> relu"),
        ("E118", "residual: ⟦[]⟧"),
        ("E118", "⟦residual:⟧"),
    ],
)
def test_a_fault_of_a_residual_is_one_finding(code: str, form: str) -> None:
    """What the sum cannot do because of a fault inside is not told again."""
    assert_told(f"input: 16x16x4\nnetwork:\n  - {form}\n  - relu -> pool2 -> fc-10\n", code)


def test_the_refusal_of_a_shortcut_says_both_shapes() -> None:
    """The finding holds the arithmetic: from which shape to which."""
    finding = the_finding("input: 16x16x4\nnetwork:\n  - residual: conv3-4(padding=valid)\n")
    assert "16x16x4" in finding.message
    assert "14x14x4" in finding.message


def test_a_misspelt_shortcut_is_answered_with_the_word() -> None:
    """`idenity` is nearly one of the words that a shortcut may be."""
    finding = the_finding("input: 16x16x4\nnetwork:\n  - residual: conv3-4\n    shortcut: idenity\n")
    assert "identity" in finding.help


def test_a_shape_that_is_not_known_gives_no_second_finding() -> None:
    """Behind a fault nothing is told about the shortcut."""
    assert codes("network:\n  - residual: conv3-8/2\n") == ["E105"]
