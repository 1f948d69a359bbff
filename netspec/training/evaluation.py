"""Judging a network by examples it does not learn from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from netspec.engine.initialize import Tree
from netspec.training.data.dataset import Examples
from netspec.training.data.stream import batches
from netspec.training.metrics import Judged, added, metrics, nothing, on_host
from netspec.training.records import Evaluation
from netspec.training.steps import Steps

Array = jax.Array


@dataclass(frozen=True, eq=False)
class Judge:
    """Compiled functions that add up what `netspec.training.metrics` makes of a set."""

    steps: Steps
    batch: int

    def resident(self, params: Tree, state: Tree, x: Array, y: Any) -> Judged:
        """Sums over examples that lie on the devices."""
        return self._resident(params, state, x, y)

    def streamed(self, params: Tree, state: Tree, examples: Examples, workers: int) -> Judged:
        """Sums over examples that are read as they are needed."""
        total = on_host(self._nothing())
        for x, y, mask in _padded(examples, self.batch, workers):
            total = added(total, on_host(self._one(params, state, x, y, mask)))
        return total

    def _nothing(self) -> Judged:
        model = self.steps.model
        return nothing(model.objective, model.graph.nodes[model.graph.outputs[0].index])

    @cached_property
    def _one(self) -> Callable[..., Judged]:
        def one(params: Tree, state: Tree, x: Array, y: Any, mask: Array) -> Judged:
            shown = self.steps.shared(self.steps.prepare(self.steps.shared(x)))
            ends, _ = self.steps.model.ends(params, state, shown)
            return self.steps.judged(ends, y, mask)

        return jax.jit(one)

    @cached_property
    def _resident(self) -> Callable[..., Judged]:
        def resident(params: Tree, state: Tree, x: Array, y: Any) -> Judged:
            count = len(x)

            def step(i: Array, total: Judged) -> Judged:
                places = i * self.batch + jnp.arange(self.batch)
                taken = jnp.minimum(places, count - 1)
                return added(total, self._one(params, state, x[taken], y[taken], places < count))

            return jax.lax.fori_loop(0, -(-count // self.batch), step, self._nothing())

        return jax.jit(resident)


def _padded(
    examples: Examples, batch: int, workers: int
) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Batches of one size; the last one is filled up with its last example, which the mask leaves out."""
    places = np.arange(-(-len(examples) // batch) * batch).reshape(-1, batch)
    taken = np.minimum(places, len(examples) - 1)
    for (x, y, _), row in zip(batches(examples, taken, workers), places, strict=True):
        yield x, y, row < len(examples)


def evaluation(name: str, data: str, examples: int, judged: Judged, classes: tuple[str, ...]) -> Evaluation:
    """Sums over a set as a record; classes without names are called by their ids."""
    told = judged.confusion if int(judged.counted) else None
    confusion = None if told is None else tuple(map(tuple, np.asarray(told).tolist()))
    names = classes if len(classes) == len(confusion or ()) else tuple(map(str, range(len(confusion or ()))))
    return Evaluation(name, data, examples, metrics(judged), names, confusion)
