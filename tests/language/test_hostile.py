"""Bad input of every sort gets a diagnostic: never a traceback, a hang, or much memory."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hostile import BACKTRACKED, DEEP, LONG, MANY_FAULTS, ODD, REPEATED, H
from typer.testing import CliRunner

from netspec.checking import check, check_text
from netspec.cli import app
from netspec.language.limits import Limits

ROOT = Path(__file__).parents[2]
MOST_BYTES = 200 << 20
MOST_OUTPUT = 100_000
"""Characters: what is said of a harmful file stays short enough to be read."""

linux = pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")


def confined(*paths: Path) -> list[dict[str, Any]]:
    """The outcomes of checking each path in a process with little memory."""
    command = [sys.executable, str(Path(__file__).with_name("confined.py")), *map(str, paths)]
    env = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    outcomes: list[dict[str, Any]] = json.loads(done.stdout)
    return outcomes


def complaint(outcome: dict[str, Any]) -> str:
    """What is wrong with an outcome, or an empty text."""
    if outcome["code"] != 1 or "Traceback" in outcome["output"]:
        return f"ended with {outcome['code']}: {outcome['output'][-120:]!r}"
    if not re.search(r"error\[E\d+\]", outcome["output"]):
        return f"no error is shown: {outcome['output'][:120]!r}"
    if len(outcome["output"]) > MOST_OUTPUT:
        return f"{len(outcome['output']):,} characters are printed"
    peak = outcome["peak_bytes"]
    return "" if 0 < peak < MOST_BYTES else f"a peak of {peak >> 20} MiB"


@linux
@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(DEEP, id="deep"),
        pytest.param(REPEATED, id="repeated"),
        pytest.param(MANY_FAULTS, id="many faults"),
        pytest.param(LONG, id="long"),
        pytest.param(BACKTRACKED, id="backtracked"),
    ],
)
def test_harmful_files_are_refused_in_little_memory(texts: dict[str, str], tmp_path: Path) -> None:
    """`netspec check` of each ends with 1, a finding, a few lines, and less than 200 MiB."""
    paths = [tmp_path / f"{i}.yaml" for i in range(len(texts))]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    told = zip(texts, map(complaint, confined(*paths)), strict=True)
    failures = [f"{name}: {what}" for name, what in told if what]
    assert not failures, "\n".join(failures)


@linux
def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, a pipe, an endless device and a link in a circle are not read."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    outcomes = confined(
        tmp_path, tmp_path / "pipe", Path("/dev/zero"), tmp_path / "circle", tmp_path / "missing"
    )
    assert [complaint(outcome) for outcome in outcomes] == [""] * len(outcomes)
    assert all("error[E001]" in outcome["output"] for outcome in outcomes)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    """What may not be read is said to be so."""
    path = tmp_path / "closed.yaml"
    path.write_text(f"{H}relu\n", encoding="utf-8")
    path.chmod(stat.S_IWUSR)
    assert [finding.code for finding in check(str(path)).findings] == ["E001"]


@pytest.mark.parametrize(
    "name", ["", " ", "a\0b", "a" * 5000, "/" * 5000, "@", "@@", "a@b@c", "\udcff.yaml", "x" * 300 + "@y"]
)
def test_odd_names_are_refused(name: str) -> None:
    """A name that no file can have is a missing file like any other."""
    assert [finding.code for finding in check(name).findings] == ["E001"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "E002", id="picture"),
        pytest.param(b"PK\x03\x04\x14\0\0\0\x08\0", "E002", id="archive"),
        pytest.param(b"\x7fELF\x02\x01\x01\0", "E002", id="program"),
        pytest.param(bytes(1000), "E002", id="zeros"),
        pytest.param(bytes(range(256)) * 99, "E002", id="all bytes"),
        pytest.param("input: 8x8x1\nname: Größe\n".encode("latin-1"), "E002", id="Latin-1"),
        pytest.param("input: 8x8x1\nnetwork: relu\n".encode("utf-16"), "E002", id="UTF-16"),
        pytest.param("input: 8x8x1\nnetwork: relu\n".encode("utf-32"), "E002", id="UTF-32"),
        pytest.param(b"\xef\xbb\xbf", "E010", id="nothing but a mark"),
        pytest.param(b"input: 8x8x1\nnetwork: \xed\xa0\x80\n", "E002", id="encoded surrogate"),
        pytest.param(b"input: 8x8x1\nnetwork: \xc0\xaf\n", "E002", id="overlong"),
        pytest.param(b"input: 8x8x1\nnetwork: relu \xe2\x86", "E002", id="cut off"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, code: str, tmp_path: Path) -> None:
    """Other encodings and other kinds of files are told from specs."""
    path = tmp_path / "junk.yaml"
    path.write_bytes(data)
    assert [finding.code for finding in check(str(path)).findings] == [code]


def test_a_mark_at_the_start_and_any_line_end_are_read(tmp_path: Path) -> None:
    """UTF-8 with a byte order mark, and the line ends of any system, are no fault, and lines are counted right."""
    for end in ("\n", "\r\n", "\r"):
        path = tmp_path / "spec.yaml"
        path.write_bytes(
            b"\xef\xbb\xbf" + f"input: 8x8x1{end}network: |{end}  relu{end}  nosuch{end}".encode()
        )
        (finding,) = [finding for finding in check(str(path)).findings if finding.code == "E102"]
        assert finding.span is not None
        assert (finding.span.line, finding.span.column) == (4, 3)


@pytest.mark.parametrize(("text", "code"), [pytest.param(*case, id=name) for name, case in ODD.items()])
def test_odd_texts_get_their_finding(text: str, code: str) -> None:
    """Each is refused for what is wrong with it, at a place inside the text."""
    findings = check_text(text).findings
    assert code in [finding.code for finding in findings], list(map(str, findings))
    for finding in findings:
        assert finding.span is not None
        assert 0 <= finding.span.start <= finding.span.end <= len(text)


@pytest.mark.parametrize("form", ["text", "concise", "json", "github", "sarif"])
def test_every_format_can_say_it(form: str, tmp_path: Path) -> None:
    """All odd texts are shown in every format with exit code 1, and no control character gets to the terminal."""
    paths = []
    for i, (text, _) in enumerate(ODD.values()):
        paths.append(tmp_path / f"{i}.yaml")
        paths[-1].write_bytes(text.encode("utf-8", "surrogatepass"))
    result = CliRunner().invoke(app, ["check", *map(str, paths), "--format", form])
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", result.stdout)
    if form in ("json", "sarif"):
        json.loads(result.stdout)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(f"train{'.a' * 100_000}", "1", id="deep key"),
        pytest.param(f"input{'.shape' * 5000}", "1", id="deep key of a section"),
        pytest.param("train.epochs", "[" * 100_000, id="deep value"),
        pytest.param("train.epochs", "&a [*a]", id="value that holds itself"),
        pytest.param("train.epochs", "9" * 100_000, id="long number"),
        pytest.param("train.epochs", "\0", id="zero"),
        pytest.param("train.epochs", "\udcff", id="half a character"),
        pytest.param("train.epochs", "{9**9**9}", id="power"),
        pytest.param("train.epochs", "", id="nothing"),
        pytest.param("\udcff", "1", id="half a character as a name"),
        pytest.param("", "1", id="no name"),
        pytest.param("...", "1", id="dots"),
        pytest.param("a" * 1_000_000, "1", id="long name"),
    ],
)
def test_odd_settings_are_refused(name: str, value: str) -> None:
    """A setting can do no more harm than a file."""
    report = check_text(f"{H}relu\ntrain: {{epochs: 3}}\n", settings={name: value})
    assert not report.ok
    assert all(len(str(finding)) < MOST_OUTPUT for finding in report.findings)


def test_the_deepest_nesting_that_a_limit_allows_is_read() -> None:
    """Raising the depth to its most does not end in Python's own limit."""
    limits = Limits.parse(["depth=100"])
    arrow = f"{H}'{'[' * 99}relu{']' * 99}'\n"
    listed = f"{H}{'[' * 90}relu{']' * 90}\n"
    mapped = f"{H}{'{repeat: 1, network: ' * 90}relu{'}' * 90}\n"
    residual = f"{H}{'{residual: ' * 90}relu{'}' * 90}\n"
    joined = f"{H}{'{add: [relu, ' * 45}relu{']}' * 45}\n"
    blocks = "".join(f"  b{i + 1}(): b{i}()\n" for i in range(98))
    called = f"input: 8x8x4\nblocks:\n  b0(): relu\n{blocks}network: b98()\n"
    for text in (arrow, listed, mapped, residual, joined, called):
        report = check_text(text, limits=limits)
        assert report.ok, list(map(str, report.findings))
