"""YAML's own errors, told as what they mean for somebody who writes a spec."""

import re
from typing import Any, Final

from netspec.diagnostics import Edit, Finding, Mend, Source, Span, rules

_VALUE: Final = re.compile(r"^(?P<lead>\s*(?:-\s+|[^\s:#'\"\[{]+\s*:\s+)+)(?P<value>.*?)\s*$")


def explain(source: Source, error: Any) -> Finding:
    """The finding for an error of the YAML parser: a known trap by its name, anything else in YAML's words."""
    mark = error.problem_mark or error.context_mark
    at = min(mark.index, len(source.text)) if mark else 0
    return _tab(source, at) or _unquoted(source, error, at) or _plain(source, error, at)


def _tab(source: Source, at: int) -> Finding | None:
    line = source.position(at)[0]
    indent = re.match(r"[ ]*\t", source.line(line))
    if not indent:
        return None
    start = source.line_start(line)
    return Finding.at(
        rules.TAB_INDENTATION,
        source.span(start + indent.end() - 1, start + indent.end()),
        "this line is indented with a tab",
        help="indent with spaces; most editors can convert",
    )


def _unquoted(source: Source, error: Any, at: int) -> Finding | None:
    """An arrow string that begins with a bracket, brace or other indicator of YAML, without quotes."""
    marks = [mark for mark in (error.problem_mark, error.context_mark) if mark]
    lines = {source.position(min(mark.index, len(source.text)))[0] for mark in marks}
    for line in sorted(lines | {max(1, source.position(at)[0] - 1)}):
        found = _VALUE.match(source.line(line))
        if found and _needs_quotes(found["value"]):
            return _quote(source, source.line_start(line) + found.start("value"), found["value"])
    return None


def _needs_quotes(value: str) -> bool:
    if value[:1] == "[":
        return bool(re.match(r"\[.*\]\s*(\*|->|→|@)", value)) or "->" in value or "→" in value
    return value[:1] in ("@", "`", "%") or (value[:1] in ("{", "*") and ("->" in value or "→" in value))


def _quote(source: Source, start: int, value: str) -> Finding:
    span = source.span(start, start + len(value))
    return Finding.at(
        rules.UNQUOTED_BRACKETS,
        span,
        f"an arrow string that begins with `{value[0]}` needs quotes",
        label="YAML reads a list that ends at `]`" if value[0] == "[" else "",
        help="put it in quotes, or into a block that starts with `|`",
        mends=(Mend("in quotes", (Edit(span, f'"{value}"'),)),) if '"' not in value and "\\" not in value else (),
    )


def _plain(source: Source, error: Any, at: int) -> Finding:
    problem = error.problem or "it cannot be read"
    notes: tuple[str, ...] = ()
    help_ = ""
    if "mapping values are not allowed" in problem:
        problem, help_ = "a `:` stands where no key can be", "a value that holds `: ` needs quotes"
    elif "quoted scalar" in (error.context or ""):
        problem, at = "this quote is never closed", error.context_mark.index
    elif "expected the node content" in problem or "node content" in problem:
        problem = "a value is missing here, or a bracket is not closed"
    elif "expected key" in problem or "block end" in problem or "'-' indicator" in problem:
        problem, help_ = "this line does not line up with the lines above", "entries of one level begin in one column"
    else:
        notes = (f"YAML says: {error.context}: {problem}" if error.context else f"YAML says: {problem}",)
        problem = "YAML cannot read this"
    return Finding.at(rules.YAML_SYNTAX, _visible(source, at), problem, notes=notes, help=help_)


def _visible(source: Source, at: int) -> Span:
    """One character at the place, or the last one of the text where the place is its end."""
    at = min(at, max(len(source.text.rstrip()) - 1, 0))
    return source.span(at, min(at + 1, len(source.text)))
