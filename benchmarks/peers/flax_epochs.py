"""Epochs in Flax NNX as its tutorial on MNIST writes them: a step under `nnx.jit`, batches of NumPy arrays."""

import jax
import numpy as np
import optax
from flax import nnx
from job import ADAM_RATE, Built, Job, standardized
from peers.flax_nets import network
from peers.on_jax import device, gpu_peak_bytes

__all__ = ["build", "device", "gpu_peak_bytes"]

Array = jax.Array


def _loss(model: nnx.Module, x: Array, y: Array) -> Array:
    return optax.softmax_cross_entropy_with_integer_labels(model(x), y).mean()


@nnx.jit
def _step(model: nnx.Module, optimizer: nnx.Optimizer, x: Array, y: Array) -> Array:
    value, gradients = nnx.value_and_grad(_loss)(model, x, y)
    optimizer.update(model, gradients)
    return value


@nnx.jit
def _classes(model: nnx.Module, x: Array) -> Array:
    return model(x).argmax(-1)


def build(job: Job) -> Built:
    """The network, and an epoch over shuffled arrays without the last, smaller batch."""
    model = network(job)
    optimizer = nnx.Optimizer(model, optax.adam(ADAM_RATE), wrt=nnx.Param)
    x, y = standardized(job, "train")
    x_test, y_test = standardized(job, "test")
    random = np.random.default_rng(0)
    parameters = sum(leaf.size for leaf in jax.tree.leaves(nnx.state(model, nnx.Param)))

    def epoch() -> float:
        order = random.permutation(len(x))
        losses = []
        for first in range(0, len(x) - job.batch + 1, job.batch):
            taken = order[first : first + job.batch]
            losses.append(_step(model, optimizer, x[taken], y[taken]))
        return float(np.mean(jax.device_get(losses)))

    return Built(parameters, epoch, lambda: float(np.mean(np.asarray(_classes(model, x_test)) == y_test)))
