"""Preprocessing against numpy in float64, step by step."""

import json
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import pytest

from netspec.language.recipes.preprocessing import Preprocessing, Rescale, Standardize, SubtractMean
from netspec.language.spec import Input
from netspec.training import channels
from netspec.training.channels import statistics
from netspec.training.data.dataset import Arrays, Example
from netspec.training.faults import TrainError
from netspec.training.preprocessing import _LINES, Affine, fitted, value_range

IMAGE = Input(shape=(4, 5, 3))


@dataclass
class Lazy:
    """Examples that are read one by one."""

    x: np.ndarray

    def __len__(self) -> int:
        """How many."""
        return len(self.x)

    def __getitem__(self, index: int) -> Example:
        """One of them."""
        return self.x[index], np.int32(0)


class Unread:
    """Examples that must not be read."""

    def __len__(self) -> int:
        """A few."""
        return 3

    def __getitem__(self, index: int) -> Example:
        """Fails."""
        raise AssertionError("read")


def arrays(x: np.ndarray) -> Arrays:
    """Examples without labels that matter."""
    return Arrays(x, np.zeros(len(x), np.int32))


def images(kind: str = "uint8", count: int = 40) -> np.ndarray:
    """Images `[count, 4, 5, 3]` whose channels differ."""
    drawn = np.random.default_rng(0).integers(0, [60, 130, 250], (count, 4, 5, 3))
    return drawn.astype(kind)


def by_hand(x: np.ndarray, axes: Any = (0, 1, 2)) -> tuple[np.ndarray, ...]:
    """Mean, standard deviation, lowest and highest."""
    wide = x.astype(np.float64)
    return wide.mean(axes), wide.std(axes), wide.min(axes), wide.max(axes)


@pytest.mark.parametrize("kind", ["uint8", "int32", "float32"])
@pytest.mark.parametrize("chunk", [1, 150, 2**18])
def test_statistics_are_those_of_numpy_whatever_the_chunks(
    kind: str, chunk: int, monkeypatch: pytest.MonkeyPatch
):
    """However many examples are taken at a time, mean, spread and range are numpy's in float64."""
    monkeypatch.setattr(channels, "_CHUNK", chunk)
    x = images(kind)
    np.testing.assert_allclose(statistics(arrays(x))[:4], by_hand(x), rtol=1e-13)


def test_statistics_of_lazy_examples_are_those_of_arrays():
    """Examples that are read one by one give the same numbers."""
    x = images("float32")
    np.testing.assert_allclose(statistics(Lazy(x))[:4], by_hand(x), rtol=1e-13)


def test_spread_far_from_zero_is_exact():
    """A spread of 1 around a million loses nothing, as sums of squares would."""
    x = 1e6 + np.random.default_rng(1).normal(size=(3000, 4, 4, 1))
    np.testing.assert_allclose(statistics(arrays(x))[:4], by_hand(x), rtol=1e-10)


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        (None, lambda x, mean, std, *_: (x - mean) / std),
        ((SubtractMean(),), lambda x, mean, *_: x - mean),
        ((Rescale(low=-1.0),), lambda x, _, __, low, high: 2 * (x - low) / (high - low) - 1),
        ((Rescale(raw=(0.0, 50.0)),), lambda x, *_: x / 50),
        ((Standardize(), Rescale()), lambda x, _, __, low, high: (x - low) / (high - low)),
        ((Standardize(mean=(1.0, 2.0, 3.0), std=2.0),), lambda x, *_: (x - [1, 2, 3]) / 2),
    ],
)
@pytest.mark.parametrize("kind", [arrays, Lazy])
def test_each_feature_of_a_vector_by_itself(steps: Any, wanted: Any, kind: Any):
    """The columns of a table have nothing in common: each has a mean, a spread and a range of its own."""
    x = np.random.default_rng(2).normal([3, -400, 0.01], [2, 90, 0.001], (50, 3)).astype(np.float32)
    y = fitted(steps, Input(shape=(3,)), kind(x)).apply(x)
    np.testing.assert_allclose(y, wanted(x.astype(np.float64), *by_hand(x, 0)), rtol=2e-5, atol=2e-5)


