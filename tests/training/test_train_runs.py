"""The folder of a run: nothing is written over, what was noted survives a kill, and damage is told."""

import csv
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from netspec.training import environment
from netspec.training.events import EpochDone
from netspec.training.faults import TrainError
from netspec.training.run_file import RunFile
from netspec.training.runs import RunFolder, summaries

CREATED = datetime(2026, 3, 4, 10, 11, 12, tzinfo=UTC)


def record(**changes: Any) -> RunFile:
    """What `run.json` says of some run."""
    fields = {
        "netspec": "0.1.0",
        "network": "LeNet-5",
        "spec_hash": "ab" * 32,
        "created": CREATED,
        "command": ("netspec", "train", "lenet5"),
        "packages": {"jax": "0.10.2"},
        "python": "3.11.7",
        "platform": "Linux",
        "devices": ("TFRT_CPU_0 (cpu)",),
        "data": "digits",
        "data_fingerprint": "cd",
        "preprocessing": {"center": [0.1, 1 / 3], "scale": 0.1 + 0.2, "ids": False},
        "classes": ("0", "1"),
        "resident": True,
        "epochs": 3,
        "monitor": "loss",
    }
    return RunFile(**fields | changes)


def epoch(number: int, loss: float, *, best: bool = False) -> EpochDone:
    """An epoch of ten steps."""
    return EpochDone(number, 10 * number, {"train_loss": 2 * loss, "loss": loss}, 1e-3, best, 1.5, 100.0)


def finding(do: Callable[[], object]) -> Any:
    """The one finding that a call ends with."""
    with pytest.raises(TrainError) as caught:
        do()
    (found,) = caught.value.findings
    return found


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run of three epochs, all noted."""
    made = RunFolder.create(tmp_path / "runs", "first", "LeNet-5")
    made.write_record(record())
    for number, loss in enumerate((0.5, 0.25, 0.3), 1):
        made.append_steps(10 * (number - 1), [loss] * 4)
        made.append_steps(10 * (number - 1) + 4, [loss] * 6)
        made.append_epoch(epoch(number, loss, best=number < 3))
    return made


def test_runs_are_numbered_after_the_highest(tmp_path: Path) -> None:
    """Each run gets a folder of its own, also after one in between was deleted; other names do not count."""
    (tmp_path / "lenet-5-x").mkdir()
    (tmp_path / "lenet-50").mkdir()
    names = [RunFolder.create(tmp_path, None, "lenet").name for _ in range(2)]
    (tmp_path / "lenet-51").rmdir()
    assert [*names, RunFolder.create(tmp_path, None, "lenet").name] == ["lenet-51", "lenet-52", "lenet-53"]
    assert RunFolder.create(tmp_path, None, "../../My net/v2.").name == "My-net-v2-1"
    assert RunFolder.create(tmp_path, None, "...").name == "run-1"
    assert RunFolder.create(tmp_path / "a" / "b", None, "x").path == tmp_path / "a" / "b" / "x-1"


def test_a_number_that_somebody_took_meanwhile_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that another process makes between looking and making is not used."""
    RunFolder.create(tmp_path, None, "lenet")
    monkeypatch.setattr(Path, "iterdir", lambda _: iter(()))
    assert RunFolder.create(tmp_path, None, "lenet").name == "lenet-2"


def test_a_run_is_never_written_over(run: RunFolder) -> None:
    """A name that is taken is refused, and what is there stays."""
    found = finding(lambda: RunFolder.create(run.path.parent, "first", "other"))
    assert (found.code, found.file) == ("E506", str(run.path))
    assert run.record == record()


@pytest.mark.parametrize(
    "name", ["a/b", "..", ".hidden", "", "a\\b", "a\nb", "-x", "x" * 101, "/tmp/x", "a b"]
)
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    """Names are single folders, seen in a listing, and safe in a shell."""
    assert finding(lambda: RunFolder.create(tmp_path / "runs", name, "x")).code == "E503"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """Where the runs are to be in what is a file, the finding names it."""
    (tmp_path / "runs").write_text("")
    found = finding(lambda: RunFolder.create(tmp_path / "runs", None, "x"))
    assert (found.code, found.file) == ("E503", str(tmp_path / "runs"))


def test_only_a_run_is_opened(run: RunFolder) -> None:
    """A folder without `run.json` is none; a name that is nearly right gets the right one as advice."""
    assert RunFolder.open(run.path) == run
    found = finding(lambda: RunFolder.open(run.path.parent / "frist"))
    assert (found.code, "`first`" in found.help) == ("E501", True)
    assert finding(lambda: RunFolder.open(run.path.parent)).code == "E501"


