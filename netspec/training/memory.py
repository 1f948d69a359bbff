"""What to do where a step does not fit into memory: the largest batch that does, by the analyzer's prediction."""

import os

import jax

from netspec.analysis.fit import largest_batch
from netspec.analysis.settings import Settings
from netspec.diagnostics import rules
from netspec.training.faults import TrainError, fault
from netspec.training.setup import Setup


def too_large(setup: Setup) -> TrainError:
    """A finding that names the batch that fits."""
    train, memory = setup.train, available_bytes()
    message = f"out of memory in a step of {train.batch // train.accumulate:,} examples"
    if memory is None:
        return fault(rules.OUT_OF_MEMORY, setup.spec.text.name, message, help="take a smaller --batch")
    dtype = {"mixed": "float32"}.get(train.precision, train.precision)
    found = largest_batch(setup.graph, Settings(1, dtype, train.optimizer.name), memory, "training").value
    told = f"a batch of {found:,} fits" if found else "not even one example fits"
    note = f"`netspec fit` predicts that {told} into {memory / 2**30:.1f} GiB"
    return fault(rules.OUT_OF_MEMORY, setup.spec.text.name, message, notes=(note,), help=_cure(setup, found))


def _cure(setup: Setup, found: int | None) -> str:
    """A number of parts that makes each small enough and divides the batch, else a smaller batch."""
    batch = setup.train.batch
    parts = next((n for n in range(2, batch + 1) if batch % n == 0 and found and batch // n <= found), None)
    if parts is None or setup.train.accumulate >= parts:
        return "take a smaller network or input, or --set train.precision=mixed"
    return f"`--set train.accumulate={parts}` computes the batch in {parts} parts; or take a smaller --batch"


def available_bytes() -> int | None:
    """Memory of the first device, or of the machine where it is the processor; None where nobody says."""
    stats = jax.local_devices()[0].memory_stats() or {}
    if "bytes_limit" in stats:
        return int(stats["bytes_limit"])
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
