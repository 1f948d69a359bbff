"""What the commands share that train, and that use what was trained: their options, and what is around them."""

# ruff: noqa: PLC0415, T201  each command loads only what it needs, and prints

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from netspec.cli_engine import computing
from netspec.cli_options import TextOrJson, refuse, tell_all, write_bytes

if TYPE_CHECKING:
    from netspec.training.setup import Options


def complete_runs(incomplete: str) -> list[str]:
    """Folders of runs that begin as typed."""
    found = sorted(path.parent for path in Path().glob("runs/*/run.json"))
    return [str(path) for path in found if str(path).startswith(incomplete)]


Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.", autocompletion=complete_runs)]
RunsDir = Annotated[Path, typer.Option("--runs-dir", metavar="DIR", help="The folder that holds the runs.")]
Form = Annotated[TextOrJson, typer.Option("--format", help="For people, or for another program.")]
Workers = Annotated[
    int,
    typer.Option(min=0, max=256, metavar="N", help="Processes that read examples; 0: threads of this one."),
]
DataOption = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE", help="Where examples come from: mnist, 'digits(28)', 'image_folder(\"photos\")' ..."
    ),
]


@contextmanager
def telling() -> Iterator[None]:
    """Faults of runs and data are printed as findings, and end with exit code 1."""
    from netspec.training.faults import TrainError

    try:
        yield
    except TrainError as error:
        tell_all(error.findings)
        raise typer.Exit(1) from None


@contextmanager
def working(*, tensorboard: bool = False) -> Iterator[Callable[[str], None]]:
    """What a command that trains or uses what was trained has around it; it gives a way to say a sentence."""
    with _interrupted_at_once(), computing(), telling():
        if tensorboard:
            from netspec.training.tensorboard import require_tensorboard

            require_tensorboard()
        yield lambda text: print(text, file=sys.stderr)


_CURSOR: Final = b"\x1b[?25h\n"
"""Shows the cursor, which a screen that changes hides."""


@contextmanager
def _interrupted_at_once() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, end_at_once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def end_at_once(*_: object) -> None:
    """What Ctrl-C does where nothing is left to be saved: the process ends, and no part of it is asked.

    An exception would come out anywhere in jax, orbax and their threads, which then print what they were about.
    """
    with suppress(OSError):
        if os.isatty(1):
            os.write(1, _CURSOR)
    os._exit(130)


def options_of(workers: int, note: Callable[[str], None]) -> "Options":
    """What is not part of the spec."""
    from netspec.training.setup import Options

    return Options(workers=workers, note=note)


def as_picture(path: Path | None) -> Path | None:
    """A picture's file as an option gives it; a name that says no format is refused before anything is computed."""
    if path is not None and path.suffix.lower() not in (".svg", ".png"):
        refuse(f"a picture is an .svg or a .png, not `{path.name}`")
    return path


def draw_picture(path: Path, picture: Any) -> None:
    """Write a picture as what its name ends in."""
    write_bytes(path, picture.png() if path.suffix.lower() == ".png" else picture.svg().encode())
    print(f"written to {path}", file=sys.stderr)
