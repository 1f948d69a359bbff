"""The whole way from a name to a checked graph, in named steps; nothing here raises for a bad spec."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from netspec.diagnostics import Finding, Severity, Source, Span
from netspec.graph.advice import about_grammar, never_used, odd_input, unused
from netspec.graph.draft import Draftsman
from netspec.graph.expand import Expander
from netspec.graph.lecture import Instance, recognize
from netspec.graph.mends import verified
from netspec.graph.node import INPUT, Graph, Output
from netspec.graph.scope import Scope
from netspec.graph.tags import UNKNOWN
from netspec.graph.vocabulary import check_block_names
from netspec.language.binding import once
from netspec.language.document import read_spec
from netspec.language.limits import Limits
from netspec.language.reading import Target, read
from netspec.language.spec import Head, Spec
from netspec.language.yaml12 import Unreadable
from netspec.layers.base import Shape

_NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Report:
    """What is known of one spec: its parts as far as they could be made, and all findings by place."""

    file: str
    source: Source | None = None
    spec: Spec | None = None
    graph: Graph | None = None
    grammar: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """True where no finding is an error."""
        return all(finding.severity < Severity.ERROR for finding in self.findings)


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

    findings = tuple(verified(report.findings, again))
    return Report(report.file, report.source, report.spec, report.graph, report.grammar, findings)


def examine(source: Source, options: Options, file: str) -> Report:
    """One pass over a spec: read, unroll, infer, advise."""
    findings: list[Finding] = []
    spec = graph = None
    grammar = None
    try:
        spec = read_spec(
            source,
            variant=options.variant,
            settings=options.settings,
            limits=options.limits,
            findings=findings,
        )
        check_block_names(spec, findings)
        graph = _graph(spec, options, findings)
    except Unreadable as error:
        findings.append(error.finding)
    if graph is not None:
        result = recognize(graph)
        grammar = str(result) if isinstance(result, Instance) else None
        start = _span_of(spec, "network") or source.span(0, 0)
        findings.extend(about_grammar(result, start, strict=options.strict_grammar))
    allowed = spec.allow if spec else ()
    kept = [f for f in once(findings) if f.code not in allowed or f.severity is Severity.ERROR]
    if any(f.severity is Severity.ERROR for f in kept):
        graph = None
    return Report(file, source, spec, graph, grammar, tuple(sorted(kept, key=lambda f: f.order)))


def _graph(spec: Spec, options: Options, findings: list[Finding]) -> Graph | None:
    shape = Shape(spec.input.shape, spec.input.tokens) if spec.input else None
    plan = Draftsman(shape, findings)
    expander = Expander(spec, plan, options.limits, findings)
    scope = Scope("", spec.variables)
    end = expander.chain(spec.network, INPUT, scope)
    outputs = [Output("output", end, stop=len(plan.drafts))]
    outputs += [_head(head, expander, outputs[0].index, scope) for head in spec.heads.values()]
    findings.extend(unused(spec, expander))
    findings.extend(odd_input(spec, _span_of(spec, "input")))
    plan.decide_biases()
    if not spec.network or any(output.index < 0 for output in outputs):
        return None
    graph = plan.graph(tuple(outputs))
    if graph is not None:
        findings.extend(never_used(graph))
    return graph


def _head(head: Head, expander: Expander, end: int, scope: Scope) -> Output:
    start = end
    if head.origin is not None and head.origin_place is not None:
        start = expander.tags.find(head.origin, head.origin_place.span, scope)
    if start == UNKNOWN:
        return Output(head.name, UNKNOWN, head.loss_weight)
    first = len(expander.plan.drafts)
    index = expander.chain(head.network, start, scope.inner(head.name, scope.variables))
    return Output(head.name, index, head.loss_weight, start, first, len(expander.plan.drafts))


def _span_of(spec: Spec | None, key: str) -> Span | None:
    place = spec.places.get(key) if spec else None
    return place.span if place else None
