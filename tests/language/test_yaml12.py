"""YAML to a tree that remembers its places: values, positions, unique keys, anchors, and YAML's own traps."""

from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st
from spec_text import assert_told, codes, graph, lines_ended_by, mended, spoken, the_finding

from netspec.checking import check_text
from netspec.diagnostics import Finding, Source
from netspec.language.limits import Limits
from netspec.language.yaml12 import Mapping, Scalar, Sequence, Unreadable, Value, compose

HEAD = "input: 8x8x4\n"


def tree(text: str) -> tuple[Value | None, list[Finding]]:
    """The tree of a text and the findings about it."""
    findings: list[Finding] = []
    return compose(Source("spec.yaml", text), Limits(), findings), findings


def plain(value: Value | None) -> Any:
    """A tree as Python values, every scalar as its text."""
    match value:
        case Scalar():
            return value.text
        case Sequence():
            return [plain(item) for item in value.items]
        case Mapping():
            return {key.text: plain(item) for key, item in value.pairs}
    return value


def scalars(value: Value | None) -> list[Scalar]:
    """All scalars of a tree, keys included."""
    match value:
        case Scalar():
            return [value]
        case Sequence():
            return [scalar for item in value.items for scalar in scalars(item)]
        case Mapping():
            return [scalar for key, item in value.pairs for scalar in (key, *scalars(item))]
    return []


WORDS = st.text("abcXYZ019 -_[]{},:#'\"\\>|&*!?%@äß🙂→\n\t", max_size=12)
TREES = st.recursive(
    WORDS, lambda t: st.lists(t, max_size=3) | st.dictionaries(WORDS, t, max_size=3), max_leaves=8
)


@given(
    data=TREES, flow=st.sampled_from([None, True, False]), style=st.sampled_from([None, '"', "'", "|", ">"])
)
def test_a_tree_is_read_as_pyyaml_reads_it(data: Any, *, flow: bool | None, style: str | None) -> None:
    """What PyYAML writes, in any style, is read with the same texts in the same order."""
    text = yaml.safe_dump(data, default_flow_style=flow, default_style=style, allow_unicode=True)
    read, findings = tree(text)
    assert plain(read) == data
    assert findings == []


@given(
    data=TREES,
    style=st.sampled_from([None, '"', "'", "|", ">"]),
    crlf=st.booleans(),
    ascii_only=st.booleans(),
)
def test_every_character_of_a_scalar_knows_its_place(
    data: Any, style: str | None, *, crlf: bool, ascii_only: bool
) -> None:
    """At the place of a visible character the file holds it, or the escape that stands for it."""
    text = yaml.safe_dump(data, default_style=style, allow_unicode=not ascii_only, width=20)
    text = lines_ended_by("\r\n" if crlf else "\n", text)
    for scalar in scalars(tree(text)[0]):
        for at, character in enumerate(scalar.text):
            if not character.isspace():
                span = scalar.at(at, at + 1)
                assert span.text == character or _unescaped(span.source.text[span.start :]) == character
                assert scalar.start <= span.start < scalar.end


def _unescaped(text: str) -> str:
    """The character that the escape at the start of a text stands for."""
    if text.startswith("''"):
        return "'"
    length = {"x": 4, "u": 6, "U": 10}.get(text[1:2], 2)
    return str(yaml.safe_load(f'"{text[:length]}"')) if text.startswith("\\") else ""


@pytest.mark.parametrize("comment", ["", " # größe 🙂", "\n# 🙂\n"])
def test_places_behind_comments_and_wide_characters(comment: str) -> None:
    """A place counts characters, not bytes, and comments count as well."""
    text = f"größe: 🙂{comment}\nnetwork: relu\n"
    root, _ = tree(text)
    assert isinstance(root, Mapping)
    assert [key.span.text for key, _ in root.pairs] == ["größe", "network"]
    assert [value.span.text for _, value in root.pairs] == ["🙂", "relu"]


# -- keys and features -------------------------------------------------------------------------------------------------


def test_a_duplicate_key_is_refused_and_the_first_one_is_shown() -> None:
    """The second of two equal keys is the fault; the first is pointed to."""
    assert_told(HEAD + "⟦input⟧: 9x9x1\nnetwork: relu\n", "E006")
    finding = the_finding(HEAD + "input: 9x9x1\nnetwork: relu\n")
    assert [related.span.text for related in finding.related] == ["input"]
    assert [related.span.line for related in finding.related] == [1]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("E006", 'network:\n  - conv: {filters: 4, kernel: 3, ⟦"filters"⟧: 5}\n'),
        ("E006", "network: relu\n⟦network⟧: relu\n"),
        ("E007", "network: ⟦!!str relu⟧\n"),
        ("E007", "network: ⟦!!python/name:os.system relu⟧\n"),
        ("E007", "network: relu\n⟦---⟧\nnetwork: relu\n"),
        ("E007", "? ⟦[a, b]⟧\n: 1\nnetwork: relu\n"),
        ("E008", "network: ⟦*nosuch⟧\n"),
        ("E008", "network: &a [relu, ⟦*a⟧]\n"),
    ],
)
def test_features_that_specs_do_not_have(code: str, text: str) -> None:
    """Tags, several documents, odd keys and unknown anchors each give their own finding."""
    assert_told(HEAD + text, code)


def test_a_merge_key_is_refused_at_the_key() -> None:
    """`<<` is no part of YAML 1.2; a variable or block does what it is used for."""
    text = (
        HEAD
        + "network:\n  - conv: &base {filters: 4, kernel: 3}\n  - conv: {⟦<<⟧: *base, filters: 4, kernel: 3}\n"
    )
    assert_told(text, "E007")


