"""Files that are replaced when the new one is complete."""

import os
import stat
from pathlib import Path

import pytest

from netspec.engine.files import aside


def written(path: Path, text: str) -> None:
    """Write a file as the engine does."""
    with aside(path) as made:
        made.write_text(text, encoding="utf-8")


def test_the_old_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    """While writing, and after a fault, the old content is there, and nothing else is left in the folder."""
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    seen = []
    with pytest.raises(TypeError), aside(path) as made:  # noqa: PT012  the fault comes while writing
        made.write_text("ne", encoding="utf-8")
        seen.append(path.read_text(encoding="utf-8"))
        made.write_text(None, encoding="utf-8")  # type: ignore[arg-type]
    assert seen == ["old"]
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_text(encoding="utf-8") == "old"


def test_a_file_is_replaced(tmp_path: Path) -> None:
    """Afterwards the new content is there and nothing else."""
    path = tmp_path / "file"
    written(path, "old and long")
    written(path, "new")
    assert [p.read_text(encoding="utf-8") for p in tmp_path.iterdir()] == ["new"]


def test_permissions_are_those_of_new_files(tmp_path: Path) -> None:
    """A file is readable by those whom the user's mask lets read, whatever the writer made of it."""
    before = os.umask(0o027)
    try:
        with aside(tmp_path / "file") as made:
            made.unlink()
            made.touch(mode=0o600)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file that it points to is replaced."""
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far" / "file")
    written(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "file").read_text(encoding="utf-8") == "new"


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    """The file beside it has a shorter name than the longest possible."""
    path = tmp_path / ("n" * 255)
    written(path, "new")
    assert path.read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("name", ["folder", "pipe", "no/folder", "plain/file"])
def test_what_is_no_file_is_refused_by_its_name(name: str, tmp_path: Path) -> None:
    """A folder, a pipe, a folder that is missing and a file in the place of one: the fault names the path given."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "plain").touch()
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OSError, match=name) as caught:
        written(tmp_path / name, "new")
    assert caught.value.filename == str(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before
