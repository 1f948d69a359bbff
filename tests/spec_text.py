"""Specs as text for the tests: marked faults, the ways YAML can write a string, and what netspec makes of them.

A fault is marked where it stands: `conv3-64 -> ⟦cnov3⟧-4` is the text without the brackets, and a finding is expected
whose span is exactly `cnov3`. Marks do not nest.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from netspec.checking import Report, check_text
from netspec.diagnostics import Finding, Severity
from netspec.graph.node import Graph

MARKS = re.compile("[⟦⟧]")
Styles = dict[str, Callable[[str], str]]


def unmarked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without marks, and the start and end of each marked stretch."""
    places = [found.start() - before for before, found in enumerate(MARKS.finditer(text))]
    return MARKS.sub("", text), list(zip(places[::2], places[1::2], strict=True))


def graph(text: str, **options: Any) -> Graph:
    """The graph of a spec that has no errors."""
    return accepted(text, **options).graph  # type: ignore[return-value]


def accepted(text: str, **options: Any) -> Report:
    """The report of a spec that has no errors."""
    report = check_text(text, **options)
    assert errors(report) == [], text
    assert report.graph is not None
    return report


def network(chain: str, shape: str = "32x32x3") -> Graph:
    """The graph of an arrow string on an input."""
    return graph(f"input: {shape}\nnetwork: |\n  {chain}\n")


def names(text: str, **options: Any) -> list[str]:
    """The names of all nodes, in order."""
    return [node.name for node in graph(text, **options)]


def errors(report: Report) -> list[str]:
    """The errors as text."""
    return [str(finding) for finding in report.findings if finding.severity is Severity.ERROR]


def spoken(text: str, **options: Any) -> list[Finding]:
    """The errors and warnings of a spec, by place."""
    return [f for f in check_text(text, **options).findings if f.severity > Severity.NOTE]


def codes(text: str, **options: Any) -> list[str]:
    """The codes of all errors and warnings, by place."""
    return [finding.code for finding in spoken(text, **options)]


def the_finding(text: str, **options: Any) -> Finding:
    """The error or warning of a spec that has exactly one."""
    (finding,) = spoken(text, **options)
    return finding


def place(finding: Finding) -> tuple[int, int]:
    """Start and end of a finding's span, white space at the end of a block scalar not counted."""
    assert finding.span is not None
    return finding.span.start, finding.span.start + len(finding.span.text.rstrip() or finding.span.text)


def assert_told(marked: str, *expected: str, **options: Any) -> None:
    """The spec's errors and warnings have these codes, and their spans are exactly the marked stretches."""
    assert difference(marked, *expected, **options) == ""


def difference(marked: str, *expected: str, **options: Any) -> str:
    """What is told otherwise than marked; nothing where all is as expected."""
    text, stretches = unmarked(marked)
    wanted = [(code, *stretch) for code, stretch in zip(expected, stretches, strict=True)]
    found = [(finding.code, *place(finding)) for finding in sorted(spoken(text, **options), key=place)]
    if found == wanted:
        return ""
    shown = ", ".join(f"{code} at {text[start:end]!r} ({start})" for code, start, end in found) or "nothing"
    return f"{marked}\ntells {shown}; expected {', '.join(expected) or 'nothing'}"


def mended(finding: Finding) -> Iterator[str]:
    """The whole text after each of a finding's mends."""
    for mend in finding.mends:
        text = mend.edits[0].span.source.text
        for edit in sorted(mend.edits, key=lambda edit: -edit.span.start):
            text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
        yield text


def _double(arrow: str) -> str:
    return '"' + arrow.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _broken(arrow: str, indent: str) -> str:
    """The arrow string with a new line after each arrow, which folds to a space."""
    return arrow.replace("-> ", f"->\n{indent}")


def _escaped(arrow: str) -> str:
    """In double quotes, with an escape for every hyphen, greater-than sign and second letter outside of marks."""
    parts = re.split(r"(⟦.*?⟧)", arrow)
    return '"' + "".join(p if p.startswith("⟦") else _escape(p) for p in parts) + '"'


def _escape(text: str) -> str:
    short = {" ": "\\x20", ">": "\\u003e", "-": "\\U0000002d"}
    return "".join(
        short.get(c, f"\\x{ord(c):02x}" if i % 2 and ord(c) < 128 else c) for i, c in enumerate(text)
    )


STYLES: Styles = {
    "plain": lambda a: f"network: {a}\n",
    "plain over lines": lambda a: f"network:\n  {_broken(a, '    ')}\n",
    "single": lambda a: "network: '" + a.replace("'", "''") + "'\n",
    "single over lines": lambda a: "network: '" + _broken(a.replace("'", "''"), "   ") + "'\n",
    "double": lambda a: f"network: {_double(a)}\n",
    "double over lines": lambda a: f"network: {_broken(_double(a), '   ')}\n",
    "double with a line continued": lambda a: "network: " + _double(a).replace("-> ", "-> \\\n     ") + "\n",
    "double with escapes": lambda a: f"network: {_escaped(a)}\n",
    "double with line breaks": lambda a: f"network: {_double(a)}\n".replace("-> ", "->\\n "),
    "double with tabs": lambda a: f"network: {_double(a)}\n".replace("-> ", "->\\t"),
    "literal": lambda a: f"network: |\n  {a}\n",
    "literal, kept": lambda a: f"network: |2+   # the indentation is given\n    {a}\n\n\n",
    "literal over lines": lambda a: (
        "network: |\n" + "".join(f"   {p}\n\n" for p in _broken(a, "").split("\n"))
    ),
    "literal with comments": lambda a: (
        "network: |  # [\n"
        + "".join(f"  {p}  # ](größe→ \"'\n  # 🙂 ->\n" for p in _broken(a, "").split("\n"))
    ),
    "folded": lambda a: f"network: >\n  {a}\n",
    "folded over lines": lambda a: f"network: >-\n  {_broken(a, '  ')}\n",
    "folded with paragraphs": lambda a: (
        "network: >\n" + "\n\n".join(f"  {p}" for p in _broken(a, "").split("\n")) + "\n"
    ),
    "a list's entry": lambda a: f"network:\n  - relu\n  - {a}\n",
    "an entry in flow style": lambda a: f"network: [relu, {_double(a)}, relu]\n",
    "with dashed arrows": lambda a: f"network: {a.replace('->', '→')}\n",
    "a residual's body": lambda a: f"network:\n  - residual: {a}\n",
    "a shortcut": lambda a: f"network:\n  - residual: relu\n    shortcut: {a}\n",
    "a branch": lambda a: f"network:\n  - concat:\n      - relu\n      - {a}\n",
    "a block": lambda a: f"blocks:\n  unit(): {a}\nnetwork: unit -> unit -> unit\n",
    "a repeat": lambda a: f"network:\n  - repeat: 3\n    network: {a}\n",
    "a head": lambda a: (
        f"network: relu @seen -> relu\nheads:\n  side: {{from: seen, network: {_double(a)}}}\n"
    ),
    "an anchor": lambda a: f"name: &one {a}\nnetwork: [*one, *one]\n",
}
"""The ways in which YAML can write an arrow string, each as the `network` of a spec that still needs its input."""


def lines_ended_by(ending: str, text: str) -> str:
    """The text with another line ending."""
    return text.replace("\n", ending)
