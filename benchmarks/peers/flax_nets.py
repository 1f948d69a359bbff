"""The networks in Flax NNX, and their step in its quicker idiom: split once, then `jax.jit` with donated states."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from job import LEARNING_RATE, MOMENTUM, Built, Job, arrays
from peers.on_jax import device, gpu_peak_bytes
from peers.widths import EMBEDDING, FILTERS, MOBILENET, RESNETS, UNET, VGG16, WINDOWS

__all__ = ["build", "device", "gpu_peak_bytes"]

Array = jax.Array
Kit = dict[str, Any]
"""What each layer is given: random keys, and the type of its arithmetic."""


def _pool(x: Array) -> Array:
    return nnx.max_pool(x, (2, 2), (2, 2))


def _flat(x: Array) -> Array:
    return x.reshape(x.shape[0], -1)


def _average(x: Array) -> Array:
    return x.mean((1, 2))


class Unit(nnx.Module):
    """A convolution without a bias, and batch norm."""

    def __init__(self, before: int, width: int, kernel: int, stride: int, kit: Kit, groups: int = 1) -> None:
        size, strides = (kernel, kernel), (stride, stride)
        self.conv = nnx.Conv(before, width, size, strides, feature_group_count=groups, use_bias=False, **kit)
        self.norm = nnx.BatchNorm(width, momentum=0.9, **kit)

    def __call__(self, x: Array) -> Array:
        """The normalized map."""
        return self.norm(self.conv(x))


class Bottleneck(nnx.Module):
    """ResNet's block, with a projection where the shape changes."""

    def __init__(self, before: int, width: int, stride: int, kit: Kit) -> None:
        self.one = Unit(before, width, 1, 1, kit)
        self.two = Unit(width, width, 3, stride, kit)
        self.three = Unit(width, 4 * width, 1, 1, kit)
        same = stride == 1 and before == 4 * width
        self.shortcut = nnx.identity if same else Unit(before, 4 * width, 1, stride, kit)

    def __call__(self, x: Array) -> Array:
        """The sum of body and shortcut."""
        y = nnx.relu(self.two(nnx.relu(self.one(x))))
        return nnx.relu(self.three(y) + self.shortcut(x))


def resnet(depth: tuple[int, ...], classes: int, kit: Kit) -> nnx.Module:
    """A ResNet with so many bottlenecks a stage."""
    pool = partial(nnx.max_pool, window_shape=(3, 3), strides=(2, 2), padding=((1, 1), (1, 1)))
    layers: list[Any] = [Unit(3, 64, 7, 2, kit), nnx.relu, pool]
    before = 64
    for stage, count in enumerate(depth):
        for block in range(count):
            layers.append(Bottleneck(before, 64 * 2**stage, 2 if stage and not block else 1, kit))
            before = 256 * 2**stage
    return nnx.Sequential(*layers, _average, nnx.Linear(before, classes, **kit))


def mobilenet(classes: int, kit: Kit) -> nnx.Module:
    """MobileNet v1."""
    layers: list[Any] = [Unit(3, 32, 3, 2, kit), nnx.relu]
    before = 32
    for width, stride in MOBILENET:
        layers += [Unit(before, before, 3, stride, kit, groups=before), nnx.relu]
        layers += [Unit(before, width, 1, 1, kit), nnx.relu]
        before = width
    return nnx.Sequential(*layers, _average, nnx.Linear(before, classes, **kit))


def vgg16(classes: int, kit: Kit) -> nnx.Module:
    """VGG-16."""
    layers: list[Any] = []
    before = 3
    for width, count in VGG16:
        for _ in range(count):
            layers += [nnx.Conv(before, width, (3, 3), **kit), nnx.relu]
            before = width
        layers.append(_pool)
    layers.append(_flat)
    for before in (7 * 7 * 512, 4096):
        layers += [nnx.Linear(before, 4096, **kit), nnx.relu, nnx.Dropout(0.5, rngs=kit["rngs"])]
    return nnx.Sequential(*layers, nnx.Linear(4096, classes, **kit))


def lenet5(classes: int, kit: Kit) -> nnx.Module:
    """LeNet-5 in its common modern form."""
    features = (
        *(nnx.Conv(1, 6, (5, 5), **kit), nnx.relu, _pool),
        *(nnx.Conv(6, 16, (5, 5), padding="VALID", **kit), nnx.relu, _pool),
    )
    head = (nnx.Linear(400, 120, **kit), nnx.relu, nnx.Linear(120, 84, **kit), nnx.relu)
    return nnx.Sequential(*features, _flat, *head, nnx.Linear(84, classes, **kit))


