"""Real data sets, where `NETSPEC_TEST_DATA` names a folder that has them; known facts of each."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from data_opening import opened

from netspec.language.recipes.data import Data, FashionMnist, ImageFolder, Mnist, Npz
from netspec.training.data.mnist import KINDS, STEMS


def real(name: str) -> Path:
    """A file or folder of the real data; the test is skipped where it is not there."""
    path = Path(os.environ.get("NETSPEC_TEST_DATA", "")) / name
    if "NETSPEC_TEST_DATA" not in os.environ or not path.exists():
        pytest.skip(f"NETSPEC_TEST_DATA has no {name}")
    return path


@pytest.mark.parametrize(
    ("recipe", "folder", "mean", "std"),
    [(Mnist, "mnist", 0.1307, 0.3081), (FashionMnist, "fashion-mnist", 0.2860, 0.3530)],
)
def test_mnist_and_fashion(recipe, folder, mean, std):
    """The sets have their sizes, and their pixels the published mean and spread."""
    data = opened(recipe(path=str(real(folder))), (28, 28, 1))
    assert (data.train.x.shape, data.test.x.shape) == ((60000, 28, 28, 1), (10000, 28, 28, 1))
    assert data.train.x.mean() / 255 == pytest.approx(mean, abs=5e-5)
    assert data.train.x.std() / 255 == pytest.approx(std, abs=5e-5)
    assert np.bincount(data.test.y).min() > 800


def test_mnist_counts():
    """The training digits are as many of each as they have always been."""
    data = opened(Mnist(path=str(real("mnist"))), (28, 28, 1))
    assert np.bincount(data.train.y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


@pytest.mark.parametrize(("kind", "folder"), [("mnist", "mnist"), ("fashion_mnist", "fashion-mnist")])
def test_checksums_are_those_of_the_files(kind, folder):
    """The checksums and sizes that downloads are held to are those of the real files."""
    for remote in KINDS[kind].remotes:
        data = (real(folder) / remote.name).read_bytes()
        assert remote.hash == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert remote.size_bytes == len(data)
    assert [remote.name for remote in KINDS[kind].remotes] == [f"{stem}.gz" for stem in STEMS]


@pytest.mark.parametrize(
    ("recipe", "sizes", "counts"),
    [
        (ImageFolder(path="cifar10/cifar10_subset.zip"), (32, 32, 3), (10000, 2000, 10)),
        (ImageFolder(path="flowers/flowers128.zip"), (64, 64, 3), (3447, 860, 5)),
        (ImageFolder(path="ants-bees/ants_bees.zip"), (96, 96, 3), (244, 153, 2)),
        (ImageFolder(path="ants-bees/ants_bees.zip", fit="pad"), (96, 64, 1), (244, 153, 2)),
        (Npz(path="modelnet10/modelnet10_vox30.npz", inputs="X_train", test_inputs="X_test"), (30, 30, 30, 1), (3991, 908, 10)),
    ],
)  # fmt: skip
def test_counts(recipe: Data, sizes, counts):
    """Every image is read, in the size that is asked for, and there are as many as the sets' pages say."""
    folder = real(recipe.path).parent.parent
    data = opened(recipe, sizes, folder)
    assert data.train.x.shape[1:] == sizes
    assert (len(data.train), len(data.test), len(set(data.train.y.tolist()))) == counts
    assert data.unreadable == ()


def test_cifar_pixels():
    """The subset's colours have the mean and spread that its page says."""
    x = (
        opened(ImageFolder(path=str(real("cifar10/cifar10_subset.zip"))), (32, 32, 3)).train.x.reshape(-1, 3)
        / 255
    )
    np.testing.assert_allclose(x.mean(0), [0.4916, 0.4827, 0.4462], atol=5e-5)
    np.testing.assert_allclose(x.std(0), [0.2478, 0.2441, 0.2621], atol=5e-5)
