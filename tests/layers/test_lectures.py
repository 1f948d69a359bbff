"""The worked examples of the lectures, computed by compiled specs."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import netspec

IMAGE = ["100001", "010010", "001100", "100010", "010010", "001010"]
DIAGONAL = [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
UPRIGHT = [[-1, 1, -1]] * 3
FIRST = [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]
SECOND = [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]]


def rows(*slices: Any) -> Any:
    """A batch of one map, of which each slice is a channel."""
    return jnp.stack([jnp.array(one, jnp.float32) for one in slices], -1)[None]


def slices(y: Any) -> list[list[list[float]]]:
    """The channels of a batch of one map, row by row."""
    return np.moveaxis(np.asarray(y[0]), -1, 0).tolist()


def compiled(shape: str, network: str) -> Any:
    """A network as pure functions."""
    return netspec.compile(netspec.load(text=f"input: {shape}\nnetwork: {network}\n"))


def value(shape: str, network: str, x: Any, **params: Any) -> Any:
    """What a network gives for a batch, with parameters by the name of their layer."""
    given = {name: {key: jnp.array(a, jnp.float32) for key, a in own.items()} for name, own in params.items()}
    return compiled(shape, network).apply(given, {}, x)


def image() -> Any:
    """The 6x6 image of zeros and ones."""
    return rows([list(map(int, row)) for row in IMAGE])


def filters() -> Any:
    """The two 3x3 filters as a kernel."""
    return {"kernel": jnp.moveaxis(jnp.array([DIAGONAL, UPRIGHT]), 0, -1)[:, :, None]}


def test_two_filters_find_a_diagonal_and_an_upright() -> None:
    """The 6x6 image with two 3x3 filters at stride 1."""
    y = value("6x6x1", "conv3-2(padding=valid, bias=false)", image(), conv1=filters())
    assert slices(y) == [FIRST, SECOND]


def test_stride_2_takes_every_other_of_them() -> None:
    """At stride 2 the first filter's map begins with 3 and -3."""
    y = value("6x6x1", "conv3-2/2(padding=valid, bias=false)", image(), conv1=filters())
    assert slices(y) == [[[3, -3], [-3, 0]], [[-1, -1], [-1, -2]]]


def test_pooling_keeps_what_was_found() -> None:
    """2x2 max pooling of the two maps."""
    y = value("6x6x1", "conv3-2(padding=valid, bias=false) -> pool2", image(), conv1=filters())
    assert slices(y) == [[[3, 0], [3, 1]], [[-1, 1], [0, 3]]]


def test_four_weights_do_what_a_hundred_and_forty_four_would() -> None:
    """The 4x4 map with a 2x2 filter; a fully connected layer to 9 outputs has 16*9 weights."""
    x = rows([[1, 0.5, 1, 0], [0, 0.25, 0.5, 1], [1, 0.25, 0, 1], [0.5, 0, 1, 1]])
    network = "conv2-1(padding=valid, bias=false)"
    y = value("4x4x1", network, x, conv1={"kernel": [[[[1]], [[0]]], [[[0]], [[2]]]]})
    assert slices(y) == [[[1.5, 1.5, 3], [0.5, 0.25, 2.5], [1, 2.25, 2]]]
    key = jax.random.key(0)
    assert compiled("4x4x1", network).init(key)[0]["conv1"]["kernel"].size == 4
    assert compiled("4x4x1", "fc-9(bias=false)").init(key)[0]["fc1"]["kernel"].size == 144


def test_the_largest_of_each_window_stays() -> None:
    """2x2 max pooling at stride 2 of three slices."""
    x = rows(
        [[1, 5, 6, 1], [8, 6, 8, 2], [9, 10, 3, 4], [6, 1, 5, 9]],
        [[1, 1, 5, 6], [6, 5, 8, 9], [6, 12, 2, 4], [16, 17, 1, 11]],
        [[1, 0, 3, 6], [4, 6, 9, 8], [5, 10, 8, 6], [3, 2, 4, 5]],
    )
    y = value("4x4x3", "pool2", x)
    assert slices(y) == [[[8, 8], [10, 9]], [[6, 9], [17, 11]], [[6, 9], [10, 8]]]


@pytest.mark.parametrize("by", [(0, 1), (1, 0), (2, 3)])
def test_shifting_the_image_shifts_the_output(by: tuple[int, int]) -> None:
    """A convolution of an image on an empty ground, moved, is the convolution moved."""
    ground = jnp.zeros((1, 12, 12, 1)).at[:, 2:8, 2:8].set(image())
    network = "conv3-2(bias=false) -> relu"
    model, given = compiled("12x12x1", network), {"conv1": filters()}
    given = jax.tree.map(lambda a: a.astype(jnp.float32), given)
    moved = model.apply(given, {}, jnp.roll(ground, by, (1, 2)))
    assert jnp.array_equal(moved, jnp.roll(model.apply(given, {}, ground), by, (1, 2)))
    assert not jnp.array_equal(moved, model.apply(given, {}, ground))


