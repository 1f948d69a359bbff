"""Findings for other programs: one line each (concise), JSON, and GitHub's workflow commands.

The JSON document is one object:

- `version`: 1; it changes when a key changes its meaning or goes away.
- `ok`: whether no file has an error.
- `files`: one object a file, in the order given: `file`, `ok`, and of a network that is sound `name`, `layers`,
  `input`, `output` (shapes as text) and `grammar` (the lecture grammar with its numbers, or null).
- `findings`: one object a finding, by file and place: `code`, `name`, `severity` (error, warning, note), `message`,
  `file`, the place, `label` (the arithmetic that failed), `notes`, `help`, `mends` (each `help` and `edits`, each edit
  a place and its `replacement`; all edits of a mend belong together), `related` (each a place and its `text`).

A place is the keys `line`, `column`, `end_line` and `end_column`, counted from 1 in characters, the end not included.
They are null where there is no text to point into.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from netspec.checking import Report
from netspec.diagnostics import Finding, Mend, Severity, Span
from netspec.render.text import safe

_VERSION = 1


def concise(reports: Iterable[Report]) -> Iterator[str]:
    """`file:line:column: severity[code]: message`, one line a finding, nothing for a clean file."""
    for report in reports:
        for finding in report.findings:
            yield safe(str(finding))


def as_json(reports: Iterable[Report]) -> Iterator[str]:
    """The JSON document of this module's docstring. Escapes keep it ASCII, so a terminal shows it unharmed."""
    files: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []
    for report in reports:
        files.append(_file(report))
        findings += map(_finding, report.findings)
    document = {
        "version": _VERSION,
        "ok": all(file["ok"] for file in files),
        "files": files,
        "findings": findings,
    }
    yield json.dumps(document, indent=2)


def _file(report: Report) -> dict[str, Any]:
    row: dict[str, Any] = {"file": report.file, "ok": report.ok}
    if report.graph and report.spec:
        graph = report.graph
        row |= {
            "name": report.spec.name,
            "layers": len(graph),
            "input": str(graph.input),
            "output": str(graph.shape_of(graph.outputs[0].index)),
            "grammar": report.grammar,
        }
    return row


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.rule.name,
        "severity": str(finding.severity),
        "message": finding.message,
        "file": finding.file,
        **_place(finding.span),
        "label": finding.label,
        "notes": list(finding.notes),
        "help": finding.help,
        "mends": list(map(_mend, finding.mends)),
        "related": [{**_place(related.span), "text": related.text} for related in finding.related],
    }


def _mend(mend: Mend) -> dict[str, Any]:
    edits = [{**_place(edit.span), "replacement": edit.replacement} for edit in mend.edits]
    return {"help": mend.help, "edits": edits}


def _place(span: Span | None) -> dict[str, int | None]:
    keys = ("line", "column", "end_line", "end_column")
    return {key: getattr(span, key) if span else None for key in keys}


_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github(reports: Iterable[Report]) -> Iterator[str]:
    """Workflow commands, which GitHub shows as annotations beside the lines of a change.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    for report in reports:
        for finding in report.findings:
            fields = ",".join(f"{key}={_property(value)}" for key, value in _annotation(finding).items())
            yield f"::{_COMMANDS[finding.severity]} {fields}::{_data(full_message(finding))}"


def full_message(finding: Finding) -> str:
    """Everything a finding says in words, a line each, for places that cannot draw a snippet."""
    said = finding.message + (f": {finding.label}" if finding.label else "")
    helps = dict.fromkeys((finding.help, *(mend.help for mend in finding.mends)))
    return "\n".join([said, *finding.notes, *(f"help: {text}" for text in helps if text)])


def _annotation(finding: Finding) -> dict[str, str]:
    fields = {"file": finding.file}
    span = finding.span
    if span:
        fields |= {"line": str(span.line), "endLine": str(span.end_line)}
    if span and span.line == span.end_line:  # columns are refused for more than one line
        fields |= {"col": str(span.column), "endColumn": str(span.end_column)}
    return fields | {"title": f"{finding.code} {finding.rule.name}"}


def _data(text: str) -> str:
    """Text as a command's data: the three characters that would end it are escaped, other controls made visible."""
    lines = map(safe, text.split("\n"))
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
