"""Folders and zip files of images: classes, parts, damaged files, hostile archives, reading when needed."""

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from data_opening import opened, refused
from drawn_images import encoded, picture, plain, written

from netspec.language.recipes.data import ImageFolder
from netspec.training.data import image_folder
from netspec.training.data.archives import FolderFiles, ZipFiles
from netspec.training.data.dataset import Arrays
from netspec.training.faults import TrainError

SIZES = (4, 4, 3)
SPLIT = {
    "train/cat/a.png": plain(10),
    "train/cat/b.PNG": plain(11),
    "train/dog/a.png": plain(20),
    "val/dog/z.png": plain(21),
    "val/cat/z.png": plain(12),
}


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    """Files in a zip file, by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def placed(tmp_path: Path, form: str, files: dict[str, bytes]) -> ImageFolder:
    """The source of the files as a folder or zip file, perhaps below another folder."""
    below = dict(files)
    if "below" in form:
        below = {f"top/inner/{name}": data for name, data in files.items()}
    written(tmp_path / "set", below) if "folder" in form else zipped(tmp_path / "set", below)
    return ImageFolder(path="set")


def reds(examples: object) -> list[tuple[int, int]]:
    """The red of each image and its label."""
    return [(int(x[0, 0, 0]), int(y)) for x, y in (examples[i] for i in range(len(examples)))]  # type: ignore[index, arg-type]


@pytest.mark.parametrize("form", ["folder", "zip", "folder below", "zip below"])
def test_train_beside_val(tmp_path, form):
    """Classes are numbered by name, files sorted, and the val folder is the test part."""
    data = opened(placed(tmp_path, form, SPLIT), SIZES, tmp_path)
    assert data.classes == ("cat", "dog")
    assert reds(data.train) == [(10, 0), (11, 0), (20, 1)]
    assert reds(data.test) == [(12, 0), (21, 1)]
    assert (data.name, data.unreadable) == ("set", ())


def test_folder_and_zip_are_the_same_data(tmp_path):
    """The fingerprint is that of the images, wherever they lie, and changes with one pixel."""
    written(tmp_path / "a", SPLIT)
    zipped(tmp_path / "b", SPLIT)
    zipped(tmp_path / "c", SPLIT | {"val/cat/z.png": plain(12, 1)})
    prints = [opened(ImageFolder(path=name), SIZES, tmp_path).fingerprint for name in "abc"]
    assert prints[0] == prints[1] != prints[2]


def test_test_folder_comes_before_val(tmp_path):
    """With both, the test folder is the test part."""
    files = SPLIT | {"test/dog/t.png": plain(99)}
    assert reds(opened(placed(tmp_path, "zip", files), SIZES, tmp_path).test) == [(99, 1)]


def test_test_folder_without_classes_is_none(tmp_path):
    """Unlabelled test images are left alone, and the val folder is the test part."""
    files = SPLIT | {"test/1.png": plain(1), "test/2.png": plain(2)}
    assert len(opened(placed(tmp_path, "zip", files), SIZES, tmp_path).test) == 2


def test_share_of_each_class_where_there_is_no_test_part(tmp_path):
    """Without a test folder, the share of each class is kept, drawn with the seed."""
    files = {f"{name}/{n}.png": plain(n, k) for k, name in enumerate("ab") for n in range(10)}
    recipe = placed(tmp_path, "folder", files)
    data, other = (opened(recipe, SIZES, tmp_path, seed=seed) for seed in (0, 1))
    assert [np.bincount(part.y).tolist() for part in (data.train, data.test)] == [[8, 8], [2, 2]]
    assert sorted(reds(data.train) + reds(data.test)) == sorted([(n, k) for n in range(10) for k in range(2)])
    assert reds(data.test) != reds(other.test)


def test_other_files_are_left_alone(tmp_path):
    """Hidden files, other kinds of files, and images outside of class folders are no examples."""
    files = {
        "cat/a.png": plain(10),
        "cat/deep/b.png": plain(11),
        "cat/notes.txt": b"text",
        "cat/.hidden.png": b"",
        "__MACOSX/cat/._a.png": b"",
        ".git/x/a.png": b"",
        "dog/a.png": plain(20),
        "lone.png": plain(0),
    }
    data = opened(placed(tmp_path, "folder", files), SIZES, tmp_path, seed=0)
    assert data.classes == ("cat", "dog")
    assert sorted(reds(data.train) + reds(data.test)) == [(10, 0), (11, 0), (20, 1)]


@pytest.mark.parametrize("files", [{"a.png": plain(1)}, {"cat/notes.txt": b""}])
def test_folder_without_classes_is_refused(tmp_path, files):
    """A folder without class folders is refused, with what is expected."""
    finding = refused(placed(tmp_path, "folder", files), SIZES, tmp_path)
    assert (finding.code, finding.message) == ("E404", "`set` has no folders with images")


def test_unknown_class_in_the_test_part(tmp_path):
    """A class that training does not know is refused by name."""
    finding = refused(placed(tmp_path, "zip", SPLIT | {"val/wolf/a.png": plain(1)}), SIZES, tmp_path)
    assert (finding.code, finding.message) == ("E402", "`val` has the classes `wolf`, which `train` has not")


def test_missing_path(tmp_path):
    """A path that does not exist is missing data."""
    assert refused(ImageFolder(path="nowhere"), SIZES, tmp_path).code == "E403"


def test_file_that_is_no_zip(tmp_path):
    """Another file in place of a zip file is refused."""
    (tmp_path / "set").write_bytes(plain(1))
    assert refused(ImageFolder(path="set"), SIZES, tmp_path).code == "E404"


@pytest.mark.parametrize("name", ["../cat/a.png", "/cat/a.png", "train/../../cat/a.png"])
def test_names_that_lead_out_are_refused(tmp_path, name):
    """A zip file whose names lead out of it is refused."""
    finding = refused(placed(tmp_path, "zip", SPLIT | {name: plain(1)}), SIZES, tmp_path)
    assert finding.code == "E404"
    assert "leads out of it" in finding.message


DAMAGED = SPLIT | {"train/dog/bad.png": b"no image", "train/cat/cut.png": encoded(picture(64, 64))[:-2000]}


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("bytes_kept", [2**30, 0])
def test_skipped_images_are_counted(tmp_path, monkeypatch, form, bytes_kept):
    """With `skip`, images that cannot be read are left out and named, whether kept in memory or not."""
    monkeypatch.setattr(image_folder, "MOST_KEPT_BYTES", bytes_kept)
    placed(tmp_path, form, DAMAGED)
    data = opened(ImageFolder(path="set", unreadable="skip"), SIZES, tmp_path)
    assert data.unreadable == ("train/cat/cut.png", "train/dog/bad.png")
    assert reds(data.train) == [(10, 0), (11, 0), (20, 1)]


def test_unreadable_images_are_all_named(tmp_path):
    """Without `skip`, the first ten are named with their number and reason."""
    files = SPLIT | {f"train/cat/bad{n:02}.png": b"no image" for n in range(12)}
    finding = refused(placed(tmp_path, "folder", files), SIZES, tmp_path)
    assert (finding.code, finding.message) == ("E404", "12 of 17 images cannot be read")
    assert len(finding.notes) == 11
    assert finding.notes[0].startswith("`train/cat/bad00.png`: it is no image of a format")
    assert finding.notes[-1] == "and 2 more"
    assert "unreadable=skip" in finding.help


def test_nothing_readable(tmp_path):
    """Where no training image is left, skipping is no way out."""
    placed(tmp_path, "folder", {"cat/a.png": b"", "dog/a.png": b""})
    finding = refused(ImageFolder(path="set", unreadable="skip"), SIZES, tmp_path)
    assert finding.message == "none of the 2 images of `set` can be read"


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_reading_when_needed_gives_the_same(tmp_path, monkeypatch, form):
    """A set too large for memory has the same values, labels and classes, also after travelling to another process."""
    files = {f"{name}/{n}.png": encoded(picture(9 + n, 12, seed=n)) for name in "ab" for n in range(5)}
    recipe = placed(tmp_path, form, files)
    kept = opened(recipe, SIZES, tmp_path)
    monkeypatch.setattr(image_folder, "MOST_KEPT_BYTES", 0)
    read = opened(recipe, SIZES, tmp_path)
    assert isinstance(kept.train, Arrays)
    assert not isinstance(read.train, Arrays)
    for part, lazy in ((kept.train, read.train), (kept.test, pickle.loads(pickle.dumps(read.test)))):
        assert np.array_equal(part.x, np.stack([lazy[place][0] for place in range(len(lazy))]))
        assert np.array_equal(part.y, lazy.y)
    assert read.classes == kept.classes


def test_header_is_read_beforehand(tmp_path, monkeypatch):
    """A set too large for memory is refused for a file that is no image, before it is read."""
    monkeypatch.setattr(image_folder, "MOST_KEPT_BYTES", 0)
    finding = refused(placed(tmp_path, "zip", SPLIT | {"train/cat/x.png": b"no image"}), SIZES, tmp_path)
    assert finding.message == "1 of 6 images cannot be read"


def test_image_cut_short_is_told_when_it_is_read(tmp_path, monkeypatch):
    """An image whose end is missing is found when it is decoded, and named."""
    monkeypatch.setattr(image_folder, "MOST_KEPT_BYTES", 0)
    cut = {"train/cat/x.png": encoded(picture(64, 64))[:-2000]}
    data = opened(placed(tmp_path, "zip", SPLIT | cut), SIZES, tmp_path)
    with pytest.raises(TrainError, match=r"`train/cat/x.png`: image file is truncated"):
        data.train[2]


def test_lazy_fingerprint_follows_the_files(tmp_path, monkeypatch):
    """The fingerprint of a set that is not read whole changes with a file's name or size."""
    monkeypatch.setattr(image_folder, "MOST_KEPT_BYTES", 0)
    longer = SPLIT | {"val/cat/z.png": plain(12) + b" "}
    renamed = {name.replace("z.png", "y.png"): data for name, data in SPLIT.items()}
    prints = set()
    for place, files in enumerate((SPLIT, SPLIT, longer, renamed)):
        written(tmp_path / str(place), files)
        prints.add(opened(ImageFolder(path=str(place)), SIZES, tmp_path).fingerprint)
    assert len(prints) == 3


