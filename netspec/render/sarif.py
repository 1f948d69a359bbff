"""Findings as SARIF 2.1.0, the interchange format of code scanning services.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from netspec.checking import Report
from netspec.diagnostics import Finding, Mend, Severity, Span
from netspec.diagnostics.rule import Rule
from netspec.diagnostics.rules import RULES
from netspec.render.machine import full_message

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_INDEX = {code: index for index, code in enumerate(RULES)}


def sarif(reports: Iterable[Report], version: str) -> Iterator[str]:
    """One SARIF log with one run: every rule, and the findings of all files."""
    driver = {"name": "netspec", "version": version, "rules": list(map(_rule, RULES.values()))}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for report in reports for finding in report.findings],
    }
    yield json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\nWrong:\n\n{rule.bad}\n\nRight:\n\n{rule.good}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": _INDEX[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": full_message(finding)},
        "locations": [_location(finding.file, finding.span)],
    }
    if finding.related:
        result["relatedLocations"] = [
            _location(related.span.source.name, related.span)
            | {"id": number, "message": {"text": related.text}}
            for number, related in enumerate(finding.related, 1)
        ]
    if finding.mends:
        result["fixes"] = list(map(_fix, finding.mends))
    return result


def _location(file: str, span: Span | None) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(file)}}
    if span:
        place["region"] = _region(span)
    return {"physicalLocation": place}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _fix(mend: Mend) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.replacement}}
        for edit in mend.edits
    ]
    file = mend.edits[0].span.source.name
    changes = [{"artifactLocation": {"uri": _uri(file)}, "replacements": replacements}]
    return {"description": {"text": mend.help}, "artifactChanges": changes}


def _uri(file: str) -> str:
    """The file as a reference: relative paths stay relative, so that a service finds them in the repository."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogateescape")
