"""Sharing: a layer that reuses the parameters of another by tag."""

import pytest
from spec_text import assert_told, graph, spoken

HEAD = "input: 16x16x4\n"


def test_a_layer_reuses_the_parameters_of_another() -> None:
    """It owns none, and names the owner."""
    owner, _, user = graph(HEAD + "network: conv3-4 @a -> relu -> conv3-4(share=a)\n")
    assert (user.shares, user.parameters) == (owner.index, ())
    assert sum(p.size for p in owner.parameters) == 3 * 3 * 4 * 4 + 4


def test_sharing_goes_back_to_the_owner() -> None:
    """A layer that shares with a layer that shares uses the first one's parameters."""
    nodes = graph(HEAD + "network: conv3-4 @a -> conv3-4(share=a) @b -> conv3-4(share=b)\n").nodes
    assert [node.shares for node in nodes] == [None, 0, 0]


def test_parameters_are_shared_at_another_size() -> None:
    """A convolution's parameters do not depend on the size of the map."""
    nodes = graph(HEAD + "network: conv3-4 @a -> pool2 -> conv3-4(share=a)\n").nodes
    assert (nodes[2].shares, str(nodes[2].shape)) == (0, "8x8x4")


def test_two_branches_may_share() -> None:
    """A tag outside is seen in branches, as in siamese networks."""
    text = (
        HEAD
        + "network:\n  - conv3-4 @a\n  - concat:\n    - relu -> conv3-4(share=a)\n    - tanh -> conv3-4(share=a)\n"
    )
    assert [node.shares for node in graph(text) if node.kind == "conv"] == [None, 0, 0]


def test_both_agree_on_the_bias() -> None:
    """Whether there is a bias is decided for the owner and its users together."""
    text = HEAD + "network: conv3-4 @a -> bn -> conv3-4(share=a) -> bn\n"
    assert [dict(node.layer)["bias"] for node in graph(text) if node.kind == "conv"] == [False, False]


@pytest.mark.parametrize(
    ("code", "chain"),
    [
        ("E119", "conv3-8 @a -> relu -> ⟦conv3-8(share=a)⟧"),
        ("E119", "conv3-4 @a -> relu -> ⟦conv5-4(share=a)⟧"),
        ("E119", "conv3-4 @a -> relu -> ⟦dwconv3(share=a)⟧"),
        ("E119", "relu @a -> ⟦relu(share=a)⟧"),
        ("E119", "conv3-4 @a -> pool2 -> ⟦fc-4(share=a)⟧"),
        ("E119", "conv3-4 @a -> ⟦conv3-4(bias=false, share=a)⟧"),
        ("E112", "conv3-4 -> conv3-4(share=⟦nothing⟧)"),
        ("E119", "⟦conv3-4(share=input)⟧"),
        ("E103", "conv3-4 @a -> add(a, ⟦shar⟧=a)"),
    ],
)
def test_what_cannot_be_shared_is_told_once(code: str, chain: str) -> None:
    """Another kind, other shapes, nothing to share, no such tag."""
    assert_told(HEAD + f"network: {chain}\n", code)


def test_a_refusal_shows_the_owner_and_both_shapes() -> None:
    """The finding holds what is there and what is needed."""
    (finding,) = spoken(HEAD + "network: conv3-8 @a -> relu -> conv3-8(share=a)\n")
    assert "3x3x4x8" in finding.message
    assert "3x3x8x8" in finding.message
    assert [related.span.text for related in finding.related] == ["conv3-8 @a"]
