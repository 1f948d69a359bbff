"""A run as people watch it: on a terminal a screen that changes, elsewhere plain lines."""

from collections.abc import Callable
from contextlib import ExitStack
from time import monotonic
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from netspec.render.epochs import BEST, Epochs
from netspec.render.text import safe
from netspec.render.training_live import Now, screen
from netspec.render.training_words import beginning, ending, heading
from netspec.training.events import EpochDone, Event, Finished, Note, Progress, Started
from netspec.training.records import EpochRow

_PATIENCE: Final = 10.0
"""Seconds after which a plain line says how far a long epoch is."""


class Watcher:
    """Shows the events of a run, one by one: `with Watcher(console) as watch: watch(event)`.

    Args:
        console: Where to; only a terminal gets a screen that changes.
        plain: No such screen on a terminal either.
        quiet: Only what went wrong in part, and the end.
        clock: Gives seconds that only grow.
    """

    def __init__(
        self,
        console: Console | None = None,
        *,
        plain: bool = False,
        quiet: bool = False,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._console = console or Console()
        self._moves = self._console.is_terminal and not (self._console.is_dumb_terminal or plain or quiet)
        self._quiet = quiet
        self._clock = clock
        self._open = ExitStack()
        self._now: Now | None = None
        self._table: Epochs | None = None
        self._said = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the terminal back, also where the run ended with a fault."""
        self._open.close()

    def __call__(self, event: Event) -> None:
        """Show an event. `Started` comes first; what is not for the eye, such as `Saved`, is passed over."""
        match event:
            case Started():
                self._start(event)
            case Progress():
                self._progress(event)
            case EpochDone():
                self._epoch(event)
            case Note():
                self._print(f"note: {safe(event.text)}", "yellow")
            case Finished():
                self._finish(event)
            case _:
                pass

    def _start(self, started: Started) -> None:
        self._open.close()
        self._now, self._table = Now(started, self._clock), None
        if self._quiet:
            return
        self._print(heading(started), "bold")
        for line in beginning(started):
            self._print(line)
        self._print("")
        if self._moves:
            now = self._now
            live = Live(
                console=self._console,
                get_renderable=lambda: screen(now, self._console.width),
                transient=True,
                refresh_per_second=5,
            )
            self._open.enter_context(live)

    def _progress(self, progress: Progress) -> None:
        assert self._now is not None
        self._now.see(progress)
        if not (self._moves or self._quiet) and self._clock() - self._said >= _PATIENCE:
            left = self._now.left
            line = f"epoch {self._now.epoch}  {self._now.measured}{left and '  '}{left}"
            self._print(f"  ... {line}")

    def _epoch(self, done: EpochDone) -> None:
        assert self._now is not None
        self._now.done = done.epoch
        if self._quiet:
            return
        if self._table is None:
            self._table = Epochs.of(done.metrics, self._now.started.watched)
            if self._console.is_terminal:
                self._table = self._table.within(self._console.width)
            for head in self._table.heads():
                self._print(head, "bold")
        row = EpochRow(done.epoch, done.step, done.metrics, done.rate, done.seconds, done.best)
        line = Text(self._table.line(row))
        self._print(line.append(f" {BEST}", "green") if done.best else line)

    def _finish(self, finished: Finished) -> None:
        self._open.close()
        if not self._quiet:
            self._print("")
        watched = self._now.started.watched if self._now else ""
        images = self._now is None or self._now.started.images
        first, *rest = ending(finished, watched, images=images, width=self._console.width)
        self._print(first, "bold")
        for line in rest:
            self._print(line)

    def _print(self, line: str | Text, style: str = "") -> None:
        """A line that stays; the terminal breaks it, so that it can be copied whole."""
        self._said = self._clock()
        text = Text(line, style) if isinstance(line, str) else line
        self._console.print(text, soft_wrap=True)
