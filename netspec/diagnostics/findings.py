"""The findings of one file while they are gathered."""

from collections.abc import Hashable, Iterable
from typing import Final

from netspec.diagnostics.finding import Finding
from netspec.diagnostics.rule import Severity
from netspec.diagnostics.rules.language import MISSING_FIELD

MOST_ERRORS: Final = 1_000
"""Nobody reads on after that, and a file that is no spec is answered quickly."""


class FloodError(Exception):
    """Raised when there are so many errors that going on serves nobody; carries the last of them."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class Findings(list[Finding]):
    """A list that takes each finding once: one fault in a block is one finding, however often the block is called."""

    def __init__(self) -> None:
        super().__init__()
        self._known: set[Hashable] = set()
        self._errors = 0

    def append(self, finding: Finding) -> None:
        """Take a finding, unless one of its code stands at its place. Raises `FloodError` after a thousand errors."""
        key = _key(finding)
        if key in self._known:
            return
        self._known.add(key)
        super().append(finding)
        self._errors += finding.severity is Severity.ERROR
        if self._errors == MOST_ERRORS:
            raise FloodError(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Take several."""
        for finding in findings:
            self.append(finding)


def _key(finding: Finding) -> Hashable:
    """What makes two findings one: the rule and the place, but for missing fields, which have no place of their own."""
    span = finding.span
    message = finding.message if span is None or finding.rule is MISSING_FIELD else ""
    return (finding.code, message, (id(span.source), span.start, span.end) if span else None)
