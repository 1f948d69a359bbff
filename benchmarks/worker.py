"""A process that holds one network in one framework, and runs steps of it whenever a line asks for them.

Two frameworks in one process disturb each other's threads. The driver is `driver.py`; both sides write a line of
JSON at a time. While it waits, a worker is blocked on its standard input.
"""

import json
import os
import resource
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from job import JUDGE, Built, Job


def main() -> None:
    """Build what the command line says, tell of it, then take turns until the input ends."""
    replies = _replies()
    job = Job.from_json(sys.argv[1])
    start = time.perf_counter()
    peer = import_module(f"peers.{job.peer}")
    imported = time.perf_counter()
    if job.gpu and not _on_gpu(peer):
        sys.exit("it sees no GPU")
    peak_bytes = peer.gpu_peak_bytes if job.gpu else _peak_bytes
    built: Built = peer.build(job)
    first = built.step()
    ready = time.perf_counter()
    _reply(
        replies,
        parameters=built.parameters,
        device=peer.device(),
        first=_seen(first),
        import_seconds=imported - start,
        build_seconds=ready - imported,
        peak_bytes=peak_bytes(),
    )
    for line in sys.stdin:
        if line.strip() == JUDGE:
            assert built.judge is not None
            _reply(replies, accuracy=built.judge())
        else:
            _reply(replies, seconds=_turn(built, float(line)), peak_bytes=peak_bytes())


def _on_gpu(peer: Any) -> bool:
    try:
        return peer.device() != "cpu"
    except (AssertionError, RuntimeError):  # both are JAX's words for a backend that is not there
        return False


def _replies() -> TextIO:
    """Standard output, kept for replies: what libraries print goes to standard error."""
    kept = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(kept, "w")


def _reply(replies: TextIO, **values: Any) -> None:
    print(json.dumps(values), file=replies, flush=True)


def _turn(built: Built, least: float) -> list[float]:
    """The seconds of each step: one step, and more until the turn has lasted long enough."""
    taken: list[float] = []
    end = time.perf_counter() + least
    while not taken or time.perf_counter() < end:
        start = time.perf_counter()
        built.step()
        taken.append(time.perf_counter() - start)
    return taken


def _seen(result: Any) -> dict[str, Any]:
    """The shape of a loss or of outputs, their mean, and whether all are finite."""
    values = np.asarray(result.float().cpu() if hasattr(result, "cpu") else result, np.float64)
    return {
        "shape": values.shape,
        "mean": float(values.mean()),
        "finite": bool(np.isfinite(values).all()),
    }


def _peak_bytes() -> int:
    """Resident memory at its highest, in this process alone."""
    status = Path("/proc/self/status")
    if status.exists():  # `ru_maxrss` starts at what the parent held
        lines = status.read_text(encoding="ascii").splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
