"""A spec to its graph: the main chain, the heads, automatic biases, and advice about the whole."""

from dataclasses import dataclass

from netspec.diagnostics import Finding, Severity, rules
from netspec.graph.advice import never_used, odd_input, stuck_loss, unused
from netspec.graph.draft import Draftsman
from netspec.graph.expand import Expander
from netspec.graph.node import INPUT, Graph, Output
from netspec.graph.scope import Scope
from netspec.graph.tags import UNKNOWN
from netspec.graph.vocabulary import with_legal_blocks
from netspec.language.expressions import BROKEN
from netspec.language.limits import Limits
from netspec.language.spec import Head, Spec
from netspec.language.yaml12 import Unreadable
from netspec.layers.base import Shape


@dataclass(frozen=True)
class Built:
    """The graph, or None where something in it is not known, and how many elements were walked over."""

    graph: Graph | None
    visited: int


def build(spec: Spec, limits: Limits, findings: list[Finding]) -> Built:
    """Unroll a spec and infer its shapes; faults go to `findings`."""
    spec = with_legal_blocks(spec, findings)
    shape = Shape(spec.input.shape, spec.input.tokens) if spec.input else None
    expander = Expander(spec, Draftsman(shape, findings), limits, findings)
    try:
        outputs = _outputs(spec, expander)
    except Unreadable as error:
        findings.append(error.finding)
        return Built(None, expander.visited)
    graph = _graph(spec, expander.plan, outputs, findings)
    findings.extend(odd_input(spec))
    if not any(finding.severity is Severity.ERROR for finding in findings):
        # Beside an error these would speak of its consequences.
        findings.extend(unused(spec, expander))
        findings.extend(never_used(graph) if graph else ())
        findings.extend(stuck_loss(spec, graph) if graph else ())
    return Built(graph, expander.visited)


def _graph(spec: Spec, plan: Draftsman, outputs: tuple[Output, ...], findings: list[Finding]) -> Graph | None:
    plan.decide_biases(outputs)
    network = spec.tree.get("network")
    if outputs[0].index == INPUT and network is not None:
        message = "the network has no layer: its output is its input"
        findings.append(Finding.at(rules.WRONG_STRUCTURE, network.span, message))
    return plan.graph(outputs) if all(output.index >= 0 for output in outputs) else None


def _outputs(spec: Spec, expander: Expander) -> tuple[Output, ...]:
    scope = Scope("", spec.variables)
    end = expander.chain(spec.network, INPUT, scope)
    main = Output("output", end, stop=len(expander.plan.drafts))
    heads = [_head(head, expander, end, scope) for head in spec.heads.values()]
    _rehearse_uncalled(spec, expander)
    return main, *heads


def _rehearse_uncalled(spec: Spec, expander: Expander) -> None:
    """Check the bodies of blocks that nothing calls, as far as they do not depend on parameters or callers."""
    for block in [block for name, block in spec.blocks.items() if name not in expander.called]:
        broken = {parameter.name: BROKEN for parameter in block.parameters}
        expander.rehearse(block.body, Scope(f"{block.name}/", dict(spec.variables) | broken), lenient=True)


def _head(head: Head, expander: Expander, end: int, scope: Scope) -> Output:
    """The output of a head, whose chain begins at its tag or at the end of the main chain."""
    start = end
    if head.origin is not None and head.origin_place is not None:
        start = expander.tags.find(head.origin, head.origin_place.span, scope)
    if start == UNKNOWN:
        return Output(head.name, UNKNOWN, head.loss_weight)
    first = len(expander.plan.drafts)
    index = expander.chain(head.network, start, scope.inner(head.name, scope.variables))
    return Output(head.name, index, head.loss_weight, start, first, len(expander.plan.drafts))
