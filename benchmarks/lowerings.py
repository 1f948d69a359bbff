"""Operations in each of their forms: what the rules of `netspec/ops/` come from.

Every form of a case takes its turn, so that a busy machine slows all of them, and minima are what to read. `x` says how
many times faster than the reference; `of peak` is the share of a large matrix product's pace, measured in the same run,
for operations whose multiply-adds are known (Winograd's form needs fewer, so it may pass 1). A star marks the form that
`lowerings="auto"` takes.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from statistics import median, quantiles
from typing import Any

import jax
from driver import RECYCLING

FOLDER = Path(__file__).with_name("lowering_cases")
Raced = dict[str, tuple[Callable[..., Any], tuple[Any, ...]]]
COLUMNS = ("case", "operation", "form", "min ms", "median", "quartiles", "x", "of peak")


def options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    families = sorted(module.name for module in iter_modules([str(FOLDER)]) if module.name != "gradients")
    add("families", nargs="*", metavar="FAMILY", help=f"by default all: {', '.join(families)}")
    add("--only", default="", metavar="TEXT", help="cases and operations that contain it")
    add("--seconds", type=float, default=0.3, help="for each form (%(default)s)")
    add("--recycling", action="store_true", help="have glibc keep freed memory")
    chosen = parser.parse_args()
    if unknown := set(chosen.families) - set(families):
        parser.error(f"no {unknown.pop()!r}; there are {', '.join(families)}")
    chosen.families = chosen.families or families
    return chosen


def recycle() -> None:
    """Start this program anew with allocator settings, which glibc reads once."""
    if any(os.environ.get(name) != value for name, value in RECYCLING.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **RECYCLING})  # noqa: S606  no shell is wanted


def race(raced: Raced, seconds: float) -> dict[str, list[float]]:
    """Times of every form, taking turns until each has had its seconds, three turns at least."""
    times: dict[str, list[float]] = {name: [] for name in raced}
    for function, arrays in raced.values():
        _timed(function, arrays)
    while going := [name for name, taken in times.items() if len(taken) < 3 or sum(taken) < seconds]:
        for name in going:
            times[name].append(_timed(*raced[name]))
    return times


def _timed(function: Callable[..., Any], arrays: tuple[Any, ...]) -> float:
    start = time.perf_counter()
    jax.block_until_ready(function(*arrays))
    return time.perf_counter() - start


def matmul_peak(seconds: float) -> float:
    """Multiply-adds per second of a product of two 1024 x 1024 matrices."""
    square = jax.random.normal(jax.random.key(0), (1024, 1024))
    times = race({"peak": (jax.jit(lambda a, b: a @ b), (square, square))}, seconds)
    return 1024**3 / min(times["peak"])


def rows(
    label: str, operation: str, times: dict[str, list[float]], peak_seconds: float
) -> Iterator[list[str]]:
    """A line for each form; `peak_seconds` is what the case takes at the peak, 0 if that is not known."""
    reference = min(next(iter(times.values())))
    for form, taken in times.items():
        best = min(taken)
        low, _, high = quantiles(taken, n=4)
        share = f"{peak_seconds / best:.2f}" if peak_seconds else ""
        spread = f"{_ms(low)} to {_ms(high)}"
        yield [
            label,
            operation,
            form,
            _ms(best),
            _ms(median(taken)),
            spread,
            f"{reference / best:.2f}",
            share,
        ]


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.3g}" if seconds < 0.9995 else f"{1000 * seconds:,.0f}"


def line(cells: list[str] | tuple[str, ...]) -> str:
    """One of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Race every case that is asked for and print a Markdown table."""
    chosen = options()
    if chosen.recycling:
        recycle()
    peak = matmul_peak(chosen.seconds)
    cores = len(os.sched_getaffinity(0))
    print(f"jax {jax.__version__}, {cores} cores, matmul peak {2 * peak / 1e9:.0f} GFLOP/s\n")
    print(line(COLUMNS))
    print(line(["---"] * 3 + ["---:"] * 5))
    for family in chosen.families:
        for label, operation, build, *macs in import_module(f"lowering_cases.{family}").CASES:
            if chosen.only in f"{label} {operation}":
                times = race(build(), chosen.seconds)
                for cells in rows(label, operation, times, macs[0] / peak if macs else 0):
                    print(line(cells), flush=True)


if __name__ == "__main__":
    main()
