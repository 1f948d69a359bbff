"""Settings for the tests of the engine: programs that run for milliseconds are not optimized for seconds."""

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture(autouse=True)
def _compiled_quickly() -> Iterator[None]:
    """XLA leaves out most of the work of its last stage, which halves the time these tests take."""
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)
