"""CIFAR-10's binary version from folders and archives, damaged and hostile ones."""

import io
import tarfile
from pathlib import Path

import pytest
from data_opening import opened, refused

from netspec.language.recipes.data import Cifar10
from netspec.training.data import cifar

NAMES = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]


def record(label: int) -> bytes:
    """A record as the page describes it: red falls from row to row, green is the label, blue grows with the column."""
    red = bytes(255 - row for row in range(32) for _ in range(32))
    blue = bytes(column for _ in range(32) for column in range(32))
    return bytes([label]) + red + bytes([label]) * 1024 + blue


def files() -> dict[str, bytes]:
    """Two records a file, three in the last."""
    found = {name: record(place) + record(9 - place) for place, name in enumerate(NAMES)}
    return found | {NAMES[-1]: record(1) + record(2) + record(3)}


def folder(path: Path, found: dict[str, bytes]) -> Path:
    """The files in a folder."""
    path.mkdir(parents=True)
    for name, data in found.items():
        (path / name).write_bytes(data)
    return path


def archive(path: Path, found: dict[str, bytes], below: str = "cifar-10-batches-bin/") -> Path:
    """The files in a gzipped tar file."""
    with tarfile.open(path, "w:gz") as tar:
        for name, data in found.items():
            member = tarfile.TarInfo(below + name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


@pytest.mark.parametrize("form", ["folder", "below", "archive", "archive in a folder", "hostile names"])
def test_every_form_gives_the_same(tmp_path, form):
    """The six files are read from a folder, one below it, or an archive, and nothing is written anywhere."""
    if form == "folder":
        path = folder(tmp_path / "own", files())
    elif form == "below":
        path = folder(tmp_path / "own" / "cifar-10-batches-bin", files()).parent
    elif form == "archive":
        path = archive(tmp_path / "x.tar.gz", files())
    elif form == "hostile names":
        path = archive(tmp_path / "x.tar.gz", files(), "../../")
    else:
        path = archive(tmp_path / "cifar-10-binary.tar.gz", files()).parent
    before = sorted(tmp_path.parent.rglob("*"))
    data = opened(Cifar10(path=str(path)), (32, 32, 3))
    assert (len(data.train), len(data.test)) == (10, 3)
    assert data.train.y.tolist() == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5]
    assert data.classes[data.test.y[0]] == "automobile"
    x, y = data.train[3]
    assert x[5, 11].tolist() == [250, 8, 11]
    assert y == 8
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_missing_files_are_named(tmp_path):
    """A folder that lacks some of the files is told which."""
    found = {name: data for name, data in files().items() if "2" not in name}
    finding = refused(Cifar10(path=str(folder(tmp_path / "own", found))), (32, 32, 3))
    assert (finding.code, finding.message) == ("E403", "`own` has no `data_batch_2.bin`")


def test_pickled_version_is_told_apart(tmp_path):
    """The Python version, which is pickled, is not read, and the message says which one is wanted."""
    folder(tmp_path / "cifar-10-batches-py", {"data_batch_1": b"\x80\x02."})
    finding = refused(Cifar10(path=str(tmp_path)), (32, 32, 3))
    assert "pickled" in finding.message
    assert "the binary version" in finding.help


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (record(1)[:-1], "3,072 bytes, which are no whole number of records of 3,073"),
        (b"", "has 0 bytes"),
        (record(10), "has the label 10, and labels go up to 9"),
    ],
)
def test_damaged_files_are_refused(tmp_path, data, words):
    """A file that is cut short, empty, or has no such labels is refused by name."""
    path = folder(tmp_path / "own", files() | {"data_batch_3.bin": data})
    finding = refused(Cifar10(path=str(path)), (32, 32, 3))
    assert finding.code == "E404"
    assert "`data_batch_3.bin`" in finding.message
    assert words in finding.message


@pytest.mark.parametrize("form", ["cut", "no archive"])
def test_damaged_archives_are_refused(tmp_path, form):
    """An archive that is cut short, or is none, is refused."""
    path = archive(tmp_path / "x.tar.gz", files())
    path.write_bytes(path.read_bytes()[:-30] if form == "cut" else b"no archive at all")
    assert refused(Cifar10(path=str(path)), (32, 32, 3)).code == "E404"


def test_bomb_is_refused(tmp_path, monkeypatch):
    """An archive that holds more than is allowed is refused before it is unpacked."""
    monkeypatch.setattr(cifar, "_MOST_BYTES", 10_000)
    finding = refused(Cifar10(path=str(archive(tmp_path / "x.tar.gz", files()))), (32, 32, 3))
    assert finding.message == "`x.tar.gz` holds more than 10,000 bytes"
