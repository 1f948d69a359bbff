"""Workers that take turns, so that a busy machine slows all of them, and what is read off them."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from job import JUDGE, Job

WARM_UP_TURNS = 2
"""The second step may compile once more; neither counts."""
REST_SECONDS = 0.01
"""After a turn: PyTorch's threads spin for some milliseconds before they sleep.

`OMP_WAIT_POLICY=PASSIVE` would end that, but slows its LeNet-5 from 6.9 to 9.3 ms; its larger networks do not care.
"""
RECYCLING = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(10**12),
    "MALLOC_ARENA_MAX": "1",
}
"""Makes glibc keep what is freed, in one arena, instead of returning it to the system page by page."""


class WorkerError(Exception):
    """Raised for a worker that ended before it was told to; the message has the last line it wrote."""


@dataclass
class Result:
    """What was read off one worker."""

    name: str
    ready: dict[str, Any]
    """Its first reply: parameters, device, the first result, and the time until then."""
    wall_seconds: float
    """From the start of its process to that reply."""
    seconds: list[float] = field(default_factory=list)
    """Of each step that counts."""
    peak_bytes: int = 0
    """Memory at its highest: resident, or on a GPU in use there."""


class Worker:
    """A process that runs the steps of one job when asked; it ends with the `with` block."""

    def __init__(self, name: str, job: Job, environment: Mapping[str, str]) -> None:
        """Start it, and wait until it has built its network and run one step. Raises `WorkerError`."""
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  lives as long as the worker
        self._name = name
        start = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py")), job.to_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, **environment},
        )
        ready = self._reply()
        self.result = Result(name, ready, time.perf_counter() - start, peak_bytes=ready["peak_bytes"])

    def turn(self, seconds: float, *, counts: bool = True) -> None:
        """Have it run one step, or as many as fit into the time. Raises `WorkerError`."""
        reply = self._asked(f"{seconds}")
        self.result.peak_bytes = reply["peak_bytes"]
        if counts:
            self.result.seconds += reply["seconds"]

    def judge(self) -> float:
        """The share of the test examples that its network tells right. Raises `WorkerError`."""
        return self._asked(JUDGE)["accuracy"]

    def _asked(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the missing reply tells more
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        return self._reply()

    def _reply(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(self._last_words())
        return json.loads(line)

    def _last_words(self) -> str:
        status = self._process.wait()
        self._errors.seek(0)
        lines = [line.strip() for line in self._errors if line.strip()]
        return f"{self._name} ended with status {status}: {lines[-1] if lines else 'no message'}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        self._errors.close()


def environment(*, gpu: bool, recycling: bool) -> dict[str, str]:
    """The variables that all workers get."""
    chosen = {"JAX_PLATFORMS": "cuda", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    if not gpu:
        chosen = {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    return chosen | {"PYTHONWARNINGS": "ignore"} | (RECYCLING if recycling else {})


def started(name: str, job: Job, variables: Mapping[str, str], stack: ExitStack) -> Worker | None:
    """A worker that ends with the stack, or none with a line that says why."""
    try:
        return stack.enter_context(Worker(name, job, variables))
    except WorkerError as error:
        print(f"left out: {error}", flush=True)
        return None


def take_turns(workers: Sequence[Worker], rounds: int, seconds: float, warm_up: int = WARM_UP_TURNS) -> None:
    """Run rounds in which each worker has a turn. Each round starts with another one."""
    for number in range(-warm_up, rounds):
        first = number % len(workers)
        for worker in (*workers[first:], *workers[:first]):
            worker.turn(seconds, counts=number >= 0)
            time.sleep(REST_SECONDS)
