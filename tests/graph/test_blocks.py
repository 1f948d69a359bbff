"""Blocks are functions over networks."""

import pytest
from spec_text import assert_told, codes, graph, names, the_finding

HEAD = "input: 16x16x4\n"


def channels(text: str) -> list[int]:
    """The channels after each node."""
    return [node.shape.channels for node in graph(text)]


def test_a_call_is_the_body_with_its_arguments() -> None:
    """Parameters by place, by name and by default."""
    blocks = "blocks:\n  unit(width, stride=1, act=relu): conv3-{width}/{stride} -> {act}\n"
    text = HEAD + blocks + "network: unit(8) -> unit(16, 2) -> unit(act=tanh, width=32)\n"
    assert [(node.kind, str(node.shape)) for node in graph(text)] == [
        ("conv", "16x16x8"),
        ("relu", "16x16x8"),
        ("conv", "8x8x16"),
        ("relu", "8x8x16"),
        ("conv", "8x8x32"),
        ("tanh", "8x8x32"),
    ]


def test_a_call_of_a_computed_layer_is_another_layer_each_time() -> None:
    """Where an argument names the layer, each call has the layer of its own argument."""
    text = (
        HEAD + 'blocks:\n  unit(act): "{act}"\nnetwork: unit(relu) -> unit(tanh) -> unit(relu) -> unit(bn)\n'
    )
    assert [node.kind for node in graph(text)] == ["relu", "tanh", "relu", "bn"]


def test_blocks_call_blocks_whatever_their_order() -> None:
    """A block may be defined below the one that calls it."""
    text = (
        HEAD + "blocks:\n  outer(w): inner({2*w}) -> inner({w})\n  inner(w): conv3-{w}\nnetwork: outer(4)\n"
    )
    assert channels(text) == [8, 4]


def test_a_parameter_hides_a_variable_and_the_caller_s_parameters_are_not_seen() -> None:
    """A block sees its own parameters, then the spec's variables, and nothing of who calls it."""
    head = HEAD + "variables: {w: 4}\n"
    assert channels(head + "blocks:\n  unit(w): conv3-{w}\nnetwork: conv3-{w} -> unit(8)\n") == [4, 8]
    assert channels(head + "blocks:\n  unit(): conv3-{w}\n  outer(w): unit\nnetwork: outer(8)\n") == [4]
    assert_told(HEAD + "blocks:\n  unit(): conv3-⟦{v}⟧\n  outer(v): unit\nnetwork: outer(8)\n", "E108")


def test_a_default_may_use_the_spec_s_variables() -> None:
    """A default is computed where the block is defined."""
    text = HEAD + "variables: {w: 4}\nblocks:\n  unit(n={2*w}): conv3-{n}\nnetwork: unit -> unit(2)\n"
    assert channels(text) == [8, 2]


def test_arguments_may_be_lists_text_and_tags() -> None:
    """A parameter can be a list, a padding or the name of a tagged value."""
    text = """\
input: 16x16x4
blocks:
  unit(widths, padding, skip): conv3-{widths[0]}(padding={padding}) -> conv3-{widths[1]} -> add({skip})
network: relu @a -> unit([8, 4], same, a)
"""
    assert channels(text) == [4, 8, 4, 4]


