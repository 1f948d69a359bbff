"""Findings: faults with a place. A fault knows what is wrong; whoever knows the file adds where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from netspec.diagnostics.rule import Rule, Severity
from netspec.diagnostics.source import Span

_LONGEST: Final = 300


def brief(text: str) -> str:
    """A text that may quote a file, cut in its middle where it is too long to read."""
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} ... {text[-half:]}"


@dataclass(frozen=True, kw_only=True)
class FieldMend:
    """A mend in terms of a layer's fields, for faults found by code that knows no file.

    `fields` maps a field to its new value as the arrow notation writes it.
    """

    help: str
    fields: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong, without a place: the rule, one clause with the numbers, and the field at fault.

    `label` stands beside the carets (the arithmetic that failed), `notes` and `help` below the snippet.
    """

    rule: Rule
    message: str
    field: str | None = None
    label: str = ""
    notes: tuple[str, ...] = ()
    help: str = ""
    mends: tuple[FieldMend, ...] = ()


class Refused(Exception):  # noqa: N818  it reads as a sentence: `raise Refused(fault)`
    """Raised by code that cannot go on, carrying the fault as a value."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(frozen=True)
class Edit:
    """Replace the span by the text."""

    span: Span
    replacement: str


@dataclass(frozen=True)
class Mend:
    """A suggested change of the text; shown only after it has been re-checked (`netspec.graph.mends`)."""

    help: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Related:
    """A second place that explains the finding, such as a first definition."""

    span: Span
    text: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A fault at a place. `span` is None only where there is no text to point into (a missing file)."""

    rule: Rule
    message: str
    file: str
    span: Span | None = None
    label: str = ""
    notes: tuple[str, ...] = ()
    help: str = ""
    mends: tuple[Mend, ...] = ()
    related: tuple[Related, ...] = ()
    escalated: bool = False

    @classmethod
    def at(cls, rule: Rule, span: Span, message: str, **rest: Any) -> "Finding":
        """A finding at a span of a text."""
        return cls(rule=rule, message=brief(message), file=span.source.name, span=span, **rest)

    @property
    def severity(self) -> Severity:
        """The rule's severity, or error where an option such as `--strict-grammar` made it one."""
        return Severity.ERROR if self.escalated else self.rule.severity

    @property
    def code(self) -> str:
        """The rule's code: `E203`."""
        return self.rule.code

    @property
    def order(self) -> tuple[int, int, str]:
        """Sorts findings by place, then code."""
        return (self.span.start, -self.severity, self.code) if self.span else (-1, -self.severity, self.code)

    def __str__(self) -> str:
        return f"{self.span or self.file}: {self.severity}[{self.code}]: {self.message}"


class SpecError(Exception):
    """Raised by `netspec.load` for a spec with errors; `findings` holds all of them, in order of place."""

    def __init__(self, findings: tuple[Finding, ...], message: str) -> None:
        super().__init__(message)
        self.findings = findings
