"""The whole way from a name to a checked graph, in named steps; nothing here raises for a bad spec."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from netspec.diagnostics import Finding, Findings, FloodError, Severity, Source, rules
from netspec.diagnostics.findings import MOST_ERRORS
from netspec.graph.advice import about_grammar
from netspec.graph.build import Built, build
from netspec.graph.lecture import Instance, recognize
from netspec.graph.mends import verified
from netspec.graph.node import Graph
from netspec.language.document import read_spec
from netspec.language.limits import Limits
from netspec.language.reading import Target, read
from netspec.language.spec import Spec
from netspec.language.yaml12 import Unreadable

_NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Report:
    """What is known of one spec: its parts as far as they could be made, and all findings by place."""

    file: str
    source: Source | None = None
    spec: Spec | None = None
    graph: Graph | None = None
    """The network; also one that is sound and only beyond its budget."""
    grammar: str | None = None
    findings: tuple[Finding, ...] = ()
    visited: int = 0
    """Layers, repeats and calls that were walked over."""

    @property
    def ok(self) -> bool:
        """True where no finding is an error."""
        return _sound(self.findings)


_DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True)
class Options:
    """How a spec is read: its variant, settings of variables and keys, limits, and whether the grammar binds."""

    variant: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = _DEFAULT_LIMITS
    strict_grammar: bool = False


def check(
    target: str,
    *,
    variant: str | None = None,
    settings: Mapping[str, str] = _NO_SETTINGS,
    limits: Limits = _DEFAULT_LIMITS,
    strict_grammar: bool = False,
) -> Report:
    """Check a file, a bundled spec (`vgg16`), either with `@variant`, or standard input (`-`)."""
    named = Target.parse(target)
    options = Options(variant or named.variant, settings, limits, strict_grammar)
    try:
        source = read(named.name, limits)
    except Unreadable as error:
        return Report(target, findings=(error.finding,))
    return _report(source, options, target)


def check_text(
    text: str,
    *,
    name: str = "<text>",
    variant: str | None = None,
    settings: Mapping[str, str] = _NO_SETTINGS,
    limits: Limits = _DEFAULT_LIMITS,
    strict_grammar: bool = False,
) -> Report:
    """Check a spec given as text."""
    return _report(Source(name, text), Options(variant, settings, limits, strict_grammar), name)


def _report(source: Source, options: Options, file: str) -> Report:
    """Check, then keep of the suggested mends only those that a second check finds to be right."""
    report = examine(source, options, file)

    def again(text: str) -> tuple[Finding, ...]:
        return examine(Source(source.name, text), options, file).findings

    return replace(report, findings=tuple(verified(report.findings, again, layers=report.visited)))


def examine(source: Source, options: Options, file: str) -> Report:
    """One pass over a spec: read, unroll, infer, advise."""
    findings = Findings()
    spec, built = None, Built(None, 0)
    try:
        spec = _read(source, options, findings)
        built = build(spec, options.limits, findings)
    except Unreadable as error:
        findings.append(error.finding)
    except FloodError as flood:
        findings.append(_flooded(flood.finding))
    graph = built.graph if _sound(findings) else None
    grammar = _grammar(source, spec, graph, findings, strict=options.strict_grammar)
    graph = graph if _sound(findings) else None
    if spec is not None and spec.budget is not None and graph is not None:
        from netspec.analysis.budget import over_budget  # noqa: PLC0415  few specs have a budget

        findings.extend(over_budget(spec, graph))
    kept = _kept(findings, spec.allow if spec else ())
    return Report(file, source, spec, graph, grammar, kept, built.visited)


def _sound(findings: Iterable[Finding]) -> bool:
    return all(finding.severity < Severity.ERROR for finding in findings)


def _flooded(last: Finding) -> Finding:
    message = f"{MOST_ERRORS:,} errors are enough: what follows was not read"
    return Finding(rule=rules.LIMIT_EXCEEDED, message=message, file=last.file, span=last.span)


def _read(source: Source, options: Options, findings: list[Finding]) -> Spec:
    variant, settings = options.variant, options.settings
    return read_spec(source, variant=variant, settings=settings, limits=options.limits, findings=findings)


def _grammar(
    source: Source, spec: Spec | None, graph: Graph | None, findings: list[Finding], *, strict: bool
) -> str | None:
    """The lecture grammar's instance that a network is, or None after a finding that says where it goes beyond."""
    if spec is None or graph is None:
        return None
    result = recognize(graph)
    network = spec.tree.get("network")
    findings.extend(about_grammar(result, network.span if network else source.span(0, 0), strict=strict))
    return str(result) if isinstance(result, Instance) else None


def _kept(findings: list[Finding], allowed: tuple[str, ...]) -> tuple[Finding, ...]:
    """The findings in order of place, without the warnings that the spec allows."""
    kept = [f for f in findings if f.code not in allowed or f.severity is Severity.ERROR]
    return tuple(sorted(kept, key=lambda finding: finding.order))
