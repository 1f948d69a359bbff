"""Examples read batch by batch, ahead of their use, by threads or by processes."""

import atexit
import os
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final
from weakref import WeakSet

import grain
import jax
import numpy as np
from absl import flags

from netspec.diagnostics import Finding
from netspec.training.data.dataset import Arrays, Examples
from netspec.training.faults import TrainError

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Values `[batch, *sizes]`, labels `[batch, ...]` and places `[batch]`."""

_MOST_THREADS: Final = 16


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads a batch. A fault is handed on as a value, which reaches the training process as it is."""

    examples: Examples
    places: np.ndarray

    def __call__(self, step: int) -> Batch | tuple[Finding, ...]:
        """One step's batch."""
        places = self.places[step]
        try:
            return *read(self.examples, places), places
        except TrainError as error:
            return error.findings


def read(examples: Examples, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values and labels at these places."""
    if isinstance(examples, Arrays):
        return examples.x[places], examples.y[places]
    rows = [examples[int(place)] for place in places]
    return np.stack([x for x, _ in rows]), np.stack([y for _, y in rows])


def batches(examples: Examples, places: np.ndarray, workers: int = 0) -> Generator[Batch, None, None]:
    """The batches of an epoch, or of what is left of it, in order; closing ends the reading.

    Where several processes train together, each reads its own part of every batch.

    Args:
        examples: What is read.
        places: Which examples make each batch, `[steps, batch]`.
        workers: Processes that read; 0: threads of this process.

    Raises:
        TrainError: An example cannot be read; the batches before it have been given.
    """
    own = np.array_split(places, jax.process_count(), axis=1)[jax.process_index()]
    reading = _ahead(Reader(examples, own), workers)
    _OPEN.add(reading)
    return reading


_OPEN: Final[WeakSet[Generator[Batch, None, None]]] = WeakSet()
"""Batches that may still be asked for; grain complains of such when Python takes itself apart."""


@atexit.register
def _close() -> None:
    for reading in list(_OPEN):
        reading.close()


def _ahead(reader: Reader, workers: int) -> Generator[Batch, None, None]:
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=2 * threads)
    steps = grain.MapDataset.range(len(reader.places)).map(reader).to_iter_dataset(options)
    if workers:
        if not flags.FLAGS.is_parsed():
            flags.FLAGS.mark_as_parsed()  # grain's workers ask absl, which no command line has been given to
        steps = steps.mp_prefetch(grain.MultiprocessingOptions(workers, per_worker_buffer_size=2))
    iterator = iter(steps)
    try:
        yield from map(_given, iterator)
    finally:
        iterator.close()


def _given(batch: Batch | tuple[Finding, ...]) -> Batch:
    """A batch as plain arrays; those of workers lie in memory that has to be given back. Raises TrainError."""
    x, *_ = batch
    if isinstance(x, Finding):
        raise TrainError(*(found for found in batch if isinstance(found, Finding)))
    x, y, places = (np.array(part) if type(part) is not np.ndarray else part for part in batch)
    return x, y, places
