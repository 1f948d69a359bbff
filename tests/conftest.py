"""Settings for all tests: hypothesis draws the same examples on every machine, and golden files can be renewed."""

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("spec_text")
settings.register_profile("netspec", derandomize=True, deadline=None)
settings.load_profile("netspec")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes what the tests compare with anew, so that the difference can be read."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared with."""
    return bool(request.config.getoption("--update-golden"))
