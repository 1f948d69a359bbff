"""A run that goes on ends as one that was never stopped, bit for bit, wherever and however it was stopped."""

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file
from tiny_runs import HARD, again, data, finding, folder, left, stopped, training

import netspec
from netspec.diagnostics import rules
from netspec.training.checkpoints import Checkpoints
from netspec.training.events import EpochDone, Event, Finished, Note, Progress, Saved
from netspec.training.loop import Loop
from netspec.training.runs import RunFolder
from netspec.training.session import Keeping, Training, resumed
from netspec.training.trained import trained

STEPS = 12
STALE = {"chain": "fc-3", "batch": 8, "epochs": 9, "optimizer": "sgd(1e-30)"}
"""A run whose loss stays what it is, so that no epoch is better than the first; 4 steps an epoch."""


def noted(run: Training) -> list[dict[str, Any]]:
    """What `metrics.jsonl` says, without the times."""
    lines = (folder(run).path / "metrics.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key != "seconds"} for line in lines]


def finished(run: Training) -> Finished:
    """The last event of a run."""
    *_, last = run
    assert isinstance(last, Finished)
    return last


def stopped_after(run: Training, step: int, kind: type[Event]) -> Finished:
    """The run's end where it is asked to stop when it tells of a step, in this way."""
    for event in run:
        if isinstance(event, kind) and getattr(event, "step", 0) == step:
            run.stop()
    assert isinstance(event, Finished)
    return event


@pytest.mark.usefixtures("single_steps")
@pytest.mark.parametrize(
    ("more", "steps"),
    [
        ({"resident": False}, (0, 4, 6)),
        ({"optimizer": "adam(0.01)", "schedule": "warmup(steps=3) -> cosine"}, (1, 4, 11)),
    ],
)
def test_wherever_a_run_is_stopped_it_ends_the_same(
    tmp_path: Path, more: dict[str, Any], steps: tuple[int, ...]
) -> None:
    """With dropout, shuffling, augmentation, batch norm, parts and an average: in epochs, at their ends, before any step."""
    run = training(**HARD | more)
    whole = run.run().digest
    for step in steps:
        checkpoints = Checkpoints(tmp_path / str(step))
        first = Loop(run.setup, checkpoints=checkpoints)
        if step == 0:
            first.stop()
        assert stopped(Training(first), step).step == step
        second = Loop(run.setup, checkpoints=checkpoints)
        found = checkpoints.restore(second.state)
        second.restore(found.tree, found.extra)
        assert second.step == step
        assert finished(Training(second)).digest == whole


@pytest.mark.usefixtures("single_steps")
@pytest.mark.parametrize("resident", [True, False])
def test_a_run_left_alone_goes_on_from_its_last_checkpoint(tmp_path: Path, *, resident: bool) -> None:
    """Read again from its folder: what was done after the checkpoint is done again, and noted once."""
    straight = training(tmp_path / "straight", resident=resident, **HARD)
    whole = straight.run().digest
    run = training(tmp_path, resident=resident, every=3, **HARD)
    left(run, 5)
    run = resumed(folder(run).path, data=data())
    assert (run.loop.step, run.setup.resident) == (4, resident)
    stopped(run, 10)
    run = resumed(folder(run).path, data=data())
    assert run.loop.step == 10
    assert run.run().digest == whole
    assert noted(run) == noted(straight)
    assert list(folder(run).losses()) == list(folder(straight).losses())
    assert run.result is not None
    assert straight.result is not None
    assert (run.result.metrics, run.result.best) == (straight.result.metrics, straight.result.best)


def test_every_layout_of_a_run_is_one(tmp_path: Path) -> None:
    """Without a folder, and with checkpoints in the middle of stretches, the state at the end is the same."""
    run = training(tmp_path, every=5, **HARD)
    saved = [event.step for event in run if isinstance(event, Saved)]
    assert saved == [4, 5, 8, 10, 12]
    assert run.result is not None
    assert again(run).run().digest == run.result.digest


def test_a_longer_run_goes_on_as_if_it_had_been_so_long_from_the_start(tmp_path: Path) -> None:
    """With a rate that does not change, 1 epoch and 2 more are 3; the new length stays with the run."""
    run = training(tmp_path, **HARD | {"epochs": 1})
    run.run()
    longer = resumed(folder(run).path, data=data(), settings={"train.epochs": "3"})
    left(longer, 6)
    assert folder(run).record.epochs == 3
    gone_on = resumed(folder(run).path, data=data())
    assert gone_on.setup.length.steps == STEPS
    assert gone_on.run().digest == again(gone_on).run().digest


@pytest.mark.parametrize("call", ["write_spec", "update"])
def test_a_kill_while_the_length_changes_leaves_a_run_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Before the longer spec is written, and after it but before `run.json` is, there is a run of one length or the other."""
    run = training(tmp_path, **STALE | {"epochs": 1})
    run.run()
    path = folder(run).path

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    longer = resumed(path, data=data(), settings={"train.epochs": "2"})
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, call, killed)
        with pytest.raises(KeyboardInterrupt):
            longer.run()
    assert ("epochs: 2" in folder(run).spec.read_text()) is (call == "update")
    longer = resumed(path, data=data(), settings={"train.epochs": "3"})
    longer.run()
    assert (folder(run).record.status, folder(run).record.epochs, longer.loop.step) == ("done", 3, 12)


@pytest.mark.usefixtures("single_steps")
def test_a_run_left_before_its_first_checkpoint_begins_again(tmp_path: Path) -> None:
    """It says so, does its first steps again, notes them once, and ends as if it had never been stopped."""
    straight = training(tmp_path / "straight", **HARD)
    whole = straight.run().digest
    run = training(tmp_path, **HARD)
    left(run, 2)
    run = resumed(folder(run).path, data=data())
    events = list(run)
    (note,) = (event.text for event in events if isinstance(event, Note))
    assert "begins again with its first step" in note
    assert events[-1].digest == whole  # type: ignore[attr-defined]
    assert noted(run) == noted(straight)


def test_a_length_takes_the_place_of_the_other_unit(tmp_path: Path) -> None:
    """A run of epochs is made longer in steps, and then in epochs."""
    run = training(tmp_path, **STALE | {"epochs": 1})
    run.run()
    run = resumed(folder(run).path, data=data(), settings={"train.steps": "6"})
    assert run.setup.length.steps == 6
    run.run()
    run = resumed(folder(run).path, data=data(), settings={"train.epochs": "2"})
    assert run.setup.length.steps == 8
    assert run.run().digest == training(**STALE | {"epochs": 2}).run().digest


def test_a_run_that_is_done_is_not_done_again(tmp_path: Path) -> None:
    """There is nothing to go on with, and the help says how to make it longer."""
    run = training(tmp_path, **STALE | {"epochs": 1})
    run.run()
    found = finding(lambda: resumed(folder(run).path, data=data()))
    assert found.rule is rules.NO_RUN
    assert found.message == "the run has done its 4 steps"
    assert "--epochs" in found.help


def test_a_rule_that_stops_early_survives(tmp_path: Path) -> None:
    """Epochs without anything better are counted on, and the best epoch stays the best."""
    run = training(tmp_path, early_stopping="patience(2)", **STALE)
    stopped(run, 5)
    end = finished(resumed(folder(run).path, data=data()))
    assert (end.reason, end.step, end.best_epoch) == ("stopped early", 12, 1)
    assert end.digest == again(run).run().digest


def test_a_run_that_stopped_early_does_not_go_on(tmp_path: Path) -> None:
    """Where its process ends after the last checkpoint, and before it says that it is over, not one step follows."""
    run = training(tmp_path, early_stopping="patience(1)", **STALE)
    for event in run:
        if isinstance(event, Saved) and event.step == 8:
            break
    end = finished(resumed(folder(run).path, data=data()))
    assert (end.reason, end.step) == ("stopped early", 8)
    assert folder(run).record.status == "stopped early"
    found = finding(lambda: resumed(folder(run).path, data=data(), settings={"train.epochs": "20"}))
    assert found.message == "the run was stopped at step 8 by its rule of `early_stopping`"


def test_a_run_that_was_killed_after_its_last_step_is_brought_to_its_end(tmp_path: Path) -> None:
    """There is no step left to do; the weights, the evaluation and the status are still written."""
    straight = training(tmp_path / "straight", **STALE | {"epochs": 1})
    whole = straight.run().digest
    run = training(tmp_path, **STALE | {"epochs": 1})
    for event in run:
        if isinstance(event, Saved):
            break
    path = folder(run).path
    assert not (path / "weights.safetensors").exists()
    end = finished(resumed(path, data=data()))
    assert (end.reason, end.step, end.digest) == ("done", 4, whole)
    assert folder(run).record.status == "done"
    assert (path / "evaluation.json").read_bytes() == (folder(straight).path / "evaluation.json").read_bytes()
    found, expected = (load_file(each / "weights.safetensors") for each in (path, folder(straight).path))
    assert {name: value.tobytes() for name, value in found.items()} == {
        name: value.tobytes() for name, value in expected.items()
    }


@pytest.mark.parametrize("kind", [Progress, EpochDone])
def test_a_run_that_was_stopped_at_its_end_is_done(tmp_path: Path, kind: type[Event]) -> None:
    """There is nothing left to interrupt."""
    run = training(tmp_path, **STALE | {"epochs": 1})
    assert stopped_after(run, 4, kind).reason == "done"
    assert folder(run).record.status == "done"


def test_the_best_checkpoint_stays_through_a_resume(tmp_path: Path) -> None:
    """The best epoch was before the stop, and later checkpoints do not push it out."""
    run = training(tmp_path, **STALE)
    stopped(run, 5)
    run = resumed(folder(run).path, data=data(), keeping=Keeping(keep=1))
    run.run()
    assert Checkpoints(folder(run).checkpoints).steps() == (4, 36)
    assert run.result is not None
    assert trained(folder(run).path, best=True).name == "run"
    assert [row.epoch for row in folder(run).epochs() if row.best] == [1]


def test_python_resumes_by_the_folder(tmp_path: Path) -> None:
    """`netspec.resume` gives a run that ends as one that was never stopped."""
    run = training(tmp_path, **HARD)
    stopped(run, 1)
    assert netspec.resume(folder(run).path, data()).run().digest == again(run).run().digest