def test_files_too_large_are_not_read(tmp_path, monkeypatch):
    """A file of more bytes than an image takes is not read, in a zip file neither."""
    monkeypatch.setattr(image_folder, "_MOST_FILE_BYTES", 1000)
    bomb = {"train/cat/bomb.png": bytes(5000)}
    finding = refused(placed(tmp_path, "zip", SPLIT | bomb), SIZES, tmp_path)
    assert finding.notes == ("`train/cat/bomb.png`: the file has more than 1,000 bytes",)


def test_damaged_zip_entry_is_an_unreadable_image(tmp_path):
    """An entry whose packed bytes were changed is told like any image that cannot be read."""
    noise = {"train/cat/x.png": encoded(picture(64, 64))}
    path = zipped(tmp_path / "set", noise | SPLIT)
    data = bytearray(path.read_bytes())
    data[5000] ^= 0xFF
    path.write_bytes(data)
    finding = refused(ImageFolder(path="set"), SIZES, tmp_path)
    assert finding.message == "1 of 6 images cannot be read"
    assert finding.notes[0].startswith("`train/cat/x.png`: ")


def test_links_in_a_circle_end(tmp_path):
    """A folder that links to itself is walked a few times, and not until the system refuses."""
    written(tmp_path / "set", SPLIT)
    (tmp_path / "set" / "train" / "cat" / "again").symlink_to(tmp_path / "set" / "train" / "cat")
    names = FolderFiles(tmp_path / "set").names
    assert max(name.count("/") for name in names) == 8
    assert opened(ImageFolder(path="set"), SIZES, tmp_path).classes == ("cat", "dog")