def test_a_feature_that_never_changes_has_no_range():
    """A column of one value becomes the lower end, and the others do not mind."""
    x = np.array([[7, 1], [7, 3]], np.float32)
    y = fitted((Rescale(low=-1.0),), Input(shape=(2,)), arrays(x)).apply(x)
    assert y.tolist() == [[-1, -1], [-1, 1]]


def test_positions_share_the_numbers_of_their_channel():
    """A sequence is no vector: its channels have their numbers over all positions, and one range together."""
    x = np.random.default_rng(3).normal([3, -40], [2, 9], (20, 6, 2)).astype(np.float32)
    mean, std, low, high = by_hand(x, (0, 1))
    given = Input(shape=(6, 2))
    np.testing.assert_allclose(fitted(None, given, arrays(x)).apply(x), (x - mean) / std, atol=1e-5)
    y = fitted((Rescale(),), given, arrays(x)).apply(x)
    np.testing.assert_allclose(y, (x - low.min()) / (high.max() - low.min()), atol=1e-6)


@pytest.mark.parametrize("given", [IMAGE, None])
def test_nothing_said_is_standardize(given: Input | None):
    """Without `preprocessing` and without numbers at the input, each channel gets mean 0 and spread 1."""
    y = fitted(None, given, arrays(images())).apply(images())
    np.testing.assert_allclose(by_hand(y)[:2], [[0] * 3, [1] * 3], atol=1e-6)


def test_no_steps_leave_raw_values():
    """An empty chain gives the raw values as float32."""
    y = fitted((), IMAGE, Unread()).apply(images())
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, images())


def test_constant_channel_is_not_divided_by_its_rounding():
    """A channel that never changes becomes 0, and another value in it stays finite."""
    x = images("float32")
    x[..., 1] = 0.1
    affine = fitted((Standardize(),), IMAGE, arrays(x))
    assert affine.scale[1] == 1
    assert (affine.apply(x)[..., 1] == 0).all()


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        (SubtractMean(), lambda x, mean, _: x - mean),
        (SubtractMean(mean=(1.0, 2.0, 3.0)), lambda x, *_: x - [1, 2, 3]),
        (Standardize(), lambda x, mean, std: (x - mean) / std),
        (Standardize(mean=0.0), lambda x, _, std: x / std),
        (Standardize(std=(1.0, 2.0, 4.0)), lambda x, mean, _: (x - mean) / [1, 2, 4]),
        (Rescale(), lambda x, *_: (x - x.min()) / (x.max() - x.min())),
        (Rescale(low=-1.0, high=1.0, raw=(0.0, 255.0)), lambda x, *_: x / 127.5 - 1),
        (Rescale(low=1.0, high=0.0, raw=(0.0, 255.0)), lambda x, *_: 1 - x / 255),
    ],
)
def test_each_step_is_its_formula(step: Preprocessing, wanted: Any):
    """A step does what its documentation says, with numbers that are given or the training set's."""
    x = images()
    mean, std, *_ = by_hand(x)
    y = fitted((step,), IMAGE, arrays(x)).apply(x)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, wanted(x.astype(np.float64), mean, std), rtol=1e-6, atol=1e-5)


def test_steps_see_what_the_ones_before_made():
    """In a chain, the numbers of each step are those of the values that reach it."""
    x = images()
    wide = x.astype(np.float64) / 255 * 3 - 1
    mean, std, *_ = by_hand(wide)
    wide = (wide - mean) / std
    wide = (wide - wide.min()) / (wide.max() - wide.min()) * 2
    chain = (Rescale(low=-1.0, high=2.0, raw=(0.0, 255.0)), Standardize(), Rescale(high=2.0))
    np.testing.assert_allclose(fitted(chain, IMAGE, arrays(x)).apply(x), wide, atol=1e-6)


@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [
        ({"mean": (1.0, 2.0, 3.0)}, lambda x: x - [1, 2, 3]),
        ({"std": 4.0}, lambda x: x / 4),
        ({"mean": 8.0, "std": 4.0}, lambda x: (x - 8) / 4),
        ({"range": (-1.0, 1.0)}, lambda x: x / 127.5 - 1),
        ({"mean": 8.0, "range": (0.0, 1.0)}, lambda x: x / 255),
        ({"mean": (0.0, 51.0, 0.0), "range": (0.0, 1.0)}, lambda x: (x - [0, 51, 0] + 51) / 306),
    ],
)
def test_numbers_at_the_input_count(numbers: dict[str, Any], wanted: Any):
    """`input:` with mean, std or range says it all; bytes go from 0 to 255, and nothing is computed."""
    x = images()
    given = Input(shape=(4, 5, 3), **numbers)
    y = fitted(None, given, arrays(x)).apply(x)
    np.testing.assert_allclose(y, wanted(x.astype(np.float64)), atol=1e-5)


