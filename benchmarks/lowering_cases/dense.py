"""The kernel gradient of fully connected layers, together with the momentum update that it goes into."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from lowering_cases.gradients import Raced, values

from netspec.ops.dense import KERNEL_GRADIENT, DenseCase

_CASES = (
    ("VGG-16, fc1", 2, 25088, 4096),
    ("VGG-16, fc2", 2, 4096, 4096),
    ("VGG-16, fc2", 8, 4096, 4096),
    ("VGG-16, fc2", 16, 4096, 4096),
    ("ResNet-50, last", 4, 2048, 1000),
    ("LeNet-5, first", 128, 400, 120),
)


class Update:
    """Weights and momentum, given up and taken back at every call, as in a training step."""

    def __init__(self, gradient: Callable[..., jax.Array], case: DenseCase) -> None:
        self._held = jnp.zeros(case.kernel), jnp.zeros(case.kernel)

        def update(weights: jax.Array, momentum: jax.Array, x: jax.Array, g: jax.Array) -> Any:
            momentum = 0.9 * momentum + gradient(x, g, case)
            return weights - 0.01 * momentum, momentum

        self._update = jax.jit(update, donate_argnums=(0, 1))

    def __call__(self, x: jax.Array, g: jax.Array) -> tuple[jax.Array, jax.Array]:
        """One update; the new weights and momentum."""
        self._held = self._update(*self._held, x, g)
        return self._held


def _race(batch: int, inputs: int, outputs: int) -> Raced:
    case = DenseCase((batch, inputs), (inputs, outputs), dtype="float32", backend="cpu")
    arrays = values((batch, inputs), 0), values((batch, outputs), 1)
    forms = {"reference": KERNEL_GRADIENT.reference, **{f.name: f.run for f in KERNEL_GRADIENT.forms}}
    return {name: (Update(form, case), arrays) for name, form in forms.items()}


CASES = [
    (
        f"{label}: {inputs} to {outputs}, batch {batch}",
        "dense.kernel_gradient",
        partial(_race, batch, inputs, outputs),
    )
    for label, batch, inputs, outputs in _CASES
]