def test_anchors_and_aliases_work() -> None:
    """An alias stands for the value of its anchor."""
    text = (
        HEAD
        + "network:\n  - conv: &one {filters: &f 4, kernel: 3}\n  - conv: *one\n  - conv: {filters: *f, kernel: 3}\n"
    )
    first, *others = (node.layer for node in graph(text))
    assert others == [first, first]


def test_an_anchor_is_no_part_of_the_value() -> None:
    """A fault in a value that has an anchor is shown at the value alone."""
    assert_told(HEAD + "network:\n  - conv: {filters: &f ⟦four⟧, kernel: 3}\n", "E104")


@pytest.mark.parametrize("text", ["a: 1\n", "- a\n", "a\n", "{a: [1, {b: 2}]}\n"])
@pytest.mark.parametrize(
    "around", ["{}", "---\n{}", "{}...\n", "%YAML 1.2\n---\n{}", "# c\n{}# c\n", "\ufeff{}"]
)
def test_one_document_may_have_its_marks(text: str, around: str) -> None:
    """Document marks, a directive, comments and a byte order mark around a document change nothing."""
    value, findings = tree(
        around.format(text.replace("{", "{{").replace("}", "}}")).replace("{{", "{").replace("}}", "}")
    )
    assert plain(value) == plain(tree(text)[0])
    assert findings == []


# -- traps -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("E004", "network:\n  - ⟦[conv3-4 -> relu]*2 -> pool2⟧\n"),
        ("E004", "network: ⟦[conv3-4 -> relu]*2⟧\n"),
        ("E004", "network: ⟦[conv3-4 -> relu]*{n}⟧\n"),
        ("E004", "network: ⟦[[conv3-4 -> relu]*2 -> pool2]*2 -> fc-10⟧\n"),
        ("E004", "network: ⟦{act} -> relu⟧\n"),
        ("E004", "network: ⟦@a -> relu⟧\n"),
        ("E004", "blocks:\n  unit(n): ⟦[relu]*{n}⟧\nnetwork: unit(2)\n"),
        ("E005", "network:\n⟦\t⟧- relu\n"),
        ("E005", "network:\n  - conv:\n  ⟦\t⟧  filters: 3\n"),
        ("E005", "network: |\n⟦\t⟧relu\n"),
        ("E003", 'network: ⟦"⟧relu\n'),
        ("E003", "network: ⟦'⟧relu\n"),
        ("E101", "network: conv3-4(padding⟦:⟧ 0)\n"),
        ("E003", "network:\n  - relu\n ⟦-⟧ relu\n"),
    ],
)
def test_a_trap_of_yaml_is_named_at_its_place(code: str, text: str) -> None:
    """Each trap gives the finding that names it, at the characters that YAML takes for something else."""
    assert_told(HEAD + text, code)


@pytest.mark.parametrize("tail", ["", "  # twice", "\n"])
def test_the_mend_of_unquoted_brackets_puts_them_in_quotes(tail: str) -> None:
    """The suggested quotes make the string what was meant."""
    finding = the_finding(HEAD + f"network:\n  - [conv3-4 -> relu]*2 -> pool2{tail}\n")
    (text,) = mended(finding)
    assert graph(text) == graph(HEAD + 'network: "[conv3-4 -> relu]*2 -> pool2"\n')


def test_a_list_in_brackets_is_a_list() -> None:
    """Brackets around whole entries are YAML's own list, in which nothing needs quotes."""
    assert graph(HEAD + "network: [conv3-4, relu]\n") == graph(HEAD + "network: conv3-4 -> relu\n")
    assert graph(HEAD + "network: [conv3-4 -> relu]\n") == graph(HEAD + "network: conv3-4 -> relu\n")


@pytest.mark.parametrize(
    ("word", "meant"), [("yes", "true"), ("on", "true"), ("no", "false"), ("Off", "false")]
)
def test_on_and_off_are_text_and_the_finding_says_so(word: str, meant: str) -> None:
    """The words that YAML 1.1 took for switches are refused, with the word that is one."""
    for text in (
        f"network: conv3-4(bias={word})\n",
        f"network:\n  - conv: {{filters: 4, kernel: 3, bias: {word}}}\n",
    ):
        finding = the_finding(HEAD + text)
        assert (finding.code, finding.span and finding.span.text) == ("E104", word)
        assert [spoken(mend) for mend in mended(finding)] == [[]]
        assert meant in next(mended(finding))


def test_small_floats_are_numbers() -> None:
    """`1e-3` is a number in both spellings, though YAML 1.1 takes it for text."""
    assert graph(HEAD + "network: bn(eps=1e-3)\n") == graph(HEAD + "network:\n  - bn: {eps: 1e-3}\n")


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "~\n", "\ufeff"])
def test_an_empty_file_is_told_as_such(text: str) -> None:
    """Nothing, or nothing but comments, is its own finding."""
    assert codes(text) == ["E010"]


def test_yaml_that_breaks_off_gives_one_finding_and_no_more() -> None:
    """After YAML itself breaks, nothing else is told."""
    assert len(check_text("input: [8x8\nnetwork: relu\n").findings) == 1


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\ufffe"])
def test_control_characters_are_refused_at_their_place(character: str) -> None:
    """A character that YAML does not allow is shown where it stands."""
    assert_told(HEAD + f"network: relu ⟦{character}⟧\n", "E002")


def test_an_unreadable_text_raises_with_its_finding() -> None:
    """`compose` raises where nothing after a fault can be understood."""
    with pytest.raises(Unreadable) as raised:
        tree('a: "b')
    assert raised.value.finding.code == "E003"
