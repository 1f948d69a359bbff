"""Checks each path of the command line in a process of its own, with little memory; prints the outcomes as JSON.

The processes are forks of this one, so that Python and netspec start once; each has its own peak of memory.
"""

import gc
import json
import os
import re
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn

from typer.main import get_command

from netspec.checking import check_text
from netspec.cli import app
from netspec.render.report import text
from netspec.render.text import Look

ADDRESS_SPACE_BYTES = 400 << 20
SECONDS = 10
"""Ends a check that hangs; far more than any should take."""


def outcome(path: str) -> dict[str, Any]:
    """The exit code, peak of resident memory and output of `netspec check PATH`."""
    with tempfile.TemporaryFile("w+", errors="backslashreplace") as output:
        child = os.fork()
        if not child:
            run(path, output)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        told, _, peak = output.read().rpartition("\n")
        return {
            "path": path,
            "code": os.waitstatus_to_exitcode(status),
            "output": told,
            "peak_bytes": int(peak) if peak.isdigit() else -1,
        }


def run(path: str, output: IO[str]) -> NoReturn:
    """Check a path, write what is said and then the peak of memory, and end the process."""
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    sys.stdout = sys.stderr = output
    code = 0
    try:
        command_line()(["check", path], prog_name="netspec")
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:  # noqa: BLE001  what the tests look for
        traceback.print_exc()
        code = 70
    output.write(f"\n{peak_bytes()}")
    output.flush()
    os._exit(code)


def peak_bytes() -> int:
    """The largest resident memory of this process; `ru_maxrss` would count the process it was forked from."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) * 1024 if found else -1


@cache
def command_line() -> Callable[..., object]:
    """The command line, which is built once."""
    return get_command(app)


def warm() -> None:
    """Load what every check needs, so that each fork has it."""
    command_line()
    report = check_text(
        "input: 8x8x1\nnetwork: conv3-{1+1} -> relu -> nosuch\ntrain: {optimizer: adam(0.1)}\n"
    )
    "\n".join(text([report], Look()))
    gc.freeze()  # a collection in a fork would copy what the forks share


if __name__ == "__main__":
    warm()
    sys.stdout.write(json.dumps([outcome(path) for path in sys.argv[1:]]))
