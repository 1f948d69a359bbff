"""The pictures and the page in a run's folder, kept up to date while the run goes on."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final

from netspec.render.confusion import confusion
from netspec.render.curves import curves
from netspec.render.run_page import page
from netspec.training.events import EpochDone, Event, Finished
from netspec.training.records import RunRecord

_SECONDS: Final = 10.0
"""At most so often: drawing takes about half a second."""


class RunFiles:
    """Writes `report.html`, `curves.svg` and `curves.png`, at the end `confusion.svg` and `confusion.png`.

    Args:
        folder: The run's folder.
        record: Tells all of the run.
        clock: Gives seconds that only grow.
    """

    def __init__(
        self, folder: Path, record: Callable[[], RunRecord], clock: Callable[[], float] = monotonic
    ) -> None:
        self._folder = folder
        self._record = record
        self._clock = clock
        self._next = clock() + _SECONDS

    def __call__(self, event: Event) -> None:
        """Bring the files up to date, if it is time."""
        if isinstance(event, Finished):
            self.write()
        elif isinstance(event, EpochDone) and self._clock() >= self._next:
            self.write()
            self._next = self._clock() + _SECONDS

    def write(self) -> None:
        """Write the files."""
        record = self._record()
        self._replace("report.html", page(record).encode())
        if record.epochs:
            drawn = curves(record.epochs, record.watched, record.losses)
            self._replace("curves.svg", drawn.svg().encode())
            self._replace("curves.png", drawn.png())
        if record.evaluation is not None and record.evaluation.confusion is not None:
            shown = confusion(record.evaluation)
            self._replace("confusion.svg", shown.svg().encode())
            self._replace("confusion.png", shown.png())

    def _replace(self, name: str, content: bytes) -> None:
        """A reader sees the old file or the new one."""
        made = self._folder / f".{name}.new"
        made.write_bytes(content)
        made.replace(self._folder / name)
