"""What a compiled network refuses, and which sizes it accepts; the message names what is wanted and what was given."""

import re
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest

import netspec
from netspec import MismatchError
from netspec.engine.model import Model

KEY = jax.eval_shape(jax.random.key, 0)
HINGE = "input: 4\nnetwork: fc-3\ntrain: {loss: hinge}\n"
ONE_NUMBER = "input: 4\nnetwork: fc-1\ntrain: {loss: squared_error}\n"
YES_OR_NO = "input: 4\nnetwork: fc-1 -> sigmoid\ntrain: {loss: binary_cross_entropy}\n"
BOARD = "input: 5x5x1\nnetwork: conv3-2 -> softmax(over=positions)\n"


def struct(*shape: int, dtype: Any = jnp.float32) -> jax.ShapeDtypeStruct:
    """An array without its numbers."""
    return jax.ShapeDtypeStruct(shape, dtype)


def trees(model: Model) -> tuple[Any, Any]:
    """Parameters and state without their numbers."""
    return jax.eval_shape(model.init, KEY)


def output(model: Model, x: Any) -> Any:
    """The shape of the output, where the input is accepted."""
    return jax.eval_shape(model.apply, *trees(model), x).shape


def assert_refused(call: Callable[[], Any], *told: str) -> None:
    """The message has each of these words."""
    with pytest.raises(MismatchError) as raised:
        call()
    message = str(raised.value)
    assert "\n" not in message
    for words in told:
        assert re.search(rf"(?<![\dx]){re.escape(words)}(?![\dx])", message), message


@pytest.mark.parametrize(
    ("name", "x", "told"),
    [
        ("lenet5", struct(28, 28, 1), ("28x28x1", "the batch comes first")),
        ("lenet5", struct(2, 28, 28), ("28x28x1", "2x28x28")),
        ("lenet5", struct(), ("28x28x1", "a scalar")),
        ("lenet5", struct(2, 28, 28, 3), ("28x28x1", "2x28x28x3")),
        ("lenet5", struct(0, 28, 28, 1), ("28x28x1", "0x28x28x1", "empty")),
        ("lenet5", struct(2, 28, 28, 1, dtype=jnp.uint8), ("float32", "uint8", "Scale pixels")),
        ("lenet5", struct(2, 28, 28, 1, dtype=jnp.float16), ("float32", "float16")),
        ("lenet5", struct(2, 28, 28, 1, dtype=jnp.bool), ("float32", "bool")),
        ("lenet5", [struct(28, 28, 1)], ("28x28x1", "list")),
        ("kim_text", struct(2, 64), ("64 tokens of 18766", "integers", "float32")),
        ("kim_text", struct(2, 64, 300, dtype=jnp.int32), ("64 tokens of 18766", "2x64x300")),
    ],
)
def test_other_inputs_are_refused(name: str, x: Any, told: tuple[str, ...]) -> None:
    """Another rank, number of channels or type, an empty batch, or no array."""
    model = netspec.compile(name)
    assert_refused(lambda: output(model, x), *told)


@pytest.mark.parametrize(
    ("name", "x", "told"),
    [
        (
            "vgg16",
            struct(2, 256, 256, 3),
            ("224x224x3", "2x256x256x3", "fc1/kernel", "32768x4096", "25088x4096"),
        ),
        ("lenet5", struct(2, 32, 32, 1), ("28x28x1", "2x32x32x1", "fc1/kernel", "576x120", "400x120")),
        ("alphago", struct(2, 13, 13, 48), ("19x19x48", "conv13/bias", "13x13x1", "19x19x1")),
        (
            "kim_text",
            struct(2, 4, dtype=jnp.int32),
            ("64 tokens of 18766", "2x4", "branch3/window1/conv1", "5-wide"),
        ),
        ("unet", struct(2, 100, 100, 1), ("572x572x1", "2x100x100x1", "3x3 kernel")),
    ],
)
def test_sizes_that_cannot_be_are_refused(name: str, x: Any, told: tuple[str, ...]) -> None:
    """The message says which layer cannot take them, and why: its weights would have another shape."""
    model = netspec.compile(name)
    assert_refused(lambda: output(model, x), *told)


