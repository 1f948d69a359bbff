"""The networks in Equinox: written for one example, channels first, and mapped over the batch in `filter_jit`."""

from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from equinox import nn
from job import LEARNING_RATE, MOMENTUM, Built, Job, arrays
from peers.on_jax import device, gpu_peak_bytes
from peers.widths import EMBEDDING, FILTERS, MOBILENET, RESNETS, UNET, VGG16, WINDOWS

__all__ = ["build", "device", "gpu_peak_bytes"]

Array = jax.Array
Key = jax.Array
Keys = Iterator[Key]


def _keys() -> Keys:
    key = jax.random.key(0)
    while True:
        key, one = jax.random.split(key)
        yield one


def _relu() -> nn.Lambda:
    return nn.Lambda(jax.nn.relu)


def _flat() -> nn.Lambda:
    return nn.Lambda(jnp.ravel)


def _average() -> nn.Lambda:
    return nn.Lambda(lambda x: x.mean((1, 2)))


def _unit(before: int, width: int, kernel: int, stride: int, keys: Keys, groups: int = 1) -> nn.Sequential:
    """A convolution without a bias, and batch norm."""
    pad = kernel // 2
    conv = nn.Conv2d(before, width, kernel, stride, pad, groups=groups, use_bias=False, key=next(keys))
    return nn.Sequential([conv, nn.BatchNorm(width, "batch", momentum=0.9, mode="batch")])


class Bottleneck(nn.StatefulLayer):
    """ResNet's block, with a projection where the shape changes."""

    body: nn.Sequential
    shortcut: nn.Sequential

    def __init__(self, before: int, width: int, stride: int, keys: Keys) -> None:
        one, two = _unit(before, width, 1, 1, keys), _unit(width, width, 3, stride, keys)
        self.body = nn.Sequential([one, _relu(), two, _relu(), _unit(width, 4 * width, 1, 1, keys)])
        same = stride == 1 and before == 4 * width
        self.shortcut = nn.Sequential([] if same else [_unit(before, 4 * width, 1, stride, keys)])

    def is_stateful(self) -> bool:
        """Batch norm has statistics."""
        return True

    def __call__(self, x: Array, state: nn.State, *, key: Key | None = None) -> tuple[Array, nn.State]:
        """The sum of body and shortcut."""
        y, state = self.body(x, state, key=key)
        x, state = self.shortcut(x, state)
        return jax.nn.relu(x + y), state


def resnet(depth: tuple[int, ...], classes: int, keys: Keys) -> nn.Sequential:
    """A ResNet with so many bottlenecks a stage."""
    layers: list[Any] = [_unit(3, 64, 7, 2, keys), _relu(), nn.MaxPool2d(3, 2, 1)]
    before = 64
    for stage, count in enumerate(depth):
        for block in range(count):
            layers.append(Bottleneck(before, 64 * 2**stage, 2 if stage and not block else 1, keys))
            before = 256 * 2**stage
    return nn.Sequential([*layers, _average(), nn.Linear(before, classes, key=next(keys))])


def mobilenet(classes: int, keys: Keys) -> nn.Sequential:
    """MobileNet v1."""
    layers: list[Any] = [_unit(3, 32, 3, 2, keys), _relu()]
    before = 32
    for width, stride in MOBILENET:
        layers += [_unit(before, before, 3, stride, keys, groups=before), _relu()]
        layers += [_unit(before, width, 1, 1, keys), _relu()]
        before = width
    return nn.Sequential([*layers, _average(), nn.Linear(before, classes, key=next(keys))])


def vgg16(classes: int, keys: Keys) -> nn.Sequential:
    """VGG-16."""
    layers: list[Any] = []
    before = 3
    for width, count in VGG16:
        for _ in range(count):
            layers += [nn.Conv2d(before, width, 3, padding=1, key=next(keys)), _relu()]
            before = width
        layers.append(nn.MaxPool2d(2, 2))
    layers.append(_flat())
    for before in (7 * 7 * 512, 4096):
        layers += [nn.Linear(before, 4096, key=next(keys)), _relu(), nn.Dropout(0.5)]
    return nn.Sequential([*layers, nn.Linear(4096, classes, key=next(keys))])


def lenet5(classes: int, keys: Keys) -> nn.Sequential:
    """LeNet-5 in its common modern form."""
    first, second = nn.Conv2d(1, 6, 5, padding=2, key=next(keys)), nn.Conv2d(6, 16, 5, key=next(keys))
    one, two, three = (nn.Linear(*pair, key=next(keys)) for pair in ((400, 120), (120, 84), (84, classes)))
    features = [first, _relu(), nn.MaxPool2d(2, 2), second, _relu(), nn.MaxPool2d(2, 2)]
    return nn.Sequential([*features, _flat(), one, _relu(), two, _relu(), three])


