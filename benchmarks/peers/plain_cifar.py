"""What many a first script for CIFAR-10 looks like: three convolutions in plain JAX and optax, Adam, no augmentation.

`python benchmarks/peers/plain_cifar.py PHOTOS.zip` trains it and prints its test accuracy as JSON. The zip file has folders
`train/CLASS` and `test/CLASS` of 32x32 images.
"""

import argparse
import io
import json
import time
import zipfile
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import optax
from PIL import Image

BATCH = 64
WIDTHS = (3, 32, 64, 64)
Params = dict[str, jax.Array]


def read(path: str, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images as float32 in 0 to 1, and their classes."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith(f"{part}/") and name.endswith(".png")]
        classes = sorted({name.split("/")[1] for name in names})
        x = np.stack([np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in names])
    return x.astype(np.float32) / 255, np.array([classes.index(name.split("/")[1]) for name in names])


def initial(key: jax.Array) -> Params:
    """Three convolutions of 3x3, and two full layers."""
    shapes = [(3, 3, *pair) for pair in pairwise(WIDTHS)] + [
        (4 * 4 * 64, 128),
        (128, 10),
    ]
    draw = jax.nn.initializers.he_normal()
    keys = jax.random.split(key, len(shapes))
    params = {f"w{i}": draw(key, shape) for i, (key, shape) in enumerate(zip(keys, shapes, strict=True))}
    return params | {f"b{i}": jnp.zeros(shape[-1]) for i, shape in enumerate(shapes)}


def scores(params: Params, x: jax.Array) -> jax.Array:
    """Each convolution with ReLU and 2x2 max pooling, then the full layers."""
    for i in range(3):
        x = jax.lax.conv_general_dilated(
            x, params[f"w{i}"], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        x = jax.nn.relu(x + params[f"b{i}"])
        x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    x = jax.nn.relu(x.reshape(len(x), -1) @ params["w3"] + params["b3"])
    return x @ params["w4"] + params["b4"]


def loss(params: Params, x: jax.Array, y: jax.Array) -> jax.Array:
    """The mean cross-entropy."""
    return optax.softmax_cross_entropy_with_integer_labels(scores(params, x), y).mean()


def main() -> None:
    """Train, and print the accuracy after the last epoch, the highest after any, and the seconds of training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", metavar="PHOTOS.zip")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    (x, y), (x_test, y_test) = read(chosen.path, "train"), read(chosen.path, "test")
    optimizer = optax.adam(1e-3)
    params = initial(jax.random.key(chosen.seed))
    state = optimizer.init(params)

    @jax.jit
    def step(
        params: Params, state: optax.OptState, x: jax.Array, y: jax.Array
    ) -> tuple[Params, optax.OptState]:
        updates, state = optimizer.update(jax.grad(loss)(params, x, y), state)
        return optax.apply_updates(params, updates), state

    predict = jax.jit(lambda params, x: scores(params, x).argmax(-1))
    random = np.random.default_rng(chosen.seed)
    found, seconds = [], 0.0
    for _ in range(chosen.epochs):
        start, order = time.perf_counter(), random.permutation(len(x))
        for taken in np.split(order[: len(x) // BATCH * BATCH], len(x) // BATCH):
            params, state = step(params, state, x[taken], y[taken])
        jax.block_until_ready(params)
        seconds += time.perf_counter() - start
        found.append(float((np.asarray(predict(params, x_test)) == y_test).mean()))
    print(
        json.dumps(
            {"accuracy": found[-1], "highest": max(found), "seconds": seconds, "epochs": chosen.epochs}
        )
    )


if __name__ == "__main__":
    main()
