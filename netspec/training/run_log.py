"""What a run notes while it goes on: `metrics.jsonl` and `metrics.csv`, a line an epoch, and `steps.jsonl`, the losses.

A line counts once it ends: what a run that was killed left of its last one is passed over, and `cut` removes it.
"""

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from netspec.diagnostics import rules
from netspec.engine.files import aside
from netspec.training.events import EpochDone
from netspec.training.faults import fault
from netspec.training.records import EpochRow
from netspec.training.safe_files import DamagedError, checked_size, saving

_LIMIT_BYTES: Final = 2**30
_LINE_BYTES: Final = 2**20


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    step: int = Field(ge=0)


class _EpochLine(_Line):
    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, float | None] = Field(init=False)
    """The metrics by name."""
    epoch: int = Field(ge=1)
    rate: float | None
    seconds: float | None
    best: bool


class _StepsLine(_Line):
    losses: tuple[float | None, ...]


_L = TypeVar("_L", bound=_Line)


@dataclass(frozen=True)
class RunLog:
    """The notes in a run's folder.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def _metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def _steps(self) -> Path:
        return self.path / "steps.jsonl"

    def append_epoch(self, done: EpochDone) -> None:
        """Note an epoch; it is on the disk when the call returns. Raises TrainError."""
        numbers = {**done.metrics, "rate": done.rate, "seconds": done.seconds}
        line = {"epoch": done.epoch, "step": done.step, **_plain(numbers), "best": done.best}
        with saving(self._metrics), self._metrics.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(line)}\n")
            file.flush()
            os.fsync(file.fileno())
        self._write_table()

    def append_steps(self, step: int, losses: Sequence[float]) -> None:
        """Note the losses of the steps that follow the first `step` ones. Raises TrainError."""
        with saving(self._steps), self._steps.open("ab") as file:
            file.write(_steps_text(step, [loss if isfinite(loss) else None for loss in losses]))

    def epochs(self) -> tuple[EpochRow, ...]:
        """The epochs that were noted, in order; a number that was not finite is NaN. Raises TrainError."""
        return tuple(_row(line) for _, line in _lines(self._metrics, _EpochLine))

    def losses(self) -> Iterator[tuple[int, float]]:
        """Each step's number, from 1, and its loss. Raises TrainError."""
        for _, line in _lines(self._steps, _StepsLine):
            for number, loss in enumerate(line.losses, line.step + 1):
                yield number, nan if loss is None else loss

    def cut(self, step: int) -> None:
        """Remove what was noted after the first `step` steps, for a run that goes on from there. Raises TrainError."""
        _rewrite(self._metrics, _EpochLine, lambda text, line: text if line.step <= step else b"")
        _rewrite(self._steps, _StepsLine, lambda text, line: _up_to(step, text, line))
        self._write_table()

    def _write_table(self) -> None:
        rows = [line.model_dump() for _, line in _lines(self._metrics, _EpochLine)]
        first, last = ("epoch", "step"), ("rate", "seconds", "best")
        metrics = dict.fromkeys(name for row in rows for name in row if name not in {*first, *last})
        path = self.path / "metrics.csv"
        with saving(path), aside(path) as made, made.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, (*first, *metrics, *last), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)


def _plain(numbers: dict[str, float]) -> dict[str, float | None]:
    # JSON has no word for what is not finite.
    return {name: float(value) if isfinite(value) else None for name, value in numbers.items()}


def _row(line: _EpochLine) -> EpochRow:
    metrics = {name: _number(value) for name, value in line.__pydantic_extra__.items()}
    return EpochRow(line.epoch, line.step, metrics, _number(line.rate), _number(line.seconds), line.best)


def _number(value: float | None) -> float:
    return nan if value is None else value


def _steps_text(step: int, losses: Sequence[float | None]) -> bytes:
    return f"{json.dumps({'step': step, 'losses': losses})}\n".encode()


def _up_to(step: int, text: bytes, line: _StepsLine) -> bytes:
    if line.step + len(line.losses) <= step:
        return text
    return _steps_text(line.step, line.losses[: step - line.step]) if line.step < step else b""


def _lines(path: Path, kind: type[_L]) -> Iterator[tuple[bytes, _L]]:
    """The lines of a file, which need not be there, without one that was not written to its end."""
    if not os.path.lexists(path):
        return
    try:
        checked_size(path, _LIMIT_BYTES)
        with path.open("rb") as file:
            for number, text in enumerate(iter(lambda: file.readline(_LINE_BYTES), b""), 1):
                if _is_whole(text, number):
                    yield text, _read(text, number, kind)
    except OSError as error:
        raise fault(rules.DAMAGED_RUN, path, f"{path.name} cannot be read: {error.strerror}") from None
    except DamagedError as damage:
        message = f"{path.name} is damaged: {damage}"
        raise fault(rules.DAMAGED_RUN, path, message, help="mend it, or move it away") from None


def _is_whole(text: bytes, number: int) -> bool:
    if len(text) == _LINE_BYTES:
        raise DamagedError(f"line {number} has {_LINE_BYTES:,} bytes or more")
    return text.endswith(b"\n")


def _read(text: bytes, number: int, kind: type[_L]) -> _L:
    try:
        return kind.model_validate_json(text)
    except ValidationError:
        raise DamagedError(f"line {number} is not as it was written") from None


def _rewrite(path: Path, kind: type[_L], change: Callable[[bytes, _L], bytes]) -> None:
    if not os.path.lexists(path):
        return
    with saving(path), aside(path) as made, made.open("wb") as file:
        file.writelines(change(text, line) for text, line in _lines(path, kind))