@pytest.mark.parametrize(
    ("name", "sizes", "settings"),
    [
        ("resnet18", (160, 192, 3), {"input": "160x192x3"}),
        ("mobilenet", (96, 96, 3), {"resolution": 96}),
        ("nin", (48, 48, 3), {"size": 48}),
        ("espcn", (30, 30, 1), {"size": 30}),
        ("unet", (188, 188, 1), {"size": 188}),
        ("squeezenet@1.0", (227, 227, 3), {"size": 227}),
        ("kim_text", (80,), {"input.shape": 80}),
    ],
)
def test_other_sizes_are_accepted_where_all_layers_can(
    name: str, sizes: tuple[int, ...], settings: dict[str, Any]
) -> None:
    """The output has the shape that the same spec with an input of that size has."""
    model = netspec.compile(name)
    dtype = jnp.int32 if name == "kim_text" else jnp.float32
    wanted = netspec.load(name, set=settings).output.sizes
    assert output(model, struct(2, *sizes, dtype=dtype)) == (2, *wanted)


def test_a_head_that_is_not_asked_for_does_not_bind_the_size() -> None:
    """GoogLeNet's auxiliary classifiers are fully connected, its main output is not."""
    model, x = netspec.compile("googlenet"), struct(1, 320, 320, 3)
    assert output(model, x) == (1, 1000)
    assert_refused(
        lambda: jax.eval_shape(lambda *given: model.apply(*given, heads=True), *trees(model), x),
        *("224x224x3", "1x320x320x3", "aux1/auxiliary1/fc1/kernel"),
    )
    assert_refused(lambda: jax.eval_shape(model.forward, *trees(model), x, KEY), "aux1/auxiliary1/fc1/kernel")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda p: {name: own for name, own in p.items() if name != "fc1"},
            ("fc1/kernel", "400x120", "lacks"),
        ),
        (lambda p: p | {"fc9": p["fc1"]}, ("fc9/kernel", "which the network has not")),
        (lambda p: p | {"fc1": p["fc1"] | {"bias": struct(7)}}, ("fc1/bias", "7", "120")),
        (
            lambda p: p | {"fc1": p["fc1"] | {"kernel": struct(120, 400)}},
            ("fc1/kernel", "120x400", "400x120"),
        ),
        (lambda p: p | {"fc1": p["fc1"] | {"scale": struct(120)}}, ("fc1/scale",)),
        (lambda _: {}, ("conv1/kernel", "5x5x1x6", "and 5 more")),
        (lambda p: p | {"fc1": p["fc1"]["kernel"]}, ("{layer: {name: array}}",)),
        (lambda p: (p, {}), ("{layer: {name: array}}",)),
    ],
)
def test_other_parameters_are_refused(change: Callable[[Any], Any], told: tuple[str, ...]) -> None:
    """Those that are missing, beyond, of another shape or in another form."""
    model = netspec.compile("lenet5")
    params, state = trees(model)
    x = struct(2, 28, 28, 1)
    assert_refused(lambda: jax.eval_shape(model.apply, change(params), state, x), *told)


def test_a_state_that_is_not_the_networks_is_refused() -> None:
    """So are running statistics, in every function."""
    model = netspec.load(text="input: 4x4x2\nnetwork: conv3-3 -> bn -> gap -> fc-2\n").compile()
    params, _ = trees(model)
    x, y = struct(2, 4, 4, 2), struct(2, dtype=jnp.int32)
    for call in (
        lambda: jax.eval_shape(model.apply, params, {}, x),
        lambda: jax.eval_shape(model.forward, params, {}, x),
        lambda: jax.eval_shape(model.loss_and_grad, params, {}, {"x": x, "y": y}),
        lambda: jax.eval_shape(model.trace, params, {}, {"x": x}),
        lambda: jax.eval_shape(model.backward, params, {}, x, struct(2, 2)),
    ):
        assert_refused(call, "state lacks bn1/mean", "3")


