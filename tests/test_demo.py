"""What `make demo` shows."""

from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

import netspec
from netspec.training.predicting import predict
from netspec.training.trained import trained

SEVEN = Path(__file__).parent.parent / "docs" / "seven.png"


@pytest.fixture
def compiled_well() -> Iterator[None]:
    """Programs are optimized as outside of tests, since the steps take longer than the compilation."""
    before = jax.config.values["jax_disable_most_optimizations"]
    jax.config.update("jax_disable_most_optimizations", val=False)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


@pytest.mark.usefixtures("compiled_well")
def test_lenet_learns_the_digits_and_tells_a_seven(tmp_path: Path) -> None:
    """LeNet-5 tells at least 97 % of the test digits after 20 epochs, and an image of a seven, which it did not see."""
    result = netspec.train("lenet5", data="digits(28)", epochs=20, runs=tmp_path, name="demo").run()
    assert result.metrics["accuracy"] >= 0.97
    (told,) = predict([trained(tmp_path / "demo")], [str(SEVEN)])
    assert told.top[0][0] == "7"
