"""The digits that come with netspec, against the facts of their source and bilinear scaling in plain loops."""

import numpy as np
import pytest
from data_opening import opened

from netspec.language.recipes.data import Digits
from netspec.training.data import digits
from netspec.training.data.dataset import Arrays


def bilinear(image: np.ndarray, row: float, column: float) -> float:
    """The value at a place, where whole numbers are the pixels' centres and the outermost hold beyond."""
    total = 0.0
    for i in (int(np.floor(row)), int(np.floor(row)) + 1):
        for j in (int(np.floor(column)), int(np.floor(column)) + 1):
            near = (1 - abs(row - i)) * (1 - abs(column - j))
            total += near * float(image[min(max(i, 0), 7), min(max(j, 0), 7)])
    return total


def test_set_is_the_published_one():
    """There are 1,797 images of 8x8 in 17 shades of grey, as often of each digit as the source says."""
    data = opened(Digits(test=0.0), (8, 8, 1))
    assert isinstance(data.train, Arrays)
    assert data.train.x.shape == (1797, 8, 8, 1)
    assert np.unique(data.train.x).tolist() == [round(shade * 255 / 16) for shade in range(17)]
    assert data.train.x.dtype == np.uint8
    assert np.bincount(data.train.y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert len(data.test) == 0


def test_image_looks_like_its_digit():
    """The first image is a zero: a ring around an empty middle."""
    image = opened(Digits(test=0.0), (8, 8, 1)).train[0][0][..., 0]
    assert image[3:5, 3:5].max() == 0
    assert image[1:7, 2].min() > 0


def test_test_part_is_a_share_of_each_class():
    """A fifth of each digit is kept for testing, and no image is in both parts or in none."""
    data = opened(Digits(), (8, 8, 1))
    whole = opened(Digits(test=0.0), (8, 8, 1))
    of_test, of_all = np.bincount(data.test.y), np.bincount(whole.train.y)
    assert np.abs(of_test - 0.2 * of_all).max() < 1
    rows = [example.tobytes() for part in (data.train, data.test) for example in part.x]
    assert sorted(rows) == sorted(example.tobytes() for example in whole.train.x)


def test_seed_draws_the_test_part():
    """Two seeds keep other images for testing, one seed the same ones; the fingerprint tells."""
    first, again, other = (opened(Digits(), (8, 8, 1), seed=seed) for seed in (0, 0, 1))
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert not np.array_equal(first.test.y, other.test.y)


@pytest.mark.parametrize("size", [9, 28])
def test_scaling_is_bilinear(size):
    """A scaled image has the values that plain loops find between its pixels."""
    plain = opened(Digits(test=0.0), (8, 8, 1)).train.x[5, ..., 0]
    scaled = opened(Digits(size=size, test=0.0), (size, size, 1)).train.x[5, ..., 0]
    places = [(place + 0.5) * 8 / size - 0.5 for place in range(size)]
    wanted = [[bilinear(plain, row, column) for column in places] for row in places]
    np.testing.assert_allclose(scaled, wanted, atol=0.501)


def test_large_images_are_scaled_when_read(monkeypatch):
    """Images that would take too much memory are not kept, and have the same values and labels."""
    kept = opened(Digits(size=12), (12, 12, 1))
    monkeypatch.setattr(digits, "MOST_KEPT_BYTES", 1000)
    read = opened(Digits(size=12), (12, 12, 1))
    assert not isinstance(read.train, Arrays)
    assert np.array_equal(read.test[7][0], kept.test[7][0])
    assert read.test[7][1] == kept.test[7][1]
    assert np.array_equal(read.train.y, kept.train.y)
