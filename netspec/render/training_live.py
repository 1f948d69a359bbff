"""The part of the screen that changes while a run goes on: two bars, and what was measured last."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from netspec.render.measured import duration, percent, real, speed
from netspec.render.training_words import epochs
from netspec.render.units import number, size
from netspec.training.events import Progress, Started

_BAR = 40
"""Columns of a bar, where there is room."""
_RECENT = 30.0
"""Seconds that the time left is estimated from, at least; and never less than an epoch."""
_MOST_MARKS = 1000


@dataclass
class Now:
    """How far a run is.

    Attributes:
        started: How the run began.
        clock: Gives seconds that only grow.
        last: What was measured last; None before the first steps have been done.
        done: Epochs that have ended.
    """

    started: Started
    clock: Callable[[], float]
    last: Progress | None = None
    done: int = 0
    _begun: float = field(init=False)
    _marks: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=_MOST_MARKS), init=False)
    """When steps were known to be done, and how many; the first steps compile, and so does the first judging."""
    _began_in: int = 0

    def __post_init__(self) -> None:
        self._begun = self.clock()
        self.done = self.started.step // self.started.steps_per_epoch

    def see(self, progress: Progress) -> None:
        """Some steps more have been done."""
        self._began_in = self._began_in or progress.epoch
        if self.last and self.last.epoch == self._began_in < progress.epoch:
            self._marks.clear()
        self._marks.append((self.clock(), progress.step))
        while len(self._marks) > 1 and self._is_past(*self._marks[1]):
            self._marks.popleft()
        self.last = progress

    def _is_past(self, when: float, step: int) -> bool:
        """Whether a mark alone tells the pace of some time, and of an epoch with its judging."""
        now, done = self._marks[-1]
        return now - when >= _RECENT and done - step >= self.started.steps_per_epoch

    @property
    def step(self) -> int:
        """Steps done in the whole run."""
        return self.last.step if self.last else self.started.step

    @property
    def epoch(self) -> int:
        """The epoch that is being learnt or judged, from 1."""
        return (
            self.last.epoch
            if self.last and self.last.epoch > self.done
            else min(self.done + 1, epochs(self.started))
        )

    @property
    def of_epoch(self) -> tuple[int, int]:
        """Steps done of this epoch, and how many it has."""
        before = (self.epoch - 1) * self.started.steps_per_epoch
        whole = min(self.started.steps_per_epoch, self.started.steps - before)
        return max(0, min(self.step - before, whole)), whole

    @property
    def seconds_left(self) -> float | None:
        """At the pace of late, judging included; None while that is not known, or was too little."""
        if len(self._marks) < 2:
            return None
        (when, step), (at, done) = self._marks[0], self._marks[-1]
        left = (self.started.steps - done) * (at - when) / (done - step) - (self.clock() - at)
        return left if left > 0 else None

    @property
    def measured(self) -> str:
        """The last values in a line."""
        return "  ".join(self._measured())

    def _measured(self) -> Iterator[str]:
        yield f"step {number(self.step)} of {number(self.started.steps)}"
        if self.last is None:
            yield f"compiling the first step, {duration(self.clock() - self._begun)}"
            return
        if self.of_epoch[0] == self.of_epoch[1] and self.done < self.epoch:
            yield f"judging {number(self.started.watched_examples)} examples"
        yield f"loss {real(self.last.loss)}"
        if self.last.accuracy is not None:
            yield f"accuracy {percent(self.last.accuracy)}"
        if self.last.examples_per_second is not None:
            yield speed(self.last.examples_per_second)
        if self.last.memory_bytes is not None:
            yield size(self.last.memory_bytes)

    @property
    def left(self) -> str:
        """The time left in words; empty while it is not known."""
        left = self.seconds_left
        return "" if left is None else f"{duration(max(1, round(left)))} left"


def screen(now: Now, width: int) -> RenderableType:
    """The bars of the epoch and of the run, and below them the last values, in so many columns."""
    started = now.started
    rows = (
        (f"epoch {now.epoch} of {epochs(started)}", *now.of_epoch, ""),
        ("whole run", now.step, started.steps, now.left),
    )
    others = max(len(label) for label, *_ in rows) + len(" 100 %  ") + len("00:00 min left ")
    bars = Table.grid(padding=(0, 1))
    for label, done, steps, more in rows:
        bar = ProgressBar(total=steps, completed=done, width=max(1, min(_BAR, width - others)))
        bars.add_row(_line(label), bar, _line(f"{100 * done // steps:>3} %"), _line(more, "bold"))
    return Group(bars, _line(now.measured))


def _line(text: str, style: str = "") -> Text:
    """One line always: where the screen changes its height, terminals leave a line of it behind."""
    return Text(text, style, no_wrap=True, overflow="ellipsis")
