"""How examples reach the compiled steps: lying on the devices, or read batch by batch."""

from collections.abc import Generator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import jax
import numpy as np

from netspec.engine.initialize import Tree
from netspec.training.data.dataset import Arrays, Examples
from netspec.training.data.order import places
from netspec.training.data.stream import batches
from netspec.training.evaluation import Judge
from netspec.training.metrics import Judged
from netspec.training.steps import State, Steps, Stretch, begun

MOST_RESIDENT_BYTES = 2**30
"""Sets up to this size are kept on the devices."""


class Feed(Protocol):
    """Runs steps of an epoch, and judges."""

    def run(self, state: State, epoch: int, first: int, stop: int) -> Stretch:
        """Steps `first` up to `stop` of an epoch, all from 0; `state` is given up."""

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, Any, np.ndarray]:
        """Raw values, labels and places of one step."""

    def judge(self, params: Tree, state: Tree) -> Judged:
        """Sums over the examples that the run is watched by."""


@dataclass(frozen=True)
class Draw:
    """Which examples make a batch."""

    batch: int
    seed: int
    shuffle: bool

    def places(self, count: int, epoch: int) -> np.ndarray:
        """The epoch's batches `[steps, batch]`."""
        return places(count, self.batch, epoch, self.seed, shuffle=self.shuffle)


@dataclass(eq=False)
class Resident:
    """Examples on the devices: many steps run without coming back."""

    steps: Steps
    draw: Draw
    learnt: Arrays
    watched: Arrays
    _drawn: tuple[int, Any] = field(default=(-1, None), init=False)

    def run(self, state: State, epoch: int, first: int, stop: int) -> Stretch:
        """As `Feed` says."""
        if self._drawn[0] != epoch:
            drawn = self.draw.places(len(self.learnt), epoch)
            self._drawn = epoch, self.steps.placed(jax.numpy.asarray(drawn))
        x, y = self._learnt
        return self.steps.resident(state, x, y, self._drawn[1], first, stop)

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, Any, np.ndarray]:
        """As `Feed` says."""
        taken = self.draw.places(len(self.learnt), epoch)[step]
        return self.learnt.x[taken], self.learnt.y[taken], taken

    def judge(self, params: Tree, state: Tree) -> Judged:
        """As `Feed` says."""
        x, y = self._watched
        return self._judge.resident(params, state, x, y)

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self.steps, min(self.draw.batch, len(self.watched)))

    @cached_property
    def _learnt(self) -> Any:
        return self.steps.placed((jax.numpy.asarray(self.learnt.x), jax.numpy.asarray(self.learnt.y)))

    @cached_property
    def _watched(self) -> Any:
        return self.steps.placed((jax.numpy.asarray(self.watched.x), jax.numpy.asarray(self.watched.y)))


@dataclass(eq=False)
class Streamed:
    """Examples that are read as they are needed, ahead of the steps."""

    steps: Steps
    draw: Draw
    learnt: Examples
    watched: Examples
    workers: int = 0
    _open: tuple[tuple[int, int], Generator[Any, None, None]] | None = field(default=None, init=False)

    def run(self, state: State, epoch: int, first: int, stop: int) -> Stretch:
        """As `Feed` says."""
        stretch = begun(state)
        reader = self._reader(epoch, first)
        for _ in range(first, stop):
            x, y, taken = next(reader)
            stretch = self.steps.single(stretch, x, y, taken)
        self._open = (epoch, stop), reader
        if stop == len(self.learnt) // self.draw.batch:
            self._close()
        return stretch

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, Any, np.ndarray]:
        """As `Feed` says."""
        return next(self._fresh(epoch, step, step + 1))

    def judge(self, params: Tree, state: Tree) -> Judged:
        """As `Feed` says."""
        return self._judge.streamed(params, state, self.watched, self.workers)

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self.steps, min(self.draw.batch, len(self.watched)))

    def _reader(self, epoch: int, first: int) -> Generator[Any, None, None]:
        """The batches from a step on; those that were read ahead are not read again."""
        if self._open is not None and self._open[0] == (epoch, first):
            return self._open[1]
        return self._fresh(epoch, first)

    def _close(self) -> None:
        """Let go of the threads or processes that read."""
        if self._open is not None:
            self._open[1].close()
        self._open = None

    def _fresh(self, epoch: int, first: int, stop: int | None = None) -> Generator[Any, None, None]:
        self._close()
        drawn = self.draw.places(len(self.learnt), epoch)[first:stop]
        return batches(self.learnt, drawn, self.workers)
