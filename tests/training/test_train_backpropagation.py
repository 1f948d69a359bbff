"""The lectures' backpropagation equations, written out in numpy, against the engine's gradients in float64.

J = 1/2 |h(x) - y|^2, a = f(z), delta = dJ/dz:

- output: delta = -(y - a) f'(z)
- hidden: delta = (W^T delta) f'(z); dJ/dW_ij = a_j delta_i, dJ/db_i = delta_i
- pooling passes deltas by upsampling: max to the recorded place, mean spread evenly
- convolution passes them by the full convolution with the kernel turned by 180 degrees
"""

from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import netspec

EXACT = 1e-10
Array = np.ndarray
Tree = dict[str, dict[str, Array]]


class Computed(NamedTuple):
    """What the engine gives for one example."""

    x: Array
    y: Array
    params: Tree
    loss: float
    gradients: Tree
    deltas: dict[str, Array]
    """The gradient to each layer's value, without the batch."""


def computed(network: str, sizes: str, targets: int, seed: int = 0, x: Array | None = None) -> Computed:
    """A network's loss and gradients for random parameters and a random example with targets between 0 and 1."""
    with jax.enable_x64(True):
        text = f'input: {sizes}\nnetwork: "{network}"\ntrain: {{loss: squared_error}}\n'
        model = netspec.load(text=text).compile(precision="float64")
        draw = np.random.default_rng(seed)
        params = jax.tree.map(
            lambda s: draw.normal(size=s.shape),
            jax.eval_shape(model.init, jax.eval_shape(jax.random.key, 0))[0],
        )
        x = draw.normal(size=model.graph.input.sizes) if x is None else x
        y = draw.uniform(size=targets)
        batch = {"x": jnp.asarray(x[None]), "y": jnp.asarray(y[None])}
        given = jax.tree.map(jnp.asarray, params)
        step = model.loss_and_grad(given, {}, batch)
        trace = model.trace(given, {}, batch)
        deltas = {name: np.asarray(value)[0] for name, value in trace.gradients.items()}
        return Computed(x, y, params, float(step.loss), jax.tree.map(np.asarray, step.gradients), deltas)


def near(found: Any, wanted: Array) -> None:
    """Equal to 1e-10."""
    np.testing.assert_allclose(found, wanted, rtol=EXACT, atol=EXACT)


def sigmoid(z: Array) -> Array:
    """f(z)."""
    return 1 / (1 + np.exp(-z))


def slope(a: Array) -> Array:
    """f'(z) in terms of a = f(z)."""
    return a * (1 - a)


def connected(a: Array, layer: dict[str, Array]) -> Array:
    """z_i = sum_j W_ij a_j + b_i; the engine keeps W as `[inputs, units]`."""
    weights = layer["kernel"].T
    return np.array([sum(w * v for w, v in zip(row, a, strict=True)) for row in weights]) + layer["bias"]


def test_fully_connected_layers() -> None:
    """Output and hidden deltas, and the gradients of weights and biases, of three layers."""
    at = computed("fc-4 -> sigmoid -> fc-5 -> sigmoid -> fc-3 -> sigmoid", "6", 3)
    a0 = at.x
    a1 = sigmoid(connected(a0, at.params["fc1"]))
    a2 = sigmoid(connected(a1, at.params["fc2"]))
    a3 = sigmoid(connected(a2, at.params["fc3"]))
    near(at.loss, 0.5 * np.sum((a3 - at.y) ** 2))

    delta3 = -(at.y - a3) * slope(a3)
    delta2 = at.params["fc3"]["kernel"] @ delta3 * slope(a2)
    delta1 = at.params["fc2"]["kernel"] @ delta2 * slope(a1)
    for layer, below, delta in [("fc1", a0, delta1), ("fc2", a1, delta2), ("fc3", a2, delta3)]:
        near(at.deltas[layer], delta)
        near(at.gradients[layer]["bias"], delta)
        wanted = np.array([[below[j] * delta[i] for i in range(len(delta))] for j in range(len(below))])
        near(at.gradients[layer]["kernel"], wanted)
    near(at.deltas["input"], at.params["fc1"]["kernel"] @ delta1)


