"""Settings for all tests: hypothesis draws the same examples on every machine, and golden files can be renewed."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("spec_text")
settings.register_profile("netspec", derandomize=True, deadline=None)
settings.load_profile("netspec")


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands keep what they compile in a folder of this run, and not in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETSPEC_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes what the tests compare with anew, so that the difference can be read."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared with."""
    return bool(request.config.getoption("--update-golden"))
