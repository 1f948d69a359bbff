"""Data sources opened for tests, and the one finding of those that are refused."""

from pathlib import Path
from typing import Any

import pytest

from netspec.diagnostics import Finding
from netspec.language.recipes.data import Data
from netspec.training.data.dataset import Dataset, Request
from netspec.training.data.sources import open_data
from netspec.training.faults import TrainError


def opened(recipe: Data, sizes: tuple[int, ...], folder: Path | str = ".", **rest: Any) -> Dataset:
    """The data set of a source."""
    return open_data(recipe, Request(sizes, folder=str(folder), **rest))


def refused(recipe: Data, sizes: tuple[int, ...], folder: Path | str = ".", **rest: Any) -> Finding:
    """The one finding of a source that cannot be opened."""
    with pytest.raises(TrainError) as raised:
        opened(recipe, sizes, folder, **rest)
    (finding,) = raised.value.findings
    return finding
