"""Steps: the same whichever way the examples reach them, and what optax and plain loops make of the same batches."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
import pytest
from compilation import FLAGS
from tiny_runs import CLASSES, HARD, again, examples, losses, training

from netspec.training.data import stream
from netspec.training.data.dataset import Dataset, Example
from netspec.training.events import EpochDone, Progress, Started
from netspec.training.session import Training

PLAIN = {
    "chain": "fc-5 -> tanh -> fc-3",
    "batch": 8,
    "epochs": 2,
    "shuffle": False,
    "preprocessing": "[]",
    "optimizer": "sgd(0.1)",
}
"""Nothing is drawn at random after the start, and every value goes in as it is; 4 steps an epoch."""


def params(run: Training) -> dict[str, np.ndarray]:
    """A run's parameters by name, on the host."""
    return {
        f"{layer}/{part}": np.array(v)
        for layer, own in run.loop.state.params.items()
        for part, v in own.items()
    }


def assert_close(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    """Equal to the rounding of float32."""
    assert found.keys() == expected.keys()
    for name, value in found.items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-5, atol=1e-6, err_msg=name)


@dataclass
class Noted:
    """Examples that note which of them are read."""

    x: np.ndarray
    y: np.ndarray
    read: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> Example:
        self.read.append(index)
        return self.x[index], self.y[index]


def test_streamed_steps_are_the_resident_ones() -> None:
    """All state is the same bit for bit at the end, and so are the metrics, whether the examples lie on the device or not.

    In a process of its own: to the last bit it holds with the fusion that users have, see tests/compilation.py.
    """
    env = os.environ | {"XLA_FLAGS": FLAGS, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, __file__]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def assert_streamed_is_resident() -> None:
    """The same run twice, with the examples on the device and read batch by batch."""
    resident, streamed = (training(resident=resident, **HARD) for resident in (True, False))
    first, *events = resident
    other, *others = streamed
    assert isinstance(first, Started)
    assert isinstance(other, Started)
    assert (first.resident, other.resident) == (True, False)
    assert losses(events) == losses(others)
    done, told = ([e.metrics for e in each if isinstance(e, EpochDone)] for each in (events, others))
    for mine, theirs in zip(done, told, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-6)
    assert resident.result is not None
    assert streamed.result is not None
    assert resident.result.digest == streamed.result.digest


@pytest.mark.parametrize("resident", [True, False])
def test_it_does_not_matter_how_many_steps_are_told_of_at_once(
    monkeypatch: pytest.MonkeyPatch, *, resident: bool
) -> None:
    """Single steps, whole epochs, and stretches cut by checkpoints give the same losses and the same state."""
    run = training(resident=resident, **HARD)
    found = set()
    for seconds, every in ((0.0, None), (1e9, None), (1e9, 3)):
        monkeypatch.setattr("netspec.training.loop._SECONDS_A_STRETCH", seconds)
        each = again(run)
        each.loop.every = every
        stretches = [event.losses for event in each if isinstance(event, Progress)]
        assert each.result is not None
        found.add((sum(stretches, ()), each.result.digest))
        assert (len(stretches) == 12) == (seconds == 0.0)
    assert len(found) == 1
    assert len(found.pop()[0]) == 12


def test_parts_of_a_batch_make_the_whole_batch() -> None:
    """Without layers that look at the batch, `accumulate` changes the memory that a step takes, and nothing else."""
    whole, parts = training(**PLAIN), training(accumulate=4, **PLAIN)
    np.testing.assert_allclose(losses(whole), losses(parts), rtol=1e-5)
    assert_close(params(whole), params(parts))


def test_a_plain_run_is_a_loop_by_hand() -> None:
    """The same losses and weights come from the compiled network's own step with optax, on the same batches in turn."""
    run = training(**PLAIN)
    model, optimizer = run.setup.model, optax.sgd(0.1)
    weights, state = model.init(jax.random.key(0))
    rest = optimizer.init(weights)
    step = model.train_step(optimizer)
    x, y = examples(36)
    expected = []
    for start in [0, 8, 16, 24] * 2:
        batch = {"x": x[start : start + 8], "y": y[start : start + 8]}
        weights, state, rest, loss = step(weights, state, rest, batch)
        expected.append(float(loss))
    np.testing.assert_allclose(losses(run), expected, rtol=1e-5)
    by_name = {f"{layer}/{part}": np.array(v) for layer, own in weights.items() for part, v in own.items()}
    assert_close(params(run), by_name)