@pytest.mark.parametrize(
    ("spec", "x", "labels", "told"),
    [
        ("lenet5", (2, 28, 28, 1), struct(3, dtype=jnp.int32), ("2x10", "2 class ids", "3 of int32")),
        ("lenet5", (10, 28, 28, 1), struct(10), ("10 class ids", "10 of float32")),
        ("lenet5", (2, 28, 28, 1), struct(2, 9), ("2x10", "2x9 of float32")),
        ("lenet5", (2, 28, 28, 1), struct(dtype=jnp.int32), ("2 class ids", "scalar of int32")),
        (
            "unet",
            (1, 188, 188, 1),
            struct(1, 188, 188, dtype=jnp.int32),
            ("1x4x4 class ids", "1x188x188 of int32"),
        ),
        (BOARD, (3, 5, 5, 1), struct(3, 5, 5, dtype=jnp.int32), ("3x2 class ids", "3x5x5 of int32")),
        (HINGE, (3, 4), struct(3, 3), ("hinge", "3 class ids", "3x3 of float32")),
        (ONE_NUMBER, (5, 4), struct(5, 5), ("5x1 shares or targets", "5x5 of float32")),
    ],
)
def test_other_labels_are_refused(spec: str, x: tuple[int, ...], labels: Any, told: tuple[str, ...]) -> None:
    """Those of another shape, and numbers with a fraction where class ids are wanted."""
    net = netspec.load(text=spec) if "\n" in spec else netspec.load(spec)
    model = net.compile()
    batch = {"x": struct(*x), "y": labels}
    assert_refused(lambda: jax.eval_shape(model.loss, *trees(model), batch, KEY), *told)


@pytest.mark.parametrize(
    ("spec", "labels"),
    [
        (HINGE, struct(5, dtype=jnp.uint8)),
        (ONE_NUMBER, struct(5)),
        (ONE_NUMBER, struct(5, 1)),
        (YES_OR_NO, struct(5, dtype=jnp.bool)),
        (YES_OR_NO, struct(5, 1, dtype=jnp.int32)),
    ],
)
def test_labels_that_can_be_meant_are_accepted(spec: str, labels: Any) -> None:
    """Small integers, yes or no, and one number with or without an axis of its own."""
    model = netspec.load(text=spec).compile()
    loss, _ = jax.eval_shape(model.loss, *trees(model), {"x": struct(5, 4), "y": labels})
    assert loss.shape == ()


def test_dropout_needs_a_key_in_training_alone() -> None:
    """Without one training says so; inference does not draw."""
    model = netspec.load(text="input: 4\nnetwork: fc-3 -> dropout(0.5)\n").compile()
    with pytest.raises(ValueError, match=r"dropout .* needs a random key, and got none"):
        jax.eval_shape(model.forward, *trees(model), struct(2, 4))
    assert output(model, struct(2, 4)) == (2, 3)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"precision": "float16"}, "no precision is called float16; there are float32"),
        ({"precision": "float64"}, "jax_enable_x64"),
        ({"remat": "stage9"}, r"no block is called stage9"),
        ({"remat": ["unit1", "unti2"]}, r"no block is called unti2; did you mean .*unit2"),
        ({"lowerings": "fastest"}, "not fastest"),
        ({"lowerings": {"convv": "reference"}}, "no operation is called convv; did you mean .*conv"),
        ({"lowerings": {"conv": "quick"}}, "conv has no form called quick"),
        ({"remat": "1KiB at batch 2"}, "1,024"),
    ],
)
def test_options_that_do_not_exist_are_refused(options: dict[str, Any], told: str) -> None:
    """With what there is instead."""
    text = "input: 4x4x2\nblocks: {unit: conv3-2 -> relu}\nnetwork: '[unit]*2 -> gap -> fc-2'\n"
    with pytest.raises(ValueError, match=told):
        netspec.load(text=text).compile(**options)
