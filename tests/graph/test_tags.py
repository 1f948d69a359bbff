"""Tags: which value they name, and from where they are seen."""

import pytest
from spec_text import assert_told, codes, graph, spoken, the_finding

HEAD = "input: 16x16x4\n"


def inputs(text: str) -> dict[str, list[str]]:
    """For each node the names of what it reads."""
    network = graph(text)
    return {node.name: ["input" if i < 0 else network.nodes[i].name for i in node.inputs] for node in network}


def test_a_tag_names_the_value_of_its_layer() -> None:
    """A merge reads the current value first, then the tagged ones in the order they are written."""
    read = inputs(HEAD + "network: relu @a -> bn @b -> conv3-4 -> concat(b, a)\n")
    assert read["concat1"] == ["conv1", "b", "a"]


def test_from_goes_on_from_a_tagged_value() -> None:
    """Any directed acyclic graph can be written: a diamond, and a second use of the input."""
    read = inputs(HEAD + "network: relu @a -> bn @left -> from(a) -> tanh -> add(left)\n")
    assert read == {"a": ["input"], "left": ["a"], "tanh1": ["a"], "add1": ["tanh1", "left"]}
    assert inputs(HEAD + "network: relu @a -> from(input) -> bn -> add(a)\n")["bn1"] == ["input"]
    assert inputs(HEAD + "network: relu -> add(input)\n")["add1"] == ["relu1", "input"]


def test_from_may_carry_a_tag() -> None:
    """A second tag of one value is as good as the first."""
    read = inputs(
        HEAD + "network: relu @a -> bn -> from(a) @b -> tanh -> add(b) -> add(a)\n" + "allow: [W204]\n"
    )
    assert (read["add1"], read["add2"]) == (["tanh1", "a"], ["add1", "a"])


def test_a_tag_on_brackets_and_forms_names_their_last_value() -> None:
    """A repeat, a residual, a join and a block can be tagged."""
    text = """\
input: 16x16x4
blocks: {unit(): conv3-4 -> relu}
network:
  - "[conv3-4 -> bn]*2 @repeated"
  - residual: relu -> bn
    tag: summed
  - concat: [relu, tanh]
    tag: joined
  - conv1-4
  - unit @called
  - add: {with: [repeated, summed, called]}
  - concat: joined
"""
    read = inputs(text)
    assert read["add2"] == ["called/relu1", "bn2", "summed", "called/relu1"]
    assert read["concat2"] == ["add2", "joined"]


def test_what_stands_outside_is_seen_inside() -> None:
    """Blocks, branches, shortcuts, repeats and heads see the tags around them."""
    text = """\
input: 16x16x4
blocks: {unit(): add(a)}
network:
  - relu @a
  - unit -> [add(a)]*2
  - residual: add(a)
    shortcut: add(a)
  - concat: [add(a), add(a) -> relu]
heads: {side: {from: a, network: add(a)}}
"""
    assert codes(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "blocks:\n  unit(): relu @a -> add(a)\nnetwork: unit -> concat(⟦a⟧)\n",
        "network:\n  - concat:\n    - relu @a -> add(a)\n    - tanh\n  - concat: ⟦a⟧\n",
        "network:\n  - concat:\n    - relu @a -> add(a)\n    - add(⟦a⟧)\n",
        "network:\n  - residual: relu\n    shortcut: bn @a -> add(a)\n  - add: ⟦a⟧\n",
        'network: "[relu @a -> add(a)]*2 -> concat(⟦a⟧)"\n',
        "network: relu\nheads:\n  one: {network: relu @a -> add(a)}\n  two: {from: ⟦a⟧, network: relu}\n",
        "network: concat(⟦a⟧) -> relu @a -> add(a)\n",
        "network: relu -> add(⟦relu1⟧)\n",
        "network: relu -> from(⟦nothing⟧) -> relu\n",
        "network: relu @a -> add(a) -> add(⟦A⟧)\n",
    ],
)
def test_a_tag_that_is_not_seen_is_told_where_it_is_used(text: str) -> None:
    """A tag of another block, branch or round, one further down, and none at all."""
    assert_told(HEAD + text, "E112")


@pytest.mark.parametrize(
    "text",
    [
        "network: relu @stem -> bn -> add(⟦stme⟧)\n",
        "network: relu @stem -> from(⟦stme⟧) -> bn\n",
        "network: conv3-4 @stem -> conv3-4(share=⟦stme⟧)\n",
        "network: relu @stem -> bn\nheads: {side: {from: ⟦stme⟧, network: relu}}\n",
        "blocks:\n  down(): relu @stem -> pool2\nnetwork: down -> upconv2-4 -> concat(⟦stem⟧)\n",
        'network: "[relu @stem -> bn]*2 -> add(⟦stem⟧)"\n',
    ],
)
def test_a_tag_that_was_probably_meant_is_not_told_to_be_unused(text: str) -> None:
    """A misspelt or hidden tag is one finding, where it is used."""
    assert_told(HEAD + text, "E112")


