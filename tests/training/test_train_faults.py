"""What goes wrong in a run is told with its cause, and the last good checkpoint stays."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

import jax
import numpy as np
import pytest
from tiny_runs import CLASSES, HARD, again, data, examples, finding, folder, left, losses, stopped, training

from netspec.diagnostics import rules
from netspec.training.blame import blame
from netspec.training.checkpoints import Checkpoints
from netspec.training.data.dataset import Arrays, Dataset
from netspec.training.events import Event, Note
from netspec.training.faults import TrainError
from netspec.training.session import Training, resumed

QUICK = {"chain": "fc-4 -> relu -> fc-3", "batch": 8, "epochs": 3, "shuffle": False, "preprocessing": "[]"}
"""4 steps an epoch, 12 in all."""
WILD = QUICK | {"optimizer": "sgd(1e30)"}
"""The first step throws the weights away."""


def with_a_hole(place: int) -> Dataset:
    """A data set of one's own, of which one example is infinite."""
    x, y = examples(36)
    x[place] = np.inf
    return Dataset("holed", Arrays(x, y), Arrays(*examples(20, 1)), tuple("abc"[:CLASSES]))


def full_disk(*_: Any, **__: Any) -> None:
    """What the system says where there is no room."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def after(count: int, call: Callable[..., Any], then: Callable[..., Any]) -> Callable[..., Any]:
    """A call that becomes another one after some times."""
    calls = iter([call] * count)

    def changing(*args: Any) -> Any:
        return next(calls, then)(*args)

    return changing


def flipped(path: Path) -> None:
    """One bit of the largest file of a checkpoint is altered."""
    file = max((each for each in path.rglob("*") if each.is_file()), key=lambda each: each.stat().st_size)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def checkpoints(run: Training) -> Checkpoints:
    """Of a run, as the next process finds them."""
    return Checkpoints(folder(run).checkpoints)


@pytest.mark.parametrize("resident", [True, False])
def test_an_infinite_example_is_told_with_its_step(*, resident: bool) -> None:
    """Example 19 is in the third step; that step changes nothing, whatever other steps were to follow at once."""
    run = training(on=with_a_hole(19), resident=resident, **QUICK)
    found = finding(run.run)
    assert found.rule is rules.NOT_FINITE
    assert found.message.startswith("the loss is ")
    assert "at step 3 (epoch 1); the batch itself holds values that are not finite" in found.message
    steps = {key: value for key, value in QUICK.items() if key != "epochs"}
    before = training(on=with_a_hole(19), resident=resident, steps=2, **steps)
    before.run()
    assert run.loop.step == before.loop.step == 2
    assert weights(run) == weights(before)


def weights(run: Training) -> dict[str, bytes]:
    """The bits of all parameters."""
    return {
        f"{a}/{b}": np.asarray(v).tobytes()
        for a, own in run.loop.state.params.items()
        for b, v in own.items()
    }


def test_a_wild_rate_is_told_with_the_layer(tmp_path: Path) -> None:
    """The layer where it shows, the step, what to try; the run counts as failed, and can still be read."""
    run = training(tmp_path, every=1, **WILD)
    found = finding(run.run)
    assert found.rule is rules.NOT_FINITE
    assert "at step 2 (epoch 1); fc" in found.message
    assert "is the first layer whose values are not finite; before it they reach " in found.message
    assert "smaller rate" in found.help
    assert folder(run).record.status == "failed"
    assert checkpoints(run).steps() == (1,)
    assert [step for step, _ in folder(run).losses()] == [1]
    gone_on = resumed(folder(run).path, data=data())
    assert gone_on.loop.step == 1
    assert finding(gone_on.run).message == found.message


def test_weights_that_are_gone_are_told(tmp_path: Path) -> None:
    """Where an update itself overflows, the layer is named whose weights are not finite any more."""
    run = training(**QUICK | {"optimizer": "sgd(1e38)", "regularization": "l2(1e5)"})
    assert "fc1 is the first layer whose parameters are not finite any more" in finding(run.run).message


def test_layers_are_blamed_in_the_networks_order() -> None:
    """The first one, and not the first by name: values that overflow in fc1, and parameters that are gone in two layers."""
    run = training(**QUICK | {"chain": "fc-4 -> bn -> fc-3"})
    state, batch = run.loop.state, run.setup.feed.batch(0, 0)
    large = jax.tree.map(lambda leaf: leaf * 0 + 3e38, state.params["fc1"])
    told = blame(run.setup, state._replace(params=state.params | {"fc1": large}), batch)
    assert told.startswith("fc1 is the first layer whose values are not finite; before it they reach ")
    assert float(told.split()[-1]) == pytest.approx(np.abs(batch[0]).max(), rel=1e-2)
    gone = jax.tree.map(lambda leaf: leaf * np.nan, {name: state.params[name] for name in ("bn1", "fc1")})
    told = blame(run.setup, state._replace(params=state.params | gone), batch)
    assert told.startswith("fc1 is the first layer whose parameters are not finite any more")


def test_a_disk_that_fills_leaves_the_last_good_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends with the reason and the cure; with room again it goes on to the same end."""
    run = training(tmp_path, every=2, **HARD)
    monkeypatch.setattr(os, "posix_fallocate", after(2, os.posix_fallocate, full_disk))
    found = finding(run.run)
    assert found.rule is rules.CANNOT_SAVE
    assert "No space left on device" in found.message
    assert "the last good one, of step 4, is as it was" in found.notes[0]
    assert f"netspec resume {folder(run).path}" in found.help
    monkeypatch.undo()
    gone_on = resumed(folder(run).path, data=data())
    assert gone_on.loop.step == 4
    assert gone_on.run().digest == again(gone_on).run().digest


