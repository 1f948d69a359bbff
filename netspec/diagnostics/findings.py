"""The findings of one file while they are gathered."""

from collections.abc import Iterable

from netspec.diagnostics.finding import Finding


class Findings(list[Finding]):
    """A list that takes each finding once: one fault in a block is one finding, however often the block is called."""

    def __init__(self) -> None:
        super().__init__()
        self._known: set[tuple[str, int, int, int]] = set()

    def append(self, finding: Finding) -> None:
        """Take a finding, unless one of its code stands at its place."""
        span = finding.span
        key = (finding.code, id(span.source), span.start, span.end) if span else (finding.message, 0, 0, 0)
        if key not in self._known:
            self._known.add(key)
            super().append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Take several."""
        for finding in findings:
            self.append(finding)
