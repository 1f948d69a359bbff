"""The commands that count, as a user runs them: analyze, explain, diff, fit, devices; what is printed, and exit codes."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from analyzed_specs import NAMES
from printed import evaluated, formulas, tables, whole
from typer.testing import CliRunner, Result

import netspec as package
from netspec.analysis.columns import COLUMNS
from netspec.analysis.devices import devices
from netspec.cli import app

ROOT = Path(__file__).parent.parent
GOOD = "name: Good\ninput: 8x8x1\nnetwork: conv3-4 -> relu -> fc-10\n"
WRONG = "input: 8x8x1\nnetwork: cnov3-4 -> relu -> fc-10\n"
WARNED = "input: 9x9x1\nnetwork: pool2 -> fc-10\n"
BUDGET = f"budget: {{params: 100}}\n{GOOD}"

Netspec = Callable[..., Result]


@pytest.fixture
def netspec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Netspec:
    """Runs a command line in an empty folder, as a pipe behind a terminal of 80 columns would see it."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | None = None, columns: int = 80) -> Result:
        result = CliRunner().invoke(
            app, arguments, input=stdin, env={"COLUMNS": str(columns), "NO_COLOR": None}
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return run


def refused(result: Result) -> str:
    """The one line that wrong usage gets, with exit code 2 and nothing on standard output."""
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("netspec: ")
    return line.removeprefix("netspec: ")


# -- analyze ---------------------------------------------------------------------------------------------------------


def test_analyze_prints_the_lectures_table(netspec: Netspec) -> None:
    """VGG-16 as the lectures have it, without a code for colour, in 80 columns."""
    result = netspec("analyze", "vgg16")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "VGG-16: 224x224x3 -> 1000"
    assert "FC-4096    4096              4,096  102,760,448      16,384  fc1" in lines
    assert "Total                   15,237,608  138,344,128  60,950,432" in lines
    assert all(len(line) <= 80 and line.isascii() and line.isprintable() for line in lines)


def test_a_wide_terminal_has_more(netspec: Netspec) -> None:
    """No line is wider than it."""
    lines = netspec("analyze", "resnet50", columns=160).stdout.splitlines()
    assert 110 < max(map(len, lines)) <= 160
    assert "Receptive field" in lines[3]


def test_analyze_takes_files_names_and_standard_input(netspec: Netspec) -> None:
    """In the order given, a line between."""
    Path("a.yaml").write_text(GOOD)
    said = netspec("analyze", "a.yaml", "lenet5", "-", stdin="name: Piped\ninput: 4\nnetwork: fc-2\n").stdout
    assert re.findall(r"(?m)^(\S.*): \S+ -> \d+$", said) == ["Good", "LeNet-5", "Piped"]


def test_settings_and_variants_reach_the_network(netspec: Netspec) -> None:
    """`--set`, `--variant` and `@variant`."""
    assert "ResNet-50@101: 224x224x3 -> 7" in netspec("analyze", "resnet50@101", "--set", "classes=7").stdout
    assert "U-Net@padded: 512x512x1" in netspec("analyze", "unet", "--variant", "padded").stdout


def test_a_wrong_spec_is_told_and_the_others_are_counted(netspec: Netspec) -> None:
    """The finding goes to standard error, the tables of the sound ones to standard output, and the exit code is 1."""
    Path("wrong.yaml").write_text(WRONG)
    result = netspec("analyze", "wrong.yaml", "lenet5")
    assert result.exit_code == 1
    assert result.stderr.startswith("error[E102]")
    assert result.stdout.startswith("LeNet-5: ")


@pytest.mark.parametrize("form", ["text", "json", "csv", "markdown", "latex", "html"])
def test_nothing_is_printed_of_a_wrong_spec(netspec: Netspec, form: str) -> None:
    """In no form, and no file is written."""
    Path("wrong.yaml").write_text(WRONG)
    result = netspec("analyze", "wrong.yaml", "missing.yaml", "--format", form, "-o", "out")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "E102" in result.stderr
    assert "E001" in result.stderr
    assert not Path("out").exists()


def test_a_warning_is_told_beside_the_table(netspec: Netspec) -> None:
    """On standard error, with exit code 0."""
    Path("a.yaml").write_text(WARNED)
    result = netspec("analyze", "a.yaml")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning[W201]")
    assert "POOL2" in result.stdout


def test_a_budget_fails_check_and_analyze(netspec: Netspec) -> None:
    """Both exit with 1 and name the layers that take most; the table is printed all the same."""
    Path("a.yaml").write_text(BUDGET)
    checked, analyzed = netspec("check", "a.yaml"), netspec("analyze", "a.yaml")
    assert (checked.exit_code, analyzed.exit_code) == (1, 1)
    for said in (checked.stdout, analyzed.stderr):
        assert said.startswith("error[E301]: the network has 2,610 trainable parameters")
        assert "most of it: fc1 2,570, conv1 40" in said
    assert tables(analyzed.stdout)[0].totals[:3] == ["Total", "", "330"]
    assert netspec("check", "a.yaml", "--set", "budget.params=2610").exit_code == 0
    assert netspec("analyze", "vgg16", "--set", "budget.params=138M").exit_code == 1
    assert netspec("analyze", "vgg16", "--set", "budget.params=139M").exit_code == 0


def test_a_budget_in_every_command(netspec: Netspec) -> None:
    """What looks at such a network works, and ends with 1 where it reports findings."""
    Path("a.yaml").write_text(BUDGET)
    assert netspec("explain", "a.yaml", "fc1").exit_code == 1
    assert netspec("show", "a.yaml").stdout.startswith("netspec: 1\nname: Good\n")
    assert "Parameters" in netspec("diff", "a.yaml", "lenet5").stdout
    assert "trains with batch" in netspec("fit", "a.yaml", "--memory", "1GiB").stdout


def test_columns_are_chosen_by_name(netspec: Netspec) -> None:
    """In their order, spaces between or not; `all` are all that need no device."""
    assert tables(netspec("analyze", "lenet5", "--columns", "macs, name,share_macs").stdout)[0].titles == [
        "MACs", "Name", "% MACs",
    ]  # fmt: skip
    every = tables(netspec("analyze", "lenet5", "--columns", "all").stdout)[0].titles
    assert every == [column.title for column in COLUMNS.values() if column.name not in ("bound", "time")]
    with_device = tables(netspec("analyze", "lenet5", "--columns", "all", "--device", "l4").stdout)[0].titles
    assert with_device == [column.title for column in COLUMNS.values()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--columns", "parametres"], "there is no column `parametres`; did you mean `parameters`?"),
        (["--columns", "zzz"], "there is no column `zzz`; --explain-columns lists them"),
        (["--columns", "macs,,name"], "there is no column ``; --explain-columns lists them"),
        (["--columns", "time"], "the column time needs a --device"),
        (["--dtype", "int8"], "no dtype is called int8; there are float32, bfloat16, float16, float64"),
        (["--optimizer", "adm"], "no optimizer is called adm; there are sgd, "),
        (["--device", "h1000"], "there is no device `h1000`; "),
        (["--set", "classes"], "--set wants NAME=VALUE, not `classes`"),
        (["--limit", "layers"], "--limit: "),
        (["-o", "no/such/folder/x.txt"], "no/such/folder/x.txt cannot be written: no such file or directory"),
        (["--summary", "--format", "html"], "--summary has no html; "),
        (["lenet5", "--format", "html"], "a page is of one network; "),
    ],
    ids=" ".join,
)
def test_wrong_usage_of_analyze(netspec: Netspec, arguments: list[str], message: str) -> None:
    """Gets one line that says what is wanted, and exit code 2."""
    assert refused(netspec("analyze", "vgg16", *arguments)).startswith(message)