def test_range_of_other_values_is_that_of_the_training_set():
    """`range` maps values that are no bytes from the lowest and highest of the training examples."""
    x = images("float32") - 17
    y = fitted(None, Input(shape=(4, 5, 3), range=(-1.0, 1.0)), arrays(x)).apply(x)
    assert y.min() == pytest.approx(-1)
    assert y.max() == pytest.approx(1)


def test_steps_go_before_the_input():
    """Where `preprocessing` is given, the numbers at the input do not count."""
    x = images()
    y = fitted((SubtractMean(mean=0.0),), Input(shape=(4, 5, 3), mean=9.0), arrays(x)).apply(x)
    np.testing.assert_array_equal(y, x)


def test_given_numbers_need_no_examples():
    """Where everything is given, no example is read."""
    affine = fitted((Standardize(mean=1.0, std=2.0), Rescale(raw=(0.0, 4.0))), IMAGE, Unread())
    assert affine.apply(np.full((1, 1, 1, 3), 5)).tolist() == [[[[0.5] * 3]]]


def test_token_ids_stay_whole():
    """Ids of a vocabulary are not scaled, whatever the steps."""
    affine = fitted((Standardize(),), Input(shape=(6,), tokens=10), Unread())
    y = affine.apply(np.arange(6, dtype=np.uint8)[None])
    assert y.dtype == np.int32
    assert y.tolist() == [[0, 1, 2, 3, 4, 5]]


@pytest.mark.parametrize("tokens", [None, 12])
def test_plain_gives_the_same_numbers_back(tokens: int | None):
    """Through JSON every number comes back bit for bit."""
    affine = fitted(None, Input(shape=(4, 5, 3), tokens=tokens), arrays(images()))
    again = Affine.of(json.loads(json.dumps(affine.plain())))
    np.testing.assert_array_equal(again.center, affine.center)
    np.testing.assert_array_equal(again.scale, affine.scale)
    assert again.center.dtype == again.scale.dtype == np.float32
    assert again.ids == affine.ids


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"center": "x", "scale": 1.0, "ids": False},
        {"center": 0.0, "scale": float("nan"), "ids": False},
        {"center": 0.0, "scale": [[1.0]], "ids": False},
        {"center": 0.0, "scale": 1.0, "ids": "no"},
        [0.0, 1.0],
    ],
)
def test_other_plain_values_are_refused(plain: Any):
    """What `plain` did not write is a ValueError."""
    with pytest.raises(ValueError, match="_Plain"):
        Affine.of(plain)


def test_undo_gives_raw_values():
    """What was prepared goes back to the raw values."""
    affine = fitted(None, IMAGE, arrays(images()))
    np.testing.assert_allclose(affine.undo(affine.apply(images())), images(), atol=1e-4)


def test_numpy_and_compiled_jax_give_the_same_bits():
    """The same values come of numpy, of jax, and of jax compiled."""
    affine = fitted(None, IMAGE, arrays(images()))
    y = affine.apply(images())
    np.testing.assert_array_equal(jax.jit(affine.apply)(images()), y)
    np.testing.assert_array_equal(affine.apply(jax.numpy.asarray(images())), y)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_no_number_are_a_finding(bad: float):
    """A mean of what is not finite is refused with a finding, not computed."""
    x = images("float32")
    x[3, 1, 1, 0] = bad
    with pytest.raises(TrainError, match="infinite or no number"):
        fitted(None, IMAGE, arrays(x))


def test_value_range():
    """Bytes have their whole range; other values that of the examples."""
    assert value_range(arrays(images())) == (0, 255)
    assert value_range(Lazy(images("float32"))) == (images().min(), images().max())


def test_every_kind_has_its_line():
    """Each preprocessing step of the language is done."""
    assert set(_LINES) == set(Preprocessing.kinds)