def test_a_hidden_tag_is_pointed_to() -> None:
    """Where a tag exists but is not seen, the finding shows it and says why."""
    finding = the_finding(HEAD + 'network: "[relu @skip -> add(skip)]*2 -> concat(skip)"\n')
    assert [related.span.text for related in finding.related] == ["@skip"]
    assert finding.notes != ()


@pytest.mark.parametrize(
    "text",
    [
        "network: relu ⟦@a⟧ -> bn\n",
        "network: relu @a -> add(a) -> bn ⟦@b⟧\n",
        'network: "[relu ⟦@a⟧]*3"\n',
        "network:\n  - relu:\n    tag: ⟦a⟧\n  - bn\n",
        "blocks:\n  unit(): relu ⟦@a⟧ -> bn\nnetwork: unit -> unit\n",
        "network: relu\nheads: {side: {network: 'relu ⟦@a⟧ -> bn'}}\n",
    ],
)
def test_a_tag_that_nothing_uses_is_warned_about(text: str) -> None:
    """One finding, at the tag, however often its place is visited."""
    assert_told(HEAD + text, "W101")


@pytest.mark.parametrize(
    "text",
    [
        "network: relu @a -> add(a)\n",
        "network: relu @a -> bn\nheads: {side: {from: a, network: relu}}\n",
        "network: conv3-4 @a -> conv3-4(share=a)\n",
        "network: relu @a -> bn -> from(a) -> bn\nallow: [W204]\n",
        "network:\n  - relu:\n    name: a/b\n  - bn\n",
        'network: "[relu @a -> add(a)]*2"\n',
        "variables: {t: a}\nnetwork: relu @{t} -> add({t})\n",
        "variables: {t: a}\nnetwork: relu @a -> add({t})\n",
    ],
)
def test_a_tag_that_is_used_is_not_warned_about(text: str) -> None:
    """Merges, jumps, heads and shared parameters use a tag; a full name needs no use."""
    assert codes(HEAD + text) == []


def test_a_tag_stands_once() -> None:
    """The second of two equal tags is the fault, and the first is pointed to."""
    assert_told(HEAD + "network: relu @a -> bn ⟦@a⟧ -> add(a)\n", "E113")
    (finding,) = spoken(HEAD + "network: relu @a -> bn @a -> add(a)\n")
    assert [related.span.column for related in finding.related] == [15]


def test_a_tag_may_not_be_called_input() -> None:
    """`input` stands for the network's input."""
    assert_told(HEAD + "network: relu ⟦@input⟧ -> add(input)\n", "E113")


def test_each_round_of_a_repeat_has_its_own_tag() -> None:
    """A tag inside a repeat names the value of the same round."""
    read = inputs(HEAD + 'network: "[relu @a -> bn -> add(a)]*2"\n')
    assert (read["add1"], read["add2"]) == (["bn1", "a_1"], ["bn2", "a_2"])


@pytest.mark.parametrize("tag", ["e1", "no", "x5", "nan", "a.b", "a-b", "_a", "A"])
def test_any_word_is_a_tag(tag: str) -> None:
    """Words that YAML or Python would read as values are tags like others, in both spellings."""
    arrow = HEAD + f"network: relu @{tag} -> bn -> add({tag})\n"
    yaml = HEAD + f"network:\n  - relu:\n    tag: {tag}\n  - bn\n  - add: {tag}\n"
    assert graph(arrow).nodes[0].name == tag
    assert graph(yaml) == graph(arrow)


@pytest.mark.parametrize("word", ["true", "False", "null", "Null"])
def test_a_word_that_is_no_text_to_yaml_is_a_tag_or_refused_at_the_tag(word: str) -> None:
    """Whatever becomes of such a tag, its use is not told to name nothing."""
    for finding in spoken(HEAD + f"network: relu @{word} -> bn -> add({word})\n"):
        assert finding.span is not None
        assert finding.span.text == f"@{word}"


def test_an_unknown_tag_in_a_repeat_of_0_is_told() -> None:
    """What is repeated 0 times is checked for tags as everything else is."""
    assert_told(HEAD + 'network: "[concat(⟦nowhere⟧)]*0 -> relu"\n', "E112")


def test_a_block_that_nothing_calls_may_use_tags_of_a_caller() -> None:
    """A tag that a caller would have is no fault of a block that has no caller."""
    text = HEAD + "blocks: {up(): relu -> concat(skip)}\nnetwork: relu @skip -> add(skip)\n"
    assert codes(text) == ["W103"]


def test_words_of_what_runs_nowhere_hide_no_unused_tag() -> None:
    """A word in a block that nothing calls does not count as a use of a tag."""
    text = HEAD + "blocks: {up(): relu(skip=1) @x}\nnetwork: relu\n"
    assert "E103" in codes(text)
    assert codes(HEAD + "allow: [W103]\nblocks: {skip(): relu}\nnetwork: relu @skip -> bn\n") == ["W101"]
