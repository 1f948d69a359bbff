"""What `netspec predict` says: the most probable classes of each example."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, Final

from netspec.render.evaluated import short
from netspec.render.grid import Heading, Line, Table, drawn
from netspec.render.measured import exact_json, percent, real
from netspec.render.text import Look, columns, safe
from netspec.training.records import Prediction

_BAR: Final = 24
"""Columns of a bar of 100 %."""
_TITLES: Final = ("Example", "Class", "Probability", "Else")
_VALUES: Final = 8
"""Values of a regression that are shown."""


def text(predictions: Sequence[Prediction], look: Look) -> Iterator[str]:
    """One example with its classes line by line; of several a line each."""
    if len(predictions) == 1:
        yield from _alone(predictions[0], look)
    else:
        yield from drawn(_table(predictions), look)


def _alone(prediction: Prediction, look: Look) -> Iterator[str]:
    yield look.paint("strong", safe(prediction.source))
    width = max((columns(short(name)) for name, _ in prediction.top), default=0)
    for name, probability in prediction.top:
        shown = short(name)
        bar = look.paint("help", "#" * round(_BAR * probability)) if isfinite(probability) else ""
        yield f"  {shown}{' ' * (width - columns(shown))}  {percent(probability):>8}  {bar}".rstrip()
    if prediction.values:
        yield f"  {_values(prediction)}"
    if prediction.note:
        yield f"  {safe(prediction.note)}"


def _table(predictions: Sequence[Prediction]) -> Table:
    """The most probable class with its probability, then the others."""
    heads = tuple(Heading(title, left=title != "Probability") for title in _TITLES)
    table = Table(heads, tuple(Line(_cells(one)) for one in predictions))
    if any(prediction.top for prediction in predictions):
        return table
    return Table((heads[0], heads[-1]), tuple(Line((line.cells[0], line.cells[-1])) for line in table.lines))


def _cells(prediction: Prediction) -> tuple[str, str, str, str]:
    source = safe(prediction.source)
    if not prediction.top:
        return source, "", "", _said(prediction)
    (name, probability), *others = prediction.top
    then = ", ".join(f"{short(other)} {percent(share)}" for other, share in others)
    return source, short(name), percent(probability), "; ".join(filter(None, (then, safe(prediction.note))))


def _said(prediction: Prediction) -> str:
    return "; ".join(filter(None, (_values(prediction), safe(prediction.note))))


def _values(prediction: Prediction) -> str:
    shown = ", ".join(map(real, prediction.values[:_VALUES]))
    more = len(prediction.values) - _VALUES
    return f"{shown}, and {more:,} more" if more > 0 else shown


def as_json(predictions: Sequence[Prediction]) -> Iterator[str]:
    """A list with an object for each example, in order."""
    yield exact_json(list(map(_plain, predictions)))


def _plain(prediction: Prediction) -> dict[str, Any]:
    top = [{"class": name, "probability": probability} for name, probability in prediction.top]
    plain: dict[str, Any] = {"source": prediction.source}
    plain |= {"top": top} if top else {}
    plain |= {"values": list(prediction.values)} if prediction.values else {}
    return plain | ({"note": prediction.note} if prediction.note else {})
