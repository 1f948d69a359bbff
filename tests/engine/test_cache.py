"""Compiled programs from run to run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netspec.engine.cache import trim

COMPILES = """
import collections, json
import jax
from netspec.engine.cache import use_cache

events = collections.Counter()
jax.monitoring.register_event_listener(lambda event, **_: events.update([event.rpartition("/")[2]]))
folder = use_cache()
import netspec
model = netspec.compile(netspec.load(text="input: 5x5x1\\nnetwork: conv3-2 -> relu -> flatten -> fc-3"))
params, state = model.init(jax.random.key(0))
model.apply(params, state, jax.numpy.zeros((1, 5, 5, 1)))
print(json.dumps([str(folder), events["cache_hits"], events["cache_misses"]]))
"""
"""Compiles a network in a fresh process; prints the folder and how many programs were found there, and how many not."""


def compiled(**settings: str) -> tuple[str, int, int]:
    """What a process prints under environment variables."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_", "NETSPEC_", "XDG_"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", COMPILES],
        env=kept | settings,
        check=True,
        capture_output=True,
        text=True,
    )
    folder, hits, misses = json.loads(done.stdout)
    return folder, hits, misses


def test_the_second_process_compiles_nothing(tmp_path: Path) -> None:
    """Every program of the first run, drawing parameters included, is found by the second; nobody else may write there."""
    folder, hits, misses = compiled(NETSPEC_CACHE_DIR=str(tmp_path))
    assert folder == str(tmp_path / "xla")
    assert misses > 5
    files = sorted((tmp_path / "xla").iterdir())
    assert len(files) == misses
    assert (tmp_path / "xla").stat().st_mode & 0o077 == 0
    assert compiled(NETSPEC_CACHE_DIR=str(tmp_path)) == (folder, hits + misses, 0)
    assert sorted((tmp_path / "xla").iterdir()) == files


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    """With a home in the place of which is a file, everything is compiled as without a cache."""
    (tmp_path / "home").touch()
    found = compiled(HOME=str(tmp_path / "home"), XDG_CACHE_HOME=str(tmp_path / "home" / "cache"))
    assert found == ("None", 0, 0)


def test_a_folder_given_to_jax_stays(tmp_path: Path) -> None:
    """Who has set JAX's own cache keeps it."""
    folder, _, _ = compiled(
        JAX_COMPILATION_CACHE_DIR=str(tmp_path / "own"), NETSPEC_CACHE_DIR=str(tmp_path / "x")
    )
    assert folder == str(tmp_path / "own")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("limit", "left"), [(25, ["b", "c"]), (29, ["b", "c"]), (30, ["a", "b", "c"]), (0, [])]
)
def test_what_was_used_least_recently_goes_first(limit: int, left: list[str], tmp_path: Path) -> None:
    """Files are deleted, the oldest first, until the rest is no larger than the limit; folders stay."""
    (tmp_path / "deep").mkdir()
    for age, name in enumerate(("c", "b", "a")):
        path = tmp_path / ("deep" if name == "a" else "") / name
        path.write_bytes(bytes(10))
        os.utime(path, (1_000_000_000 - age, 1_000_000_000 - age))
    trim(tmp_path, limit)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == left
    assert (tmp_path / "deep").is_dir()
