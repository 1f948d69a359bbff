"""Compiled steps: one update of the parameters, and many of them without coming back to Python."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from netspec.engine.initialize import Tree
from netspec.engine.model import Model
from netspec.graph.node import Node
from netspec.training.labels import smoothed, with_targets
from netspec.training.metrics import Judged, added, judge, nothing

Array = jax.Array
Augment = Callable[[Array, Array, Array, Any], tuple[Array, Any]]

MOST_STEPS = 1024
"""How many losses one stretch of steps can report."""


class State(NamedTuple):
    """Everything that a run carries from step to step; a checkpoint holds it all."""

    step: Array
    """Steps done, int32: from it and the seed follow all random keys and the place in the data."""
    params: Tree
    state: Tree
    optimizer: Any
    average: Tree
    """The moving average of the parameters; empty where the run keeps none."""
    epoch: Judged
    """Sums over the epoch's steps so far."""


class Stretch(NamedTuple):
    """What some steps in a row give."""

    state: State
    losses: Array
    """float32 `[MOST_STEPS]`, of which the first `done` hold."""
    done: Array
    """Steps done: fewer than asked for where a loss was not finite. That step changes nothing."""
    finite: Array


@dataclass(frozen=True, eq=False)
class Steps:
    """The compiled functions of one run.

    Attributes:
        model: The network.
        optimizer: What makes updates of gradients.
        prepare: From raw values to the network's input, `[batch, *sizes]`.
        augment: `(key, places, x, y) -> (x, y)`, or None.
        seed: Where the run's random numbers begin.
        accumulate: Parts that a batch is computed in.
        smoothing: Share of each label that is spread over all classes.
        average: What a step keeps of the moving average, or None.
        blended: `augment` makes shares of class ids.
        mesh: The devices that share a batch, on an axis called `batch`.
    """

    model: Model
    optimizer: optax.GradientTransformation
    prepare: Callable[[Array], Array]
    augment: Augment | None
    seed: int
    steps_per_epoch: int
    accumulate: int = 1
    smoothing: float = 0.0
    average: float | None = None
    blended: bool = False
    mesh: Mesh | None = None

    def begin(self) -> State:
        """The state before the first step."""
        params, state = self.model.init(jax.random.key(self.seed))
        average = jax.tree.map(jnp.copy, params) if self.average is not None else {}
        begun = State(
            jnp.zeros((), jnp.int32), params, state, self.optimizer.init(params), average, self.nothing()
        )
        return self.placed(begun)

    def placed(self, tree: Any) -> Any:
        """The arrays on every device."""
        return tree if self.mesh is None else jax.device_put(tree, NamedSharding(self.mesh, PartitionSpec()))

    def resident(self, state: State, x: Array, y: Any, places: Array, first: int, stop: int) -> Stretch:
        """Steps `first` up to `stop` of an epoch whose examples lie on the devices; `state` is given up.

        Args:
            state: Before the steps.
            x: Raw values of all examples.
            y: Their labels.
            places: The epoch's batches, int32 `[steps, batch]`.
            first: Step of the epoch, from 0.
            stop: The step to stop before, at most `MOST_STEPS` further.
        """
        return self._resident(state, x, y, places, first, stop)

    def single(self, stretch: Stretch, x: Array, y: Any, places: Array) -> Stretch:
        """One step more on a batch of raw values; `stretch` is given up. After a loss that is not finite none follow."""
        return self._single(stretch, x, y, places)

    @cached_property
    def _resident(self) -> Callable[..., Stretch]:
        def resident(state: State, x: Array, y: Any, places: Array, first: Array, stop: Array) -> Stretch:
            def step(stretch: Stretch) -> Stretch:
                taken = places[first + stretch.done]
                return self._next(stretch, x[taken], y[taken], taken)

            return jax.lax.while_loop(
                lambda stretch: (first + stretch.done < stop) & stretch.finite, step, begun(state)
            )

        return jax.jit(resident, donate_argnums=0)

    @cached_property
    def _single(self) -> Callable[..., Stretch]:
        return jax.jit(self._next, donate_argnums=0)

    def _next(self, stretch: Stretch, x: Array, y: Any, places: Array) -> Stretch:
        before = stretch.state
        loss, gradients, after, judged = self._gradients(before, x, y, places)
        updates, optimizer = self.optimizer.update(gradients, before.optimizer, before.params)
        params = optax.apply_updates(before.params, updates)
        finite = stretch.finite & jnp.isfinite(loss)
        new = State(
            before.step + 1,
            params,
            after,
            optimizer,
            self._averaged(before.average, params),
            added(before.epoch, judged),
        )
        # A choice and no branch: it becomes part of the update's own loop over the parameters.
        kept = jax.tree.map(lambda a, b: jnp.where(finite, a, b), new, before)
        return Stretch(
            kept, stretch.losses.at[stretch.done].set(loss), stretch.done + finite.astype(jnp.int32), finite
        )

    def _averaged(self, average: Tree, params: Tree) -> Tree:
        if self.average is None:
            return average
        return optax.incremental_update(params, average, 1 - self.average)

    def _gradients(self, state: State, x: Array, y: Any, places: Array) -> tuple[Array, Tree, Tree, Judged]:
        """Loss, gradients, running statistics and sums of one batch, part by part."""
        if self.accumulate == 1:
            return self._part(state.state, (x, y, places), self.key(state.step), state)
        parts = jax.tree.map(lambda a: a.reshape(self.accumulate, -1, *a.shape[1:]), (x, y, places))

        def add(sums: Any, part: Any) -> tuple[Any, None]:
            number, examples = part
            key = jax.random.fold_in(self.key(state.step), number)
            loss, gradients, after, judged = self._part(sums[2], examples, key, state)
            total = jax.tree.map(jnp.add, sums[:2], (loss, gradients))
            return (*total, after, added(sums[3], judged)), None

        zeros = jnp.zeros((), jnp.float32), jax.tree.map(jnp.zeros_like, state.params)
        (loss, gradients, after, judged), _ = jax.lax.scan(
            add, (*zeros, state.state, self.nothing()), (jnp.arange(self.accumulate), parts)
        )
        loss, gradients = jax.tree.map(lambda a: a / self.accumulate, (loss, gradients))
        return loss, gradients, after, judged

    def _part(
        self, statistics: Tree, examples: tuple[Array, Any, Array], key: Array, state: State
    ) -> tuple[Array, Tree, Tree, Judged]:
        x, y = self.batch(state.step, *examples)

        def cost(params: Tree) -> tuple[Array, tuple[Tree, Judged]]:
            ends, after = self.model.ends(params, statistics, x, key, train=True)
            return self.model.cost(ends, y), (after, self.judged(ends, y)._replace(confusion=None))

        (loss, (after, judged)), gradients = jax.value_and_grad(cost, has_aux=True)(state.params)
        return loss.astype(jnp.float32), gradients, after, judged

    def nothing(self) -> Judged:
        """The sums before an epoch's first step."""
        return nothing(self.model.objective, self._last)._replace(confusion=None)

    def judged(self, ends: Any, y: Any, mask: Array | None = None) -> Judged:
        """Sums of the main output's loss and of what was told right."""
        name = self.model.graph.outputs[0].name
        own = y[name] if isinstance(y, dict) else y
        return judge(self.model.objective, self._last, ends[name], own, mask, blended=self.blended)

    @property
    def _last(self) -> Node:
        return self.model.graph.nodes[self.model.graph.outputs[0].index]

    def batch(self, step: Array, x: Array, y: Any, places: Array) -> tuple[Array, Any]:
        """The network's input and the labels of a step: prepared, changed at random, and shared out."""
        x = self.prepare(self.shared(x))
        if self.augment is not None:
            epoch = jax.random.fold_in(self._key(2), step // self.steps_per_epoch)
            x, y = self.augment(epoch, places, x, with_targets(y, self.model))
        return self.shared(x), smoothed(y, self.model, self.smoothing) if self.smoothing else y

    def key(self, step: Array) -> Array:
        """The random key of a step's layers."""
        return jax.random.fold_in(self._key(1), step)

    def _key(self, use: int) -> Array:
        return jax.random.fold_in(jax.random.key(self.seed), use)

    def shared(self, x: Array) -> Array:
        """The examples of a batch spread over the devices."""
        if self.mesh is None:
            return x
        return jax.lax.with_sharding_constraint(x, NamedSharding(self.mesh, PartitionSpec("batch")))


def begun(state: State) -> Stretch:
    """No steps yet."""
    return Stretch(
        state, jnp.zeros(MOST_STEPS, jnp.float32), jnp.zeros((), jnp.int32), jnp.ones((), jnp.bool_)
    )
