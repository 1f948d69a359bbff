"""The examples of the documentation are executed."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from netspec.checking import check_text
from netspec.cli import app
from netspec.engine import bench
from netspec.training.data import digits

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _left_alone(monkeypatch: pytest.MonkeyPatch, compiled_quickly: None) -> None:
    """Commands change no settings of the process that runs all tests."""
    monkeypatch.setattr("netspec.engine.cache.use_cache", lambda: None)
    monkeypatch.setattr("netspec.engine.allocator.recycle_memory", lambda: None)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sixth digit is trained on, and what is timed runs as few times as can be."""
    images, labels = digits._stored()
    monkeypatch.setattr(digits, "_stored", lambda: (images[::6], labels[::6]))
    timed = bench.timed
    monkeypatch.setattr(bench, "timed", lambda run, _, least=3: timed(run, 0, least))


def examples(language: str) -> list[object]:
    """Every fenced example of a language, named by its page and line."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in FENCE.finditer(text):
            if block[1] == language:
                line = text.count("\n", 0, block.start()) + 1
                found.append(pytest.param(block[2], id=f"{page.name}:{line}"))
    return found


@pytest.mark.parametrize("text", examples("yaml"))
def test_yaml_examples_are_clean_specs(text: str) -> None:
    """A spec in the documentation has neither errors nor warnings."""
    report = check_text(text)
    assert [str(finding) for finding in report.findings if finding.severity] == []
    assert report.graph is not None


@pytest.mark.parametrize("code", examples("python"))
def test_python_examples_run(code: str) -> None:
    """Python in the documentation runs."""
    if "@layer(" in code:
        pytest.skip("it would register a layer; tests/layers holds the same")
    exec(compile(code, "example", "exec"), {})


@pytest.mark.parametrize("text", examples("console"))
def test_console_examples_print_what_they_show(text: str) -> None:
    """A command in the documentation prints what stands below it."""
    command, _, shown = text.partition("\n")
    words = shlex.split(command.removeprefix("$ "))
    assert words[0] == "netspec"
    result = CliRunner().invoke(app, words[1:])
    assert result.output == shown


@pytest.mark.parametrize("text", examples("sh"))
def test_commands_of_the_documentation_exist(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of an example run one after the other, in a folder with nothing but the documentation's image."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "docs", "docs", ignore=shutil.ignore_patterns("*.md", "*.py", "__pycache__"))
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words[0] == "make":
            assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
        else:
            assert words[0] == "netspec"
            for given in words[1:]:
                if given == "mynet.yaml" and not Path(given).exists():
                    CliRunner().invoke(app, ["new", "mynet"])
            result = CliRunner().invoke(app, words[1:])
            assert result.exit_code == 0, result.output


def test_links_of_the_documentation_lead_somewhere() -> None:
    """A relative link in a page names a file that exists."""
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
