"""What `make demo` shows."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from netspec.cli import app

SEVEN = Path(__file__).parents[2] / "docs" / "seven.png"


@pytest.fixture(autouse=True)
def _left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands change no settings of the process that runs all tests."""
    monkeypatch.setattr("netspec.engine.cache.use_cache", lambda: None)
    monkeypatch.setattr("netspec.engine.allocator.recycle_memory", lambda: None)


def test_lenet_learns_the_digits_and_tells_a_seven(tmp_path: Path) -> None:
    """LeNet-5 tells at least 97 % of the test digits after 20 epochs, and an image of a seven, which it did not see."""
    chosen = ["--data", "digits(28)", "--epochs", "20", "--runs-dir", str(tmp_path), "--name", "demo"]
    trained = CliRunner().invoke(app, ["train", "lenet5", *chosen, "--progress", "quiet"])
    assert trained.exit_code == 0, trained.output
    assert json.loads((tmp_path / "demo" / "run.json").read_text())["last"]["accuracy"] >= 0.97
    told = CliRunner().invoke(app, ["predict", str(tmp_path / "demo"), str(SEVEN), "--format", "json"])
    print(told.output)
    assert told.exit_code == 0, told.output
