"""Timing a compiled network: the forward pass, the training step, each layer by itself, and what the machine can do."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any, Final

import jax
import jax.numpy as jnp

from netspec.analysis.device_records import Device
from netspec.analysis.settings import Settings
from netspec.analysis.summary import summarize
from netspec.engine.execute import weights_of
from netspec.engine.memory import tree_bytes
from netspec.engine.model import Model
from netspec.graph.node import Node
from netspec.ops.run import Run, Tracked

Array = jax.Array

STEP_WORK: Final = 3
"""A training step counts as three forward passes: one forward, one for the gradient to the input, one to the weights."""


@dataclass(frozen=True)
class Timing:
    """Seconds of each run, after the first, which compiles."""

    seconds: tuple[float, ...]
    first: float
    """Seconds of the first run: tracing, compiling, running."""

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.seconds)

    @property
    def fastest(self) -> float:
        """The one least disturbed by whatever else runs on the machine."""
        return min(self.seconds)

    @property
    def slowest(self) -> float:
        """The longest."""
        return max(self.seconds)


@dataclass(frozen=True)
class Roof:
    """What a device can do: FLOPs a second, bytes a second. Measured by a large matrix product and a large copy."""

    flops: float
    bandwidth: float
    measured: bool

    def seconds(self, flops: float, moved: float) -> float:
        """The least time by the roofline model (Williams, Waterman and Patterson 2009)."""
        return max(flops / self.flops, moved / self.bandwidth)


@dataclass(frozen=True)
class Bench:
    """A network timed on this machine."""

    forward: Timing
    step: Timing
    step_bytes: int
    """What the step takes by XLA's plan, donated arguments counted once."""


@dataclass(frozen=True)
class NodeBench:
    """One layer timed by itself: its forward pass, and forward and backward together."""

    node: Node
    forward: float
    both: float


def bench(model: Model, batch: int, seconds: float) -> Bench:
    """Time inference and a training step with momentum on random inputs, for about so many seconds each."""
    import optax  # noqa: PLC0415

    key = jax.random.key(0)
    params, state = jax.block_until_ready(model.init(key))
    labelled = _batch(model, batch, key)
    forward = timed(lambda: model.apply(params, state, labelled["x"]), seconds)
    optimizer = optax.sgd(0.001, momentum=0.9)
    step = model.train_step(optimizer)
    carried = [params, state, optimizer.init(params)]
    planned = step.lower(*carried, labelled, key).compile().memory_analysis()
    return Bench(forward, timed(lambda: _stepped(step, carried, labelled, key), seconds), _planned(planned))


def _stepped(step: Any, carried: list[Any], labelled: Any, key: Array) -> Array:
    *carried[:], loss = step(*carried, labelled, key)
    return loss


def _planned(analysis: Any) -> int:
    total = analysis.argument_size_in_bytes + analysis.output_size_in_bytes + analysis.temp_size_in_bytes
    return int(total - analysis.alias_size_in_bytes)


def timed(run: Callable[[], Any], seconds: float, least: int = 3) -> Timing:
    """Run something until the time is up, at least a few times."""
    first = _once(run)
    found = [_once(run)]
    while len(found) < least or sum(found) < seconds:
        found.append(_once(run))
    return Timing(tuple(found), first)


def _once(run: Callable[[], Any]) -> float:
    start = perf_counter()
    jax.block_until_ready(run())
    return perf_counter() - start


def _batch(model: Model, batch: int, key: Array) -> dict[str, Any]:
    _, _, like, _ = model.step_structs(batch)
    return {"x": _drawn(model, like["x"], key), "y": jax.tree.map(_zeros, like["y"])}


def _drawn(model: Model, like: Any, key: Array) -> Array:
    tokens = model.graph.input.tokens
    if tokens is not None:
        return jax.random.randint(key, like.shape, 0, tokens, like.dtype)
    return jax.random.normal(key, like.shape, like.dtype)


def _zeros(like: Any) -> Array:
    return jnp.zeros(like.shape, like.dtype)


def bench_nodes(model: Model, batch: int, seconds: float) -> list[NodeBench]:
    """Time each layer by itself, equal ones once; whatever XLA joins across layers in the whole network is not seen."""
    params, state = model.init(jax.random.key(0))
    known: dict[Any, NodeBench] = {}
    found = []
    for node in model.graph:
        same = (node.layer, node.input_shapes)
        if same not in known:
            known[same] = _node(model, node, params, state, batch, seconds)
        found.append(NodeBench(node, known[same].forward, known[same].both))
    return found


def _node(model: Model, node: Node, params: Any, state: Any, batch: int, seconds: float) -> NodeBench:
    owner = model.graph.nodes[node.shares] if node.shares is not None else node
    weights = weights_of(owner, params, state, model.precision)
    key = jax.random.key(1)
    inputs = [_input(model, node, i, batch, jax.random.fold_in(key, i)) for i in range(len(node.inputs))]
    run = Run(train=True, key=key, lowerings=model.lowerings)

    def forward(p: Any, xs: Any) -> Array:
        result = node.layer.forward(run, p, *xs)
        return result.value if isinstance(result, Tracked) else result

    def both(p: Any, xs: Any) -> Any:
        trained = [x for x in xs if jnp.issubdtype(x.dtype, jnp.floating)]
        y, pull = jax.vjp(lambda p, *ys: forward(p, ys or xs), p, *trained)
        return pull(jnp.ones_like(y))

    one, other = (timed(partial(jax.jit(f), weights, inputs), seconds).fastest for f in (forward, both))
    return NodeBench(node, one, other)


def _input(model: Model, node: Node, place: int, batch: int, key: Array) -> Array:
    shape = node.input_shapes[place]
    if shape.tokens is not None:
        return jax.random.randint(key, (batch, *shape.sizes), 0, shape.tokens)
    return jax.random.normal(key, (batch, *shape.sizes), jnp.dtype(model.precision.compute))


def least_seconds(model: Model, batch: int, limit: Roof) -> tuple[float, ...]:
    """The least time of each layer's forward pass; what works in place may ride on the layer before, and counts nothing."""
    rows = summarize(model.graph, Settings(batch, model.precision.compute)).rows[1:]
    return tuple(
        limit.seconds(batch * (row.in_bounds_flops or 0), row.moved_bytes) if node.layer.own_values else 0.0
        for node, row in zip(model.graph, rows, strict=True)
    )


def roof_of(device: Device, dtype: str) -> Roof | None:
    """What a device is said to do in a dtype; None where its rate is not known."""
    peak = device.peak(dtype)
    return Roof(float(peak), float(device.bandwidth), measured=False) if peak else None


def roof(dtype: str, seconds: float = 0.5) -> Roof:
    """What this machine can do in a dtype, by a 2048x2048 matrix product and a copy of 256 MB."""
    a = jnp.ones((2048, 2048), dtype)
    product = jax.jit(lambda a: a @ a)
    long = jnp.ones(64 * 2**20, jnp.float32)
    copy = jax.jit(lambda x: x + 1, donate_argnums=0)
    holder = [long]

    def copied() -> Array:
        holder[0] = copy(holder[0])
        return holder[0]

    rate = 2 * 2048**3 / timed(lambda: product(a), seconds).fastest
    return Roof(rate, 2 * tree_bytes(long) / timed(copied, seconds).fastest, measured=True)