def test_the_keras_example_has_these_sizes() -> None:
    """28x28x1 to 26x26x25, 13x13x25, 11x11x50, 5x5x50 and 1,250."""
    model = compiled(
        "28x28x1", "conv3-25(padding=valid) -> pool2 -> conv3-50(padding=valid) -> pool2 -> flatten"
    )
    params, state = model.init(jax.random.key(0))
    shapes = jax.eval_shape(model.trace, params, state, {"x": jnp.zeros((1, 28, 28, 1))}).values
    assert [shapes[node.name].shape[1:] for node in model.graph] == [
        (26, 26, 25),
        (13, 13, 25),
        (11, 11, 50),
        (5, 5, 50),
        (1250,),
    ]


@pytest.mark.parametrize(
    ("network", "wanted"),
    [
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
        ("tanh", lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))),
        ("relu", lambda x: np.maximum(0, x)),
        ("leaky_relu(0.1)", lambda x: np.maximum(0.1 * x, x)),
        ("elu(0.7)", lambda x: np.where(x > 0, x, 0.7 * (np.exp(x) - 1))),
        ("softmax", lambda x: np.exp(x) / np.exp(x).sum()),
    ],
)
def test_activations_are_their_formulas(network: str, wanted: Any) -> None:
    """Each activation of the lectures on numbers of both signs; the values of softmax add up to 1."""
    x = np.array([[-2.0, -0.5, 0.0, 0.25, 3.0]], "float32")
    y = value("5", network, x)
    assert y == pytest.approx(wanted(x), rel=1e-6)
    if network == "softmax":
        assert float(y.sum()) == pytest.approx(1)


def test_maxout_is_the_larger_of_two_sums() -> None:
    """max(w1.x + b1, w2.x + b2)."""
    x = jnp.array([[1.0, 2.0], [-1.0, 0.5]])
    y = value("2", "fc-2 -> maxout(2)", x, fc1={"kernel": [[1, 3], [-1, 0.5]], "bias": [0.5, -2]})
    assert y.tolist() == [[max(1 - 2 + 0.5, 3 + 1 - 2)], [max(-1 - 0.5 + 0.5, -3 + 0.25 - 2)]]


def test_a_convolution_passes_deltas_through_its_kernel_turned_by_180_degrees() -> None:
    """The gradient to the input is the full convolution of the deltas with the turned kernel."""
    random = np.random.default_rng(0)
    kernel, deltas = random.standard_normal((3, 3, 1, 1)), rows(random.standard_normal((4, 4)))
    params = {"conv1": {"kernel": jnp.array(kernel, jnp.float32)}}
    network = "conv3-1(padding=valid, bias=false)"
    _, found = compiled("6x6x1", network).backward(params, {}, image(), deltas)
    turned = value("4x4x1", "conv3-1(padding=2, bias=false)", deltas, conv1={"kernel": kernel[::-1, ::-1]})
    assert found == pytest.approx(np.asarray(turned), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("network", "wanted"),
    [
        ("pool2", [[0, 0, 0, 0], [1, 0, 2, 0], [0, 3, 0, 0], [0, 0, 0, 4]]),
        (
            "avgpool2",
            [[0.25, 0.25, 0.5, 0.5], [0.25, 0.25, 0.5, 0.5], [0.75, 0.75, 1, 1], [0.75, 0.75, 1, 1]],
        ),
    ],
)
def test_pooling_passes_deltas_to_their_places(network: str, wanted: list[list[float]]) -> None:
    """A maximum passes its delta to where it was found, a mean spreads it."""
    x = rows([[1, 5, 6, 1], [8, 6, 8, 2], [9, 10, 3, 4], [6, 1, 5, 9]])
    _, found = compiled("4x4x1", network).backward({}, {}, x, rows([[1, 2], [3, 4]]))
    assert slices(found) == [wanted]


def test_deltas_go_back_through_two_layers() -> None:
    """Output deltas are -(y - a) f'(z), hidden ones (W^T delta) f'(z); dJ/dW_ij is a_j delta_i, and dJ/db_i is delta_i."""
    random = np.random.default_rng(0)
    x, target = random.standard_normal((1, 3)), random.standard_normal((1, 2))
    first, second = random.standard_normal((3, 4)), random.standard_normal((4, 2))
    b, c = random.standard_normal(4), random.standard_normal(2)
    hidden = 1 / (1 + np.exp(-(x @ first + b)))
    output = 1 / (1 + np.exp(-(hidden @ second + c)))
    delta = -(target - output) * output * (1 - output)
    before = delta @ second.T * hidden * (1 - hidden)
    params = {"fc1": {"kernel": first, "bias": b}, "fc2": {"kernel": second, "bias": c}}
    params = jax.tree.map(lambda a: jnp.array(a, jnp.float32), params)
    model = compiled("3", "fc-4 -> sigmoid -> fc-2 -> sigmoid")
    found, _ = model.backward(params, {}, jnp.array(x, jnp.float32), jnp.array(output - target, jnp.float32))
    assert found["fc2"]["kernel"] == pytest.approx(hidden.T @ delta, rel=1e-5)
    assert found["fc2"]["bias"] == pytest.approx(delta[0], rel=1e-5)
    assert found["fc1"]["kernel"] == pytest.approx(x.T @ before, rel=1e-5)
    assert found["fc1"]["bias"] == pytest.approx(before[0], rel=1e-5)
