"""Structured YAML says what arrow notation says: every row of the language's tables, and every form, in both."""

import pytest
from spec_text import assert_told, graph, network, spoken
from spellings import FORMS, ROWS, entry

from netspec.layers.base import Shape


def sizes(text: str) -> Shape:
    """A shape as people write it."""
    return Shape(tuple(map(int, text.split("x"))))


@pytest.mark.parametrize(
    ("arrow", "yaml", "given", "out"), ROWS, ids=[f"{row[0]} | {row[1]}" for row in ROWS]
)
def test_both_spellings_of_a_layer_give_one_graph(arrow: str, yaml: str, given: str, out: str) -> None:
    """A row of the table gives the same graph in both spellings, with the shape that its words promise."""
    by_arrow = network(arrow, given)
    assert graph(entry(yaml, given)) == by_arrow
    assert by_arrow.nodes[0].shape == sizes(out)


def test_token_ids_become_vectors_in_both_spellings() -> None:
    """`embed-300` reads ids."""
    head = "input: {shape: 56, tokens: 20000}\n"
    by_arrow = graph(head + "network: embed-300\n")
    assert by_arrow == graph(head + "network:\n  - embed: {width: 300}\n")
    assert by_arrow.nodes[0].shape == sizes("56x300")


@pytest.mark.parametrize(("yaml", "arrow"), FORMS)
def test_both_spellings_of_a_form_give_one_graph(yaml: str, arrow: str) -> None:
    """Repeats, tags, merges, jumps, shared parameters and names are the same in both spellings."""
    assert graph(f"input: 8x8x3\nallow: [W204]\nnetwork:\n  - {yaml}\n") == network(arrow, "8x8x3")


def test_both_spellings_of_a_block_and_its_calls_give_one_graph() -> None:
    """A block's body and its calls, by place and by name, are the same in both spellings."""
    by_arrow = "blocks:\n  unit(width, stride=1): conv3-{width}/{stride} -> relu\nnetwork: unit(4) -> unit(8, stride=2)\n"
    structured = """\
blocks:
  unit(width, stride=1):
    - conv: {filters: "{width}", kernel: 3, stride: "{stride}"}
    - relu
network:
  - unit: 4
  - unit: {width: 8, stride: 2}
"""
    by_place = structured.replace("{width: 8, stride: 2}", "[8, 2]")
    head = "input: 8x8x3\n"
    assert graph(head + by_arrow) == graph(head + structured) == graph(head + by_place)


@pytest.mark.parametrize("name", ["CONV", "Conv"])
def test_names_are_read_in_any_case(name: str) -> None:
    """The layer's name may be written as the lectures write it."""
    assert graph(entry(f"{name}: {{filters: 4, kernel: 3}}", "8x8x3")) == network("conv3-4", "8x8x3")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("E118", "network: ⟦[]⟧\n"),
        ("E118", "⟦network:⟧\n"),
        ("E118", "network:\n  - {conv: {filters: 4, kernel: 3}, ⟦relu⟧: {}}\n"),
        ("E118", "network:\n  - conv:\n    ⟦filters⟧: 4\n    kernel: 3\n"),
        ("E118", "network:\n  - ⟦{}⟧\n"),
        ("E118", "network:\n  - ⟦{tag: a}⟧\n"),
        ("E118", "network:\n  - ⟦repeat: 3⟧\n"),
        ("E118", "network:\n  - ⟦network: relu⟧\n"),
        ("E118", "network:\n  - concat: ⟦[relu]⟧\n"),
        ("E118", "network:\n  - concat: ⟦[]⟧\n"),
        ("E118", "network:\n  - relu\n  - ⟦[]⟧\n"),
        ("E103", "network:\n  - residual: relu\n    ⟦shorcut⟧: pad\n"),
        ("E103", "network:\n  - repeat: 2\n    network: relu\n    ⟦times⟧: 2\n"),
        ("E103", "network:\n  - conv: {filters: 4, kernel: 3, ⟦strid⟧: 2}\n"),
        ("E103", "network:\n  - relu: ⟦0.5⟧\n"),
        ("E104", "network:\n  - conv: {filters: ⟦four⟧, kernel: 3}\n"),
        ("E104", "network:\n  - conv: {filters: ⟦4.0⟧, kernel: 3}\n"),
        ("E104", "network:\n  - conv: {filters: ⟦true⟧, kernel: 3}\n"),
        ("E104", 'network:\n  - conv: {filters: ⟦"4"⟧, kernel: 3}\n'),
        ("E104", "network:\n  - conv: {filters: 4, kernel: 3, bias: ⟦1⟧}\n"),
        ("E104", "network:\n  - conv: {filters: 4, kernel: ⟦[3, three]⟧}\n"),
        ("E104", "network:\n  - conv: {filters: 4, kernel: ⟦{size: 3}⟧}\n"),
        ("E104", "network:\n  - conv: {filters: 4, kernel: ⟦null⟧}\n"),
        ("E104", "network:\n  - relu:\n    tag: ⟦7⟧\n"),
        ("E104", "network:\n  - relu:\n    tag: ⟦[a]⟧\n"),
        ("E104", 'network:\n  - relu:\n    tag: ⟦"a b"⟧\n'),
        ("E104", 'network:\n  - relu:\n    name: ⟦"1st"⟧\n'),
        ("E105", "network:\n  - ⟦conv⟧: {filters: 4}\n"),
        ("E105", "network:\n  - ⟦fc⟧\n"),
        ("E102", "network:\n  - ⟦cnov⟧: {filters: 4, kernel: 3}\n"),
        ("E102", "network:\n  - ⟦zorbl⟧:\n"),
        ("E106", "network:\n  - relu:\n    tag: a\n    ⟦name⟧: b\n  - add: a\n"),
        ("E116", "network:\n  - repeat: ⟦-1⟧\n    network: relu\n"),
        ("E116", "network:\n  - repeat: ⟦2.5⟧\n    network: relu\n"),
        ("E116", "network:\n  - repeat: ⟦two⟧\n    network: relu\n"),
        ("E116", "network:\n  - repeat: ⟦true⟧\n    network: relu\n"),
    ],
)
def test_a_fault_of_structured_yaml_is_told_once_at_its_place(code: str, text: str) -> None:
    """Every sort of fault gives one finding, at the key or the value that is wrong."""
    assert_told(f"input: 8x8x3\n{text}", code)


def test_several_faults_of_one_layer_are_told_together() -> None:
    """Each wrong field has its own finding."""
    assert_told(
        "input: 8x8x3\nnetwork:\n  - conv: {filters: ⟦four⟧, kernel: ⟦0⟧, ⟦padd⟧: same, bias: ⟦off⟧}\n  - relu: {⟦x⟧: 1}\n",
        *("E104", "E104", "E103", "E104", "E103"),
    )


def test_several_missing_fields_are_told_together() -> None:
    """A layer that lacks two fields is told about both in one run."""
    for text in ("network:\n  - conv: {}\n", "network: conv -> relu\n"):
        said = " ".join(finding.message + finding.help for finding in spoken(f"input: 8x8x3\n{text}"))
        assert "`filters`" in said
        assert "`kernel`" in said
