"""A network at initialization, layer by layer: vanishing and exploding signals, dead ReLUs (the lectures)."""

import jax
import jax.numpy as jnp
import numpy as np

from netspec.engine.losses import skips
from netspec.engine.model import Trace
from netspec.graph.node import Node
from netspec.training.data import spans
from netspec.training.records import Probe, ProbeRow
from netspec.training.setup import Setup


def probe(setup: Setup) -> Probe:
    """Statistics of every layer's outputs and gradients for the run's first batch, before the first step."""
    state = setup.steps.begin()
    raw = (jnp.asarray(part) for part in setup.feed.batch(0, 0))
    x, y = setup.steps.batch(state.step, *raw)
    key = setup.steps.key(state.step)
    trace = setup.model.trace(state.params, state.state, {"x": x, "y": y}, key)
    loss, gradients, _ = setup.model.loss_and_grad(state.params, state.state, {"x": x, "y": y}, key)
    unread = {node.name for node in spans.last_nodes(setup.graph) if skips(setup.model.objective, node)}
    rows = [
        _row(node, trace, state.params.get(node.name), gradients.get(node.name), read=node.name not in unread)
        for node in setup.graph
    ]
    return Probe(
        setup.name,
        setup.dataset.name,
        setup.train.batch,
        setup.train.initialization.written(),
        setup.train.seed,
        float(loss),
        tuple(rows),
    )


def _row(
    node: Node,
    trace: Trace,
    own: dict[str, jax.Array] | None,
    gradient: dict[str, jax.Array] | None,
    *,
    read: bool,
) -> ProbeRow:
    value = np.asarray(trace.values[node.name].astype(jnp.float32), np.float64)
    arriving = trace.gradients.get(node.name) if read else None
    return ProbeRow(
        node.name,
        node.kind,
        node.shape.sizes,
        float(value.mean()),
        float(value.std()),
        float((value == 0).mean()),
        None if arriving is None else _norm(arriving),
        None if own is None else _norm(*own.values()),
        None if gradient is None else _norm(*gradient.values()),
    )


def _norm(*arrays: jax.Array) -> float:
    return float(np.sqrt(sum((np.asarray(a.astype(jnp.float32), np.float64) ** 2).sum() for a in arrays)))
