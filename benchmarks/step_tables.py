"""Tables of steps: one a network, and one of all networks."""

import statistics
from collections.abc import Sequence

from driver import Result
from job import Job
from step_peers import JAX_PEERS, PEERS, TORCH_PEERS

from netspec.analysis.devices import Device, devices

TRAINING = 3
"""A training step multiplies and adds three times as much as a forward pass: once more for each gradient."""

HEAD = ("", "min ms", "median", "quartiles", "steps", "ratio", "import s", "build + first step s", "peak MB")


def table(rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    """The rows below the first, which is the head; the first column is text, the others are numbers."""
    if markdown:
        rule = ["---", *["--:"] * (len(rows[0]) - 1)]
        return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(_aligned(row, widths)).rstrip() for row in rows)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if place else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def milliseconds(seconds: float) -> str:
    """Three digits of it."""
    value = 1e3 * seconds
    return f"{value:,.{max(0, 2 - len(str(int(value))) + 1)}f}"


def of_network(results: Sequence[Result], job: Job, macs: int, chip: Device | None) -> list[list[str]]:
    """A row for each worker; ratios are of minima, to the first worker's."""
    head = [*HEAD, *(("examples/s", "of the matrix peak") if job.gpu else ())]
    rates = [_rate(result, job, macs, chip) if job.gpu else [] for result in results]
    return [head, *(_row(result, results[0]) + rate for result, rate in zip(results, rates, strict=True))]


def _row(result: Result, base: Result) -> list[str]:
    # Doubled, since one step alone has no quartiles.
    low, middle, high = statistics.quantiles(result.seconds * 2, n=4)
    return [
        result.name,
        milliseconds(min(result.seconds)),
        milliseconds(middle),
        f"{milliseconds(low)} to {milliseconds(high)}",
        str(len(result.seconds)),
        f"{min(result.seconds) / min(base.seconds):.2f}",
        f"{result.ready['import_seconds']:.1f}",
        f"{result.ready['build_seconds']:.1f}",
        f"{result.peak_bytes / 1e6:,.0f}",
    ]


def _rate(result: Result, job: Job, macs: int, chip: Device | None) -> list[str]:
    """Examples a second by the median, and the share of the peak rate that the network's arithmetic comes to."""
    rate = job.batch / statistics.median(result.seconds)
    flops = 2 * macs * (1 if job.forward else TRAINING)
    peak = chip and (chip.bfloat16 if job.mixed else chip.float32)
    return [f"{rate:,.0f}", f"{flops * rate / peak:.1%}" if peak else "-"]


def guessed(reported: str) -> Device | None:
    """The one device of the table whose name is a part of what the framework reports, if there is just one."""
    words = reported.casefold().replace("_", " ").split()
    found = [device for name, device in devices().items() if name.split("-")[0] in words]
    return found[0] if len(found) == 1 else None


def summary(best: dict[str, dict[str, float]]) -> list[list[str]]:
    """By network and peer's key, the minimum: netspec beside the quickest of each camp. Below 1 netspec is faster."""
    rows = [["", "netspec ms", "/ reference", "best on JAX", "ratio", "best of PyTorch", "ratio"]]
    for network, seconds in best.items():
        if own := seconds.get("netspec"):
            rows.append([network, milliseconds(own), *_beside(own, seconds, ("netspec-reference",))[1:]])
            rows[-1] += [*_beside(own, seconds, JAX_PEERS), *_beside(own, seconds, TORCH_PEERS)]
    return rows


def _beside(own: float, seconds: dict[str, float], keys: Sequence[str]) -> list[str]:
    """The quickest of those keys with its time, and the ratio."""
    there = [key for key in keys if key in seconds]
    if not there:
        return ["-", "-"]
    key = min(there, key=seconds.__getitem__)
    return [f"{PEERS[key].name} {milliseconds(seconds[key])}", f"{own / seconds[key]:.2f}"]
