"""What the C library does with freed memory."""

import ctypes
import sys
from typing import Final

_SETTINGS: Final = (
    (-4, 0),  # M_MMAP_MAX: large blocks come from the heap, not from mappings of their own
    (-1, -1),  # M_TRIM_THRESHOLD: the heap is never given back
    (-8, 1),  # M_ARENA_MAX: one heap for all threads; others cannot hold blocks beyond 64 MiB
)
"""glibc's mallopt(3)."""


def recycle_memory() -> bool:
    """Let this process keep the memory it frees; the result is whether it will.

    JAX on CPU allocates results and working memory anew in every call. glibc maps blocks beyond 32 MiB freshly each time,
    and the kernel clears every page of them when it is first touched. Kept blocks have no such page faults: a training step
    of ResNet-18 at batch 8 went from 79,596 faults to none in most steps. The price is resident memory (there 1,553
    instead of 1,091 MiB): freed blocks lie beside each other for a while before they are used again, some ten of the largest size at worst.

    To be called before JAX starts its threads. It holds for the whole process, so it is for programs and not for libraries.
    Nothing happens where the C library is not glibc.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all(mallopt(setting, value) for setting, value in _SETTINGS)