def test_a_loss_is_cross_entropy_by_hand() -> None:
    """The first loss is what plain numpy makes of the initial weights and the first eight examples."""
    run = training(**PLAIN)
    before = params(run)
    x, y = (each[:8] for each in examples(36))
    hidden = np.tanh(x.reshape(8, -1) @ before["fc1/kernel"].reshape(16, -1) + before["fc1/bias"])
    logits = (hidden @ before["fc2/kernel"] + before["fc2/bias"]).astype(np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    first = next(event for event in run if isinstance(event, Progress))
    assert first.losses[0] == pytest.approx(-np.log(shares[np.arange(8), y]).mean(), rel=1e-5)


@pytest.mark.usefixtures("single_steps")
def test_the_average_follows_the_weights() -> None:
    """After each step it keeps the share that the spec says, and takes the rest from the new weights."""
    run = training(average=0.75, **PLAIN)
    expected = params(run)
    for event in run:
        if isinstance(event, Progress):
            new = params(run)
            expected = {name: 0.75 * expected[name] + 0.25 * new[name] for name in new}
            average = run.loop.state.average
            assert_close(
                {name: np.array(average[name.split("/")[0]][name.split("/")[1]]) for name in new}, expected
            )


@pytest.mark.usefixtures("single_steps")
def test_an_epoch_tells_the_mean_of_its_steps() -> None:
    """`train_loss` is the mean of the epoch's losses, and as the epoch goes on so is what is told of it."""
    seen: list[float] = []
    for event in training(**HARD):
        if isinstance(event, Progress):
            seen += event.losses
            assert event.loss == pytest.approx(np.mean(seen), rel=1e-5)
        if isinstance(event, EpochDone):
            assert event.metrics["train_loss"] == pytest.approx(np.mean(seen), rel=1e-5)
            seen = []


def test_an_epoch_reads_each_example_once_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 36 examples 32 make the 4 steps, each once; the next epoch takes others; a spec that says so takes them in order."""
    monkeypatch.setattr(stream, "_MOST_THREADS", 1)  # several read at the same time, and note in any order
    for shuffle in (True, False):
        learnt, test = Noted(*examples(36)), Noted(*examples(20, 1))
        set_ = Dataset("noted", learnt, test, tuple("abc"[:CLASSES]))
        run = training(on=set_, chain="fc-3", batch=8, epochs=2, shuffle=shuffle, preprocessing="[]")
        learnt.read.clear()
        assert run.run().reason == "done"
        epochs = learnt.read[:32], learnt.read[32:]
        assert [len(set(epoch)) for epoch in epochs] == [32, 32]
        batches = [sorted(epoch[i : i + 8]) for epoch in epochs for i in range(0, 32, 8)]
        in_order = [list(range(i, i + 8)) for i in range(0, 32, 8)] * 2
        assert (batches == in_order) == (not shuffle)
        assert (set(epochs[0]) == set(epochs[1])) == (not shuffle)


def test_another_seed_is_another_run() -> None:
    """The seed draws weights, order and layers; the same seed gives the same run."""
    digests = [training(**HARD | {"epochs": 1, "seed": seed}).run().digest for seed in (0, 0, 1)]
    assert digests[0] == digests[1] != digests[2]


def test_the_last_epoch_of_a_run_in_steps_may_be_a_part() -> None:
    """Six steps of four an epoch are an epoch and a half, each judged at its end."""
    rest: dict[str, Any] = {k: v for k, v in PLAIN.items() if k != "epochs"}
    run = training(steps=6, epochs=None, **rest)
    assert [(e.epoch, e.step) for e in run if isinstance(e, EpochDone)] == [(1, 4), (2, 6)]


if __name__ == "__main__":
    assert_streamed_is_resident()