@pytest.mark.parametrize("heading", ["unit()", "unit", "UNIT", '"unit()"', "unit ( )"])
@pytest.mark.parametrize("call", ["unit()", "unit", "Unit", "UNIT()"])
def test_brackets_and_case_do_not_matter(heading: str, call: str) -> None:
    """A block without parameters may leave the brackets out."""
    assert names(HEAD + f"blocks:\n  {heading}: relu\nnetwork: {call}\n") == ["unit1/relu1"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("E114", "blocks:\n  again(): relu -> ⟦again()⟧\nnetwork: again()\n"),
        ("E114", "blocks:\n  one(): two\n  two(): three\n  three(): ⟦one⟧\nnetwork: one\n"),
        (
            "E114",
            "blocks:\n  again(n):\n    - residual: relu\n      shortcut: ⟦again(1)⟧\nnetwork: again(2) -> again(3)\n",
        ),
        ("E115", "blocks:\n  ⟦conv(w)⟧: relu\nnetwork: relu\nallow: [W103]\n"),
        ("E115", "blocks:\n  ⟦conv3⟧: relu\nnetwork: relu\nallow: [W103]\n"),
        ("E115", "blocks:\n  ⟦from(a)⟧: relu\nnetwork: relu\nallow: [W103]\n"),
        ("E115", "blocks:\n  ⟦input⟧: relu\nnetwork: relu\nallow: [W103]\n"),
        ("E115", "blocks:\n  ⟦1st()⟧: relu\nnetwork: relu\nallow: [W103]\n"),
        ("E115", "blocks:\n  ⟦two words⟧: relu\nnetwork: relu\nallow: [W103]\n"),
        ("E115", "blocks:\n  ⟦unit -> relu⟧: relu\nnetwork: relu\nallow: [W103]\n"),
        ("E115", "blocks:\n  ⟦unit(a, a)⟧: relu\nnetwork: relu\nallow: [W103]\n"),
        ("E115", "blocks:\n  ⟦unit(a⟧: relu\nnetwork: relu\nallow: [W103]\n"),
        ("E115", "blocks:\n  unit(⟦3⟧): relu\nnetwork: relu\nallow: [W103]\n"),
        ("E115", "blocks:\n  ⟦unit(a=1, b)⟧: relu\nnetwork: relu\nallow: [W103]\n"),
        ("E115", "blocks:\n  unit(): relu\n  ⟦UNIT(w)⟧: relu\nnetwork: relu\nallow: [W103]\n"),
        ("E108", "blocks:\n  unit(a=⟦{nothing}⟧): pad({a})\nnetwork: unit -> unit(1)\n"),
        ("E105", "blocks:\n  unit(width, n): relu\nnetwork: ⟦unit(3)⟧\n"),
        ("E104", "blocks:\n  unit(width): conv3-⟦{width}⟧\nnetwork: unit(wide)\n"),
        ("E118", "blocks:\n  ⟦unit():⟧\nnetwork: unit\n"),
        ("W103", "blocks:\n  ⟦unit()⟧: relu\nnetwork: relu\n"),
        ("W103", "blocks:\n  ⟦unit()⟧: other\n  other(): relu\nnetwork: other\n"),
    ],
)
def test_a_fault_of_a_block_is_told_once_at_its_place(code: str, text: str) -> None:
    """Headings, calls and bodies each have their findings, and one fault gives one."""
    assert_told(HEAD + text, code)


def test_a_wrong_heading_is_told_once_though_it_is_called() -> None:
    """Calls of a block whose heading cannot be read are passed over."""
    assert_told(HEAD + "blocks:\n  unit(⟦3⟧, w): conv3-{w}\nnetwork: unit(8) -> unit(16)\n", "E115")
    assert_told(HEAD + "blocks:\n  ⟦unit(w⟧: conv3-{w}\nnetwork: unit(8) -> unit(16)\n", "E115")


def test_a_block_that_may_not_have_its_name_changes_no_layer() -> None:
    """What the name means elsewhere stays what it was."""
    text = HEAD + "blocks:\n  ⟦conv3(width)⟧: relu\n  unit(): conv3-8/2\nnetwork: conv3-4 -> unit\n"
    assert_told(text, "E115")


def test_a_recursion_shows_the_way_round() -> None:
    """The finding names the blocks on the way, and points to the definition."""
    finding = the_finding(HEAD + "blocks:\n  one(): two\n  two(): relu -> one\nnetwork: one\n")
    assert "one -> two -> one" in finding.message
    assert [related.span.text for related in finding.related] == ["one()"]


def test_a_block_that_only_an_unused_block_calls_is_not_told_beside_it() -> None:
    """Of blocks that no network reaches the one that nothing calls is the fault."""
    assert_told(HEAD + "blocks:\n  ⟦one()⟧: two\n  two(): relu\nnetwork: relu\n", "W103")


def test_a_body_may_be_any_network() -> None:
    """Arrow string, block scalar, list, or a single form."""
    bodies = ["relu -> bn", "|\n    relu\n    bn", "[relu, bn]", "\n    - relu\n    - bn: {}"]
    assert len({str(graph(HEAD + f"blocks:\n  unit(): {body}\nnetwork: unit\n")) for body in bodies}) == 1
    assert codes(HEAD + "blocks:\n  unit():\n    residual: relu\nnetwork: unit\n") == []