@pytest.mark.parametrize("name", ["metrics.csv", "checkpoints", "weights.safetensors", ".lock"])
def test_a_run_does_not_write_through_links(run: RunFolder, tmp_path: Path, name: str) -> None:
    """A run folder whose files are links, which somebody else may have made, is not opened."""
    (run.path / name).unlink(missing_ok=True)
    (run.path / name).symlink_to(tmp_path)
    found = finding(lambda: RunFolder.open(run.path))
    assert (found.code, found.file) == ("E502", str(run.path / name))


def test_the_record_comes_back_as_it_was(run: RunFolder) -> None:
    """All fields survive, numbers bit for bit, and single ones can be changed."""
    assert RunFolder.open(run.path).record == record()
    run.update(status="done", best={"loss": 1 / 3})
    assert run.record == record(status="done", best={"loss": 1 / 3})
    plain = json.loads((run.path / "run.json").read_text())
    assert (plain["created"], plain["command"][0]) == ("2026-03-04T10:11:12Z", "netspec")
    assert [path.name for path in run.path.iterdir() if path.name.startswith(".run")] == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", "[" * 100_000, "\x00" * 10, '{"format": 2}', b"\xff\xfe"],
    ids=["empty", "cut", "list", "bare", "deep", "zeros", "later", "bytes"],
)
def test_a_damaged_record_is_told(run: RunFolder, text: str | bytes) -> None:
    """Whatever stands in `run.json`, it is read or told to be damaged."""
    (run.path / "run.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert finding(lambda: run.record).code == "E502"


def test_nothing_in_a_record_steers_a_terminal(run: RunFolder) -> None:
    """Control characters of a record that somebody sent are not handed on."""
    path = run.path / "run.json"
    path.write_text(path.read_text().replace("LeNet-5", "\\u001b[2J"))
    assert run.record.network == "\ufffd[2J"


def test_epochs_come_back_as_they_were(run: RunFolder) -> None:
    """Every epoch is a line of JSON, and a row of the table, with all that is known of it."""
    rows = run.epochs()
    assert [(row.epoch, row.step, row.best, row.rate, row.seconds) for row in rows] == [
        (1, 10, True, 1e-3, 1.5),
        (2, 20, True, 1e-3, 1.5),
        (3, 30, False, 1e-3, 1.5),
    ]
    assert rows[1].metrics == {"train_loss": 0.5, "loss": 0.25}
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert lines[2]["loss"] == 0.3
    with (run.path / "metrics.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["loss"] for row in table] == ["0.5", "0.25", "0.3"]
    assert list(table[0]) == ["epoch", "step", "train_loss", "loss", "rate", "seconds", "best"]


def test_numbers_that_are_not_finite_stay_json(run: RunFolder) -> None:
    """JSON has no infinity: such a number is null in the file, and no number when it is read."""
    run.append_epoch(epoch(4, math.inf))
    run.append_steps(30, [1.0, math.nan])
    text = (run.path / "metrics.jsonl").read_text() + (run.path / "steps.jsonl").read_text()
    assert [word for word in ("NaN", "Infinity") if word in text] == []
    assert math.isnan(run.epochs()[-1].metrics["loss"])
    assert math.isnan(dict(run.losses())[32])


def test_losses_are_told_by_step(run: RunFolder) -> None:
    """Steps count from 1, in the order in which they were done."""
    found = list(run.losses())
    assert [step for step, _ in found] == list(range(1, 31))
    assert (found[9], found[10]) == ((10, 0.5), (11, 0.25))


@pytest.mark.parametrize("step", [0, 3, 10, 14, 20, 29, 30])
def test_a_run_that_goes_on_forgets_what_came_after(run: RunFolder, step: int) -> None:
    """After `cut` no line tells of a later step, and what was noted before is there as it was."""
    table = run.path / "metrics.csv"
    before, losses, rows = run.epochs(), list(run.losses()), table.read_text().splitlines()[1:]
    run.cut(step)
    assert run.epochs() == tuple(row for row in before if row.step <= step)
    assert list(run.losses()) == losses[:step]
    assert table.read_text().splitlines()[1:] == rows[: step // 10]


def test_a_line_that_was_not_written_to_its_end_does_not_count(run: RunFolder) -> None:
    """A kill may cut the last line anywhere: it is passed over, and after `cut` the next one stands by itself."""
    whole = {name: (run.path / name).read_bytes() for name in ("metrics.jsonl", "steps.jsonl")}
    for end in (1, 2, 20):
        for name, content in whole.items():
            (run.path / name).write_bytes(content[:-end])
        assert [row.epoch for row in run.epochs()] == [1, 2]
        assert [step for step, _ in run.losses()] == list(range(1, 25))
        run.cut(24)
        run.append_epoch(epoch(3, 0.3))
        assert [row.epoch for row in run.epochs()] == [1, 2, 3]


def test_a_damaged_line_is_told(run: RunFolder) -> None:
    """A line in the middle that makes no sense is damage, told by its number; so is a file that is a link."""
    path = run.path / "metrics.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + lines[1].replace("step", "stop") + lines[2])
    found = finding(run.epochs)
    assert (found.code, found.file, "line 2" in found.message) == ("E502", str(path), True)
    assert finding(lambda: run.cut(10)).code == "E502"
    path.unlink()
    path.symlink_to(run.path / "run.json")
    assert finding(run.epochs).code == "E502"
    (run.path / "steps.jsonl").write_bytes(b" " * 2**21)
    assert finding(lambda: list(run.losses())).code == "E502"


def test_a_run_without_epochs_has_none(tmp_path: Path) -> None:
    """Before the first epoch there is nothing to read, and nothing to cut."""
    run = RunFolder.create(tmp_path, "a", "a")
    run.cut(0)
    assert (run.epochs(), list(run.losses())) == ((), [])


def test_a_full_disk_is_told(run: RunFolder) -> None:
    """Where a line has no room, the finding names the file."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        for do in (lambda: run.append_epoch(epoch(4, 0.1)), lambda: run.update(status="done")):
            assert finding(do).code == "E503"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert run.record == record()
    assert len(run.epochs()) == 3


def test_two_processes_do_not_train_one_run(run: RunFolder) -> None:
    """The second one is refused and told which process is the first; afterwards the way is free."""
    with run.locked():
        found = finding(lambda: run.locked().__enter__())
        assert (found.code, str(os.getpid()) in found.message) == ("E503", True)
    with run.locked(), pytest.raises(OSError, match="mine"):
        raise OSError("mine")
    with run.locked():
        pass


def test_a_lock_ends_with_its_process(run: RunFolder) -> None:
    """SIGKILL leaves nothing behind that keeps others out, and meanwhile the run is seen to be running."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom netspec.training import locks\n"
        "with locks.held(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(run.path / ".lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert run.summary().status == "running"
        assert f"process {other.pid}" in finding(lambda: run.locked().__enter__()).message
        other.kill()
        other.wait()
        assert run.summary().status == "failed"
        with run.locked():
            assert run.summary().status == "running"


def test_runs_are_listed_by_time(run: RunFolder) -> None:
    """The oldest comes first; other folders are passed over, and a damaged run is told as such, at the end."""
    root = run.path.parent
    for name, days in (("newer", 1), ("older", -1)):
        other = RunFolder.create(root, name, "x")
        other.write_record(record(created=CREATED + timedelta(days=days), status="done"))
    (root / "a file").write_text("")
    (root / "no run").mkdir()
    damaged = RunFolder.create(root, "damaged", "x")
    damaged.path.joinpath("run.json").write_text("{")
    found = summaries(root)
    assert [each.name for each in found] == ["older", "first", "newer", "damaged"]
    assert [each.status for each in found] == ["done", "failed", "done", "failed"]
    assert found[-1].network == "(damaged)"
    assert summaries(root / "nowhere", missing=True) == []
    assert finding(lambda: summaries(root / "nowhere")).code == "E501"


def test_a_run_in_one_line(run: RunFolder) -> None:
    """The best epoch is the last one that was the best so far; times add up."""
    run.update(status="done")
    found = run.summary()
    assert (found.epoch, found.epochs, found.best_epoch, found.best["loss"]) == (3, 3, 2, 0.25)
    assert (found.seconds, found.created, found.path) == (4.5, "2026-03-04T10:11:12+00:00", str(run.path))


def test_a_run_keeps_its_spec(run: RunFolder) -> None:
    """`spec.yaml` is written whole, in UTF-8."""
    run.write_spec("name: é\n")
    assert run.spec.read_text(encoding="utf-8") == "name: é\n"


def test_the_environment_tells_no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions, platform and devices fit into `run.json`, without the host's name, the user's, or any variable."""
    told = platform.uname()
    monkeypatch.setattr(platform, "uname", lambda: told._replace(node="secret-host"))
    monkeypatch.setattr(platform, "_platform_cache", {})
    for name in ("USER", "LOGNAME", "HOSTNAME", "API_TOKEN"):
        monkeypatch.setenv(name, "secret-value")
    text = record(**environment.environment()).model_dump_json()
    assert "secret" not in text
    assert {"jax", "numpy", "optax"} <= environment.packages().keys()
    assert [device for device in environment.devices() if not device.endswith(")")] == []


def test_peak_memory_is_in_bytes() -> None:
    """Python with JAX takes more than 50 MB, and this process less than a terabyte."""
    peak = environment.peak_memory()
    assert peak is not None
    assert 50e6 < peak < 1e12


def test_listing_runs_loads_no_jax() -> None:
    """`netspec runs` is quick: neither jax nor numpy is loaded for it."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom netspec.training.runs import summaries\nsummaries(Path('.'))\n"
        "assert not {'jax', 'numpy', 'optax', 'orbax', 'rich'} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
