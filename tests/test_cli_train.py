"""The commands that train and use what was trained, as a user runs them: what is printed and kept, and exit codes."""

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from band_images import CLASSES, JUDGED, LEARNT, band_images
from compilation import FLAGS
from typer.testing import CliRunner, Result

from netspec.cli import app
from netspec.render import events as shown_events
from netspec.render.figures import Picture

pytestmark = pytest.mark.usefixtures("compiled_quickly")

BANDS = """name: Bands
input: 6x6x1
network: fc-4 -> tanh -> dropout(0.2) -> fc-3
train:
  data: image_folder("images")
  augmentation: crop(1)
  batch: 6
  epochs: 2
"""
"""6 steps an epoch."""
TINY = "input: 6x6x1\nnetwork: fc-3\ntrain: {data: npz(data.npz), batch: 4, epochs: 1}\n"

Netspec = Callable[..., Result]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, compiled_quickly: None) -> Iterator[Path]:
    """A folder with specs, data, and the runs `first` and `second`."""
    folder = tmp_path_factory.mktemp("place")
    band_images(folder / "images")
    (folder / "bands.yaml").write_text(BANDS)
    (folder / "tiny.yaml").write_text(TINY)
    drawn = np.random.default_rng(0)
    x, y = drawn.integers(0, 255, (20, 6, 6, 1)).astype(np.uint8), np.arange(20) % 3
    np.savez(folder / "data.npz", x_train=x[:16], y_train=y[:16], x_test=x[16:], y_test=y[16:])
    with pytest.MonkeyPatch.context() as patch:
        # These are settings of the whole process.
        patch.setattr("netspec.engine.cache.use_cache", lambda: None)
        patch.setattr("netspec.engine.allocator.recycle_memory", lambda: None)
        patch.chdir(folder)
        yield folder


def blank(picture: Picture, form: str, **options: Any) -> bytes:
    """A picture of nothing, which takes no time."""
    return f'<svg xmlns="http://www.w3.org/2000/svg"><!-- {form} --></svg>'.encode()


@pytest.fixture(scope="module")
def netspec(place: Path) -> Netspec:
    """Runs a command line in that folder; of runs that are trained, only those with `drawn` have real pictures."""

    def run(*arguments: str, input: bytes | None = None, drawn: bool = False) -> Result:  # noqa: A002  what the runner calls it
        with pytest.MonkeyPatch.context() as patch:
            if arguments[0] in ("train", "resume") and not drawn:
                patch.setattr(Picture, "_drawn", blank)
            result = CliRunner().invoke(app, arguments, env={"COLUMNS": "100"}, input=input)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        assert "\x1b" not in result.output
        return result

    return run


@pytest.fixture(scope="module")
def first(netspec: Netspec) -> Result:
    """A run called `first`, with its pictures."""
    return netspec("train", "bands.yaml", "--name", "first", drawn=True)


@pytest.fixture(scope="module")
def straight(netspec: Netspec) -> list[dict[str, Any]]:
    """The events of the same run once more, under the name that it gets where none is given."""
    return events(netspec("train", "bands.yaml", "--progress", "json"))


@pytest.fixture(scope="module")
def second(netspec: Netspec) -> Result:
    """A run called `second`, with another seed."""
    return netspec("train", "bands.yaml", "--name", "second", "--seed", "1", "--progress", "quiet")


def events(result: Result) -> list[dict[str, Any]]:
    """What a run with `--progress json` tells."""
    assert result.exit_code in (0, 130), result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def folders() -> set[str]:
    """The runs that there are."""
    return {path.name for path in Path("runs").iterdir()} if Path("runs").exists() else set()


def told(result: Result, code: str) -> str:
    """What a command says that ends with a finding."""
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"error[{code}]" in result.stderr
    return result.stderr


def refused(result: Result) -> str:
    """The one line that wrong usage gets, with exit code 2 and nothing on standard output."""
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line.removeprefix("netspec: ")


def epochs_of(run: str) -> list[dict[str, Any]]:
    """What a run's `metrics.jsonl` says."""
    return [json.loads(line) for line in Path("runs", run, "metrics.jsonl").read_text().splitlines()]


