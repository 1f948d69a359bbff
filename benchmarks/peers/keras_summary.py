"""Keras's summary of its own VGG-16."""

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras

keras.applications.VGG16(weights=None).summary()
