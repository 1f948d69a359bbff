"""What every peer on JAX says of its device."""

import jax


def device() -> str:
    """What it is."""
    return jax.devices()[0].device_kind


def gpu_peak_bytes() -> int:
    """Its memory in use at its highest."""
    return jax.devices()[0].memory_stats()["peak_bytes_in_use"]