@pytest.mark.parametrize(
    "place", ["netspec.training.run_log.os.fsync", "netspec.training.session.save_weights"]
)
def test_other_files_that_cannot_be_written_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A disk that fills at the notes of an epoch, or at the weights at the end, is told as such, and not with a traceback."""
    run = training(tmp_path, **QUICK)
    monkeypatch.setattr(place, full_disk)
    found = finding(run.run)
    assert found.rule is rules.CANNOT_SAVE
    assert "No space left on device" in found.message


def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path) -> None:
    """The run goes on from the one before, says so, and ends the same."""
    run = training(tmp_path, every=3, **HARD)
    left(run, 10)
    damaged, good = sorted(checkpoints(run).steps(), reverse=True)[:2]
    flipped(folder(run).checkpoints / str(damaged))
    gone_on = resumed(folder(run).path, data=data())
    assert gone_on.loop.step == good
    events: list[Event] = list(gone_on)
    (note,) = (event.text for event in events if isinstance(event, Note))
    assert "the checkpoint is damaged" in note
    assert f"the run goes on from step {good}" in note
    assert gone_on.result is not None
    assert gone_on.result.digest == again(gone_on).run().digest
    assert losses(events) == losses(again(gone_on))[good:]


def test_no_good_checkpoint_is_told(tmp_path: Path) -> None:
    """Where all of them are damaged the run is refused, each by its name."""
    run = training(tmp_path, **QUICK)
    stopped(run, 5)
    for path in folder(run).checkpoints.iterdir():
        flipped(path)
    with pytest.raises(TrainError) as caught:
        resumed(folder(run).path, data=data())
    assert {found.rule for found in caught.value.findings} == {rules.DAMAGED_RUN}
    assert len(caught.value.findings) == 2


@pytest.mark.parametrize("more", [{"schedule": "warmup(epochs=2) -> cosine"}, {"schedule": "cosine"}])
def test_a_schedule_longer_than_the_run_is_noted(more: dict[str, str]) -> None:
    """Both lengths are named where a phase is never reached, and nothing is said where each is."""
    said = [
        event.text
        for event in training(**QUICK | {"steps": 1, "epochs": None} | more)
        if isinstance(event, Note)
    ]
    late = [
        "`cosine` of the schedule would begin after step 8 (epoch 2), and the run ends with step 1 (epoch 0.25): the rate never gets there"
    ]
    assert said == (late if "warmup" in more["schedule"] else [])


def test_a_run_whose_checkpoints_are_gone_is_told(tmp_path: Path) -> None:
    """One that is over is not begun again, whose results would be written over, and cannot be made longer."""
    run = training(tmp_path, **QUICK | {"epochs": 1})
    run.run()
    rmtree(folder(run).checkpoints)
    found = finding(lambda: resumed(folder(run).path, data=data(), settings={"train.epochs": "2"}))
    assert (found.rule, found.message) == (rules.NO_RUN, "it has no checkpoint yet")


def test_a_changed_spec_is_refused(tmp_path: Path) -> None:
    """A run goes on with the spec that it began with, or not at all; undoing the change mends it."""
    run = training(tmp_path, **QUICK)
    step = stopped(run, 5).step
    before = folder(run).spec.read_text()
    folder(run).spec.write_text(before.replace("units: 4", "units: 5"))
    found = finding(lambda: resumed(folder(run).path, data=data()))
    assert found.rule is rules.CHANGED_SPEC
    assert "spec.yaml" in str(found.file)
    folder(run).spec.write_text("network: [")
    with pytest.raises(TrainError):
        resumed(folder(run).path, data=data())
    folder(run).spec.write_text(before)
    assert resumed(folder(run).path, data=data()).loop.step == step


def test_changed_data_is_refused(tmp_path: Path) -> None:
    """One value of one example is enough."""
    run = training(tmp_path, **QUICK)
    stopped(run, 5)
    x, y = examples(36)
    x[0, 0, 0, 0] += 1
    found = finding(lambda: resumed(folder(run).path, data=((x, y), examples(20, 1))))
    assert (found.rule, found.message) == (
        rules.CHANGED_SPEC,
        "the data of arrays is not what the run began with",
    )


def test_a_run_that_is_being_trained_is_left_alone(tmp_path: Path) -> None:
    """A second process that goes on with it is refused, and the first one ends as if nothing had been."""
    run = training(tmp_path, **QUICK)
    events = iter(run)
    for event in events:
        if getattr(event, "step", 0) == 4 and type(event).__name__ == "Saved":
            break
    run.loop.checkpoints.wait()  # type: ignore[union-attr]
    other = resumed(folder(run).path, data=data())
    found = finding(other.run)
    assert found.rule is rules.CANNOT_SAVE
    assert f"process {os.getpid()} is training this run" in found.message
    list(events)
    assert run.result is not None
    assert run.result.digest == again(run).run().digest