class UNet(nnx.Module):
    """U-Net with padding."""

    def __init__(self, classes: int, kit: Kit) -> None:
        self.down = nnx.List([self.twice(*pair, kit) for pair in zip((1, *UNET), UNET, strict=False)])
        self.dropout = nnx.Dropout(0.5, rngs=kit["rngs"])
        widths = UNET[-2::-1]
        self.up = nnx.List([nnx.ConvTranspose(2 * width, width, (2, 2), (2, 2), **kit) for width in widths])
        self.after = nnx.List([self.twice(2 * width, width, kit) for width in widths])
        self.last = nnx.Conv(UNET[0], classes, (1, 1), **kit)

    @staticmethod
    def twice(before: int, width: int, kit: Kit) -> nnx.Module:
        """Two convolutions."""
        one, two = nnx.Conv(before, width, (3, 3), **kit), nnx.Conv(width, width, (3, 3), **kit)
        return nnx.Sequential(one, nnx.relu, two, nnx.relu)

    def __call__(self, x: Array) -> Array:
        """The scores of each pixel."""
        x, skips = self.down[0](x), []
        for block in self.down[1:]:
            skips.append(x)
            x = block(_pool(x))
        x = self.dropout(x)
        for up, after in zip(self.up, self.after, strict=True):
            x = after(jnp.concatenate([skips.pop(), up(x)], -1))
        return self.last(x)


class TextCnn(nnx.Module):
    """Kim's network for sentences."""

    def __init__(self, tokens: int, classes: int, kit: Kit) -> None:
        self.embed = nnx.Embed(tokens, EMBEDDING, **kit)
        self.windows = nnx.List(
            [nnx.Conv(EMBEDDING, FILTERS, (words,), padding="VALID", **kit) for words in WINDOWS]
        )
        self.dropout = nnx.Dropout(0.5, rngs=kit["rngs"])
        self.last = nnx.Linear(FILTERS * len(WINDOWS), classes, **kit)

    def __call__(self, x: Array) -> Array:
        """The scores of each sentence."""
        x = self.embed(x)
        x = jnp.concatenate([nnx.relu(window(x)).max(1) for window in self.windows], -1)
        return self.last(self.dropout(x))


def network(job: Job) -> nnx.Module:
    """The network of that name."""
    kit = {"rngs": nnx.Rngs(0), "dtype": jnp.bfloat16 if job.mixed else None}
    match job.network:
        case "unet":
            return UNet(job.classes, kit)
        case "kim_text":
            return TextCnn(job.tokens or 0, job.classes, kit)
        case name if name in RESNETS:
            return resnet(RESNETS[name], job.classes, kit)
        case name:
            makers = {"lenet5": lenet5, "vgg16": vgg16, "mobilenet": mobilenet}
            return makers[name](job.classes, kit)


def build(job: Job) -> Built:
    """The network and its jitted step."""
    model = network(job)
    x, y = map(jnp.asarray, arrays(job))
    parameters = sum(leaf.size for leaf in jax.tree.leaves(nnx.state(model, nnx.Param)))
    return Built(parameters, _inference(model, x) if job.forward else _training(model, x, y))


def _inference(model: nnx.Module, x: Array) -> Callable[[], Array]:
    model.eval()
    definition, state = nnx.split(model)
    run = jax.jit(lambda state, x: nnx.merge(definition, state)(x))
    return lambda: run(state, x).block_until_ready()


def _training(model: nnx.Module, x: Array, y: Array) -> Callable[[], Array]:
    model.train()
    optimizer = nnx.Optimizer(model, optax.sgd(LEARNING_RATE, momentum=MOMENTUM), wrt=nnx.Param)
    definition, state = nnx.split((model, optimizer))

    def loss(model: nnx.Module, x: Array, y: Array) -> Array:
        scores = model(x).astype(jnp.float32)
        return optax.softmax_cross_entropy_with_integer_labels(scores, y).mean()

    @partial(jax.jit, donate_argnums=0)
    def run(state: nnx.State, x: Array, y: Array) -> tuple[nnx.State, Array]:
        model, optimizer = nnx.merge(definition, state)
        value, gradients = nnx.value_and_grad(loss)(model, x, y)
        optimizer.update(model, gradients)
        return nnx.state((model, optimizer)), value

    def step() -> Array:
        nonlocal state
        state, value = run(state, x, y)
        return jax.block_until_ready((state, value))[1]

    return step