class UNet(nn.StatefulLayer):
    """U-Net with padding."""

    down: list[nn.Sequential]
    up: list[nn.ConvTranspose2d]
    after: list[nn.Sequential]
    pool: nn.MaxPool2d
    dropout: nn.Dropout
    last: nn.Conv2d

    def __init__(self, classes: int, keys: Keys) -> None:
        widths = UNET[-2::-1]
        self.down = [self.twice(*pair, keys) for pair in zip((1, *UNET), UNET, strict=False)]
        self.up = [nn.ConvTranspose2d(2 * width, width, 2, 2, key=next(keys)) for width in widths]
        self.after = [self.twice(2 * width, width, keys) for width in widths]
        self.pool, self.dropout = nn.MaxPool2d(2, 2), nn.Dropout(0.5)
        self.last = nn.Conv2d(UNET[0], classes, 1, key=next(keys))

    @staticmethod
    def twice(before: int, width: int, keys: Keys) -> nn.Sequential:
        """Two convolutions."""
        one = nn.Conv2d(before, width, 3, padding=1, key=next(keys))
        two = nn.Conv2d(width, width, 3, padding=1, key=next(keys))
        return nn.Sequential([one, _relu(), two, _relu()])

    def __call__(self, x: Array, state: nn.State, *, key: Key | None = None) -> tuple[Array, nn.State]:
        """The scores of each pixel."""
        x, skips = self.down[0](x), []
        for block in self.down[1:]:
            skips.append(x)
            x = block(self.pool(x))
        x = self.dropout(x, key=key)
        for up, after in zip(self.up, self.after, strict=True):
            x = after(jnp.concatenate([skips.pop(), up(x)]))
        return self.last(x), state


class TextCnn(nn.StatefulLayer):
    """Kim's network for sentences."""

    embed: nn.Embedding
    windows: list[nn.Conv1d]
    dropout: nn.Dropout
    last: nn.Linear

    def __init__(self, tokens: int, classes: int, keys: Keys) -> None:
        self.embed = nn.Embedding(tokens, EMBEDDING, key=next(keys))
        self.windows = [nn.Conv1d(EMBEDDING, FILTERS, words, key=next(keys)) for words in WINDOWS]
        self.dropout = nn.Dropout(0.5)
        self.last = nn.Linear(FILTERS * len(WINDOWS), classes, key=next(keys))

    def __call__(self, x: Array, state: nn.State, *, key: Key | None = None) -> tuple[Array, nn.State]:
        """The scores of each sentence."""
        x = jax.vmap(self.embed)(x).T
        x = jnp.concatenate([jax.nn.relu(window(x)).max(1) for window in self.windows])
        return self.last(self.dropout(x, key=key)), state


def network(job: Job) -> tuple[Any, nn.State]:
    """The network of that name, and its state."""
    keys = _keys()
    match job.network:
        case "kim_text":
            return nn.make_with_state(TextCnn)(job.tokens, job.classes, keys)
        case name if name in RESNETS:
            return nn.make_with_state(resnet)(RESNETS[name], job.classes, keys)
        case name:
            makers = {"lenet5": lenet5, "vgg16": vgg16, "mobilenet": mobilenet, "unet": UNet}
            return nn.make_with_state(makers[name])(job.classes, keys)


def build(job: Job) -> Built:
    """The network and its jitted step."""
    model, state = network(job)
    x, y = map(jnp.asarray, arrays(job))
    if x.ndim == 4:
        x = jnp.transpose(x, (0, 3, 1, 2))
    parameters = sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(model, eqx.is_inexact_array)))
    start = _inference if job.forward else _training
    return Built(parameters, start(model, state, (x, y), mixed=job.mixed))


def _bfloat16(tree: Any) -> Any:
    """Equinox has no policy for mixed precision: who wants it casts."""
    return jax.tree.map(lambda x: x.astype(jnp.bfloat16) if eqx.is_inexact_array(x) else x, tree)


def _inference(
    model: Any, state: nn.State, batch: tuple[Array, Array], *, mixed: bool
) -> Callable[[], Array]:
    model = nn.inference_mode(model)

    @eqx.filter_jit
    def run(model: Any, state: nn.State, x: Array) -> Array:
        model, state, x = _bfloat16((model, state, x)) if mixed else (model, state, x)
        return jax.vmap(model, (0, None), (0, None), axis_name="batch")(x, state)[0]

    return lambda: run(model, state, batch[0]).block_until_ready()


def _training(model: Any, state: nn.State, batch: tuple[Array, Array], *, mixed: bool) -> Callable[[], Array]:
    optimizer = optax.sgd(LEARNING_RATE, momentum=MOMENTUM)
    slots = optimizer.init(eqx.filter(model, eqx.is_inexact_array))

    def loss(model: Any, state: nn.State, x: Array, y: Array, key: Key) -> tuple[Array, nn.State]:
        model, x = _bfloat16((model, x)) if mixed else (model, x)
        keys = jax.random.split(key, x.shape[0])
        scores, state = jax.vmap(model, (0, None), (0, None), axis_name="batch")(x, state, key=keys)
        scores = jnp.moveaxis(scores, 1, -1).astype(jnp.float32)
        return optax.softmax_cross_entropy_with_integer_labels(scores, y).mean(), state

    @eqx.filter_jit(donate="all-except-first")
    def run(batch: tuple[Array, Array], model: Any, state: nn.State, slots: Any, key: Key) -> tuple[Any, ...]:
        key, one = jax.random.split(key)
        wanted = eqx.filter_value_and_grad(loss, has_aux=True)
        (value, state), gradients = wanted(model, state, *batch, one)
        updates, slots = optimizer.update(gradients, slots)
        return eqx.apply_updates(model, updates), state, slots, key, value

    now = (model, state, slots, jax.random.key(1))

    def step() -> Array:
        nonlocal now
        *rest, value = run(batch, *now)
        now = tuple(rest)
        return jax.block_until_ready((now, value))[1]

    return step
