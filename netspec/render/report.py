"""What `netspec check` prints for people: the findings of each file, and a line that sums it up."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from netspec.checking import Report
from netspec.diagnostics import Finding, Severity, rules
from netspec.render.snippets import snippet
from netspec.render.text import Look, count, safe, wrap

MOST = 100
"""Findings of one file that are printed; nobody reads on after that."""


def text(reports: Iterable[Report], look: Look, *, strict: bool = False) -> Iterator[str]:
    """The text of one file after the other, then a line over all of them where there are several."""
    total: Counter[Severity] = Counter()
    files = accepted = 0
    for report in reports:
        drawn = list(snippets(report.findings, look))
        yield from ["", *drawn] if files and drawn else drawn
        yield _summary(report, look, strict=strict)
        files, accepted = files + 1, accepted + accepts(report, strict=strict)
        total.update(finding.severity for finding in report.findings)
    if files > 1:
        yield _total(files, accepted, total, look)


def accepts(report: Report, *, strict: bool) -> bool:
    """Whether a file passes: it has no errors, and with `--strict` no warnings."""
    return report.ok and not (
        strict and any(finding.severity is Severity.WARNING for finding in report.findings)
    )


def snippets(findings: Iterable[Finding], look: Look) -> Iterator[str]:
    """The snippets of the gravest findings in order of place, a blank line after each."""
    wanted = [finding for finding in findings if not _told_in_summary(finding)]
    kept = set(sorted(range(len(wanted)), key=lambda i: -wanted[i].severity)[:MOST])
    for i in sorted(kept):
        yield snippet(wanted[i], look) + "\n"
    left = Counter(finding.severity for i, finding in enumerate(wanted) if i not in kept)
    if left:
        yield f"... and {left.total():,} more: {counted(left)}\n"


def counted(found: Counter[Severity]) -> str:
    """Findings by severity, the gravest first: `2 errors, 1 warning`."""
    return ", ".join(
        count(found[severity], str(severity)) for severity in reversed(Severity) if found[severity]
    )


def _told_in_summary(finding: Finding) -> bool:
    return finding.rule is rules.BEYOND_LECTURE_GRAMMAR and not finding.escalated


def _summary(report: Report, look: Look, *, strict: bool) -> str:
    found = Counter(finding.severity for finding in report.findings if finding.severity > Severity.NOTE)
    if not report.ok:
        return look.paint("error", f"{_name(report)}: {counted(found)}")
    parts = [_network(report), counted(found), _grammar(report)]
    said = "ok" if accepts(report, strict=strict) else "refused by --strict"
    head = f"{_name(report)}: {said}"
    line, *rest = _joined(head, [part for part in parts if part], look.width)
    style = "help" if said == "ok" else "error"
    return "\n".join([look.paint(style, head) + line[len(head) :], *rest])


def _name(report: Report) -> str:
    return "<stdin>" if report.file == "-" else safe(report.file)


def _joined(head: str, parts: Sequence[str], width: int) -> list[str]:
    """The parts in one line where they fit, else the last, which is the longest, in lines of its own."""
    whole = f"{head}: {'; '.join(parts)}"
    if len(whole) <= width or len(parts) < 2:
        return [whole]
    return [f"{head}: {'; '.join(parts[:-1])}", *wrap(parts[-1], width, first="  ", rest="    ")]


def _network(report: Report) -> str:
    graph = report.graph
    if graph is None:
        return ""
    heads = f" and {count(len(graph.outputs) - 1, 'head')}" if len(graph.outputs) > 1 else ""
    out = graph.shape_of(graph.outputs[0].index)
    return f"{count(len(graph), 'layer')}, {graph.input} -> {out}{heads}"


def _grammar(report: Report) -> str:
    if report.grammar:
        return f"follows {report.grammar}"
    for finding in report.findings:
        if _told_in_summary(finding):
            where = f" at line {finding.span.line}" if finding.span else ""
            reason = finding.message.partition(": ")[2] or finding.message
            return f"goes beyond the lecture grammar{where}: {reason}"
    return ""


def _total(files: int, accepted: int, found: Counter[Severity], look: Look) -> str:
    del found[Severity.NOTE]
    ok = "all" if accepted == files else accepted or "none"
    return look.paint("strong", "; ".join(filter(None, (f"{files} files, {ok} ok", counted(found)))))