# -- a run -------------------------------------------------------------------------------------------------------------


def test_a_run_says_what_happens_and_where_it_is(first: Result) -> None:
    """What is trained on what, each epoch, how it ended, and what to do next; nothing for a terminal's eyes."""
    assert first.exit_code == 0
    assert first.stderr == ""
    lines = first.stdout.splitlines()
    assert lines[0] == "Bands on images"
    assert f"{3 * LEARNT} for training, {3 * JUDGED} for test" in first.stdout
    assert "2 epochs of 6 steps, 6 examples a step" in first.stdout
    assert len([line for line in lines if re.match(r" +[12] +\d", line)]) == 2
    assert "Done in " in first.stdout
    for line in ("results", "report"):
        assert re.search(rf"^ +{line} +runs/first", first.stdout, re.MULTILINE)
    assert "netspec evaluate runs/first" in first.stdout
    assert "netspec resume" not in first.stdout


def test_a_run_keeps_all_of_it(first: Result, netspec: Netspec) -> None:
    """The files of a run are there, and say the same."""
    folder = Path("runs/first")
    kept = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    expected = {
        "spec.yaml",
        "run.json",
        "metrics.jsonl",
        "metrics.csv",
        "steps.jsonl",
        "checkpoints",
        "report.html",
    }
    expected |= {
        "weights.safetensors",
        "evaluation.json",
        "curves.svg",
        "curves.png",
        "confusion.svg",
        "confusion.png",
    }
    assert kept == expected
    rows = epochs_of("first")
    with (folder / "metrics.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [{key: str(value) for key, value in row.items()} for row in rows] == [dict(row) for row in table]
    assert [row["step"] for row in rows] == [6, 12]
    steps = [json.loads(line) for line in (folder / "steps.jsonl").read_text().splitlines()]
    losses = [loss for line in steps for loss in line["losses"]]
    assert len(losses) == 12
    for row, half in zip(rows, (losses[:6], losses[6:]), strict=True):
        assert row["train_loss"] == pytest.approx(np.mean(half), rel=1e-5)
    record = json.loads((folder / "run.json").read_text())
    assert (record["status"], record["classes"]) == ("done", list(CLASSES))
    assert record["last"]["loss"] == rows[-1]["loss"]
    page = (folder / "report.html").read_text()
    assert f"{rows[-1]['accuracy']:.1%}".rstrip("%") in page.replace("\u2009", "")
    assert "<script src" not in page
    ET.parse(folder / "curves.svg")
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert netspec("check", "runs/first/spec.yaml").exit_code == 0


def test_events_as_json(straight: list[dict[str, Any]]) -> None:
    """Each line is an event."""
    names = [event["event"] for event in straight]
    assert (names[0], names[-1]) == ("Started", "Finished")
    assert names.count("EpochDone") == 2
    steps = [loss for event in straight if event["event"] == "Progress" for loss in event["losses"]]
    assert len(steps) == 12
    assert re.fullmatch("[0-9a-f]{64}", straight[-1]["digest"])
    assert straight[-1]["run"] == "runs/bands-1"


def test_a_quiet_run_tells_its_end(second: Result) -> None:
    """Nothing before it."""
    assert second.exit_code == 0
    assert second.stdout.startswith("Done in ")


def test_settings_take_the_place_of_the_specs(netspec: Netspec) -> None:
    """By options of their own and by --set; a length in steps that of one in epochs."""
    found = netspec(
        "train", "bands.yaml", "--dry-run", "--steps", "5", "--batch", "9", "--optimizer", "sgd(0.5)"
    )
    assert "5 of 9 examples, 4 an epoch" in found.stdout
    assert "sgd(rate=0.5)" in found.stdout
    for more in ((), ("--set", "train.epochs=null")):
        again = netspec("train", "bands.yaml", "--set", "train.steps=5", *more, "--dry-run")
        assert "5 of 6 examples" in again.stdout
    both = netspec("train", "bands.yaml", "--epochs", "1", "--set", "train.steps=5", "--dry-run")
    assert "the epochs of train must be left out where `steps` is given, not 1" in told(both, "E104")
    twice = netspec("train", "bands.yaml", "--epochs", "1", "--set", "train.epochs=2", "--dry-run")
    assert "--epochs and --set train.epochs are the same" in refused(twice)


def test_a_metric_that_the_labels_do_not_have_is_told_before_the_run_begins(netspec: Netspec) -> None:
    """At what chose it, in a dry run too; no folder is made."""
    before = folders()
    for more in (("--dry-run",), ()):
        said = told(netspec("train", "bands.yaml", "--set", "train.monitor=top5_accuracy", *more), "E402")
        assert "--> --set train.monitor=top5_accuracy" in said
        assert "has 3 classes" in said
    assert folders() == before


def test_a_dry_run_trains_nothing(netspec: Netspec) -> None:
    """It says what would be done, and leaves nothing."""
    before = folders()
    result = netspec("train", "bands.yaml", "--dry-run")
    assert result.exit_code == 0
    assert "Spec and data suit each other; nothing was trained." in result.stdout
    assert re.search(r"To learn from +36 examples", result.stdout)
    assert "note: " not in result.stdout
    late = netspec("train", "bands.yaml", "--schedule", "warmup(epochs=3) -> cosine", "--dry-run").stdout
    assert "note: `cosine` of the schedule would begin after step 18 (epoch 3)" in late
    assert folders() == before


@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["real", "dry"])
def test_a_name_is_taken_once(netspec: Netspec, first: Result, more: tuple[str, ...]) -> None:
    """A run is never written over; what is no name of a folder, or no folder, is told, in a dry run too."""
    line, before = ("train", "bands.yaml", *more), Path("runs/first/run.json").read_bytes()
    assert "netspec resume runs/first" in told(netspec(*line, "--name", "first"), "E506")
    assert Path("runs/first/run.json").read_bytes() == before
    for name in ("../out", "a/b", ""):
        assert "a run cannot be called" in told(netspec(*line, "--name", name), "E503")
    assert not Path("out").exists()
    for place in ("bands.yaml", "bands.yaml/deeper"):
        assert "bands.yaml is a file" in told(netspec(*line, "--runs-dir", place), "E503")
    assert netspec("train", "bands.yaml", "--dry-run", "--runs-dir", "new/runs").exit_code == 0
    assert not Path("new").exists()


