"""NumPy archives: types, test parts, missing arrays, pickles, bombs and damage."""

import io
import pickle
import zipfile
from typing import Any

import numpy as np
import pytest
from data_opening import opened, refused
from numpy.lib import format as npy

from netspec.language.recipes.data import Npz

X = np.arange(48, dtype=np.uint8).reshape(12, 2, 2)
Y = np.arange(12) % 3


def told(tmp_path, **fields: Any) -> str:
    """The code, message and help for the file `a.npz`."""
    finding = refused(Npz(path="a.npz", **fields), (2, 2, 1), tmp_path)
    return f"{finding.code} {finding.message} | {finding.help}"


def saved(tmp_path, **arrays: Any) -> None:
    """The file `a.npz`."""
    np.savez(tmp_path / "a.npz", **arrays)


def test_arrays_with_a_test_part(tmp_path):
    """Four arrays are a set; values stay in their type, labels become 32-bit."""
    saved(tmp_path, x_train=X, y_train=Y, x_test=X[:2], y_test=Y[:2])
    data = opened(Npz(path="a.npz"), (2, 2, 1), tmp_path)
    assert data.train.x.dtype == np.uint8
    assert np.array_equal(data.train.x[..., 0], X)
    assert (data.train.y.dtype, data.train.y.tolist()) == (np.int32, Y.tolist())
    assert len(data.test) == 2


def test_arrays_without_a_test_part(tmp_path):
    """Two arrays of any name are a set of which a share of each class is kept."""
    saved(tmp_path, images=X.astype(np.float64), classes=Y)
    data = opened(Npz(path="a.npz", inputs="images", labels="classes", test=0.25), (2, 2, 1), tmp_path)
    assert data.train.x.dtype == np.float64
    assert np.bincount(data.test.y).tolist() == [1, 1, 1]


def test_fortran_order_and_compression(tmp_path):
    """Arrays in the other order, in big-endian bytes and compressed are read as they were."""
    np.savez_compressed(tmp_path / "a.npz", x_train=np.asfortranarray(X.astype(">i4")), y_train=Y)
    data = opened(Npz(path="a.npz", test=0.0), (2, 2, 1), tmp_path)
    assert np.array_equal(data.train.x[..., 0], X)


@pytest.mark.parametrize(
    ("labels", "kind", "shape"),
    [
        (Y[:, None], "int32", (12,)),
        (Y > 0, "int32", (12,)),
        (Y.astype(np.float64), "float32", (12,)),
        (np.eye(3)[Y], "float32", (12, 3)),
        (np.zeros((12, 2, 2), np.int64), "int32", (12, 2, 2)),
    ],
)
def test_kinds_of_labels(tmp_path, labels, kind, shape):
    """A column of ids is a list of them; targets and label maps keep their shape."""
    saved(tmp_path, x_train=X, y_train=labels)
    data = opened(Npz(path="a.npz", test=0.0), (2, 2, 1), tmp_path)
    assert (str(data.train.y.dtype), data.train.y.shape) == (kind, shape)


@pytest.mark.parametrize("sizes", [(2, 2, 1), (3, 3, 1), (2, 2, 3)])
def test_grey_images_get_a_channel(tmp_path, sizes):
    """Arrays of one axis less than an image's get the axis of their one channel."""
    saved(tmp_path, x_train=X, y_train=Y)
    assert opened(Npz(path="a.npz"), sizes, tmp_path).train.x.shape[1:] == (2, 2, 1)


def test_signals_keep_their_axes(tmp_path):
    """For an input of positions and many channels, two axes stay two."""
    saved(tmp_path, x_train=X, y_train=Y)
    for sizes in ((2, 2), (2, 2, 5)):
        assert opened(Npz(path="a.npz"), sizes, tmp_path).train.x.shape[1:] == (2, 2)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X_train": X, "y_train": Y}, "E403 `a.npz` has no array `x_train`; it has `X_train`, `y_train` | did you mean `X_train`?"),
        ({"x_train": X}, "E403 `a.npz` has no array `y_train`"),
        ({"x_train": X, "y_train": Y, "x_test": X}, "E403 `x_test` is there, and `y_test` is not"),
        ({"x_train": X, "y_train": Y, "y_test": X}, "E403 `y_test` is there, and `x_test` is not"),
        ({"x_train": X, "y_train": Y[:-1]}, "E404 there are 12 examples and 11 labels"),
        ({"x_train": X, "y_train": np.array(3)}, "E404 there are 12 examples and no labels"),
        ({"x_train": X.astype(str), "y_train": Y}, "E404 the examples are of type <U3"),
        ({"x_train": X.astype(complex), "y_train": Y}, "E404 the examples are of type complex128"),
        ({"x_train": X, "y_train": Y.astype("datetime64[s]")}, "E404 the labels are of type datetime64"),
        ({"x_train": np.where(X == 20, np.nan, X), "y_train": Y}, "E404 1 values of the examples are infinite or no number, the first in example 5"),
        ({"x_train": X, "y_train": Y + 2**40}, "whole numbers of 32 bits"),
        ({"x_train": np.array([{}] * 12), "y_train": Y}, "E404 the array `x_train` cannot be read: it holds pickled objects"),
    ],
)  # fmt: skip
def test_wrong_arrays_are_refused(tmp_path, arrays, words):
    """Arrays that are missing, of other lengths, of no numbers, or pickled are refused by name."""
    saved(tmp_path, **arrays)
    assert words in told(tmp_path)


class Touch:
    """What a hostile pickle would do."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (self.path, "w")


def test_pickle_is_never_run(tmp_path):
    """An array that holds a pickled call is refused, and the call is not made."""
    np.save(file := io.BytesIO(), np.array([Touch(str(tmp_path / "done"))], object), allow_pickle=True)
    assert pickle.loads(pickle.dumps(Touch(str(tmp_path / "sure")))).close() is None
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x_train.npy", file.getvalue())
        archive.writestr("y_train.npy", file.getvalue())
    assert "pickled" in told(tmp_path)
    assert (tmp_path / "sure").exists()
    assert not (tmp_path / "done").exists()


def header(shape: tuple[int, ...]) -> bytes:
    """The header of an array of bytes, and nothing after it."""
    file = io.BytesIO()
    npy.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (header((2**40,)), "would take 1,099,511,627,776 bytes in memory"),
        (header((10**6,)), "it promises 1,000,000 bytes"),
        (header((-5,)), "E404"),
        (b"text", "E404 the array `x_train` cannot be read"),
        (b"\x93NUMPY\x03\x00" + bytes(90), "version of the format"),
        (b"\x93NUMPY\x01\x00\x10\x00" + b"__import__('os')", "E404"),
        (b"", "E404"),
    ],
)
def test_damaged_arrays_are_refused(tmp_path, data, words):
    """A header that promises more than is there, or is none, is refused before memory is taken."""
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x_train.npy", data)
        archive.writestr("y_train.npy", data)
    assert words in told(tmp_path)


def test_damaged_archive_is_refused(tmp_path):
    """An archive in which a byte was changed, one that is cut short, and another file are refused."""
    saved(tmp_path, x_train=X, y_train=Y)
    good = (tmp_path / "a.npz").read_bytes()
    for bad in (good[:200] + b"\0" + good[201:], good[:-40], b"no archive", b""):
        (tmp_path / "a.npz").write_bytes(bad)
        assert told(tmp_path).startswith("E404 `a.npz` cannot be read")


def test_missing_file(tmp_path):
    """A file that is not there is missing data."""
    assert told(tmp_path).startswith("E403 there is no file `a.npz`")
