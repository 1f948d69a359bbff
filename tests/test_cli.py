"""The command line: what is printed, where, and the exit codes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from netspec.cli import app
from netspec.diagnostics.rules import RULES
from netspec.language.catalog import bundled
from netspec.layers import KINDS

ROOT = Path(__file__).parent.parent
GOOD = "name: Good\ninput: 8x8x1\nnetwork: conv3-4 -> relu -> fc-10\n"
WARNED = "input: 8x8x1\nnetwork: conv3-4 @unused -> relu -> fc-10\n"
WRONG = "input: 8x8x1\nnetwork: cnov3-4 -> relu -> fc-10\n"
BEYOND = "input: 8x8x1\nnetwork: conv3-4 -> bn -> relu -> fc-10\n"

Netspec = Callable[..., Result]


@pytest.fixture
def netspec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Netspec:
    """Runs a command line in an empty folder, as a terminal of 80 columns without colour would."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(app, arguments, input=stdin, env={"COLUMNS": "80", "NO_COLOR": None})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


def process(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Runs a command line in a process of its own."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"} | more.pop("env", {})
    command = [sys.executable, "-m", "netspec", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=False, **more)


# -- check -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        (GOOD, [], 0),
        (GOOD, ["--strict", "--strict-grammar"], 0),
        (WARNED, [], 0),
        (WARNED, ["--strict"], 1),
        (BEYOND, ["--strict"], 0),
        (BEYOND, ["--strict-grammar"], 1),
        (WRONG, [], 1),
        ("", [], 1),
    ],
)
@pytest.mark.parametrize("form", ["text", "concise", "json", "github", "sarif"])
def test_exit_codes_of_check(netspec: Netspec, text: str, options: list[str], code: int, form: str) -> None:
    """The exit code is that of the worst finding, in every format."""
    Path("a.yaml").write_text(text)
    assert netspec("check", "a.yaml", "--format", form, *options).exit_code == code


def test_check_shows_the_finding(netspec: Netspec) -> None:
    """A wrong spec is shown with its line, the mark and the most likely mend."""
    Path("a.yaml").write_text(WRONG)
    said = netspec("check", "a.yaml").stdout
    assert said.startswith("error[E102]: ")
    assert "\n  --> a.yaml:2:10\n" in said
    assert "\n 2 | network: cnov3-4 -> relu -> fc-10\n   |          ^^^^" in said
    assert "did you mean `conv`?" in said
    assert said.endswith("\na.yaml: 1 error\n")


def test_check_says_that_all_is_well(netspec: Netspec) -> None:
    """A clean spec gets one line."""
    Path("a.yaml").write_text(GOOD)
    assert netspec("check", "a.yaml").stdout == (
        "a.yaml: ok: 3 layers, 8x8x1 -> 10; follows INPUT -> CONV -> RELU -> FC\n"
    )


def test_check_takes_several_files_and_names(netspec: Netspec) -> None:
    """Paths and bundled names are checked in the order given, and one bad file makes the whole fail."""
    Path("a.yaml").write_text(WRONG)
    result = netspec("check", "vgg16", "a.yaml", "resnet50@101")
    assert result.exit_code == 1
    assert re.findall(r"(?m)^(\S+): (?:ok|1 error)", result.stdout) == ["vgg16", "a.yaml", "resnet50@101"]
    assert result.stdout.endswith("\n3 files, 2 ok; 1 error\n")


def test_check_reads_standard_input() -> None:
    """`-` is standard input."""
    result = process("check", "-", input=WRONG)
    assert result.returncode == 1
    assert "\n  --> <stdin>:2:10\n" in result.stdout
    assert result.stdout.endswith("\n<stdin>: 1 error\n")


def test_check_of_what_is_no_file(netspec: Netspec, tmp_path: Path) -> None:
    """A missing file and a folder get a finding each, not a traceback."""
    result = netspec("check", "missing.yaml", str(tmp_path))
    assert result.exit_code == 1
    assert result.stdout.count("error[E001]") == 2


def test_settings_and_variants_reach_the_spec(netspec: Netspec) -> None:
    """`--set` and `--variant` change the network that is checked; a wrong name is a finding."""
    assert "-> 10\n" in netspec("check", "resnet50", "--set", "classes=10", "--variant", "101").stdout
    assert "E111" in netspec("check", "resnet50", "--variant", "7").stdout
    assert "E120" in netspec("check", "resnet50", "--set", "clases=10").stdout


