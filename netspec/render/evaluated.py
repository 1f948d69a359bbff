"""What `netspec evaluate` says: how well a network does, and on which classes."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Final

from netspec.render.grid import Heading, Line, Table, drawn
from netspec.render.measured import exact_json, metric, metric_title, ordered, percent
from netspec.render.text import Look, count, safe
from netspec.render.units import number
from netspec.training.records import ClassRow, Evaluation

_CLASSES: Final = 30
"""Classes that are told of; of more, those that are told worst, unless every one is wanted."""
_MISTAKES: Final = 5
_LONGEST: Final = 40
"""Characters of a class name in a table."""


def text(evaluation: Evaluation, look: Look, *, every: bool = False) -> Iterator[str]:
    """The metrics, a line for each class, the confusion where there is room, and the most frequent mistakes."""
    head = f"{safe(evaluation.name)} on {safe(evaluation.data)}, {count(evaluation.examples, 'example')}"
    yield look.paint("strong", head)
    yield ""
    yield from (
        f"  {metric_title(name):<16}{metric(name, value)}" for name, value in ordered(evaluation.metrics)
    )
    if not evaluation.per_class:
        return
    yield ""
    yield from _classes(evaluation, look, every=every)
    matrix = _matrix(evaluation)
    if len(evaluation.classes) > 1 and matrix.width <= look.width:
        yield ""
        yield from drawn(matrix, look)
    yield from _mistakes(evaluation, look)


def _classes(evaluation: Evaluation, look: Look, *, every: bool) -> Iterator[str]:
    rows = evaluation.per_class
    if not every and len(rows) > _CLASSES:
        worst = set(sorted(range(len(rows)), key=lambda i: _f1(rows[i]))[:_CLASSES])
        rows = tuple(row for i, row in enumerate(rows) if i in worst)
    yield from drawn(class_table(evaluation, rows), look)
    if len(rows) < len(evaluation.per_class):
        yield f"These are the {len(rows)} of {len(evaluation.classes):,} classes with the lowest F1; --all shows every one."


def _f1(row: ClassRow) -> float:
    return 2.0 if row.f1 is None else row.f1


def class_table(evaluation: Evaluation, rows: tuple[ClassRow, ...]) -> Table:
    """A line for each class; what is counted of a map is its positions."""
    counted = sum(row.count for row in evaluation.per_class)
    noun = "Positions" if counted > evaluation.examples else "Examples"
    heads = map(Heading, (noun, "Right", "Precision", "Recall", "F1"))
    return Table((Heading("Class", left=True), *heads), tuple(Line(_cells(row)) for row in rows))


def _cells(row: ClassRow) -> tuple[str, ...]:
    shares = map(percent, (row.precision, row.recall, row.f1))
    return (short(row.name), number(row.count), number(row.right), *shares)


def short(name: str) -> str:
    """A class name as far as there is room."""
    shown = safe(name)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."


def _matrix(evaluation: Evaluation) -> Table:
    """The confusion: a line for each class, and in it how often it was told to be which."""
    names = list(map(short, evaluation.classes))
    columns = (Heading("class \\ told", left=True), *map(Heading, names))
    pairs = zip(names, evaluation.confusion or (), strict=True)
    lines = tuple(Line((name, *(f"{times:,}" if times else "." for times in row))) for name, row in pairs)
    return Table(columns, lines)


def _mistakes(evaluation: Evaluation, look: Look) -> Iterator[str]:
    found = evaluation.mistakes
    if not found:
        return
    yield ""
    yield look.paint("strong", "Most frequent mistakes")
    width = max(len(f"{times:,}") for times, _, _ in found[:_MISTAKES])
    for times, name, told in found[:_MISTAKES]:
        yield f"  {times:>{width},} x  {short(name)} told to be {short(told)}"
    if len(found) > _MISTAKES:
        more = sum(times for times, _, _ in found[_MISTAKES:])
        yield f"  {more:>{width},}    others"


def as_json(evaluation: Evaluation) -> Iterator[str]:
    """Every number in full: `metrics`, `per_class`, and `confusion`, whose rows are classes and columns what was told."""
    document = asdict(evaluation)
    document["per_class"] = [asdict(row) for row in evaluation.per_class]
    yield exact_json(document)


def compared(evaluations: Sequence[Evaluation], look: Look) -> Iterator[str]:
    """Members of an ensemble, a line each, and the ensemble last."""
    names = [name for name, _ in ordered(evaluations[-1].metrics)]
    heads = (Heading("Run", left=True), *(Heading(metric_title(name).capitalize()) for name in names))
    rows = [
        (short(one.name), *(metric(name, one.metrics[name]) for name in names)) for one in evaluations[:-1]
    ]
    mean = [fmean(one.metrics[name] for one in evaluations[:-1]) for name in names]
    rows.append(("mean of them", *(metric(name, value) for name, value in zip(names, mean, strict=True))))
    rows.append(
        (
            f"ensemble of {len(evaluations) - 1}",
            *(metric(name, evaluations[-1].metrics[name]) for name in names),
        )
    )
    yield look.paint("strong", f"{safe(evaluations[-1].data)}, {count(evaluations[-1].examples, 'example')}")
    yield ""
    yield from drawn(Table(heads, tuple(map(Line, rows))), look)


def compared_as_json(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    """`members` and `ensemble`, each with its metrics."""
    *members, together = ({"name": one.name, "metrics": dict(one.metrics)} for one in evaluations)
    yield exact_json({"data": evaluations[-1].data, "members": members, "ensemble": together})
