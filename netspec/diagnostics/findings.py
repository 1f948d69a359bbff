"""The findings of one file while they are gathered."""

from collections.abc import Iterable
from typing import Final

from netspec.diagnostics.finding import Finding
from netspec.diagnostics.rule import Severity

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
        self._known: set[tuple[str, int, int, int]] = set()
        self._errors = 0

    def append(self, finding: Finding) -> None:
        """Take a finding, unless one of its code stands at its place. Raises `FloodError` after a thousand errors."""
        span = finding.span
        key = (finding.code, id(span.source), span.start, span.end) if span else (finding.message, 0, 0, 0)
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
