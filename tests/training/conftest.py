"""Settings for the tests of the trainer: small programs are compiled quickly, and each of them once."""

import pytest


@pytest.fixture(autouse=True)
def _quickly(compiled_quickly: None) -> None:
    """Every test here."""
