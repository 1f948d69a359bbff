"""Cold processes that take turns, each measured by the system: wall time, processor time, peak memory.

Linux counts into a process's peak what its parent held when it was started. So this module, and who uses it,
imports little, and a peak no higher than its own is shown as below that.
"""

import os
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Run:
    """One run of a process."""

    seconds: float
    """From its start to its end, by the clock."""
    cpu_seconds: float
    """On all processors, in user and system mode."""
    peak_bytes: int
    """Resident memory at its highest."""


def python(*arguments: str) -> Run:
    """Run the interpreter once, without its output. Raises `SystemExit` where it fails."""
    # An installed package has its modules compiled, so they may be written here too.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    nowhere = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    command = [sys.executable, *arguments]
    start = time.perf_counter()
    process = os.posix_spawn(sys.executable, command, environment, file_actions=nowhere)
    _, status, used = os.wait4(process, 0)
    taken = time.perf_counter() - start
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return Run(taken, used.ru_utime + used.ru_stime, _peak_bytes(used))


def _peak_bytes(used: resource.struct_rusage) -> int:
    return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def take_turns(commands: dict[str, list[str]], rounds: int) -> dict[str, list[Run]]:
    """The runs of each command. They take turns, so that a busy machine slows all of them."""
    os.chdir(ROOT)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, arguments in commands.items():
            run = python(*arguments)
            if turn:  # the first turn fills the caches
                runs[name].append(run)
    return runs


def median(values: list[float]) -> float:
    """The middle value, the higher of two."""
    return sorted(values)[len(values) // 2]


def table(runs: dict[str, list[Run]], base: str) -> str:
    """A Markdown table of medians, with the fastest and slowest run, and the ratio of times to those of `base`."""
    unit = median([run.seconds for run in runs[base]])
    head = "| cold process | median | fastest to slowest | processor | peak memory | ratio |"
    rows = [_row(name, found, unit) for name, found in runs.items()]
    return "\n".join([head, "|---|--:|--:|--:|--:|--:|", *rows])


def _row(name: str, runs: list[Run], unit: float) -> str:
    seconds = [run.seconds for run in runs]
    middle = median(seconds)
    own, peak = _peak_bytes(resource.getrusage(resource.RUSAGE_SELF)), max(run.peak_bytes for run in runs)
    cells = (
        name,
        f"{middle:.2f} s",
        f"{min(seconds):.2f} to {max(seconds):.2f}",
        f"{median([run.cpu_seconds for run in runs]):.2f} s",
        f"{peak / 1e6:,.0f} MB" if peak > own else f"below {own / 1e6:,.0f} MB",
        f"{middle / unit:.2g}",
    )
    return f"| {' | '.join(cells)} |"
