"""Settings for the tests of the trainer: small programs are compiled quickly, and each of them once."""

import pytest


@pytest.fixture(autouse=True, scope="module")
def _quickly(compiled_quickly: None) -> None:
    """Every test here, and what is made for several of them."""


@pytest.fixture
def single_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run tells of each step by itself, so that it can be stopped after any."""
    monkeypatch.setattr("netspec.training.loop._SECONDS_A_STRETCH", 0.0)
