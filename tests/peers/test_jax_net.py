"""The plain JAX executor: it knows every layer, gives every network's shapes, and computes what the manual says."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402
from peers import jax_net  # noqa: E402
from peers.jax_layers import LAYERS  # noqa: E402

from netspec.checking import check, check_text  # noqa: E402
from netspec.graph.node import Graph  # noqa: E402
from netspec.layers import KINDS  # noqa: E402

SPECS = sorted(path.stem for path in (Path(__file__).parents[2] / "specs").glob("*.yaml"))
EXAMPLES = [
    (example.arrow, example.input)
    for kind in KINDS.values()
    for example in kind.examples
    if not kind.merges and not kind.reads_tokens  # type: ignore[attr-defined]
]


def network(arrow: str, shape: str) -> Graph:
    """One layer on an input."""
    graph = check_text(f"input: {shape}\nnetwork: {arrow}\n").graph
    assert graph is not None
    return graph


def value(arrow: str, x: Any, **weights: Any) -> Any:
    """What a layer gives for one example."""
    graph = network(arrow, "x".join(map(str, x.shape)))
    params, state = jax_net.init(graph, jax.random.key(0))
    given = {name: jnp.asarray(weights[name]) for name in weights}
    params = {name: own | given for name, own in params.items()}
    return jax_net.apply(graph, params, state, x[None])[0]["output"][0]


def counting(*shape: int) -> Any:
    """An array that counts up from 1."""
    return 1.0 + jnp.arange(float(jnp.zeros(shape).size)).reshape(shape)


def test_it_knows_every_layer() -> None:
    """There is a function for each kind, and none besides."""
    assert LAYERS.keys() | {"bn", "dropout", "drop_path"} == KINDS.keys()


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("train", [False, True])
def test_it_gives_the_shapes_of_bundled_networks(name: str, *, train: bool) -> None:
    """Every node's value has the shape that netspec infers, behind a batch of 2."""
    graph = check(name).graph
    assert graph is not None
    params, state, _, x, _, key = jax_net.step_arguments(graph, 2, "sgd")
    values, after = jax.eval_shape(
        lambda p, s, x, k: jax_net.forward(graph, p, s, x, k, train=train), params, state, x, key
    )
    found = {node.name: values[node.index].shape for node in graph}
    assert found == {node.name: (2, *node.shape.sizes) for node in graph}
    assert jax.tree.map(lambda a: a.shape, after) == jax.tree.map(lambda a: a.shape, state)


@pytest.mark.parametrize(("arrow", "shape"), EXAMPLES)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_it_gives_the_shapes_of_the_manuals_examples(arrow: str, shape: str, dtype: Any) -> None:
    """Every example of the manual has its output, in the type of its input."""
    graph = network(arrow, shape)
    params, state, _, x, _, key = jax_net.step_arguments(graph, 3, "sgd", dtype)
    (y,), _ = jax.eval_shape(
        lambda p, s, x, k: (tuple(jax_net.apply(graph, p, s, x, k, train=True)[0].values()), 0),
        params,
        state,
        x,
        key,
    )
    assert (y.shape, y.dtype) == ((3, *graph.nodes[-1].shape.sizes), dtype)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_steps_lower_the_loss(optimizer: jax_net.Optimizer) -> None:
    """Six steps on one batch make its loss smaller with each step, and change every parameter."""
    graph = check("lenet5").graph
    assert graph is not None
    params, state = jax_net.init(graph, jax.random.key(1))
    first = jax.tree.map(jnp.copy, params)
    old = jax_net.slots(params, optimizer)
    x = jax.random.normal(jax.random.key(2), (8, 28, 28, 1))
    labels = {"output": jnp.arange(8) % 10}
    step, losses = jax_net.train_step(graph, optimizer), []
    for _ in range(6):
        params, state, old, loss = step(params, state, old, x, labels, jax.random.key(3))
        losses.append(float(loss))
    assert losses == sorted(losses, reverse=True)
    assert len(set(losses)) == len(losses)
    assert all(jax.tree.leaves(jax.tree.map(lambda a, b: bool((a != b).any()), params, first)))


def test_a_transposed_convolution_stamps() -> None:
    """Each input value adds its kernel to the output, stride apart, less the rows that the padding cuts."""
    x, kernel = counting(3, 2, 1), counting(3, 3, 1, 1)
    full = jnp.zeros((3 * 2 + 1, 2 * 2 + 1, 1))
    for i, j in product(range(3), range(2)):
        full = full.at[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].add(x[i, j, 0] * kernel[..., 0])
    found = value("upconv3-1/2(padding=1, output_padding=1, bias=false)", x, kernel=kernel)
    assert jnp.allclose(found, jnp.pad(full, ((0, 1), (0, 1), (0, 0)))[1:-1, 1:-1])


def test_an_average_divides_by_the_values_that_it_covers() -> None:
    """Padding counts unless it is left out, places past the padding never."""
    x = jnp.ones((5, 1))
    assert value("avgpool3/2(padding=1)", x)[:, 0].tolist() == pytest.approx([2 / 3, 1, 2 / 3])
    assert value("avgpool3/2(padding=1, include_pad=false)", x)[:, 0].tolist() == [1, 1, 1]
    assert value("avgpool2(ceil=true)", x)[:, 0].tolist() == [1, 1, 1]


def test_a_table_of_connections_leaves_the_others_out() -> None:
    """Each filter sums the channels of its row, with its own weights in the order of the table."""
    x = jnp.array([[1.0, 10.0, 100.0]])
    found = value("conv1-2(connections=[[0, 2], [1]], bias=false)", x, kernel=[2.0, 3.0, 5.0])
    assert found.tolist() == [[302.0, 50.0]]


def test_pixels_come_from_channels_row_by_row() -> None:
    """y[r*i + a, r*j + b, c] = x[i, j, (a*r + b)*channels + c]."""
    x = counting(2, 3, 8)
    y = value("pixel_shuffle(2)", x)
    for i, j, a, b, c in product(range(2), range(3), range(2), range(2), range(2)):
        assert y[2 * i + a, 2 * j + b, c] == x[i, j, (2 * a + b) * 2 + c]


def test_adaptive_cells_overlap_where_they_do_not_divide() -> None:
    """Cell i of n covers rows floor(i*W/n) up to ceil((i + 1)*W/n)."""
    assert value("adaptive_maxpool3", counting(5, 1))[:, 0].tolist() == [2, 4, 5]
    assert value("adaptive_avgpool3", counting(5, 1))[:, 0].tolist() == [1.5, 3, 4.5]


def test_neighbours_divide_by_the_power_of_their_squares() -> None:
    """y[c] = x[c] / (k + alpha * sum of x[j]^2)^beta over the neighbouring channels."""
    found = value("lrn(3, alpha=0.5, beta=1, k=1)", counting(1, 3))
    assert found[0].tolist() == pytest.approx([1 / 3.5, 2 / 8, 3 / 7.5])
