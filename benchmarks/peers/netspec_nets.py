"""The networks as netspec compiles them; the job's form is which lowerings it takes."""

import jax
import jax.numpy as jnp
import optax
from job import LEARNING_RATE, MOMENTUM, Built, Job, arrays
from peers.on_jax import device, gpu_peak_bytes

import netspec

__all__ = ["build", "device", "gpu_peak_bytes"]


def build(job: Job) -> Built:
    """The network and its jitted step."""
    precision = "mixed" if job.mixed else "float32"
    model = netspec.compile(job.spec, set=job.settings, precision=precision, lowerings=job.form)
    x, y = map(jnp.asarray, arrays(job))
    params, state = model.init(jax.random.key(0))
    parameters = sum(leaf.size for leaf in jax.tree.leaves(params))
    if job.forward:
        return Built(parameters, lambda: model.apply(params, state, x).block_until_ready())
    optimizer = optax.sgd(LEARNING_RATE, momentum=MOMENTUM)
    run = model.train_step(optimizer)
    now = (params, state, optimizer.init(params))
    batch, key = {"x": x, "y": y}, jax.random.key(1)

    def step() -> jax.Array:
        nonlocal now
        *rest, value = run(*now, batch, key)
        now = tuple(rest)
        return jax.block_until_ready((now, value))[1]

    return Built(parameters, step)