def test_the_kept_spec_has_every_default(first: Result, netspec: Netspec) -> None:
    """Preprocessing too, which follows from `input:`; where that says what is done, nothing is added."""
    assert "  preprocessing: [standardize]\n" in Path("runs/first/spec.yaml").read_text()
    Path("given.yaml").write_text(TINY.replace("6x6x1", "{shape: 6x6x1, mean: 3}"))
    assert netspec("train", "given.yaml", "--name", "given", "--progress", "quiet").exit_code == 0
    assert "preprocessing" not in Path("runs/given/spec.yaml").read_text()


def test_workers_without_work_are_told_of(netspec: Netspec) -> None:
    """Examples that lie on the devices are read by nobody."""
    alone = netspec("train", "tiny.yaml", "--dry-run")
    told_of = netspec("train", "tiny.yaml", "--dry-run", "--workers", "2")
    assert (alone.exit_code, told_of.exit_code, alone.stderr) == (0, 0, "")
    assert "no workers read them" in told_of.stderr


def test_files_for_tensorboard(netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the package they are written; without it the command says how to get it, and begins no run."""
    pytest.importorskip("tensorboardX")
    line = ("train", "tiny.yaml", "--tensorboard", "--progress", "quiet")
    assert netspec(*line, "--name", "board").exit_code == 0
    assert [path.name[:6] for path in Path("runs/board/tensorboard").iterdir()] == ["events"]
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    before = folders()
    assert "pip install 'netspec[tensorboard]'" in told(netspec(*line), "E403")
    assert folders() == before


# -- stopped, and gone on with -----------------------------------------------------------------------------------------


def test_both_ways_to_go_on_are_one(netspec: Netspec, straight: list[dict[str, Any]]) -> None:
    """`resume RUN` and `train --resume RUN` end as the run that was as long from the start."""
    json_, whole = ("--progress", "json"), straight[-1]["digest"]
    assert netspec("train", "bands.yaml", "--epochs", "1", "--name", "half", *json_).exit_code == 0
    shutil.copytree("runs/half", "runs/other")
    assert events(netspec("resume", "runs/half", "--epochs", "2", *json_))[-1]["digest"] == whole
    assert events(netspec("train", "--resume", "runs/other", "--epochs", "2", *json_))[-1]["digest"] == whole
    assert "has done its 12 steps" in told(netspec("resume", "runs/half"), "E501")


def test_a_run_goes_on_with_its_own_settings(netspec: Netspec, first: Result) -> None:
    """What cannot be changed is not passed over in silence."""
    message = refused(netspec("train", "bands.yaml", "--resume", "runs/first", "--batch", "3"))
    assert message == "--resume goes on with what the run began with; leave SPEC, --batch out"
    assert "which spec?" in refused(netspec("train"))


def test_ctrl_c_saves_and_the_run_goes_on(
    netspec: Netspec, straight: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one ends the run with a checkpoint and exit code 130; it ends as if it had not been stopped."""
    json_ = ("--progress", "json")
    as_json = shown_events.as_json

    def interrupting(event: Any) -> str:
        if type(event).__name__ == "Progress" and event.step < 12:
            signal.raise_signal(signal.SIGINT)
        return as_json(event)

    with monkeypatch.context() as patch:
        patch.setattr(shown_events, "as_json", interrupting)
        result = netspec("train", "bands.yaml", "--name", "stopped", *json_)
    assert result.exit_code == 130
    end = events(result)[-1]
    assert (end["reason"], end["step"] < 12) == ("interrupted", True)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert events(netspec("resume", "runs/stopped", *json_))[-1]["digest"] == straight[-1]["digest"]


@contextmanager
def endless(place: Path, *arguments: str) -> Iterator[tuple["subprocess.Popen[str]", IO[str], IO[str]]]:
    """A run in a process of its own that would go on for hours, with what it prints and what it complains of."""
    command = (sys.executable, "-m", "netspec", "train", "tiny.yaml", "--epochs", "10000000", *arguments)
    with subprocess.Popen(
        command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        yield process, process.stdout, process.stderr


def test_ctrl_c_in_a_process_of_its_own(place: Path, netspec: Netspec) -> None:
    """A real signal at a run that would go on for hours: it says where it is, how to go on, and can be used."""
    with endless(place, "--name", "long") as (process, printed, complaints):
        for line in printed:
            if re.match(r" +3 +\d", line):
                process.send_signal(signal.SIGINT)
                break
        rest, errors = printed.read(), complaints.read()
    assert process.returncode == 130
    assert errors == ""
    assert "Interrupted at step " in rest
    assert "All of it is saved." in rest
    assert "netspec resume runs/long" in rest
    assert json.loads(Path("runs/long/run.json").read_text())["status"] == "interrupted"
    assert netspec("evaluate", "runs/long").exit_code == 0


@pytest.mark.parametrize("moment", ["EpochDone", "Saved", "Finished"])
def test_a_second_ctrl_c_ends_at_once(place: Path, netspec: Netspec, moment: str) -> None:
    """Right after the first one, after its checkpoint, or while Python takes itself apart: not a word, and the run can be used."""
    arguments = "--progress", "json", "--name", f"twice-{moment}"
    with endless(place, *arguments) as (process, printed, complaints):
        seen = map(json.loads, printed)
        next(event for event in seen if event["event"] == "EpochDone" and event["epoch"] == 3)
        process.send_signal(signal.SIGINT)
        if moment != "EpochDone":
            next(event for event in seen if event["event"] == moment)
        process.send_signal(signal.SIGINT)
        errors = complaints.read()
    assert process.returncode in (130, -signal.SIGINT)
    assert errors == ""
    assert netspec("evaluate", f"runs/twice-{moment}").exit_code == 0


def test_a_killed_run_resumes_bit_for_bit(
    netspec: Netspec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real SIGKILL in the middle of an epoch, with dropout, shuffling and augmentation; the user's home stays empty.

    The runs have processes of their own, which compile as users do.
    """
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XLA_FLAGS", FLAGS)
    monkeypatch.delenv("JAX_DISABLE_MOST_OPTIMIZATIONS")
    result = netspec("verify-resume", "bands.yaml", "--kill", "8")
    assert result.exit_code == 0, result.output
    straight, killed, resumed, verdict = result.stdout.splitlines()
    assert straight.startswith("never stopped: step 12, state ")
    assert re.fullmatch(r"killed: step ([89]|1[012])", killed)
    assert resumed.removeprefix("killed and resumed") == straight.removeprefix("never stopped")
    assert verdict == "the same, bit for bit"
    assert result.stderr.splitlines() == [
        "training to the end without a stop",
        "training once more, to be killed after step 8",
        "resuming to the end",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_changed_run_is_refused(netspec: Netspec, first: Result) -> None:
    """A spec that was edited, and a run that is not there."""
    shutil.copytree("runs/first", "runs/edited")
    spec = Path("runs/edited/spec.yaml")
    spec.write_text(spec.read_text().replace("units: 4", "units: 5"))
    assert "begin a new run" in told(netspec("resume", "runs/edited", "--epochs", "9"), "E504")
    told(netspec("evaluate", "runs/edited"), "E504")
    assert "first" in told(netspec("resume", "runs/frist"), "E501")
    shutil.rmtree("runs/edited")


# -- what is wrong with data -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--set", "input=5x5x1"), "E401", ("6x6x1", "5x5x1", "--set input=6x6x1")),
        (("--data", 'npz("gone.npz")'), "E403", ("gone.npz",)),
        (("--data", 'npz("tiny.yaml")'), "E404", ("tiny.yaml",)),
        (("--augmentation", "color_jitter"), "E405", ("color_jitter",)),
        (("--batch", "17"), "E406", ("17", "16")),
        (("--data", "npy"), "E102", ("did you mean `npz`?",)),
    ],
)
def test_data_that_does_not_suit(
    netspec: Netspec, arguments: tuple[str, ...], code: str, said: tuple[str, ...]
) -> None:
    """Before the first step both sides are named; no run is begun."""
    before = folders()
    text = told(netspec("train", "tiny.yaml", *arguments), code)
    assert all(part in text for part in said)
    assert folders() == before


def test_a_misfit_points_into_the_spec(netspec: Netspec) -> None:
    """At the input's line, and at the last layer's."""
    Path("misfit.yaml").write_text(TINY.replace("6x6x1", "5x5x1"))
    assert "--> misfit.yaml:1:8" in told(netspec("train", "misfit.yaml"), "E401")
    Path("misfit.yaml").write_text(TINY.replace("fc-3", "relu -> fc-2"))
    text = told(netspec("train", "misfit.yaml"), "E402")
    assert "--> misfit.yaml:2:18" in text
    assert "data.npz" in text
    Path("misfit.yaml").write_text(TINY.replace("fc-3", "conv3-3"))
    assert "6x6" in told(netspec("train", "misfit.yaml"), "E402")


def test_images_that_cannot_be_read(netspec: Netspec, tmp_path: Path) -> None:
    """They are named and counted; the run fails, or goes on without them as the user says."""
    folder = band_images(tmp_path / "photos")
    for name in ("train/top/3.png", "test/middle/0.png"):
        (folder / name).write_bytes((folder / name).read_bytes()[:50])
    before = folders()
    text = told(netspec("train", "bands.yaml", "--data", f'image_folder("{folder}")'), "E404")
    assert "2 of 57 images cannot be read" in text
    assert "train/top/3.png" in text
    assert "test/middle/0.png" in text
    assert folders() == before
    skipping = ("--data", f'image_folder("{folder}", unreadable=skip)', "--epochs", "1")
    result = netspec("train", "bands.yaml", *skipping)
    assert result.exit_code == 0
    assert "note: 2 images cannot be read and are left out, such as test/middle/0.png" in result.stdout
    assert "35 for training, 20 for test" in result.stdout


def test_an_image_that_fails_in_the_middle(
    netspec: Netspec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Images that are decoded as they are needed: the file is named, and what was saved before stays."""
    folder = band_images(tmp_path / "photos")
    broken = folder / "train" / "top" / "3.png"
    monkeypatch.setattr("netspec.training.data.image_folder.MOST_KEPT_BYTES", 0)
    line = (
        "train",
        "bands.yaml",
        "--data",
        f'image_folder("{folder}")',
        "--name",
        "broken",
        "--progress",
        "json",
    )
    as_json = shown_events.as_json

    def breaking(event: Any) -> str:
        if type(event).__name__ == "Saved":
            broken.write_bytes(broken.read_bytes()[:50])
        return as_json(event)

    monkeypatch.setattr(shown_events, "as_json", breaking)
    result = netspec(*line)
    assert result.exit_code == 1
    assert "error[E404]" in result.stderr
    assert "train/top/3.png" in result.stderr
    assert json.loads(Path("runs/broken/run.json").read_text())["status"] == "failed"
    assert [path.name for path in Path("runs/broken/checkpoints").iterdir()] == ["6"]


def test_a_loss_that_is_not_finite(netspec: Netspec) -> None:
    """The run stops, names the layer and the step, and is listed as failed."""
    result = netspec("train", "bands.yaml", "--optimizer", "sgd(1e38)", "--name", "wild")
    assert result.exit_code == 1
    assert "error[E505]" in result.stderr
    assert re.search(r"the loss is (nan|inf) at step \d+ \(epoch 1\); .*\bfc[12]\b", result.stderr, re.DOTALL)
    (wild,) = (run for run in json.loads(netspec("runs", "--format", "json").stdout) if run["name"] == "wild")
    assert wild["status"] == "failed"


# -- afterwards --------------------------------------------------------------------------------------------------------


def test_runs_are_listed_and_compared(
    netspec: Netspec, first: Result, second: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line for each run; of two the settings in which they differ, and how good they are."""
    listed = netspec("runs").stdout.splitlines()
    (line,) = (line for line in listed if re.match(r"first\b", line))
    assert "done" in line
    assert "2/2" in line
    found = {run["name"]: run for run in json.loads(netspec("runs", "--format", "json").stdout)}
    best = min(epochs_of("first"), key=lambda row: row["loss"])
    assert found["first"]["best_epoch"] == best["epoch"]
    assert found["first"]["best"]["loss"] == best["loss"]
    text = netspec("runs", "runs/first", "runs/second").stdout
    assert re.search(r"^seed +0 +1$", text, re.MULTILINE)
    assert "batch" not in text
    assert json.loads(netspec("runs", "runs/first", "runs/second", "--format", "json").stdout)
    monkeypatch.chdir(tmp_path)
    assert "There are no runs here" in netspec("runs").stdout
    assert "there is no folder nowhere" in told(netspec("runs", "--runs-dir", "nowhere"), "E501")
    (tmp_path / "file").touch()
    assert "file is a file" in told(netspec("runs", "--runs-dir", "file"), "E501")


def test_an_evaluation_says_what_the_run_did(netspec: Netspec, first: Result) -> None:
    """As a table of classes, as JSON with the numbers of the last epoch, and as a picture."""
    text = netspec("evaluate", "runs/first").stdout
    for name in CLASSES:
        assert re.search(rf"^{name} +{JUDGED} ", text, re.MULTILINE)
    found = json.loads(netspec("evaluate", "runs/first", "--format", "json").stdout)
    last = epochs_of("first")[-1]
    assert found["metrics"] == pytest.approx({name: last[name] for name in ("loss", "accuracy")}, rel=1e-5)
    assert sum(map(sum, found["confusion"])) == 3 * JUDGED
    result = netspec("evaluate", "runs/first", "-o", "confusion.png")
    assert result.stderr == "written to confusion.png\n"
    assert Path("confusion.png").read_bytes().startswith(b"\x89PNG")
    elsewhere = netspec("evaluate", "runs/first", "--data", 'image_folder("images/test")', "--format", "json")
    assert elsewhere.exit_code == 0
    told(netspec("evaluate", "runs/first", "--data", "npz(data.npz)", "--step", "5"), "E501")
    assert "--> runs/first\n" in told(netspec("evaluate", "runs/first", "--part", "validation"), "E501")


def test_a_prediction_is_of_every_kind_of_file(netspec: Netspec, first: Result) -> None:
    """An image, a folder, standard input; as lines and as JSON."""
    image = Path("images/test/top/0.png")
    text = netspec("predict", "runs/first", str(image)).stdout
    assert text.splitlines()[0] == str(image)
    (one,) = json.loads(netspec("predict", "runs/first", str(image), "--format", "json").stdout)
    assert {each["class"] for each in one["top"]} == set(CLASSES)
    assert sum(each["probability"] for each in one["top"]) == pytest.approx(1, rel=1e-5)
    (piped,) = json.loads(
        netspec(
            "predict", "runs/first", "-", "--format", "json", "--top", "1", input=image.read_bytes()
        ).stdout
    )
    assert piped["top"] == one["top"][:1]
    many = json.loads(netspec("predict", "runs/first", "images/test", "--format", "json").stdout)
    assert len(many) == 3 * JUDGED
    assert "notes" in told(netspec("predict", "runs/first", "notes.txt"), "E507")


@pytest.mark.parametrize("line", [("evaluate", "runs/nowhere"), ("probe", "nowhere.yaml")], ids=" ".join)
def test_a_picture_without_a_format_is_refused_before_anything_is_read(
    netspec: Netspec, line: tuple[str, ...]
) -> None:
    """Also where what is to be drawn is not there."""
    assert "a picture is an .svg or a .png, not `c.bmp`" in refused(netspec(*line, "-o", "c.bmp"))


def test_what_cannot_be_read_hides_no_other_prediction(
    netspec: Netspec, first: Result, tmp_path: Path
) -> None:
    """Of several files the good ones are told of, each of the others has a finding, and the exit code is 1."""
    shutil.copytree("images/test", tmp_path / "mixed")
    (tmp_path / "mixed" / "broken.png").write_bytes(b"no image")
    line = ("predict", "runs/first", "nowhere.png", str(tmp_path / "mixed"))
    for form, count in (
        ("json", lambda text: len(json.loads(text))),
        ("text", lambda text: text.count(".png")),
    ):
        result = netspec(*line, "--format", form)
        assert (result.exit_code, count(result.stdout)) == (1, 3 * JUDGED)
        assert result.stderr.count("error[E507]") == 2
        assert "nowhere.png" in result.stderr
        assert "broken.png" in result.stderr


def test_an_ensemble_is_shown_beside_its_members(netspec: Netspec, first: Result, second: Result) -> None:
    """Each run as `evaluate` judges it, and then all of them."""
    runs = ("runs/first", "runs/second")
    alone = [json.loads(netspec("evaluate", run, "--format", "json").stdout) for run in runs]
    found = json.loads(netspec("ensemble", *runs, "--format", "json").stdout)
    assert [each["metrics"] for each in found["members"]] == [each["metrics"] for each in alone]
    assert [each["name"] for each in found["members"]] == ["first", "second"]
    assert 0 <= found["ensemble"]["metrics"]["accuracy"] <= 1
    text = netspec("ensemble", *runs).stdout
    assert "first" in text
    assert "second" in text
    assert "two runs or more" in refused(netspec("ensemble", "runs/first"))
    told(netspec("ensemble", "runs/first", "--snapshots"), "E501")


def test_a_probe_shows_every_layer(netspec: Netspec) -> None:
    """Before training: activations and gradients, as a table, as JSON and as a picture."""
    text = netspec("probe", "bands.yaml").stdout
    found = json.loads(netspec("probe", "bands.yaml", "--format", "json", "-o", "probe.svg").stdout)
    layers = [row["layer"] for row in found["rows"]]
    assert layers == ["fc1", "tanh1", "dropout1", "fc2"]
    assert all(re.search(rf"^{layer} ", text, re.MULTILINE) for layer in layers)
    assert all(row["gradient_norm"] > 0 for row in found["rows"])
    ET.parse("probe.svg")
