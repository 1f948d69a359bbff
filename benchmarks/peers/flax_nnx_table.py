"""flax.nnx's table of VGG-16."""

import jax.numpy as jnp
from flax import nnx

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


def vgg16() -> nnx.Sequential:
    """Column D of the paper's table 1."""
    rngs = nnx.Rngs(0)
    layers: list[object] = []
    channels = 3
    for filters, repeats in BLOCKS:
        for _ in range(repeats):
            layers += [nnx.Conv(channels, filters, (3, 3), rngs=rngs), nnx.relu]
            channels = filters
        layers.append(lambda x: nnx.max_pool(x, (2, 2), (2, 2)))
    layers.append(lambda x: x.reshape(x.shape[0], -1))
    layers += [nnx.Linear(7 * 7 * 512, 4096, rngs=rngs), nnx.relu]
    layers += [nnx.Linear(4096, 4096, rngs=rngs), nnx.relu, nnx.Linear(4096, 1000, rngs=rngs)]
    return nnx.Sequential(*layers)


print(nnx.tabulate(vgg16(), jnp.zeros((1, 224, 224, 3))))