def test_linked_images_are_read(tmp_path):
    """Images that are links are read like others."""
    written(tmp_path / "store", {"a": plain(10), "b": plain(20)})
    for name, target in (("cat", "a"), ("dog", "b")):
        (tmp_path / "set" / name).mkdir(parents=True)
        (tmp_path / "set" / name / "x.png").symlink_to(tmp_path / "store" / target)
    data = opened(ImageFolder(path="set", test=0.0), SIZES, tmp_path)
    assert reds(data.train) == [(10, 0), (20, 1)]


def test_sizes_and_fit_are_the_requested_ones(tmp_path):
    """Images of any size come in the input's, padded where that is asked for, in one channel where that is wanted."""
    placed(tmp_path, "folder", {"a/x.png": plain(255, 255, 255, height=4, width=8)})
    data = opened(ImageFolder(path="set", fit="pad", test=0.0), (8, 8, 1), tmp_path)
    assert data.train.x[0, :, 0, 0].tolist() == [0, 0, 255, 255, 255, 255, 0, 0]


@pytest.mark.parametrize(
    "wanted", [{"sizes": (784,)}, {"sizes": (4, 4, 4), "tokens": 9}, {"sizes": (2, 4, 4, 3)}]
)
def test_inputs_that_are_no_images(tmp_path, wanted):
    """An input of another number of axes is told apart, with both sides named."""
    finding = refused(placed(tmp_path, "zip", SPLIT), folder=tmp_path, **wanted)
    assert finding.code == "E401"
    assert "gives images, height x width x channels, and the input is" in finding.message


def test_zip_is_read_by_name_in_any_process(tmp_path):
    """A zip file sent to another process is opened there again."""
    files = pickle.loads(pickle.dumps(ZipFiles(zipped(tmp_path / "set", SPLIT))))
    with files.open("val/cat/z.png") as file:
        assert file.read() == SPLIT["val/cat/z.png"]
