"""Heads: further outputs that hang on tagged values."""

import pytest
from spec_text import assert_told, codes, graph

TRUNK = "input: 16x16x4\nnetwork: conv3-8 -> relu @middle -> pool2 -> fc-10\n"


def test_a_head_hangs_on_a_tag() -> None:
    """It starts from the tagged value, its layers carry its name, and its loss has a weight."""
    network = graph(TRUNK + "heads:\n  aux: {from: middle, network: gap -> fc-5, loss_weight: 0.3}\n")
    main, aux = network.outputs
    assert (main.name, network.nodes[main.index].name, main.loss_weight) == ("output", "fc1", 1.0)
    assert (aux.name, network.nodes[aux.index].name, aux.loss_weight) == ("aux", "aux/fc1", 0.3)
    assert network.nodes[aux.origin].name == "middle"
    assert network.by_name["aux/gap1"].inputs == (aux.origin,)


def test_a_head_without_a_tag_hangs_on_the_end() -> None:
    """A second output may go on from the end of the main chain."""
    network = graph(TRUNK + "heads: {more: {network: relu -> fc-2}}\n")
    assert network.nodes[network.outputs[1].origin].name == "fc1"


def test_a_head_may_hang_on_the_input() -> None:
    """`input` names the network's input for heads as well."""
    network = graph(TRUNK + "heads: {raw: {from: input, network: conv3-2}}\nallow: [W101]\n")
    assert network.by_name["raw/conv1"].inputs == (-1,)


def test_a_loss_weight_may_be_whole_or_computed() -> None:
    """A number of either sort, or an expression."""
    for weight, value in (("1", 1.0), ("0.5", 0.5), ("1e-2", 0.01), ('"{1/4}"', 0.25)):
        network = graph(TRUNK + f"heads: {{aux: {{from: middle, network: fc-2, loss_weight: {weight}}}}}\n")
        assert network.outputs[1].loss_weight == value


def test_a_head_may_hang_on_the_tag_of_a_block() -> None:
    """The tag of a call names the block's value."""
    text = "input: 16x16x4\nblocks: {unit(): conv3-8 -> relu}\nnetwork: unit @u -> fc-10\nheads: {aux: {from: u, network: fc-2}}\n"
    network = graph(text)
    assert network.nodes[network.outputs[1].origin].name == "u/relu1"


@pytest.mark.parametrize(
    ("code", "head"),
    [
        ("E112", "{from: ⟦midle⟧, network: fc-2}"),
        ("E102", "{from: middle, network: ⟦zorbl⟧}"),
        ("E203", "{from: middle, network: ⟦pool17⟧ -> fc-2}"),
        ("E103", "{⟦form⟧: middle, network: fc-2}"),
        ("E104", "{from: middle, network: fc-2, loss_weight: ⟦-1⟧}"),
        ("E104", "{from: middle, network: fc-2, loss_weight: ⟦heavy⟧}"),
        ("E118", "{from: middle, network: ⟦[]⟧}"),
    ],
)
def test_a_fault_of_a_head_is_one_finding(code: str, head: str) -> None:
    """Each fault is told at its place, and the main network is not blamed."""
    assert_told(TRUNK.replace("@middle", "@middle -> add(middle)") + f"heads: {{aux: {head}}}\n", code)


def test_heads_do_not_hide_each_other() -> None:
    """Faults of all heads come in one run."""
    text = TRUNK + "heads:\n  a: {from: ⟦nowhere⟧, network: fc-2}\n  b: {from: middle, network: ⟦zorbl⟧}\n"
    assert_told(text, "E112", "E102")


def test_a_tag_that_only_a_head_uses_is_used() -> None:
    """No warning for the tag, and none for values that only a head gives."""
    assert codes(TRUNK + "heads: {aux: {from: middle, network: fc-2}}\n") == []
