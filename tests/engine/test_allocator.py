"""Freed memory that a program keeps."""

import json
import subprocess
import sys

import pytest

MAKES_RESULTS = """
import json, resource, sys
from netspec.engine.allocator import recycle_memory
kept = recycle_memory() if sys.argv[1] == "keep" else False
import jax
import jax.numpy as jnp

increased = jax.jit(lambda x: x + 1)
x = jnp.ones((48, 1024, 256))
faults = []
for _ in range(40):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    increased(x).block_until_ready()
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
print(json.dumps([kept, faults]))
"""
"""Forty results of 48 MiB, each freed at once; prints how many pages the kernel had to give for each."""


def results(how: str) -> tuple[bool, list[int]]:
    """What a fresh process prints."""
    done = subprocess.run(
        [sys.executable, "-c", MAKES_RESULTS, how], check=True, capture_output=True, text=True
    )
    kept, faults = json.loads(done.stdout)
    return kept, faults


@pytest.mark.skipif(sys.platform != "linux", reason="it is glibc's allocator")
def test_kept_memory_has_no_page_faults() -> None:
    """Without it every result is mapped anew; with it most are not, once freed blocks lie where they fit."""
    _, plain = results("plain")
    kept, faults = results("keep")
    if not kept or min(plain) < 24:
        pytest.skip("not glibc, or a kernel that counts no faults")
    assert sum(faults[-20:]) < sum(plain[-20:]) / 3
