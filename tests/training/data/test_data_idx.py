"""IDX files of every type, damaged ones, and the folders of `mnist`."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from data_opening import opened, refused

from netspec.language.recipes.data import FashionMnist, Idx, Mnist
from netspec.training.data.idx import read_idx
from netspec.training.faults import TrainError

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
STEMS = [
    f"{part}-{rest}" for part in ("train", "t10k") for rest in ("images-idx3-ubyte", "labels-idx1-ubyte")
]


def idx(array: np.ndarray) -> bytes:
    """An array as the format's description has it."""
    kind = f"{array.dtype.kind}{array.dtype.itemsize}"
    head = bytes([0, 0, CODES[kind], array.ndim]) + b"".join(struct.pack(">I", n) for n in array.shape)
    return head + b"".join(struct.pack(f">{array.dtype.char}", value) for value in array.ravel().tolist())


def images(count: int = 6, *, side: int = 4) -> np.ndarray:
    """Small images, each of another grey."""
    return np.arange(count, dtype=np.uint8)[:, None, None] + np.zeros((side, side), np.uint8)


def labels(count: int = 6) -> np.ndarray:
    """Labels 0 and 1 in turn."""
    return np.arange(count, dtype=np.uint8) % 2


def told(path: Path) -> str:
    """What is said about a file that is refused, with the code."""
    with pytest.raises(TrainError) as raised:
        read_idx(path)
    (finding,) = raised.value.findings
    assert finding.file == str(path)
    return f"{finding.code} {finding.message}"


@pytest.mark.parametrize("kind", list(CODES))
@pytest.mark.parametrize("packed", [False, True])
def test_every_type_is_read(tmp_path, kind, packed):
    """An array of each type comes back as it was, in the machine's byte order, from a plain and from a gzipped file."""
    array = np.array([[1, 2, 3], [100, 0, 7]], kind)
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    back = read_idx(path)
    assert back.dtype == array.dtype
    assert np.array_equal(back, array)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "E404 `file` is empty"),
        (b"\x89PNG\r\n\x1a\n", "E404 `file` begins with the bytes 89 50 4e 47"),
        (b"\0\0\x07\x01\0\0\0\x01\0", "begins with the bytes 00 00 07 01"),
        (b"\0\0\x08\x00", "begins with the bytes 00 00 08 00"),
        (b"\0\0\x08\xff" + bytes(1020), "begins with the bytes 00 00 08 ff"),
        (b"\0\0\x08\x02\0\0\0\x01", "ends within its header"),
        (idx(images())[:-1], "its header promises 96 bytes of values, and 95 are there"),
        (idx(images()) + b"\0", "longer than the 96 bytes"),
        (b"\0\0\x0e\x02" + b"\xff" * 8, "would take 147,573,952,520,956,936,200 bytes in memory"),
        (b"\0\0\x08\x02\0\x01\0\0\0\x01\0\0", "promises 4,294,967,296 bytes of values, and 0 are there"),
        (gzip.compress(idx(images()), mtime=0)[:-9], "cannot be read: Compressed file ended"),
        (gzip.compress(idx(images()), mtime=0)[:-8] + bytes(8), "cannot be read: CRC check failed"),
        (b"\x1f\x8b" + bytes(30), "cannot be read: Unknown compression method"),
    ],
)
def test_damaged_files_are_refused(tmp_path, data, words):
    """What is no IDX file, cut short, too long, or damaged is refused with the reason, and takes no memory."""
    path = tmp_path / "file"
    path.write_bytes(data)
    assert words in told(path)


def test_bomb_is_not_unpacked(tmp_path):
    """A file that unpacks to more than its header promises is refused after one byte more."""
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(idx(images()) + bytes(10**7)))
    assert "longer than the 96 bytes" in told(path)


def test_missing_file_is_named(tmp_path):
    """A file that is not there is missing data."""
    assert told(tmp_path / "nowhere") == "E403 there is no file `nowhere`"


def test_folder_in_place_of_a_file(tmp_path):
    """A folder is no file, and says so."""
    assert "E404" in told(tmp_path)


def write(folder: Path, **arrays: np.ndarray) -> None:
    """IDX files by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        (folder / name).write_bytes(idx(array))


def test_idx_source(tmp_path):
    """Two files are a set whose images have a channel; a share of it is kept for testing."""
    write(tmp_path, x=images(10), y=labels(10))
    data = opened(Idx(images="x", labels="y"), (4, 4, 1), tmp_path)
    assert data.train.x.shape == (8, 4, 4, 1)
    assert data.train.y.dtype == np.int32
    for part in (data.train, data.test):
        assert np.array_equal(part.x[:, 0, 0, 0] % 2, part.y)


def test_idx_source_with_test_files(tmp_path):
    """Four files have a test part of their own."""
    write(tmp_path, x=images(), y=labels(), tx=images(3), ty=labels(3))
    recipe = Idx(images="x", labels="y", test_images="tx", test_labels="ty")
    data = opened(recipe, (4, 4, 1), tmp_path)
    assert (len(data.train), len(data.test)) == (6, 3)


def test_lone_test_file_is_refused(tmp_path):
    """Test images without their labels are a mistake."""
    write(tmp_path, x=images(), y=labels(), tx=images(3))
    finding = refused(Idx(images="x", labels="y", test_images="tx"), (4, 4, 1), tmp_path)
    assert (finding.code, finding.message) == ("E403", "`test_images` is there, and `test_labels` is not")


def test_counts_have_to_agree(tmp_path):
    """As many labels as images."""
    write(tmp_path, x=images(6), y=labels(5))
    finding = refused(Idx(images="x", labels="y"), (4, 4, 1), tmp_path)
    assert (finding.code, finding.message) == ("E404", "there are 6 examples and 5 labels")


@pytest.mark.parametrize(
    ("recipe", "below", "end"),
    [
        (Mnist, ".", ".gz"),
        (Mnist, ".", ""),
        (Mnist, "MNIST/raw", ""),
        (FashionMnist, "FashionMNIST/raw", ".gz"),
    ],
)
def test_mnist_from_a_folder(tmp_path, recipe, below, end):
    """The four files are found plain or gzipped, and where torchvision keeps them."""
    arrays = images(), labels(), images(2), labels(2)
    write(tmp_path / below, **dict(zip(STEMS, arrays, strict=True)))
    if end:
        for path in (tmp_path / below).iterdir():
            path.with_name(path.name + end).write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    data = opened(recipe(path=str(tmp_path)), (4, 4, 1))
    assert (len(data.train), len(data.test), len(data.classes)) == (6, 2, 10)


def test_missing_mnist_files_are_named(tmp_path):
    """A folder that lacks some of the files is told which."""
    write(tmp_path / "own", **{STEMS[0]: images(), STEMS[2]: images(2)})
    finding = refused(Mnist(path="own"), (4, 4, 1), tmp_path)
    assert finding.code == "E403"
    assert finding.message == f"`own` has no `{STEMS[1]}`, `{STEMS[3]}`"
