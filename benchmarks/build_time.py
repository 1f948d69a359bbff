"""How long it takes to build a ResNet and run its first training step, each time in a new process.

Netspec with nothing compiled before, netspec from JAX's persistent compilation cache, and the peers with nothing compiled
before. Processes take turns; medians count, since building is long enough.
"""

import argparse
import platform
import statistics
import tempfile
from dataclasses import replace

from driver import Result, Worker, WorkerError, environment
from job import Job
from networks import DEEPER, job
from step_peers import PEERS, absence, versions
from step_tables import table

CACHED = "netspec, from the cache"
STARTS = {"netspec": "netspec", CACHED: "netspec", "Flax NNX": "flax", "Keras on JAX": "keras"}
"""Who is started, by the peer's key."""


def options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="starts of each (%(default)s)")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    chosen = parser.parse_args()
    if chosen.rounds < 1:
        parser.error("--rounds has to be at least 1")
    return chosen


def main() -> None:
    """Print a table for each network."""
    chosen = options()
    print(f"building and first training step on cpu, {chosen.rounds} rounds")
    print(f"Python {platform.python_version()}, {versions()}")
    here = {name: key for name, key in STARTS.items() if not absence(PEERS[key])}
    for name, key in STARTS.items():
        if name not in here:
            print(f"left out: {name}: {absence(PEERS[key])}")
    for network, measured in DEEPER.items():
        model = job(network, measured)
        print(f"\n{network}, batch {model.batch}\n", flush=True)
        print(table(_rows(_measure(model, here, chosen.rounds)), markdown=chosen.markdown), flush=True)


def _measure(model: Job, here: dict[str, str], rounds: int) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {name: [] for name in here}
    with tempfile.TemporaryDirectory() as cache:
        if CACHED in here:
            _start(model, CACHED, cache)  # fills it
        for _ in range(rounds):
            for name, results in found.items():
                results.append(_start(model, name, cache))
    return found


def _start(model: Job, name: str, cache: str) -> Result:
    """One process from its start to the end of the first step. Raises `SystemExit` where it fails."""
    peer = PEERS[STARTS[name]]
    variables = environment(gpu=False, recycling=False)
    if name == CACHED:
        variables |= {
            "JAX_COMPILATION_CACHE_DIR": cache,
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        }
    try:
        with Worker(name, replace(model, peer=peer.module, form=peer.form), variables) as worker:
            return worker.result
    except WorkerError as error:
        raise SystemExit(str(error)) from None


def _rows(found: dict[str, list[Result]]) -> list[list[str]]:
    """A row for each; ratios are of medians of the whole time, to the first."""
    base = statistics.median(result.wall_seconds for result in next(iter(found.values())))
    return [
        ["", "whole s", "fastest to slowest", "ratio", "import s", "build + first step s", "peak MB"],
        *(_row(name, results, base) for name, results in found.items()),
    ]


def _row(name: str, results: list[Result], base: float) -> list[str]:
    whole = [result.wall_seconds for result in results]
    parts = {
        part: statistics.median(result.ready[part] for result in results)
        for part in ("import_seconds", "build_seconds")
    }
    return [
        name,
        f"{statistics.median(whole):.1f}",
        f"{min(whole):.1f} to {max(whole):.1f}",
        f"{statistics.median(whole) / base:.2f}",
        *(f"{seconds:.1f}" for seconds in parts.values()),
        f"{max(result.peak_bytes for result in results) / 1e6:,.0f}",
    ]


if __name__ == "__main__":
    main()
