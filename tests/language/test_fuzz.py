"""Whatever the text, checking it gives a report whose findings lie inside it and can be shown."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from netspec.checking import Report, check_text
from netspec.render import machine
from netspec.render.report import text as shown
from netspec.render.text import Look

ROOT = Path(__file__).parents[2]
SPECS = [
    path.read_text(encoding="utf-8")
    for folder in (ROOT / "specs", ROOT / "tests" / "mutation" / "specs")
    for path in sorted(folder.glob("*.yaml"))
]
HEAD = "input: 16x16x4\nvariables: {n: 2, widths: [4, 8]}\nblocks: {unit(w): conv3-{w}}\n"

MARKS = [
    "->",
    "→",
    "\n",
    "[",
    "]",
    "*",
    "(",
    ")",
    "{",
    "}",
    ",",
    "=",
    "@",
    "-",
    "/",
    "x",
    ".",
    " ",
    "#",
    "'",
    '"',
    "?",
]
WORDS = [
    "conv3-4",
    "relu",
    "pool2",
    "bn",
    "fc-3",
    "concat",
    "add",
    "from",
    "unit",
    "input",
    "identity",
    "gap",
    "embed",
]
PIECES = [
    "a",
    "n",
    "widths",
    "2",
    "0",
    "-1",
    "1.5",
    "3",
    "stride",
    "padding",
    "same",
    "true",
    "{n}",
    "{widths[1]}",
    "@a",
]
KEYS = [
    "input",
    "network",
    "variables",
    "variants",
    "blocks",
    "heads",
    "budget",
    "train",
    "allow",
    "netspec",
    "name",
]
FORMS = [
    "conv",
    "filters",
    "kernel",
    "residual",
    "shortcut",
    "concat",
    "repeat",
    "tag",
    "from",
    "shape",
    "tokens",
    "data",
]

characters = st.characters(exclude_categories=["Cs"])
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 300),
    st.floats(),
    st.text(characters, max_size=8),
    st.sampled_from([*WORDS, *PIECES, "8x8x4", "[relu]*2"]),
)
keys = st.one_of(st.sampled_from([*KEYS, *FORMS, *WORDS]), st.text(characters, max_size=6))
trees = st.recursive(
    plain,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=20,
)
arrows = st.lists(st.sampled_from([*MARKS, *WORDS, *PIECES]), max_size=25).map("".join)
spaced = st.lists(st.sampled_from([*MARKS[:6], *WORDS, *PIECES]), max_size=15).map(" ".join)


def fuzz(examples: int) -> settings:
    """The same examples on every run, as many as a few seconds allow."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def hold(report: Report, text: str) -> None:
    """The report is sound: its parts agree, each finding lies in the text, and all of it can be shown."""
    assert (report.graph is None) == (not report.ok)
    for finding in report.findings:
        span = finding.span
        assert span is not None
        assert span.source.text == text
        assert 0 <= span.start <= span.end <= len(text)
        assert (span.line, span.column) >= (1, 1)
        assert (span.end_line, span.end_column) >= (span.line, 1)
    "\n".join(shown([report], Look()))
    "\n".join(machine.as_json([report]))


@fuzz(300)
@given(st.text(characters))
def test_any_text(text: str) -> None:
    """Any text at all."""
    hold(check_text(text), text)


@fuzz(300)
@given(st.text(st.sampled_from("abn: \n-[]{}(),#&*!|>'\"%@`?x0123\t=/")))
def test_any_text_of_the_signs_that_matter(text: str) -> None:
    """Any text of the characters that mean something to YAML."""
    hold(check_text(text), text)


@fuzz(300)
@given(trees)
def test_any_tree(tree: object) -> None:
    """Any YAML tree, as a whole file."""
    text = yaml.safe_dump(tree, allow_unicode=True)
    hold(check_text(text), text)


@fuzz(300)
@given(tree=st.dictionaries(st.sampled_from(KEYS), trees, min_size=1), flow=st.booleans())
def test_any_tree_under_the_keys_of_a_spec(tree: dict[str, object], *, flow: bool) -> None:
    """Any YAML trees where a spec has its sections."""
    text = yaml.safe_dump(
        {"input": "8x8x4", "network": "relu"} | tree, allow_unicode=True, default_flow_style=flow
    )
    hold(check_text(text), text)


@fuzz(300)
@given(st.text(characters), st.sampled_from(["plain", "block", "quoted", "double"]))
def test_any_text_as_a_network(words: str, style: str) -> None:
    """Any text where a network belongs, in each of YAML's ways to write text."""
    lines = "".join(f"  {line}\n" for line in words.splitlines())
    text = {
        "plain": f"{HEAD}network: {words}\n",
        "block": f"{HEAD}network: |\n{lines}",
        "quoted": f"{HEAD}network: {yaml.safe_dump(words, default_style=chr(39))}",
        "double": f"{HEAD}network: {yaml.safe_dump(words, default_style=chr(34))}",
    }[style]
    hold(check_text(text), text)


@fuzz(600)
@given(st.one_of(arrows, spaced))
def test_any_order_of_the_signs_of_the_arrow_notation(words: str) -> None:
    """Pieces of the arrow notation in any order."""
    lines = "".join(f"  {line}\n" for line in words.splitlines())
    text = f"{HEAD}network: |\n{lines}"
    hold(check_text(text), text)


@fuzz(300)
@given(st.text("nw0123456789.,+-*/%()[] eminax", max_size=40))
def test_any_expression(words: str) -> None:
    """Any text of the characters of expressions, in braces."""
    text = f"{HEAD}network: conv3-{{{words}}} -> unit({{{words}}})\n"
    hold(check_text(text), text)


@pytest.mark.parametrize(
    "kind", ["insert", "delete", "replace", "repeat a line", "drop a line", "swap lines"]
)
def test_any_small_change_of_a_spec(kind: str) -> None:
    """Valid specs with a few random edits, which are mostly faults that people make."""

    @fuzz(80)
    @given(st.data())
    def edited(data: st.DataObject) -> None:
        text = data.draw(st.sampled_from(SPECS))
        for _ in range(data.draw(st.integers(1, 3))):
            text = edit(text, kind, data)
        hold(check_text(text), text)

    edited()


def edit(text: str, kind: str, data: st.DataObject) -> str:
    """The text with one edit of a kind at a drawn place."""
    if kind in ("insert", "delete", "replace"):
        at = data.draw(st.integers(0, max(len(text) - 1, 0)))
        new = "" if kind == "delete" else data.draw(st.one_of(characters, st.sampled_from([*MARKS, *PIECES])))
        return text[:at] + new + text[at + (kind != "insert") :]
    lines = text.splitlines(keepends=True) or [""]
    i, j = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    if kind == "repeat a line":
        lines.insert(j, lines[i])
    elif kind == "drop a line":
        del lines[i]
    else:
        lines[i], lines[j] = lines[j], lines[i]
    return "".join(lines)
