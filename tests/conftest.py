"""Settings for all tests: hypothesis draws the same examples on every machine, and golden files can be renewed."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from compilation import QUICKLY
from hypothesis import settings
from typer.main import get_command

pytest.register_assert_rewrite("spec_text")
settings.register_profile("netspec", derandomize=True, deadline=None)
settings.load_profile("netspec")


def pytest_configure(config: pytest.Config) -> None:
    """What libraries look for when they are imported: how to compile, and where to keep what is kept in a user's home."""
    os.environ.update(QUICKLY)
    folder = TemporaryDirectory(prefix="netspec-tests-", ignore_cleanup_errors=True)
    os.environ["MPLCONFIGDIR"] = folder.name
    config.add_cleanup(folder.cleanup)


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands keep what they compile in a folder of this run, and not in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETSPEC_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True, scope="session")
def _one_command_line() -> Iterator[None]:
    """The command line is built once, and not for every command that a test runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", cache(get_command))
        yield


@pytest.fixture(scope="session")
def compiled_programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what JAX compiles in this run, so that the same program is compiled once."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def compiled_quickly(compiled_programs: Path) -> Iterator[None]:
    """No program is compiled twice."""
    import jax
    from jax.experimental.compilation_cache import compilation_cache

    settings = {
        "jax_compilation_cache_dir": str(compiled_programs),
        "jax_persistent_cache_min_compile_time_secs": 0,
        "jax_persistent_cache_min_entry_size_bytes": 0,
    }
    before = {name: jax.config.values[name] for name in settings}
    for chosen in (settings, before):
        compilation_cache.reset_cache()  # JAX asks for the folder once
        for name, value in chosen.items():
            jax.config.update(name, value)
        if chosen is settings:
            yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes what the tests compare with anew, so that the difference can be read."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared with."""
    return bool(request.config.getoption("--update-golden"))
