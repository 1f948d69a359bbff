"""Shapes, names and counts of a compiled network are the analyzer's, and what has others is refused in plain words."""

from collections.abc import Mapping
from functools import cache
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from analyzed_specs import NAMES, TARGETS, analyzed
from hypothesis import given, settings
from random_specs import networks

import netspec
from netspec import Network
from netspec.analysis.record import Record, record
from netspec.analysis.settings import Settings
from netspec.engine.model import Model

BATCH = 2
MANY = 250
"""Layers from which on gradients are not traced."""
KEY = jax.eval_shape(jax.random.key, 0)


def shapes_of(tree: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shape of every array by its name."""
    return {name: tuple(value.shape) for name, value in tree.items()}


@cache
def compiled(target: str) -> tuple[Model, Any, Any]:
    """A bundled spec's model with the shapes of its arrays.

    By the references, which are traced sooner; tests/layers holds every form to them.
    """
    model = netspec.compile(target, lowerings="reference")
    return model, *jax.eval_shape(model.init, KEY)


def outputs(model: Model) -> dict[str, str]:
    """The layer that gives each output."""
    return {output.name: model.graph.nodes[output.index].name for output in model.graph.outputs}


def inputs(found: Record, model: Model) -> jax.ShapeDtypeStruct:
    """A batch of the shape that the analyzer prints in its first row."""
    kind = jnp.float32 if found.rows[0].shape.tokens is None else jnp.int32
    return jax.ShapeDtypeStruct((BATCH, *found.rows[0].shape.sizes), kind)


def labelled(found: Record, model: Model) -> dict[str, Any]:
    """Inputs, and class ids for each output: one an example, or one a position of a map."""
    ids = {
        name: jax.ShapeDtypeStruct((BATCH, *found.graph.by_name[layer].shape.spatial), jnp.int32)
        for name, layer in outputs(model).items()
    }
    return {"x": inputs(found, model), "y": ids if len(ids) > 1 else ids["output"]}


def assert_arrays(found: Record, params: Any, state: Any) -> None:
    """Trained and fixed values of each layer, and of all, are as many as the analyzer counts."""
    for row in found.rows[1:]:
        own = {name: value.shape for name, value in params.get(row.name, {}).items()}
        assert sum(map(prod, own.values())) == row.trainable, row.name
        fixed = {name: value.shape for name, value in state.get(row.name, {}).items()}
        assert sum(map(prod, fixed.values())) == row.fixed, row.name
        node = found.graph.by_name[row.name]
        assert own | fixed == {parameter.name: parameter.shape for parameter in node.parameters}
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == found.total.trainable
    assert sum(leaf.size for leaf in jax.tree.leaves(state)) == found.total.fixed
    assert {*params, *state} == {row.name for row in found.rows[1:] if row.trainable or row.fixed}


def assert_values(found: Record, model: Model, params: Any, state: Any) -> None:
    """Every layer's value in training is of the analyzer's shape."""
    trace = jax.eval_shape(model.trace, params, state, {"x": inputs(found, model)}, KEY)
    assert trace.gradients == {}
    assert shapes_of(trace.values) == {row.name: (BATCH, *row.shape.sizes) for row in found.rows}


def assert_functions(found: Record, model: Model, params: Any, state: Any) -> None:
    """Outputs are of the analyzer's shapes, gradients like the parameters, and the new state like the one before."""
    batch, names = labelled(found, model), outputs(model)
    wanted = {name: (BATCH, *found.graph.by_name[layer].shape.sizes) for name, layer in names.items()}
    loss, (after, y) = jax.eval_shape(model.loss, params, state, batch, KEY)
    assert (loss.shape, loss.dtype) == ((), jnp.float32)
    assert shapes_of(y if len(names) > 1 else {"output": y}) == wanted
    assert after == state
    if len(names) > 1:
        every = jax.eval_shape(lambda *given: model.apply(*given, heads=True), params, state, batch["x"])
        assert shapes_of(every) == wanted


def assert_gradients(found: Record, model: Model, params: Any, state: Any) -> None:
    """They are like the parameters, and the new state is like the one before."""
    step = jax.eval_shape(model.loss_and_grad, params, state, labelled(found, model), KEY)
    assert (step.gradients, step.state) == (params, state)


@pytest.mark.parametrize("target", TARGETS)
def test_arrays_and_values_of_the_bundled_specs(target: str) -> None:
    """Names, shapes and counts of parameters and state, and the shape of every layer's value, are the analyzer's."""
    found, (model, *arrays) = analyzed(target), compiled(target)
    assert_arrays(found, *arrays)
    assert_values(found, model, *arrays)


@pytest.mark.parametrize("name", NAMES)
def test_every_function_of_the_bundled_specs(name: str) -> None:
    """Outputs, loss and the new state have the analyzer's shapes; gradients too, which of the largest take long."""
    found, (model, *arrays) = analyzed(name), compiled(name)
    assert_functions(found, model, *arrays)
    if len(found.graph) < MANY:
        assert_gradients(found, model, *arrays)


@settings(max_examples=8)
@given(networks())
def test_random_specs(net: Network) -> None:
    """So it is for chains, branches, residuals, shared weights and heads, on one axis to three."""
    found, model = record(net.spec, net.graph, Settings()), net.compile()
    arrays = jax.eval_shape(model.init, KEY)
    assert_arrays(found, *arrays)
    assert_values(found, model, *arrays)
    assert_functions(found, model, *arrays)
    assert_gradients(found, model, *arrays)
    x = inputs(found, model)
    main = jax.eval_shape(model.apply, *arrays, x)
    assert main.shape == (BATCH, *net.output.sizes)
    _, (after, y) = jax.eval_shape(model.loss, *arrays, labelled(found, model), KEY)
    assert jax.eval_shape(model.forward, *arrays, x, KEY) == (y, after)
