"""The hubs' packages, played by modules with the same interface: nothing of a network is needed."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from data_opening import opened, refused
from PIL import Image

from netspec.language.recipes.data import HuggingFace, TensorflowDatasets
from netspec.training.data import hubs
from netspec.training.data.dataset import Arrays


class Split(list[dict[str, Any]]):
    """Rows of a split, and what the packages tell about them; one column as a list, as `datasets` gives it."""

    features: Any = SimpleNamespace

    def __init__(self, rows: list[dict[str, Any]], names: list[str] | None) -> None:
        super().__init__(rows)
        self.column_names = list(rows[0]) if rows else ["image", "label"]
        self.features = {name: SimpleNamespace() for name in self.column_names}
        self.features["label"] = SimpleNamespace(names=names) if names else SimpleNamespace()
        self.dataset_info = SimpleNamespace(features=self.features)

    def __getitem__(self, key: Any) -> Any:
        return [row[key] for row in self] if isinstance(key, str) else super().__getitem__(key)


def rows(values: list[Any], names: list[str] | None = None) -> Split:
    """A split with these values and labels in turn."""
    return Split([{"image": value, "label": place % 2} for place, value in enumerate(values)], names)


def install(monkeypatch, split: Any) -> list[Any]:
    """Both packages, which give a split by name; what they were asked for."""
    asked: list[Any] = []

    def load_dataset(*args: Any, **rest: Any) -> Any:
        asked.append((args, rest))
        return split(rest["split"])

    for name, call in (("datasets", "load_dataset"), ("tensorflow_datasets", "data_source")):
        module = ModuleType(name)
        setattr(module, call, load_dataset)
        monkeypatch.setitem(sys.modules, name, module)
    return asked


RECIPES = [HuggingFace(dataset="owner/set"), TensorflowDatasets(dataset="owner/set")]
SIZES = (4, 4, 3)


@pytest.mark.parametrize("recipe", RECIPES)
def test_images_of_any_size(monkeypatch, recipe):
    """Images take the input's size and channels; the classes have their names."""
    images = [Image.new("L", (5 + n, 9), 10 * n) for n in range(4)]
    install(monkeypatch, lambda name: rows(images[: 4 if name == "train" else 2], ["cat", "dog"]))
    data = opened(recipe, SIZES)
    assert data.classes == ("cat", "dog")
    assert data.train.x.shape == (4, *SIZES)
    assert data.train.x[:, 0, 0, 0].tolist() == [0, 10, 20, 30]
    assert (data.train.y.dtype, data.test.y.tolist()) == (np.int32, [0, 1])


@pytest.mark.parametrize("recipe", RECIPES)
def test_too_large_for_memory(monkeypatch, recipe):
    """A set that is not kept has the same values when it is read."""
    install(monkeypatch, lambda _: rows([np.full((4, 4, 3), n, np.uint8) for n in range(3)]))
    kept = opened(recipe, SIZES)
    monkeypatch.setattr(hubs, "MOST_KEPT_BYTES", 0)
    read = opened(recipe, SIZES)
    assert not isinstance(read.train, Arrays)
    for place in range(3):
        assert np.array_equal(read.train[place][0], kept.train.x[place])
        assert read.train[place][1] == kept.train.y[place]
        assert read.train[place][1].dtype == np.int32


def test_labels_are_known_beforehand(monkeypatch):
    """Where the package gives a column at once, all labels are known without reading examples."""
    install(monkeypatch, lambda _: rows([np.full((4, 4, 3), n, np.uint8) for n in range(3)]))
    monkeypatch.setattr(hubs, "MOST_KEPT_BYTES", 0)
    assert opened(RECIPES[0], SIZES).train.y.tolist() == [0, 1, 0]
    assert opened(RECIPES[1], SIZES).train.y is None


def test_arrays_are_taken_as_they_are(monkeypatch):
    """Lists of numbers are arrays."""
    install(monkeypatch, lambda _: rows([[1.5, 2.0], [3.0, 4.0]]))
    assert opened(RECIPES[0], (2,)).train.x.tolist() == [[1.5, 2.0], [3.0, 4.0]]


def test_what_is_asked_for(monkeypatch):
    """The name, the configuration, the splits and the folder reach the packages."""
    asked = install(monkeypatch, lambda _: rows([np.zeros((4, 4, 3), np.uint8)]))
    opened(HuggingFace(dataset="a", config="b", split="x", test_split="y"), SIZES)
    opened(TensorflowDatasets(dataset="a", path="c"), SIZES, "/d")
    assert asked == [
        (("a", "b"), {"split": "x"}),
        (("a", "b"), {"split": "y"}),
        (("a",), {"split": "train", "data_dir": "/d/c"}),
        (("a",), {"split": "test", "data_dir": "/d/c"}),
    ]


@pytest.mark.parametrize(
    ("recipe", "package"), [(RECIPES[0], "datasets"), (RECIPES[1], "tensorflow_datasets")]
)
def test_missing_package_is_named(monkeypatch, recipe, package):
    """Without the package, the message says what to install."""
    monkeypatch.setitem(sys.modules, package, None)
    finding = refused(recipe, SIZES)
    assert finding.code == "E403"
    assert f"`{recipe.name}` needs the package `{package}`" in finding.message
    assert finding.help == f"pip install 'netspec[{recipe.name}]'"


def raising(_: str) -> Any:
    """What a package does without a network."""
    raise ConnectionError("Couldn't reach\nthe hub")


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (raising, "E403 the split `train` of `owner/set` cannot be had: Couldn't reach the hub"),
        (
            lambda _: Split([{"img": 1, "label": 2}], None),
            "E403 `owner/set` has no column `image`; it has `img`, `label`",
        ),
        (lambda _: rows(["words"]), "E404 the column `image` holds str"),
        (
            lambda _: rows([[1], [1, 2]]),
            "E404 the examples of `owner/set` are of several sizes, such as 1 and 2",
        ),
        (lambda _: rows([]), "E404 the split `train` of `owner/set` has no examples"),
    ],
)
def test_what_cannot_be_had_is_told(monkeypatch, split, words):
    """A hub that cannot be reached, other columns, words, sizes that differ, and nothing at all are refused."""
    install(monkeypatch, split)
    finding = refused(RECIPES[0], SIZES)
    assert f"{finding.code} {finding.message}".startswith(words)
