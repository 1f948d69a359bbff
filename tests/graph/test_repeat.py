"""Repeats: `[...]*N` and `repeat: N` unroll, and nothing else."""

import pytest
from hypothesis import given, settings, strategies as st
from spec_text import assert_told, codes, graph, the_finding

from netspec.checking import check_text
from netspec.language.limits import Limits

HEAD = "input: 16x16x4\n"


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4))
@settings(max_examples=40)
def test_counts_multiply(counts: list[int]) -> None:
    """Nested repeats have the product of their counts."""
    chain, total = "relu", 1
    for count in counts:
        chain, total = f"[{chain}]*{count}", total * count
    assert len(graph(HEAD + f'network: "{chain} -> bn"\n')) == total + 1


@given(
    st.integers(1, 6),
    st.sampled_from(["conv3-4 -> relu", "conv3-4 @a -> relu -> add(a)", "residual", "pool1"]),
)
@settings(max_examples=20)
def test_a_repeat_is_its_body_written_out(count: int, body: str) -> None:
    """The layers and what they read are those of the body written N times."""
    form = "residual: conv3-4 -> bn" if body == "residual" else body
    repeated = graph(
        HEAD + f"network:\n  - repeat: {count}\n    network: [{{{form}}}]\n"
        if body == "residual"
        else HEAD + f'network: "[{form}]*{count}"\n'
    )
    bodies = [f"  - {form}\n".replace("@a", f"@a{i}").replace("(a)", f"(a{i})") for i in range(count)]
    written = graph(HEAD + "network:\n" + "".join(bodies))
    assert [(node.layer, node.inputs, node.shape) for node in repeated] == [
        (node.layer, node.inputs, node.shape) for node in written
    ]


def test_brackets_without_a_count_only_group() -> None:
    """`[...]` is its content, and `*1` too."""
    assert graph(HEAD + 'network: "[relu -> [bn]] -> [tanh]*1"\n') == graph(
        HEAD + "network: relu -> bn -> tanh\n"
    )


def test_a_repeat_of_zero_is_left_out() -> None:
    """A variant may switch a part off."""
    text = HEAD + 'variables: {n: 0}\nnetwork: "relu -> [lrn(5)]*{n} -> bn"\n'
    assert [node.kind for node in graph(text)] == ["relu", "bn"]


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("E116", "{0-1}"),
        ("E116", "{5/2}"),
        ("E116", "{1.0*2}"),
        ("E116", "{word}"),
        ("E116", "{list}"),
        ("E108", "{nothing}"),
        ("E109", "{2**3}"),
        ("E110", "{1//0}"),
    ],
)
def test_a_count_is_a_whole_number(code: str, count: str) -> None:
    """Anything else is told once, at the count, and reading goes on."""
    head = HEAD + "variables: {word: two, list: [2]}\nallow: [W102]\n"
    assert_told(head + f'network: "[relu]*⟦{count}⟧ -> ⟦zorbl⟧"\n', code, "E102")
    assert_told(head + f'network:\n  - repeat: ⟦"{count}"⟧\n    network: relu\n', code)


@pytest.mark.parametrize(
    "network",
    [
        '"[relu]*1000000000"',
        '"[[relu]*100000]*100000"',
        '"[[[[[relu]*1000]*1000]*1000]*1000]*1000"',
        '"[[relu]*0]*1000000000"',
        '"[relu]*{9223372036854775807}"',
        "[{repeat: 99999999999, network: relu}]",
    ],
)
def test_a_repeat_past_the_limit_is_refused(network: str) -> None:
    """However the number comes about, the limit is one finding that says how to raise it."""
    finding = the_finding(HEAD + f"network: {network}\n")
    assert finding.code == "E009"
    assert "--limit layers=" in finding.help


def test_the_limit_of_layers_counts_what_is_unrolled() -> None:
    """A limit holds exactly: what fits is read, one more is not."""
    text = HEAD + 'network: "[relu]*{}"\n'
    limits = Limits.parse(["layers=50"])
    assert check_text(text.format(20), limits=limits).ok
    assert not check_text(text.format(51), limits=limits).ok


def test_a_fault_in_a_repeat_is_one_finding() -> None:
    """It stands once in the text."""
    assert_told(HEAD + 'network: "[conv3-4(⟦strid⟧=1) -> ⟦zorbl⟧]*50"\n', "E103", "E102")
    assert codes(HEAD + 'network: "[conv3-4 -> conv5-4(padding=valid)]*5 -> relu"\n') == ["E203"]
