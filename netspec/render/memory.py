"""Predicted memory line by line, and what fits into a given amount of it."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Final

from netspec.analysis.fit import Fit
from netspec.analysis.memory import Inference, Training
from netspec.analysis.record import Record
from netspec.render.grid import Heading, Line, Table, drawn
from netspec.render.text import Look, count, listed, safe, wrap
from netspec.render.units import binary, number, seconds, share, size

_LINES: Final = {
    "parameters": "parameters_bytes",
    "statistics": "statistics_bytes",
    "gradients": "gradients_bytes",
    "optimizer": "optimizer_bytes",
    "input": "input_bytes",
    "saved activations": "saved_bytes",
    "activations": "activations_bytes",
    "scratch": "scratch_bytes",
    "outputs": "outputs_bytes",
}
"""What each line is called, in the order in which they are printed."""


_REUSED: Final = "in place of others"
"""Bytes of the lines above that lie where something else is no longer needed."""


def parts(memory: Inference | Training) -> list[tuple[str, int]]:
    """The lines that are not zero; what lies in the place of something else is taken off at the end."""
    found = [(name, getattr(memory, key, 0)) for name, key in _LINES.items()]
    reused = getattr(memory, "reused_bytes", 0)
    return [(name, bytes_) for name, bytes_ in [*found, (_REUSED, -reused)] if bytes_]


def predicted(record: Record) -> Table:
    """The memory of inference and of training in bytes, line by line, side by side."""
    settings = record.settings
    both = [dict(parts(memory)) for memory in (record.inference, record.training)]
    names = [name for name in (*_LINES, _REUSED) if any(name in lines for lines in both)]
    lines = [Line((name, *(number(part.get(name, 0)) for part in both))) for name in names]
    head = f"Memory, {count(settings.batch, 'example')}"
    columns = (Heading(head, left=True), Heading("Inference"), Heading(f"Training, {settings.optimizer}"))
    totals = ("Total", number(record.inference.total_bytes), number(record.training.total_bytes))
    return Table(columns, tuple(lines), totals)


def basis(record: Record) -> str:
    """The totals in short, what a larger batch takes, where the peaks are, and what the prediction assumes."""
    inference, training = record.inference, record.training
    each = " and ".join(map(size, record.further_example))
    unknown = listed([f"`{safe(name)}`" for name in training.unknown[:3]], "and")
    doubt = f" It may be more: what is stored for {unknown} is not known." if unknown else ""
    return (
        f"{size(inference.total_bytes)} and {size(training.total_bytes)}, most at {safe(inference.peak_at)} and at "
        f"{safe(training.peak_at)}; each further example takes {each}. "
        f"A prediction for {training.execution}.{doubt}"
    )


@dataclass(frozen=True)
class Question:
    """What `netspec fit` was asked: what is made large, for what purpose, within what limit."""

    quantity: str
    purpose: str
    memory: str | None = None
    """The limit as it was given; None for that of the device."""

    def written(self, bytes_: int) -> str:
        """Bytes in the kind of unit that the limit has."""
        return binary(bytes_) if self.memory is None or "i" in self.memory else size(bytes_)


def fitted(record: Record, found: Fit, asked: Question, look: Look) -> Iterator[str]:
    """The answer, the memory it takes, and the model that it rests on."""
    yield from wrap(_answer(record, found, asked), look.width, rest="  ")
    yield ""
    yield from drawn(_table(found, asked), look)
    yield ""
    yield from wrap(f"A prediction for {found.memory.execution}.", look.width)
    if record.settings.device is not None:
        caveat = f"On {_device(record)} XLA plans in other ways: take the prediction as a guide there."
        yield from wrap(caveat, look.width)
        yield from wrap(_roofline(record, asked), look.width)


def _valued(asked: Question, value: int | None) -> str:
    return f"width {value} %" if asked.quantity == "width" else f"{asked.quantity} {value:,}"


def _answer(record: Record, found: Fit, asked: Question) -> str:
    name, settings = safe(record.name), record.settings
    does = "trains" if asked.purpose == "training" else "infers"
    where = asked.memory or f"the {binary(found.limit_bytes)} of {_device(record)}"
    with_ = f"{settings.dtype}, {settings.optimizer}" if asked.purpose == "training" else settings.dtype
    if found.value is None:
        least = f"{_valued(asked, found.next_value)} takes {asked.written(found.memory.total_bytes)}"
        return f"{name} ({with_}) does not fit into {where}: {least}"
    said = f"{name} ({with_}) {does} with {_valued(asked, found.value)} in {where}"
    if found.next_value is None or found.next_bytes is None:
        return f"{said}, and no larger one was found"
    return f"{said}; {_valued(asked, found.next_value)} would take {asked.written(found.next_bytes)}"


def _device(record: Record) -> str:
    device = record.settings.device
    return device.full_name if device else "the device"


def _table(found: Fit, asked: Question) -> Table:
    total = found.memory.total_bytes
    lines = [
        Line((name, number(bytes_), share(Fraction(bytes_, total)))) for name, bytes_ in parts(found.memory)
    ]
    columns = (Heading("Memory", left=True), Heading("Bytes"), Heading("%"))
    return Table(columns, tuple(lines), ("Total", number(total), asked.written(total)))


def _roofline(record: Record, asked: Question) -> str:
    """The least time of a forward pass, and of training as three of them."""
    device = record.settings.device
    assert device is not None
    time = record.roofline_seconds
    if time is None:
        return f"The rate of {record.settings.dtype} on {device.full_name} is not known."
    passes = 3 if asked.purpose == "training" else 1
    rate = float(record.settings.batch / (passes * time))
    step = (
        "a step of forward and backward, taken as three forward passes" if passes == 3 else "a forward pass"
    )
    return (
        f"By the roofline model {step} takes {seconds(passes * time)} on {device.full_name} at least: "
        f"at most {rate:,.0f} examples/s. A bound, not a measurement."
    )


def as_json(record: Record, found: Fit, asked: Question) -> str:
    """The answer for another program: null where nothing fits."""
    document: dict[str, Any] = {
        "name": record.name,
        "purpose": asked.purpose,
        "quantity": asked.quantity,
        "value": found.value,
        "limit_bytes": found.limit_bytes,
        "memory": {**asdict(found.memory), "total_bytes": found.memory.total_bytes},
        "next_value": found.next_value,
        "next_bytes": found.next_bytes,
    }
    return json.dumps(document, indent=2)
