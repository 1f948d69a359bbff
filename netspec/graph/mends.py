"""Suggested edits are applied to a copy of the text and checked again before anybody sees them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from netspec.diagnostics import Edit, Finding, Mend, Severity

MOST_CHECKED: Final = 12
MOST_LAYERS: Final = 20_000
MOST_TEXT: Final = 400_000
"""Mends are tried as long as there are few of them, and few layers and characters to check again, so that answers
stay quick."""


def verified(
    findings: tuple[Finding, ...], check: Callable[[str], tuple[Finding, ...]], *, layers: int = 1
) -> Iterator[Finding]:
    """The findings, with only those mends after which the finding is gone and no new error has come.

    `layers` is how many layers one check walks over.
    """
    length = next((len(f.span.source.text) for f in findings if f.span), 1)
    budget = min(MOST_CHECKED, MOST_LAYERS // max(layers, 1), MOST_TEXT // max(length, 1))
    for finding in findings:
        good = []
        for mend in finding.mends:
            text = _applied(finding, mend)
            if text is None or budget == 0:
                continue
            budget -= 1
            after = check(text)
            if _better(finding, findings, after):
                good.append(mend)
        yield replace(finding, mends=tuple(good))


def _better(finding: Finding, before: tuple[Finding, ...], after: tuple[Finding, ...]) -> bool:
    """The finding is gone, and no error has come but shape faults further down that it had hidden."""
    told = {(f.code, f.message) for f in before}
    left = sum(_same(f, finding) for f in after) < sum(_same(f, finding) for f in before)
    new = [f for f in after if f.severity is Severity.ERROR and (f.code, f.message) not in told]
    return left and not any(
        f.code[:2] != "E2" or finding.code[:2] == "E2" or not _below(f, finding) for f in new
    )


def _same(a: Finding, b: Finding) -> bool:
    return (a.code, a.message) == (b.code, b.message)


def _below(a: Finding, b: Finding) -> bool:
    return a.span is not None and b.span is not None and a.span.start > b.span.end


def _applied(finding: Finding, mend: Mend) -> str | None:
    """The text with the mend's edits made, or None where they lie in another text (`--set`)."""
    if finding.span is None:
        return None
    text, edits = finding.span.source.text, sorted(mend.edits, key=lambda e: -e.span.start)
    if any(edit.span.source is not finding.span.source for edit in edits):
        return None
    for edit in edits:
        text = apply(text, edit)
    return text


def apply(text: str, edit: Edit) -> str:
    """The text with one edit made."""
    return text[: edit.span.start] + edit.replacement + text[edit.span.end :]
