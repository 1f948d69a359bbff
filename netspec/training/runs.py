"""Runs as folders: the resolved spec, `run.json`, metrics, checkpoints and weights, in one place that is never written over."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final, Self

from netspec.diagnostics import rules
from netspec.engine.files import aside
from netspec.language.nearest import did_you_mean
from netspec.training import locks, run_file
from netspec.training.faults import TrainError, fault
from netspec.training.records import RunSummary
from netspec.training.run_file import RunFile
from netspec.training.run_log import RunLog
from netspec.training.safe_files import DamagedError, saving

_RUN: Final = "run.json"
_NAME: Final = re.compile(r"\w[\w.+=@-]{0,99}")
"""No separator, no dot in front, nothing that a shell takes for itself."""


class RunFolder(RunLog):
    """A run's folder."""

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name

    @property
    def spec(self) -> Path:
        """The resolved spec."""
        return self.path / "spec.yaml"

    @property
    def checkpoints(self) -> Path:
        """The folder of its checkpoints."""
        return self.path / "checkpoints"

    @property
    def weights(self) -> Path:
        """The weights that the run ends with."""
        return self.path / "weights.safetensors"

    @classmethod
    def create(cls, root: Path, name: str | None, base: str) -> Self:
        """Make the folder of a new run.

        Args:
            root: The folder that holds the runs; made where it is missing.
            name: The run's name; not given: `base` and the next number, as in `lenet5-1`.
            base: The network's name.

        Raises:
            TrainError: There is a run of that name, it is no name for a folder, or the folder cannot be made.
        """
        check_place(root, name)
        with saving(root):
            root.mkdir(parents=True, exist_ok=True)
            return cls(_made(root, name) if name is not None else _numbered(root, base))

    @classmethod
    def open(cls, path: Path) -> Self:
        """A run that there is. Raises TrainError where there is none, or where a file of it is a link."""
        if not (path / _RUN).is_file():
            others = (other.name for other in _folders(path.parent))
            help_ = did_you_mean(path.name, others) or "`netspec runs` lists the runs that there are"
            raise fault(rules.NO_RUN, path, f"there is no run in {path}", help=help_)
        # A run that goes on writes its files; one that was made by somebody else must not choose which.
        for link in filter(Path.is_symlink, path.iterdir()):
            raise fault(
                rules.DAMAGED_RUN, link, f"{link.name} is a link", help="put what it points to in its place"
            )
        return cls(path)

    @property
    def record(self) -> RunFile:
        """What `run.json` says. Raises TrainError where it is damaged."""
        try:
            return run_file.read(self.path / _RUN)
        except DamagedError as damage:
            raise fault(rules.DAMAGED_RUN, self.path / _RUN, str(damage)) from None

    def write_record(self, record: RunFile) -> None:
        """Write `run.json`. Raises TrainError."""
        run_file.write(self.path / _RUN, record)

    def update(self, **changes: Any) -> None:
        """Change fields of `run.json`, such as `status`. Raises TrainError."""
        self.write_record(RunFile.model_validate(self.record.model_dump() | changes))

    def write_spec(self, text: str) -> None:
        """Write `spec.yaml`. Raises TrainError."""
        with saving(self.spec), aside(self.spec) as made:
            made.write_text(text, encoding="utf-8")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only process that trains this run. Raises TrainError where another one does."""
        with ExitStack() as stack:
            try:
                with saving(self._lock):
                    stack.enter_context(locks.held(self._lock))
            except locks.LockedError as other:
                raise fault(
                    rules.CANNOT_SAVE,
                    self.path,
                    f"{other} is training this run",
                    help="wait until it is done, or stop it; a process that has ended holds nothing",
                ) from None
            yield

    @property
    def _lock(self) -> Path:
        return self.path / ".lock"

    def summary(self) -> RunSummary:
        """The run in one line. Raises TrainError where a file of it is damaged."""
        record, rows = self.record, self.epochs()
        best = next((row for row in reversed(rows) if row.best), None)
        ended = record.status == "running" and not locks.is_held(self._lock)
        return RunSummary(
            self.name,
            record.network,
            record.data,
            "failed" if ended else record.status,
            rows[-1].epoch if rows else 0,
            record.epochs,
            record.monitor,
            best.metrics if best else {},
            best.epoch if best else 0,
            sum(row.seconds for row in rows),
            record.created.isoformat(),
            str(self.path),
        )


def check_place(root: Path, name: str | None) -> None:
    """Whether a new run can be kept there, before anything is made.

    Args:
        root: The folder that holds the runs.
        name: The run's name; not given: one that is not taken.

    Raises:
        TrainError: There is a run of that name, it is no name for a folder, or the folder cannot be made.
    """
    if name is not None and not _NAME.fullmatch(name):
        message = f"a run cannot be called {name!r}"
        cure = "up to 100 letters, digits and _ . + = @ -, with a letter or a digit in front"
        raise fault(rules.CANNOT_SAVE, root, message, help=cure)
    with saving(root):
        there = next(path for path in (root, *root.absolute().parents) if path.exists())
        taken = name is not None and (root / name).exists()
    if not there.is_dir():
        message = f"{there} is a file, and runs are kept in a folder"
        raise fault(rules.CANNOT_SAVE, root, message, help="choose another folder with --runs-dir")
    if not os.access(there, os.W_OK):
        message = f"nothing may be written into {there}"
        raise fault(
            rules.CANNOT_SAVE, root, message, help="allow it, or choose another folder with --runs-dir"
        )
    if name is not None and taken:
        raise _existing(root / name)


def _made(root: Path, name: str) -> Path:
    try:
        (root / name).mkdir()
    except FileExistsError:  # another process was faster
        raise _existing(root / name) from None
    return root / name


def _existing(path: Path) -> TrainError:
    return fault(
        rules.EXISTING_RUN,
        path,
        f"there is a run called {path.name}",
        help=f"`netspec resume {path}` goes on with it; another --name begins a new one",
    )


def _numbered(root: Path, base: str) -> Path:
    base = re.sub(r"[^\w.+=@-]+", "-", base).strip(".-")[:80] or "run"
    taken = (re.fullmatch(rf"{re.escape(base)}-(\d{{1,9}})", path.name) for path in root.iterdir())
    for number in count(max((int(name[1]) for name in taken if name), default=0) + 1):
        path = root / f"{base}-{number}"
        try:
            path.mkdir()
        except FileExistsError:  # another process was faster
            continue
        return path
    raise AssertionError


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(path for path in root.iterdir() if (path / _RUN).is_file())
    except OSError:
        return []


def summaries(root: Path, *, missing: bool = False) -> list[RunSummary]:
    """The runs in a folder, the oldest first; folders that are no runs are passed over.

    Of a run with a damaged file, which comes last, only the name is told.

    Args:
        root: The folder that holds the runs.
        missing: It may be missing, and then holds none.

    Raises:
        TrainError: There is no such folder.
    """
    if not root.is_dir() and (root.exists() or not missing):
        message = f"{root} is a file" if root.exists() else f"there is no folder {root}"
        raise fault(rules.NO_RUN, root, message, help="runs are kept in `runs`, or where --runs-dir said")
    found = [_summary(RunFolder(path)) for path in _folders(root)]
    return sorted(found, key=lambda run: (not run.created, run.created, run.name))


def _summary(run: RunFolder) -> RunSummary:
    try:
        return run.summary()
    except TrainError:
        return RunSummary(run.name, "(damaged)", "", "failed", 0, 0, "", {}, 0, 0.0, "", str(run.path))
