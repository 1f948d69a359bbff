"""What a run tells of the machine: versions, platform and devices; no names of hosts or users, nothing of its settings."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

_PACKAGES: Final = (
    "jax",
    "jaxlib",
    "jax-cuda12-plugin",
    "jax-cuda13-plugin",
    "numpy",
    "optax",
    "orbax-checkpoint",
    "grain",
    "pillow",
    "safetensors",
)
"""What results or files depend on."""


def environment() -> dict[str, Any]:
    """The fields of `run.json` that tell of the machine: `packages`, `python`, `platform`, `devices`."""
    return {
        "packages": packages(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "devices": devices(),
    }


def packages() -> dict[str, str]:
    """The versions of the packages that results depend on; those that are not installed are left out."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def devices() -> tuple[str, ...]:
    """The devices of this process, such as `TFRT_CPU_0 (cpu)`."""
    import jax  # noqa: PLC0415  slow to import

    return tuple(f"{device} ({device.device_kind})" for device in jax.local_devices())


def peak_memory() -> int | None:
    """Most bytes that one device had in use; of the process, where devices do not count; None where nobody does."""
    import jax  # noqa: PLC0415  slow to import

    stats = [device.memory_stats() or {} for device in jax.local_devices()]
    peak = max((int(each.get("peak_bytes_in_use", 0)) for each in stats), default=0)
    return peak or _peak_of_process()


def _peak_of_process() -> int | None:
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415  Windows has none

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