def convolved(x: Array, layer: dict[str, Array]) -> Array:
    """Slide each kernel over the map without padding, as the lectures draw it: z = sum of products, plus the bias."""
    kernel = layer["kernel"]
    size = kernel.shape[0]
    rows, columns = x.shape[0] - size + 1, x.shape[1] - size + 1
    z = np.zeros((rows, columns, kernel.shape[3]))
    for r in range(rows):
        for c in range(columns):
            for k in range(kernel.shape[3]):
                z[r, c, k] = np.sum(x[r : r + size, c : c + size] * kernel[..., k]) + layer["bias"][k]
    return z


def sent_back(delta: Array, kernel: Array) -> Array:
    """The full convolution: pad by the kernel's size - 1, slide the kernel turned by 180 degrees, add up the filters."""
    edge = kernel.shape[0] - 1
    padded = np.pad(delta, ((edge, edge), (edge, edge), (0, 0)))
    turned = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    return convolved(padded, {"kernel": turned, "bias": np.zeros(kernel.shape[2])})


def kernel_gradient(x: Array, delta: Array) -> Array:
    """dJ/dW: each tap has met the inputs that the map of deltas lies on when it is moved there."""
    rows, columns, filters = delta.shape
    size = x.shape[0] - rows + 1
    found = np.zeros((size, size, x.shape[2], filters))
    for i in range(size):
        for j in range(size):
            for c in range(x.shape[2]):
                for k in range(filters):
                    found[i, j, c, k] = np.sum(x[i : i + rows, j : j + columns, c] * delta[..., k])
    return found


