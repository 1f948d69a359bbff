"""Whether a run that is killed and goes on ends as one that was never stopped: an experiment."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from netspec.diagnostics import rules
from netspec.training.faults import fault


@dataclass(frozen=True)
class Leg:
    """One part of the experiment.

    Attributes:
        what: In words.
        step: The step that it ended at.
        digest: SHA-256 of all state; empty for a run that was killed.
    """

    what: str
    step: int
    digest: str = ""


def verify_resume(
    spec: str, arguments: tuple[str, ...], kills: tuple[int, ...], every: int, note: Callable[[str], None]
) -> Iterator[Leg]:
    """Train twice, in processes of their own: once to the end, and once killed (SIGKILL) and resumed.

    Args:
        spec: As the command line names it.
        arguments: More of the command line, such as `--set NAME=VALUE`.
        kills: Steps done when the process is killed, rising.
        every: Steps between checkpoints.
        note: Told, in a sentence, what is being done.

    Yields:
        What was done, at its end with the state's SHA-256.

    Raises:
        TrainError: A run could not be done.
    """
    with TemporaryDirectory(prefix="netspec-verify-") as folder:
        kept = ("--checkpoint-steps", str(every), "--progress", "json")
        begun = ("train", spec, *arguments, "--runs-dir", folder, *kept)
        note("training to the end without a stop")
        yield _to_end("never stopped", (*begun, "--name", "straight"))
        resume = ("resume", str(Path(folder) / "killed"), *kept)
        for number, step in enumerate(kills):
            note(f"{'resuming' if number else 'training once more'}, to be killed after step {step:,}")
            yield _killed((*begun, "--name", "killed") if number == 0 else resume, step)
        note("resuming to the end")
        yield _to_end("killed and resumed", resume)


def _to_end(what: str, arguments: tuple[str, ...]) -> Leg:
    with _process(arguments) as process:
        last = [event for event in _events(process) if event["event"] == "Finished"]
    if process.returncode or not last:
        raise fault(rules.NO_RUN, "verify-resume", f"the run that was {what} did not reach its end")
    return Leg(what, last[0]["step"], last[0]["digest"])


def _killed(arguments: tuple[str, ...], step: int) -> Leg:
    """Let a run go on until it tells of that many steps, and kill its process."""
    with _process(arguments) as process:
        for event in _events(process):
            if event["event"] == "Progress" and event["step"] >= step:
                process.send_signal(signal.SIGKILL)
                return Leg("killed", event["step"])
    raise fault(
        rules.NO_RUN,
        "verify-resume",
        f"the run ended before it had done {step:,} steps",
        help="choose an earlier one",
    )


def _events(process: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    return map(json.loads, process.stdout)


def _process(arguments: tuple[str, ...]) -> "subprocess.Popen[str]":
    # This interpreter and netspec's own commands; no shell reads the arguments.
    command = (sys.executable, "-m", "netspec", *arguments)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
