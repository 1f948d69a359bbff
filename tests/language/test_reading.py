"""A spec's text from wherever it is named: file, bundled name, standard input; never a hang, never a traceback."""

import io
import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from netspec.checking import check
from netspec.language.catalog import bundled, bundled_text
from netspec.language.limits import Limits
from netspec.language.reading import Target, read
from netspec.language.yaml12 import Unreadable

GOOD = "input: 8x8x1\nnetwork: conv3-4 -> relu\n"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(name: str, limits: Limits = Limits()) -> tuple[str, str]:  # noqa: B008  immutable
    """Code and message with which a name is refused."""
    with pytest.raises(Unreadable) as raised:
        read(name, limits)
    finding = raised.value.finding
    return finding.code, f"{finding.message} {finding.help}"


@given(st.text(max_size=20), st.text("ab1.-_", min_size=1, max_size=5))
def test_a_target_may_name_a_variant(name: str, variant: str) -> None:
    """What stands behind the last `@` is the variant."""
    target = Target.parse(f"{name}@{variant}")
    assert (target.name, target.variant) == ((name, variant) if name else (f"@{variant}", None))


def test_a_file_whose_name_holds_an_at_sign_is_that_file(tmp_path: Path) -> None:
    """An existing file wins over a variant."""
    (tmp_path / "a@b").write_text(GOOD, encoding="utf-8")
    assert Target.parse("a@b") == Target("a@b")


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    """Text, line ends and wide characters come as they are in the file, and its name as it was given."""
    (tmp_path / "größe.yaml").write_bytes("name: 🙂\r\n".encode())
    source = read("größe.yaml", Limits())
    assert (source.name, source.text) == ("größe.yaml", "name: 🙂\r\n")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    """Editors that write one do no harm, and columns begin behind it."""
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + b"inputs: 8x8x1\nnetwork: relu\n")
    (finding,) = [f for f in check("a.yaml").findings if f.code[0] == "E"]
    assert str(finding.span) == "a.yaml:1:1"
    assert finding.span is not None
    assert finding.span.text == "inputs"


@pytest.mark.parametrize("name", ["vgg16", "vgg16.yaml", "resnet50@101"])
def test_a_bundled_spec_is_named_without_a_folder(name: str) -> None:
    """With and without its ending, and with a variant."""
    assert check(name).ok


def test_a_file_wins_over_a_bundled_spec(tmp_path: Path) -> None:
    """A file of one's own hides the bundled spec of its name."""
    (tmp_path / "vgg16").write_text(GOOD, encoding="utf-8")
    assert read("vgg16", Limits()).text == GOOD


def test_bundled_specs_are_read_by_name() -> None:
    """The catalog gives each bundled text."""
    assert {"vgg16", "resnet50", "lenet5"} <= set(bundled())
    assert "input:" in bundled_text("vgg16")
    with pytest.raises(KeyError):
        bundled_text("nothing")


@pytest.mark.parametrize(
    ("name", "near"), [("vgg61", "vgg16"), ("resnet5", "resnet50"), ("specs/lenet", "lenet5")]
)
def test_a_missing_file_is_answered_with_the_nearest_bundled_spec(name: str, near: str) -> None:
    """A name that is nearly a bundled one is asked about."""
    code, said = refused(name)
    assert code == "E001"
    assert near in said


@pytest.mark.parametrize("name", ["nothing_like_it.yaml", "", "a\x00b", "x" * 5000, "no/such/folder/a.yaml"])
def test_what_cannot_be_read_is_refused(name: str) -> None:
    """Missing files and names that no system takes are findings."""
    assert refused(name)[0] == "E001"


def test_a_directory_a_pipe_and_a_socket_are_refused(tmp_path: Path) -> None:
    """Nothing is read from what is no file, so that nothing waits."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        said = [refused(name) for name in ("folder", "pipe", "socket", "/dev/null")]
    assert [code for code, _ in said] == ["E001"] * 4
    assert "directory" in said[0][1]
    assert "pipe" in said[1][1]


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """Missing permission is told as such."""
    path = tmp_path / "a.yaml"
    path.write_text(GOOD, encoding="utf-8")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert "permission denied" in refused("a.yaml")[1]


@pytest.mark.parametrize(
    "data", [b"\xff\xfe", b"name: caf\xe9\n", b"a\n\n\xc3\x28", "größe".encode("utf-16")]
)
def test_what_is_no_utf8_is_refused(tmp_path: Path, data: bytes) -> None:
    """The finding names the first wrong byte and its line."""
    (tmp_path / "a.yaml").write_bytes(data)
    code, said = refused("a.yaml")
    assert code == "E002"
    with pytest.raises(UnicodeDecodeError) as raised:
        data.decode()
    line = data[: raised.value.start].count(b"\n") + 1
    assert f"line {line}" in said
    assert f"0x{data[raised.value.start]:02X}" in said


@pytest.mark.parametrize("size", [31, 32])
def test_a_file_past_the_limit_is_refused(tmp_path: Path, size: int) -> None:
    """The limit itself is allowed, one byte more is not."""
    (tmp_path / "a.yaml").write_bytes(b" " * size)
    limits = Limits.parse([f"bytes={size}"])
    assert read("a.yaml", limits).text == " " * size
    assert refused("a.yaml", Limits.parse([f"bytes={size - 1}"]))[0] == "E009"


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` names it, and findings call it `<stdin>`."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"input: 8x8x1\nnetwork: zorbl\n")))
    (finding,) = check("-").findings
    assert str(finding.span) == "<stdin>:2:10"


@pytest.mark.parametrize(
    "setting",
    [
        "layers",
        "layers=",
        "layers=0",
        "layers=-1",
        "layers=1e3",
        "layers=9" + "9" * 20,
        "nothing=3",
        "depth=101",
        "=3",
        "layers=٣",
    ],
)
def test_a_wrong_limit_is_refused(setting: str) -> None:
    """A limit has a known name and a whole number from 1."""
    with pytest.raises(ValueError, match=r"limit"):
        Limits.parse([setting])


def test_limits_are_raised_and_lowered() -> None:
    """What is not named keeps its default."""
    limits = Limits.parse(["layers=10", "values=100"])
    assert (limits.layers, limits.values, limits.depth) == (10, 100, Limits().depth)