@pytest.mark.parametrize(
    "arguments", [["--batch", "0"], ["--batch", "x"], ["--format", "xml"], ["--nonsense"]]
)
def test_options_that_do_not_exist(netspec: Netspec, arguments: list[str]) -> None:
    """Are refused by the parser of the command line, in its words."""
    result = netspec("analyze", "vgg16", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_analyze_wants_a_spec(netspec: Netspec) -> None:
    """And says where there are some."""
    assert refused(netspec("analyze")) == (
        "analyze wants at least one SPEC; `netspec list` prints those that come with netspec"
    )


def test_every_column_is_explained(netspec: Netspec) -> None:
    """By name and title, with its definition and its source, in 80 columns."""
    result = netspec("analyze", "--explain-columns")
    assert result.exit_code == 0
    entries = dict(re.findall(r"(?m)^(\w+)  \(.*\)\n((?:  .*\n)+)", result.stdout))
    assert list(entries) == list(COLUMNS)
    for name, entry in entries.items():
        text = " ".join(entry.split())
        assert text == " ".join(f"{COLUMNS[name].definition} Source: {COLUMNS[name].source}".split())
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


@pytest.mark.parametrize("form", ["text", "json", "csv", "markdown", "latex"])
def test_a_summary_of_all_specs(netspec: Netspec, form: str) -> None:
    """One line a network, in every form."""
    result = netspec(
        "analyze", *(str(ROOT / "specs" / f"{name}.yaml") for name in NAMES), "--summary", "--format", form
    )
    assert result.exit_code == 0
    names = [package.load(name).name for name in ("vgg16", "kim_text", "lenet5_1998")]
    assert all(name in result.stdout for name in names)
    lines = {
        "text": lambda: len(tables(result.stdout)[0].lines),
        "json": lambda: len(json.loads(result.stdout)),
        "csv": lambda: len(list(csv.DictReader(io.StringIO(result.stdout)))),
        "markdown": lambda: len(result.stdout.splitlines()) - 2,
        "latex": lambda: sum(line.endswith(r"\\") for line in result.stdout.splitlines()) - 1,
    }
    assert lines[form]() == len(NAMES)


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("json", "{\n"),
        ("csv", "network,layer,"),
        ("markdown", "| Layer | Dimension |"),
        ("latex", "% needs \\usepackage{booktabs}\n"),
        ("html", "<!DOCTYPE html>\n"),
        ("text", "LeNet-5: 28x28x1 -> 10\n"),
    ],
)
def test_a_form_is_printed_or_written(netspec: Netspec, form: str, begins: str) -> None:
    """The file holds what would have been printed, and an older file is replaced."""
    shown = netspec("analyze", "lenet5", "--format", form)
    Path("out").write_text("older")
    written = netspec("analyze", "lenet5", "--format", form, "--output", "out")
    assert (shown.exit_code, written.exit_code, written.stdout) == (0, 0, "")
    assert shown.stdout.startswith(begins)
    assert Path("out").read_text(encoding="utf-8").rstrip("\n") == shown.stdout.rstrip("\n")
    assert Path("out").read_text(encoding="utf-8").endswith("\n")