def test_limits_can_be_raised_and_lowered(netspec: Netspec) -> None:
    """`--limit` changes what is refused as too large."""
    Path("a.yaml").write_text("input: 8x8x1\nnetwork: '[relu]*200'\n")
    assert netspec("check", "a.yaml").exit_code == 0
    assert "E009" in netspec("check", "a.yaml", "--limit", "layers=100").stdout


@pytest.mark.parametrize(
    "options",
    [
        ["--set", "classes"],
        ["--set", "=3"],
        ["--set", "classes=1", "--set", "classes=2"],
        ["--limit", "layers"],
        ["--limit", "laiers=3"],
        ["--limit", "layers=-3"],
        ["--format", "xml"],
        ["--nonsense"],
        ["--color", "red"],
    ],
)
def test_wrong_usage_of_check(netspec: Netspec, options: list[str]) -> None:
    """A wrong option ends with 2, a message on standard error, and nothing on standard output."""
    result = netspec("check", "resnet50", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.strip()
    assert "Traceback" not in result.stderr


def test_json_and_sarif_are_documents(netspec: Netspec) -> None:
    """Both parse, also for several files, and hold the finding."""
    Path("a.yaml").write_text(WRONG)
    found = json.loads(netspec("check", "vgg16", "a.yaml", "--format", "json").stdout)
    assert [file["ok"] for file in found["files"]] == [True, False]
    assert "E102" in [finding["code"] for finding in found["findings"]]
    log = json.loads(netspec("check", "vgg16", "a.yaml", "--format", "sarif").stdout)
    assert "E102" in [result["ruleId"] for result in log["runs"][0]["results"]]


def test_colour_only_where_it_is_wanted(netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe gets no colour unless asked; asked, it gets it in spite of NO_COLOR, which only changes the default."""
    Path("a.yaml").write_text(WRONG)
    assert "\x1b" not in netspec("check", "a.yaml").stdout
    assert "\x1b" not in netspec("check", "a.yaml", "--color", "never").stdout
    assert "\x1b[1;31merror[E102]\x1b[0m" in netspec("check", "a.yaml", "--color", "always").stdout


def test_a_hostile_spec_cannot_steer_the_terminal(netspec: Netspec) -> None:
    """Escape sequences in a spec come out as text, in every format and from `show`."""
    Path("a.yaml").write_text('name: "\\e[2J\\x9b\\u202e"\ninput: 8x8x1\nnetwork: relu @unused\n')
    Path("b.yaml").write_text("input: 8x8x1\nnetwork: '\u202e re\u2028lu'\n")
    for form in ("text", "concise", "json", "github", "sarif"):
        said = netspec("check", "a.yaml", "b.yaml", "--format", form).output
        assert said.replace("\n", "").isprintable()
    shown = netspec("show", "a.yaml").output
    assert shown.replace("\n", "").isprintable()
    assert "\\u202e" in shown


# -- show --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["--arrow"]])
def test_what_show_prints_is_a_spec(netspec: Netspec, options: list[str]) -> None:
    """The printed form is clean, and printing it again gives the same text."""
    once = netspec("show", "vgg16", *options)
    assert once.exit_code == 0
    assert once.stderr == ""
    Path("again.yaml").write_text(once.stdout)
    assert netspec("check", "again.yaml").exit_code == 0
    assert netspec("show", "again.yaml", *options).stdout == once.stdout


def test_show_keeps_odd_names(netspec: Netspec) -> None:
    """A name that cannot be seen is escaped so that YAML reads it back."""
    Path("a.yaml").write_text('name: "a\\e\\x9b\\u202e\\n\\U000e0001"\ninput: 8x8x1\nnetwork: relu\n')
    once = netspec("show", "a.yaml").stdout
    Path("b.yaml").write_text(once)
    assert netspec("show", "b.yaml").stdout == once
    assert "\\u202e" in once


def test_show_of_a_wrong_spec(netspec: Netspec) -> None:
    """The findings go to standard error, nothing to standard output, and the exit code is 1."""
    Path("a.yaml").write_text(WRONG)
    result = netspec("show", "a.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error[E102]" in result.stderr


def test_show_warns_beside_the_spec(netspec: Netspec) -> None:
    """Warnings do not get into what is printed, and notes are left out."""
    Path("a.yaml").write_text(WARNED)
    result = netspec("show", "a.yaml", "--arrow")
    assert "warning[W101]" in result.stderr
    assert "note[" not in netspec("show", "resnet50").stderr
    assert result.exit_code == 0
    assert "W101" not in result.stdout
    assert "conv3-4" in result.stdout


# -- the manual --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", RULES)
def test_every_code_is_explained(netspec: Netspec, code: str) -> None:
    """`explain` knows each code, in any case, and each rule's name."""
    said = netspec("explain", code)
    assert said.exit_code == 0
    assert f"[{code}]" in said.stdout
    assert (
        netspec("explain", code.lower()).stdout == netspec("explain", RULES[code].name).stdout == said.stdout
    )


def test_explain_of_an_unknown_code(netspec: Netspec) -> None:
    """A code that does not exist ends with 2 and the nearest one, if any is near."""
    near, far = netspec("explain", "E1O2"), netspec("explain", "xyz")
    assert near.exit_code == far.exit_code == 2
    assert "did you mean `E1" in near.stderr
    assert "did you mean" not in far.stderr


@pytest.mark.parametrize("name", KINDS)
def test_every_layer_has_an_entry(netspec: Netspec, name: str) -> None:
    """`layers NAME` prints the entry of each layer, in any case."""
    said = netspec("layers", name.upper())
    assert said.exit_code == 0
    assert said.stdout.startswith(f"{name}: ")


def test_layers_lists_all(netspec: Netspec) -> None:
    """Without a name every layer is listed."""
    said = netspec("layers").stdout
    assert all(re.search(rf"(?m)^  {name} ", said) for name in KINDS)


@pytest.mark.parametrize(
    ("given", "meant"),
    [("cnov", "conv"), ("Conv2D", "conv"), ("MaxPooling2D", "pool"), ("frm", "from"), ("q", None)],
)
def test_an_unknown_layer(netspec: Netspec, given: str, meant: str | None) -> None:
    """The nearest name is offered, also for what other tools call a layer; a far one offers none."""
    result = netspec("layers", given)
    assert result.exit_code == 2
    assert re.findall(r"did you mean `(.*?)`", result.stderr) == ([meant] if meant else [])


def test_list_names_every_bundled_spec(netspec: Netspec) -> None:
    """`list` prints all bundled specs with their titles and citations."""
    said = netspec("list").stdout
    assert all(re.search(rf"(?m)^  {name} ", said) for name in bundled())
    assert "VGG-16" in said
    assert "arXiv:1409.1556" in said


# -- new, schema -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", bundled())
def test_new_copies_a_spec(netspec: Netspec, origin: str) -> None:
    """The new file is clean, has the new name, and says where it came from."""
    said = netspec("new", "mine", "--from", origin)
    assert said.exit_code == 0
    assert "netspec check mine.yaml" in said.stdout
    text = Path("mine.yaml").read_text()
    assert origin in text.splitlines()[0]
    assert "\nname: mine\n" in text
    assert netspec("check", "mine.yaml").exit_code == 0


@pytest.mark.parametrize("name", ["on", "1e3", "null", "my net", 'quo"te', "a: b", "#1"])
def test_new_quotes_names_that_need_it(netspec: Netspec, name: str) -> None:
    """The name of the new spec is the file's, whatever YAML would make of it."""
    assert netspec("new", name, "--from", "vgg16").exit_code == 0
    report = json.loads(netspec("check", f"{name}.yaml", "--format", "json").stdout)
    assert report["files"][0]["name"] == name


def test_new_does_not_overwrite(netspec: Netspec) -> None:
    """A file that exists is kept unless `--force` is given."""
    Path("mine.yaml").write_text("precious")
    result = netspec("new", "mine.yaml", "--from", "vgg16")
    assert result.exit_code == 2
    assert "--force" in result.stderr
    assert Path("mine.yaml").read_text() == "precious"
    assert netspec("new", "mine.yaml", "--from", "vgg16", "--force").exit_code == 0
    assert "VGG" in Path("mine.yaml").read_text() or "conv" in Path("mine.yaml").read_text()


def test_new_needs_a_folder_and_a_known_origin(netspec: Netspec) -> None:
    """A missing folder and an unknown origin are wrong usage, and nothing is written."""
    assert netspec("new", "no/such/folder/mine", "--from", "vgg16").exit_code == 2
    result = netspec("new", "mine", "--from", "vgg61")
    assert result.exit_code == 2
    assert "did you mean `vgg16`?" in result.stderr
    assert not list(Path().iterdir())


def test_schema_is_json(netspec: Netspec) -> None:
    """The schema goes to standard output or a file, and how to use it to standard error."""
    printed, written = netspec("schema"), netspec("schema", "-o", "s.json")
    assert printed.exit_code == written.exit_code == 0
    assert written.stdout == ""
    assert json.loads(printed.stdout) == json.loads(Path("s.json").read_text())
    assert "yaml-language-server: $schema=s.json" in written.stderr
    assert '"yaml.schemas"' in written.stderr


# -- the rest ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["check", "show", "explain", "layers", "list", "new", "schema"])
def test_every_command_has_help_with_an_example(netspec: Netspec, command: str) -> None:
    """`--help` and `-h` show an example of the command, within 80 columns."""
    said = netspec(command, "--help").stdout
    assert f"\n    netspec {command}" in said
    assert max(map(len, said.splitlines())) <= 80
    assert netspec(command, "-h").stdout == said
    assert command in netspec("--help").stdout


def test_the_version(netspec: Netspec) -> None:
    """`--version` prints the package's version."""
    from netspec import __version__

    assert netspec("--version").stdout == f"netspec {__version__}\n"


def completions(line: str, cwd: Path | None = None) -> list[str]:
    """What bash is offered for a command line that ends with the cursor."""
    words = line.split(" ")
    env = {"_NETSPEC_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    return process(env=env, cwd=cwd).stdout.split()


def test_shell_completion(tmp_path: Path) -> None:
    """Commands, bundled specs, files, layers, codes and formats are completed."""
    (tmp_path / "vast.yaml").write_text(GOOD)
    (tmp_path / "nets").mkdir()
    assert "explain" in completions("netspec ex")
    assert {"vgg16", "vast.yaml"} <= set(completions("netspec check v", tmp_path))
    assert "nets/" in completions("netspec show n", tmp_path)
    assert "dwconv" in completions("netspec layers dw")
    assert "E203" in completions("netspec explain E20")
    assert completions("netspec check --format s") == ["sarif"]
    assert "vgg16" in completions("netspec new x --from v")


def test_checking_loads_nothing_heavy() -> None:
    """`check` and `show` load neither numpy, jax nor rich, and neither does the help."""
    for command in (["check", "vgg16"], ["show", "vgg16"], ["--help"], ["check", "missing.yaml"]):
        code = (
            "import sys\nfrom netspec.cli import app\n"
            f"try: app({command!r})\nexcept SystemExit: pass\n"
            "print(sorted({'jax', 'numpy', 'rich', 'pygments'} & set(sys.modules)))"
        )
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True
        )
        assert done.stdout.endswith("[]\n")


def test_a_reader_that_goes_away_is_no_fault() -> None:
    """A closed pipe ends the command without a message, whether it closes early or before the last flush."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    for command in ("layers", "check vgg16 --format sarif", "list"):
        for reader in ("head -n 1", "true"):
            line = f"({sys.executable} -m netspec {command}; echo $? >&2) | {reader}"
            done = subprocess.run(line, shell=True, capture_output=True, text=True, env=env, check=False)
            assert done.stderr in ("0\n", "141\n")


def test_an_interrupt_ends_with_130() -> None:
    """Ctrl-C in the middle of a command ends it with 130 and without a traceback."""
    code = (
        "import os, signal, sys, netspec.checking as module\nfrom netspec.cli import main\n"
        "module.check = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.argv = ['netspec', 'check', 'vgg16']\nmain()"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_terminal_without_utf8_gets_escapes(tmp_path: Path) -> None:
    """Characters that the output cannot encode are written as escapes."""
    (tmp_path / "a.yaml").write_text("input: 8x8x1\nnetwork: 漢字\n", encoding="utf-8")
    done = process("check", "a.yaml", cwd=tmp_path, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 1
    assert "\\u6f22" in done.stdout
    assert done.stderr == ""


def test_the_command_line_of_a_checkout() -> None:
    """`python cli.py` runs the same command line from any folder."""
    command = [sys.executable, str(ROOT / "cli.py"), "check", "vgg16"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("vgg16: ok: ")
