"""Branches and merges: joined in order, and every dimension is checked."""

import pytest
from spec_text import assert_told, graph, the_finding


@pytest.mark.parametrize(
    ("kind", "branches", "out"),
    [
        ("concat", ["conv1-3", "conv3-5 -> relu"], "8x8x8"),
        ("concat", ["identity", "relu", "conv1-2"], "8x8x10"),
        ("add", ["conv1-6", "conv3-6", "conv5-6"], "8x8x6"),
        ("multiply", ["conv1-6", "gap -> fc-6"], "8x8x6"),
    ],
)
def test_branches_start_from_one_input_and_are_joined(kind: str, branches: list[str], out: str) -> None:
    """Each branch reads the value before the form; the join reads the branches in their order."""
    text = f"input: 8x8x4\nnetwork:\n  - relu\n  - {kind}:\n" + "".join(
        f"    - {branch}\n" for branch in branches
    )
    network = graph(text)
    starts = [node for node in network if node.inputs == (0,)]
    ends = [network.nodes[i].name for i in network.nodes[-1].inputs]
    assert str(network.nodes[-1].shape) == out
    assert [node.name.split("/")[0] for node in starts] == [f"branch{i + 1}" for i in range(len(branches))]
    assert [name.split("/")[0] for name in ends] == [f"branch{i + 1}" for i in range(len(branches))]


def test_a_join_of_tags_and_a_join_of_branches_are_one_layer() -> None:
    """Both forms give the same node but for its inputs."""
    by_tag = graph("input: 8x8x4\nnetwork: relu @a -> conv1-4 -> concat(a)\n").nodes[-1]
    by_branch = graph("input: 8x8x4\nnetwork:\n  - concat: [conv1-4, relu]\n").nodes[-1]
    assert (by_tag.layer, by_tag.shape) == (by_branch.layer, by_branch.shape)


@pytest.mark.parametrize(
    ("given", "chain", "said"),
    [
        ("8x8x4", "relu @a -> pool2 -> ⟦concat(a)⟧", ["4x4x4", "8x8x4"]),
        ("8x6x4", "relu @a -> pool1x2 -> ⟦concat(a)⟧", ["8x3x4", "8x6x4", "columns"]),
        ("8x6x4", "relu @a -> pool2x1 -> ⟦add(a)⟧", ["4x6x4", "8x6x4", "rows"]),
        ("8x8x4", "relu @a -> conv1-5 -> ⟦add(a)⟧", ["5", "4", "channels"]),
        ("8x8x4", "relu @a -> conv1-5 -> ⟦multiply(a)⟧", ["5", "4", "channels"]),
        ("8x8x4", "relu @a -> gap -> fc-5 -> ⟦multiply(a)⟧", ["5", "4", "channels"]),
        ("8x8x4", "relu @a -> gap -> ⟦concat(a)⟧", ["vector"]),
        ("8x8x4", "relu @a -> pool2 -> ⟦multiply(a)⟧", ["4x4x4", "8x8x4"]),
        ("4x8x8x2", "relu @a -> pool2x1x1 -> ⟦concat(a)⟧", ["frames"]),
        ("100x8", "relu @a -> pool2 -> ⟦add(a)⟧", ["50", "100"]),
    ],
)
def test_every_dimension_of_a_merge_is_checked(given: str, chain: str, said: list[str]) -> None:
    """The finding stands at the merge and names the shapes and the dimension that differs."""
    text = f"input: {given}\nnetwork: {chain}\n"
    assert_told(text, "E204")
    message = the_finding(text.replace("⟦", "").replace("⟧", "")).message
    assert [word for word in said if word not in message] == []


@pytest.mark.parametrize("wrong", range(4))
def test_a_wrong_branch_among_many_is_told_at_the_join(wrong: int) -> None:
    """Whichever branch differs, the join is one finding."""
    branches = ["conv1-4" if i != wrong else "pool2" for i in range(4)]
    text = "input: 8x8x4\nnetwork:\n  - ⟦add:\n" + "".join(f"      - {branch}\n" for branch in branches)
    assert_told(text.rstrip() + "⟧\n  - relu\n", "E204")


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("E102", "concat:\n    - ⟦zorbl⟧\n    - relu"),
        ("E203", "concat:\n    - ⟦pool9⟧\n    - relu"),
        ("E118", "concat: ⟦[relu]⟧"),
        ("E118", "add: ⟦[]⟧"),
        ("E118", "concat: [relu, ⟦[]⟧]"),
        ("E103", "concat: [relu, tanh]\n    ⟦crop⟧: true"),
        ("E112", "concat: ⟦nothing⟧"),
        ("E112", "concat: {with: ⟦nothing⟧}"),
        ("E103", "add: {with: input, ⟦crop⟧: true}"),
        ("E104", "concat: {with: input, crop: ⟦3⟧}"),
        ("E105", "⟦add⟧:"),
        ("E105", "⟦add: {}⟧"),
    ],
)
def test_a_fault_of_a_join_is_one_finding(code: str, form: str) -> None:
    """What the join cannot do because of a fault in a branch is not told again."""
    assert_told(f"input: 8x8x4\nnetwork:\n  - {form}\n  - relu -> fc-10\n", code)


def test_several_wrong_branches_are_told_together() -> None:
    """A fault in one branch does not hide one in another."""
    text = "input: 8x8x4\nnetwork:\n  - concat:\n    - relu -> ⟦zorbl⟧\n    - ⟦pool9⟧\n    - conv3-4(⟦strid⟧=1)\n"
    assert_told(text, "E102", "E203", "E103")


def test_joins_nest() -> None:
    """A branch may itself branch, as in later Inception modules."""
    text = "input: 8x8x4\nnetwork:\n  - concat:\n    - conv1-2\n    - [conv1-3, concat: [conv1x3-4, conv3x1-5]]\n"
    network = graph(text)
    assert str(network.nodes[-1].shape) == "8x8x11"
    assert [node.name for node in network][2:5] == [
        "branch2/branch1/conv1",
        "branch2/branch2/conv1",
        "branch2/concat1",
    ]
