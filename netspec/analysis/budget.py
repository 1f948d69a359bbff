"""The limits of a spec's `budget:`, held against what the network takes."""

from collections.abc import Iterator, Sequence
from typing import Final

from netspec.analysis.memory import inference, training
from netspec.analysis.settings import Settings
from netspec.analysis.summary import Row, Summary, summarize
from netspec.diagnostics import Finding, Related, Span, rules
from netspec.graph.node import Graph
from netspec.language.quantities import Memory
from netspec.language.spec import Spec
from netspec.language.yaml12 import Mapping

_NAMED: Final = 3


def over_budget(spec: Spec, graph: Graph) -> Iterator[Finding]:
    """A finding for each limit that the network goes beyond, at the limit, with the layers that take most."""
    budget = spec.budget
    if budget is None:
        return
    if budget.params is not None or budget.macs is not None:
        yield from _counts(spec, graph, summarize(graph))
    optimizer = spec.train.optimizer.name if spec.train else Settings().optimizer
    for key, memory, peak in (
        ("inference_memory", budget.inference_memory, inference),
        ("training_memory", budget.training_memory, training),
    ):
        if memory is not None:
            settings = Settings(memory.batch, optimizer=optimizer)
            predicted = peak(graph, settings)
            if predicted.total_bytes > memory.bytes:
                yield _memory(spec, graph, key, (memory, predicted.total_bytes), settings)


def _counts(spec: Spec, graph: Graph, summary: Summary) -> Iterator[Finding]:
    assert spec.budget is not None
    total = summary.total
    params, macs = spec.budget.params, spec.budget.macs
    if params is not None and total.trainable > params:
        message = (
            f"the network has {total.trainable:,} trainable parameters, and the budget allows {params:,}"
        )
        largest = _largest(summary.rows, [row.trainable for row in summary.rows])
        yield _finding(spec, graph, "params", message, largest)
    if macs is not None and total.macs > macs:
        message = f"the network has {total.macs:,} MACs, and the budget allows {macs:,}"
        largest = _largest(summary.rows, [row.macs or 0 for row in summary.rows])
        yield _finding(spec, graph, "macs", message, largest)
    elif macs is not None and not total.exact:
        names = ", ".join(f"`{name}`" for name in total.unpriced[:_NAMED])
        message = f"the network's MACs are not known: no cost is known for {names}"
        yield _finding(spec, graph, "macs", message, [])


def _memory(spec: Spec, graph: Graph, key: str, sizes: tuple[Memory, int], settings: Settings) -> Finding:
    purpose, (limit, total) = key.partition("_")[0], sizes
    rows = summarize(graph, settings).rows
    # Training has a gradient and the optimizer's slots beside each parameter.
    copies = 2 + settings.slots if purpose == "training" else 1
    largest = _largest(rows, [row.activation_bytes + copies * row.parameter_bytes for row in rows])
    message = f"{purpose} takes {total:,} bytes at batch {limit.batch}, and the budget allows {limit.bytes:,}"
    return _finding(spec, graph, key, message, largest)


def _largest(rows: Sequence[Row], numbers: Sequence[int]) -> list[tuple[Row, int]]:
    """The layers that take most, the largest first."""
    order = sorted(range(len(rows)), key=lambda i: -numbers[i])
    return [(rows[i], numbers[i]) for i in order[:_NAMED] if numbers[i]]


def _finding(spec: Spec, graph: Graph, key: str, message: str, largest: Sequence[tuple[Row, int]]) -> Finding:
    named = ", ".join(f"{row.name} {number:,}" for row, number in largest)
    return Finding.at(
        rules.OVER_BUDGET,
        _span(spec, key),
        message,
        notes=(f"most of it: {named}",) if named else (),
        related=tuple(_places(graph, largest)),
    )


def _places(graph: Graph, largest: Sequence[tuple[Row, int]]) -> Iterator[Related]:
    for row, number in largest[:1]:
        span = graph.nodes[row.index].span if row.index >= 0 else None
        if span is not None:
            yield Related(span, f"`{row.name}` takes most: {number:,}")


def _span(spec: Spec, key: str) -> Span:
    budget = spec.tree.get("budget")
    assert isinstance(budget, Mapping)
    value = budget.get(key)
    return (value or budget).span