def test_json_is_valid_by_the_printed_schema(netspec: Netspec) -> None:
    """`netspec schema --of analysis` describes what `analyze --format json` prints."""
    schema = json.loads(netspec("schema", "--of", "analysis").stdout)
    document = json.loads(netspec("analyze", "googlenet", "--format", "json", "--batch", "3").stdout)
    jsonschema.validate(document, schema)
    assert document["settings"] == {
        "batch": 3,
        "dtype": "float32",
        "optimizer": "momentum",
        "device": None,
    }


def test_the_specs_own_optimizer_is_taken_unless_another_is_given(netspec: Netspec) -> None:
    """The head of the predicted memory names it."""
    Path("a.yaml").write_text(f"{GOOD}train: {{optimizer: adam(0.001)}}\n")
    assert "Training, adam\n" in netspec("analyze", "a.yaml").stdout
    assert "Training, sgd\n" in netspec("analyze", "a.yaml", "--optimizer", "sgd").stdout
    assert "Training, momentum\n" in netspec("analyze", "vgg16").stdout


def test_a_device_file_of_ones_own(netspec: Netspec) -> None:
    """Its columns are shown; a wrong one is told with its place and exit code 1."""
    Path("mine.yaml").write_text("full_name: My card\nmemory: 24GiB\nbandwidth: 900GB/s\nfloat32: 30T\n")
    said = netspec("analyze", "lenet5", "--device", "./mine.yaml")
    assert said.exit_code == 0
    assert tables(said.stdout)[0].titles[-2:] == ["Bound", "Time"]
    assert "on My card at its rate of float32" in " ".join(said.stdout.split())
    Path("mine.yaml").write_text("memory: 24GiB\n")
    wrong = netspec("analyze", "lenet5", "--device", "./mine.yaml")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert "--> ./mine.yaml:1:" in wrong.stderr