def windows(x: Array, size: int) -> list[tuple[slice, slice, int, int]]:
    """Each window of a pooling layer, and the place of its output."""
    return [
        (slice(size * r, size * r + size), slice(size * c, size * c + size), r, c)
        for r in range(x.shape[0] // size)
        for c in range(x.shape[1] // size)
    ]


def pooled(x: Array, size: int, how: Any) -> Array:
    """The largest or the mean of each window."""
    out = np.zeros((x.shape[0] // size, x.shape[1] // size, x.shape[2]))
    for rows, columns, r, c in windows(x, size):
        out[r, c] = how(x[rows, columns], axis=(0, 1))
    return out


def spread_mean(x: Array, delta: Array, size: int) -> Array:
    """Every place of a window gets the same part."""
    out = np.zeros_like(x)
    for rows, columns, r, c in windows(x, size):
        out[rows, columns] = delta[r, c] / size**2
    return out


def to_largest(x: Array, delta: Array, size: int) -> Array:
    """The place that was the largest gets everything."""
    out = np.zeros_like(x)
    for rows, columns, r, c in windows(x, size):
        for k in range(x.shape[2]):
            i, j = np.unravel_index(np.argmax(x[rows, columns, k]), (size, size))
            out[rows.start + i, columns.start + j, k] = delta[r, c, k]
    return out


@cache
def convolutional() -> Computed:
    """A network with each kind of layer: two convolutions, max and mean pooling, a fully connected one."""
    return computed(
        "conv2-3(padding=valid) -> sigmoid -> pool2 -> conv3-4(padding=valid) -> sigmoid -> avgpool2 -> fc-3 -> sigmoid",
        "13x13x2",
        3,
    )


class Pass(NamedTuple):
    """The values of the convolutional network on the way up."""

    a1: Array
    p1: Array
    a2: Array
    p2: Array
    h: Array


def forward(at: Computed) -> Pass:
    """By hand."""
    a1 = sigmoid(convolved(at.x, at.params["conv1"]))
    p1 = pooled(a1, 2, np.max)
    a2 = sigmoid(convolved(p1, at.params["conv2"]))
    p2 = pooled(a2, 2, np.mean)
    return Pass(a1, p1, a2, p2, sigmoid(connected(p2.ravel(), at.params["fc1"])))


class Deltas(NamedTuple):
    """The deltas of the convolutional network on the way down."""

    fc1: Array
    avgpool1: Array
    conv2: Array
    pool1: Array
    conv1: Array
    input: Array


def backward(at: Computed, up: Pass) -> Deltas:
    """By hand."""
    fc1 = -(at.y - up.h) * slope(up.h)
    avgpool1 = (at.params["fc1"]["kernel"] @ fc1).reshape(up.p2.shape)
    conv2 = spread_mean(up.a2, avgpool1, 2) * slope(up.a2)
    pool1 = sent_back(conv2, at.params["conv2"]["kernel"])
    conv1 = to_largest(up.a1, pool1, 2) * slope(up.a1)
    return Deltas(fc1, avgpool1, conv2, pool1, conv1, sent_back(conv1, at.params["conv1"]["kernel"]))


@pytest.mark.parametrize("layer", Deltas._fields)
def test_deltas_of_a_convolutional_network(layer: str) -> None:
    """Through fully connected, mean pooling, convolution and max pooling layers down to the image."""
    at = convolutional()
    near(at.deltas[layer], getattr(backward(at, forward(at)), layer))


def test_gradients_of_a_convolutional_network() -> None:
    """Of kernels: inputs times deltas, added up over the map; of biases: the sum of the map's deltas."""
    at = convolutional()
    up = forward(at)
    down = backward(at, up)
    near(at.loss, 0.5 * np.sum((up.h - at.y) ** 2))
    near(at.gradients["fc1"]["kernel"], np.outer(up.p2.ravel(), down.fc1))
    for layer, below, delta in [("conv1", at.x, down.conv1), ("conv2", up.p1, down.conv2)]:
        near(at.gradients[layer]["kernel"], kernel_gradient(below, delta))
        near(at.gradients[layer]["bias"], delta.sum((0, 1)))


SLICES = np.array(
    [
        [[1, 5, 6, 1], [8, 6, 8, 2], [9, 10, 3, 4], [6, 1, 5, 9]],
        [[1, 1, 5, 6], [6, 5, 8, 9], [6, 12, 2, 4], [16, 17, 1, 11]],
        [[1, 0, 3, 6], [4, 6, 9, 8], [5, 10, 8, 6], [3, 2, 4, 5]],
    ]
)
"""The lectures' three slices for 2x2 max pooling."""
PLACES = np.array(
    [
        [[0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]],
        [[0, 0, 0, 0], [1, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 1]],
        [[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]],
    ]
)
"""Where their largest values stand."""


@pytest.mark.parametrize(
    ("network", "spread"), [("pool2", PLACES), ("avgpool2", np.full(PLACES.shape, 0.25))]
)
def test_pooling_of_the_lectures_slices(network: str, spread: Array) -> None:
    """The delta h - y of each output comes back at its recorded place, or a quarter of it at each of the four."""
    at = computed(f"{network} -> flatten", "4x4x3", 12, x=np.moveaxis(SLICES, 0, -1).astype(float))
    out = pooled(at.x, 2, np.max if network == "pool2" else np.mean)
    delta = out - at.y.reshape(2, 2, 3)
    near(at.deltas["input"], delta.repeat(2, 0).repeat(2, 1) * np.moveaxis(spread, 0, -1))


def test_the_batch_is_a_mean() -> None:
    """J of several examples is the mean of theirs, and so are its gradients."""
    with jax.enable_x64(True):
        text = "input: 4\nnetwork: fc-2 -> sigmoid\ntrain: {loss: squared_error}\n"
        model = netspec.load(text=text).compile(precision="float64")
        draw = np.random.default_rng(3)
        x, y = draw.normal(size=(5, 4)), draw.uniform(size=(5, 2))
        layer = {"kernel": draw.normal(size=(4, 2)), "bias": draw.normal(size=2)}
        step = model.loss_and_grad(
            {"fc1": jax.tree.map(jnp.asarray, layer)}, {}, {"x": jnp.asarray(x), "y": jnp.asarray(y)}
        )
    outputs = [sigmoid(connected(one, layer)) for one in x]
    deltas = [-(target - h) * slope(h) for h, target in zip(outputs, y, strict=True)]
    near(step.loss, np.mean([0.5 * np.sum((h - target) ** 2) for h, target in zip(outputs, y, strict=True)]))
    near(
        step.gradients["fc1"]["kernel"], np.mean([np.outer(a, d) for a, d in zip(x, deltas, strict=True)], 0)
    )
    near(step.gradients["fc1"]["bias"], np.mean(deltas, 0))
