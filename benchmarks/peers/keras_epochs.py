"""Epochs in Keras on JAX: `model.fit` on arrays, with its last batch, which is smaller."""

import numpy as np
from job import ADAM_RATE, Built, Job, standardized
from peers.keras_nets import keras, network
from peers.on_jax import device, gpu_peak_bytes

__all__ = ["build", "device", "gpu_peak_bytes"]


def build(job: Job) -> Built:
    """The compiled model, and `fit` for one epoch."""
    keras.utils.set_random_seed(0)
    model = network(job)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(ADAM_RATE), loss)
    x, y = standardized(job, "train")
    x_test, y_test = standardized(job, "test")
    parameters = sum(variable.value.size for variable in model.trainable_variables)

    def epoch() -> float:
        return model.fit(x, y, batch_size=job.batch, verbose=0).history["loss"][0]

    def judge() -> float:
        scores = model.predict(x_test, batch_size=job.batch, verbose=0)
        return float(np.mean(scores.argmax(-1) == y_test))

    return Built(parameters, epoch, judge)