def test_a_reader_that_goes_away_is_no_fault() -> None:
    """`netspec analyze ... | head -1` prints its line and no complaint."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "COLUMNS": "80"}
    command = f"{sys.executable} -m netspec analyze densenet121 --expand --all | head -1"
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, env=env, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("DenseNet-121: 224x224x3 -> 1000\n", "")


def test_colour_is_for_terminals_and_on_request(netspec: Netspec) -> None:
    """None in a pipe, codes with `--color always`, and the same text below them."""
    plain, coloured = netspec("analyze", "lenet5"), netspec("analyze", "lenet5", "--color", "always")
    assert "\x1b" not in plain.stdout
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured.stdout) == plain.stdout != coloured.stdout


# -- explain ---------------------------------------------------------------------------------------------------------


def test_explain_shows_the_lectures_arithmetic(netspec: Netspec) -> None:
    """The first convolution of VGG-16, worked out."""
    said = netspec("explain", "vgg16", "conv1").stdout
    assert "(224 - 3 + 2*1)/1 + 1 = 224\n" in said
    assert "(3*3*3)*64 = 1,728\n" in said
    assert "Total" not in said


@pytest.mark.parametrize("name", NAMES)
def test_every_printed_formula_gives_the_printed_number(netspec: Netspec, name: str) -> None:
    """Read back from 80 columns of ASCII, evaluated, in every layer and in the totals of every bundled spec."""
    result = netspec("explain", name)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert all(len(line) <= 80 and line.isascii() and line.isprintable() for line in lines)
    told = list(formulas(lines))
    assert told[-1][0] == "Total"
    for head, several in told:
        assert several, head
        for one in several:
            assert not one.numbers or evaluated(one.numbers) == one.value, (head, one)
    sums = {one.name: one.value for one in told[-1][1]}
    assert sums["parameters"] == package.load(name).analyze().total.parameters


def test_explain_of_a_block(netspec: Netspec) -> None:
    """All layers in it, and no others."""
    said = netspec("explain", "resnet50", "stage3/bottleneck1").stdout
    heads = re.findall(r"(?m)^(\S+): ", said)
    assert heads
    assert all(head.startswith("stage3/bottleneck1/") for head in heads)


def test_explain_of_a_layer_in_place(netspec: Netspec) -> None:
    """Says that there is nothing to work out."""
    said = netspec("explain", "vgg16", "relu1").stdout
    assert said == (
        "relu1: RELU on 224x224x64 -> 224x224x64\n"
        "  works in place: it has the neurons of the layer before, and no parameters\n"
    )


def test_explain_with_a_batch_and_a_type(netspec: Netspec) -> None:
    """The bytes are for them."""
    said = netspec("explain", "lenet5", "fc1", "--batch", "8", "--dtype", "float16").stdout
    assert "neurons * bytes * batch = 120*2*8 = 1,920\n" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["vgg16", "conv99"], "there is no layer `conv99`; did you mean `conv9`?"),
        (["vgg16", "zzz"], "there is no layer `zzz`; netspec analyze --columns layer,name lists them"),
        (["E999"], "there is no code or spec `E999`; "),
    ],
)
def test_wrong_usage_of_explain(netspec: Netspec, arguments: list[str], message: str) -> None:
    """Gets the nearest name, or where there are some."""
    assert refused(netspec("explain", *arguments)).startswith(message)


def test_explain_of_a_wrong_spec(netspec: Netspec) -> None:
    """Findings on standard error, and nothing explained."""
    Path("wrong.yaml").write_text(WRONG)
    result = netspec("explain", "wrong.yaml", "conv1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error[E102]")


# -- diff ------------------------------------------------------------------------------------------------------------


def test_diff_of_variants(netspec: Netspec) -> None:
    """`@101` alone is a variant of the first spec."""
    one, other = netspec("diff", "resnet50", "@101"), netspec("diff", "resnet50", "resnet50@101")
    assert one.stdout == other.stdout
    assert "+18,992,128" in one.stdout
    assert "bottleneck of 10 layers, x17" in one.stdout


def test_exit_codes_of_diff(netspec: Netspec) -> None:
    """0, unless differences are to count or a spec is wrong."""
    Path("wrong.yaml").write_text(WRONG)
    assert netspec("diff", "vgg16", "vgg@B").exit_code == 0
    assert netspec("diff", "vgg16", "vgg@B", "--exit-code").exit_code == 1
    same = netspec("diff", "vgg16", "vgg@D", "--exit-code")
    assert same.exit_code == 0
    assert re.fullmatch("the same network: [0-9a-f]{12}\n", same.stdout)
    for pair in (("wrong.yaml", "vgg16"), ("vgg16", "missing.yaml"), ("vgg16", "@X")):
        result = netspec("diff", *pair)
        assert (result.exit_code, result.stdout) == (1, "")


def test_diff_of_a_spec_and_what_show_prints(netspec: Netspec) -> None:
    """They are the same network."""
    Path("shown.yaml").write_text(netspec("show", "googlenet").stdout)
    assert netspec("diff", "googlenet", "shown.yaml", "--exit-code").stdout.startswith("the same network: ")


def test_diff_as_json(netspec: Netspec) -> None:
    """The changes and both sides; memory is for the batch that was given."""
    one, many = (json.loads(netspec("diff", "alexnet@one-tower", "alexnet", "--format", "json", *more).stdout)
                 for more in ([], ["--batch", "8"]))  # fmt: skip
    assert [change["name"] for change in one["changes"]] == ["conv2", "conv4", "conv5"]
    assert one["before"]["parameters"] == many["before"]["parameters"] == 62_378_344
    assert many["before"]["inference_bytes"] > one["before"]["inference_bytes"]


# -- fit -------------------------------------------------------------------------------------------------------------


def fitted(netspec: Netspec, *arguments: str) -> dict[str, Any]:
    """The answer as JSON."""
    found: dict[str, Any] = json.loads(netspec("fit", *arguments, "--format", "json").stdout)
    return found


def test_the_largest_batch(netspec: Netspec) -> None:
    """An analysis at the answer fits, and one more does not."""
    found = fitted(netspec, "vgg16", "--memory", "16GiB")
    needs = [
        package.load("vgg16").analyze(batch).training.total_bytes
        for batch in (found["value"], found["value"] + 1)
    ]
    assert needs[0] == found["memory"]["total_bytes"] <= 16 * 2**30 < needs[1] == found["next_bytes"]
    said = " ".join(netspec("fit", "vgg16", "--memory", "16GiB").stdout.split())
    assert said.startswith(f"VGG-16 (float32, momentum) trains with batch {found['value']} in 16GiB; ")


def test_the_largest_resolution(netspec: Netspec) -> None:
    """For a batch of four: the answer's network fits, the next one's does not."""
    found = fitted(netspec, "unet", "--memory", "8GiB", "--largest", "resolution", "--batch", "4")
    assert (found["quantity"], found["memory"]["batch"]) == ("resolution", 4)
    for value, fits in ((found["value"], True), (found["next_value"], False)):
        net = package.load("unet", set={"input": f"{value}x{value}x1"})
        assert (net.analyze(4).training.total_bytes <= 8 * 2**30) == fits


def test_the_largest_value_of_a_variable(netspec: Netspec) -> None:
    """For inference, of as many classes as fit."""
    found = fitted(netspec, "resnet18", "--memory", "100MB", "--largest", "classes", "--for", "inference")
    assert found["next_value"] == found["value"] + 1
    for value, fits in ((found["value"], True), (found["next_value"], False)):
        net = package.load("resnet18", set={"classes": value})
        assert (net.analyze().inference.total_bytes <= 10**8) == fits


def test_the_largest_width(netspec: Netspec) -> None:
    """In percent of the spec's own, whatever the spec's variables are."""
    found = fitted(netspec, "lenet5", "--memory", "64MB", "--largest", "width")
    assert found["value"] >= 100
    assert found["memory"]["total_bytes"] <= 64 * 10**6 < found["next_bytes"]


def test_a_devices_memory_is_the_limit(netspec: Netspec) -> None:
    """Unless another is given."""
    assert fitted(netspec, "lenet5", "--device", "l4")["limit_bytes"] == devices()["l4"].memory
    assert fitted(netspec, "lenet5", "--device", "l4", "--memory", "1GB")["limit_bytes"] == 10**9


def test_nothing_fits(netspec: Netspec) -> None:
    """Exit code 1, with what the least would take."""
    result = netspec("fit", "vgg16", "--memory", "16MiB")
    assert result.exit_code == 1
    least = package.load("vgg16").analyze().training.total_bytes
    assert f"{least:,}" in result.stdout
    assert "does not fit into 16MiB" in " ".join(result.stdout.split())
    assert fitted(netspec, "vgg16", "--memory", "16MiB")["value"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["vgg16"], "fit wants --memory SIZE or --device NAME; "),
        (["vgg16", "--memory", "lots"], "--memory wants a size such as 16GiB or 800MB, not `lots`"),
        (["vgg16", "--memory", "16"], "--memory wants a size such as 16GiB or 800MB, not `16`"),
        (["vgg16", "--memory", "1GiB", "--largest", "clases"], "there is no quantity `clases`; did you mean `classes`?"),
        (["mobilenet", "--memory", "1GiB", "--largest", "zzz"], "there is no quantity `zzz`; this spec has batch, resolution, width, alpha, classes"),
        (["dcgan", "--memory", "1GiB", "--largest", "resolution"], "the input has no resolution: "),
        (["vgg16", "--memory", "1GiB", "--dtype", "int8"], "no dtype is called int8; "),
        (["vgg16", "--device", "h1000"], "there is no device `h1000`; "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_wrong_usage_of_fit(netspec: Netspec, arguments: list[str], message: str) -> None:
    """Gets one line that says what is wanted, and exit code 2."""
    assert refused(netspec("fit", *arguments)).startswith(message)


def test_fit_of_a_wrong_spec(netspec: Netspec) -> None:
    """Findings on standard error, and exit code 1."""
    Path("wrong.yaml").write_text(WRONG)
    result = netspec("fit", "wrong.yaml", "--memory", "1GiB")
    assert (result.exit_code, result.stdout) == (1, "")


# -- devices ---------------------------------------------------------------------------------------------------------


def test_devices_are_listed(netspec: Netspec) -> None:
    """Every one, with its memory, bandwidth and rates."""
    result = netspec("devices")
    assert result.exit_code == 0
    (found,) = tables(result.stdout)
    assert found.column("Name") == list(devices())
    assert found.titles[2:4] == ["Memory", "Bandwidth"]


def test_all_numbers_of_a_printed_table_are_whole(netspec: Netspec) -> None:
    """What `analyze` prints of counts is read back as counts."""
    found = tables(netspec("analyze", "resnet50", columns=200).stdout)[0]
    assert sum(map(whole, found.column("MACs"))) == whole(found.total("MACs")) == 4_089_184_256
