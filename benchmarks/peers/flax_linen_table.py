"""flax.linen's table of VGG-16; it is made from shapes alone."""

import jax
import jax.numpy as jnp
from flax import linen as nn

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


class Vgg16(nn.Module):
    """Column D of the paper's table 1."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """The class scores of a batch of images."""
        for filters, repeats in BLOCKS:
            for _ in range(repeats):
                x = nn.relu(nn.Conv(filters, (3, 3))(x))
            x = nn.max_pool(x, (2, 2), (2, 2))
        x = x.reshape(x.shape[0], -1)
        x = nn.relu(nn.Dense(4096)(x))
        x = nn.relu(nn.Dense(4096)(x))
        return nn.Dense(1000)(x)


print(nn.tabulate(Vgg16(), jax.random.key(0))(jnp.zeros((1, 224, 224, 3))))
