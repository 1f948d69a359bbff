"""The networks in Keras on JAX, and a step as its guide to custom training loops in JAX writes it.

That is `stateless_call` and `stateless_apply` in `jax.jit`, with donated variables; `train_on_batch` does the same and
costs a little more.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import jax
import jax.numpy as jnp
import keras
from job import LEARNING_RATE, MOMENTUM, Built, Job, arrays
from keras import layers
from peers.on_jax import device, gpu_peak_bytes
from peers.widths import EMBEDDING, FILTERS, MOBILENET, RESNETS, UNET, VGG16, WINDOWS

__all__ = ["build", "device", "gpu_peak_bytes"]

Array = jax.Array
Tensor = Any


def _unit(x: Tensor, width: int, kernel: int, stride: int = 1) -> Tensor:
    """A convolution without a bias, and batch norm."""
    x = layers.Conv2D(width, kernel, stride, padding="same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.9)(x)


def _bottleneck(x: Tensor, width: int, stride: int) -> Tensor:
    y = layers.ReLU()(_unit(x, width, 1))
    y = layers.ReLU()(_unit(y, width, 3, stride))
    y = _unit(y, 4 * width, 1)
    if stride > 1 or x.shape[-1] != 4 * width:
        x = _unit(x, 4 * width, 1, stride)
    return layers.ReLU()(layers.Add()([x, y]))


def resnet(depth: tuple[int, ...], x: Tensor, classes: int) -> Tensor:
    """A ResNet with so many bottlenecks a stage."""
    x = layers.ReLU()(_unit(x, 64, 7, 2))
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    for stage, count in enumerate(depth):
        for block in range(count):
            x = _bottleneck(x, 64 * 2**stage, 2 if stage and not block else 1)
    return layers.Dense(classes)(layers.GlobalAveragePooling2D()(x))


def mobilenet(x: Tensor, classes: int) -> Tensor:
    """MobileNet v1."""
    x = layers.ReLU()(_unit(x, 32, 3, 2))
    for width, stride in MOBILENET:
        x = layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.ReLU()(_unit(x, width, 1))
    return layers.Dense(classes)(layers.GlobalAveragePooling2D()(x))


def vgg16(x: Tensor, classes: int) -> Tensor:
    """VGG-16."""
    for width, count in VGG16:
        for _ in range(count):
            x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(4096, activation="relu")(x))
    return layers.Dense(classes)(x)


def lenet5(x: Tensor, classes: int) -> Tensor:
    """LeNet-5 in its common modern form."""
    x = layers.MaxPooling2D()(layers.Conv2D(6, 5, padding="same", activation="relu")(x))
    x = layers.MaxPooling2D()(layers.Conv2D(16, 5, activation="relu")(x))
    x = layers.Dense(120, activation="relu")(layers.Flatten()(x))
    return layers.Dense(classes)(layers.Dense(84, activation="relu")(x))


def unet(x: Tensor, classes: int) -> Tensor:
    """U-Net with padding."""

    def twice(x: Tensor, width: int) -> Tensor:
        for _ in range(2):
            x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        return x

    x, skips = twice(x, UNET[0]), []
    for width in UNET[1:]:
        skips.append(x)
        x = twice(layers.MaxPooling2D()(x), width)
    x = layers.Dropout(0.5)(x)
    for width in UNET[-2::-1]:
        x = layers.Conv2DTranspose(width, 2, 2)(x)
        x = twice(layers.Concatenate()([skips.pop(), x]), width)
    return layers.Conv2D(classes, 1)(x)


def kim_text(tokens: int, x: Tensor, classes: int) -> Tensor:
    """Kim's network for sentences."""
    x = layers.Embedding(tokens, EMBEDDING)(x)
    maps = [layers.Conv1D(FILTERS, words, activation="relu")(x) for words in WINDOWS]
    x = layers.Concatenate()([layers.GlobalMaxPooling1D()(one) for one in maps])
    return layers.Dense(classes)(layers.Dropout(0.5)(x))


def network(job: Job) -> keras.Model:
    """The network of that name, as a functional model."""
    makers = {name: partial(resnet, depth) for name, depth in RESNETS.items()}
    makers |= {"lenet5": lenet5, "vgg16": vgg16, "mobilenet": mobilenet, "unet": unet}
    makers["kim_text"] = partial(kim_text, job.tokens)
    inputs = keras.Input(job.shape, job.batch, "int32" if job.tokens else "float32")
    return keras.Model(inputs, makers[job.network](inputs, job.classes))


def build(job: Job) -> Built:
    """The network and its jitted step."""
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("mixed_bfloat16" if job.mixed else "float32")
    model = network(job)
    x, y = map(jnp.asarray, arrays(job))
    parameters = sum(variable.value.size for variable in model.trainable_variables)
    return Built(parameters, _inference(model, x) if job.forward else _training(model, x, y))


def _values(variables: list[keras.Variable]) -> list[Array]:
    return [variable.value for variable in variables]


def _inference(model: keras.Model, x: Array) -> Callable[[], Array]:
    trained, fixed = _values(model.trainable_variables), _values(model.non_trainable_variables)
    run = jax.jit(lambda trained, fixed, x: model.stateless_call(trained, fixed, x, training=False)[0])
    return lambda: run(trained, fixed, x).block_until_ready()


def _training(model: keras.Model, x: Array, y: Array) -> Callable[[], Array]:
    optimizer = keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM)
    optimizer.build(model.trainable_variables)
    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def loss(trained: list[Array], fixed: list[Array], x: Array, y: Array) -> tuple[Array, list[Array]]:
        scores, fixed = model.stateless_call(trained, fixed, x, training=True)
        return entropy(y, scores), fixed

    @partial(jax.jit, donate_argnums=0)
    def run(state: tuple[list[Array], ...], x: Array, y: Array) -> tuple[tuple[list[Array], ...], Array]:
        trained, fixed, slots = state
        (value, fixed), gradients = jax.value_and_grad(loss, has_aux=True)(trained, fixed, x, y)
        trained, slots = optimizer.stateless_apply(slots, gradients, trained)
        return (trained, fixed, slots), value

    groups = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
    state = tuple(map(_values, groups))

    def step() -> Array:
        nonlocal state
        state, value = run(state, x, y)
        return jax.block_until_ready((state, value))[1]

    return step
