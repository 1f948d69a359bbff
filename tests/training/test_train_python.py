"""Training from Python: events one by one or all at once, and every part in place of netspec's own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
import pytest
from tiny_runs import CLASSES, data, examples, finding

import netspec
from netspec import SpecError
from netspec.diagnostics import rules
from netspec.engine.checks import MismatchError
from netspec.training.data.dataset import Dataset, Example
from netspec.training.events import EpochDone, Finished, Progress, Saved, Started
from netspec.training.judging import evaluate
from netspec.training.trained import trained

NET = netspec.load(text="input: 4x4x1\nnetwork: fc-3\ntrain: {batch: 8, epochs: 2}\n")
ARRAYS = examples(36), examples(20, 1)


@dataclass
class Lazy:
    """Examples that are made when they are asked for."""

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> Example:
        return self.x[index], self.y[index]


def bits(params: Any) -> list[bytes]:
    """Of parameters."""
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(params)]


def test_events_in_order(tmp_path: Path) -> None:
    """A run begins, goes on, ends its epochs and saves each of them, and is over; nothing is printed."""
    run = netspec.train(NET, ARRAYS, runs=tmp_path)
    events = list(run)
    names = [type(event).__name__ for event in events if not isinstance(event, Progress)]
    assert names == ["Started", "EpochDone", "Saved", "EpochDone", "Saved", "Finished"]
    begun, end = events[0], events[-1]
    assert isinstance(begun, Started)
    assert (begun.train_examples, begun.watched, begun.watched_examples) == (36, "test", 20)
    assert (begun.parameters, begun.batch, begun.steps, begun.step, begun.images) == (51, 8, 8, 0, True)
    steps = [event.step for event in events if isinstance(event, Progress)]
    assert steps == sorted(set(steps))
    assert sum(len(event.losses) for event in events if isinstance(event, Progress)) == 8
    saved = [event.path for event in events if isinstance(event, Saved)]
    assert all(path.is_dir() for path in saved)
    assert isinstance(end, Finished)
    assert (end.reason, end.step, end.run) == ("done", 8, tmp_path / "network-1")
    done = [event.metrics for event in events if isinstance(event, EpochDone)]
    assert done[-1] == end.metrics
    assert end.best == min(done, key=lambda metrics: metrics["loss"])


def test_one_call(capfd: pytest.CaptureFixture[str]) -> None:
    """The result has the network and what it learnt; nothing is printed or kept."""
    result = netspec.train(NET, ARRAYS, epochs=30, optimizer="adam(0.05)").run()
    (_, _), (x, y) = ARRAYS
    run = result.model.apply(result.params, result.state, x - ARRAYS[0][0].mean())
    assert result.path is None
    assert result.metrics["accuracy"] >= 0.8
    assert (np.asarray(run).argmax(1) == y).mean() >= 0.8
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("average", [None, 0.5])
def test_a_result_predicts_raw_examples(average: float | None) -> None:
    """Probabilities of examples that are prepared as those of the training were, however many are computed at a time."""
    (learnt, labels), (x, y) = ((100 + 7 * values, labels) for values, labels in ARRAYS)
    result = netspec.train(NET, ((learnt, labels), (x, y)), epochs=3, average=average).run()
    prepared = (x - learnt.mean()) / learnt.std()
    np.testing.assert_allclose(result.prepare(x), prepared, atol=1e-4)
    scores = np.exp(result.model.apply(result.params, result.state, prepared))
    found = result.predict(x)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, scores / scores.sum(1, keepdims=True), rtol=1e-3)
    assert (found.argmax(1) == y).mean() == pytest.approx(result.metrics["accuracy"])
    np.testing.assert_allclose(result.predict(x[..., 0].tolist(), batch=6), found, rtol=1e-5)
    with pytest.raises(MismatchError, match="the batch comes first"):
        result.predict(x[0])
    with pytest.raises(MismatchError, match="an empty one"):
        result.predict(x[:0])


def test_a_result_gives_the_values_of_a_regression() -> None:
    """What is no class is not made a probability."""
    x = np.arange(32, dtype=np.float32).reshape(16, 2)
    net = netspec.load(text="input: 2\nnetwork: fc-1\ntrain: {batch: 4, epochs: 1, loss: squared_error}\n")
    result = netspec.train(net, (x, 5 * x[:, :1]), preprocessing=[]).run()
    kernel, bias = result.params["fc1"]["kernel"], result.params["fc1"]["bias"]
    np.testing.assert_allclose(result.predict(x), x @ kernel + bias, rtol=1e-5)


def test_settings_are_those_of_the_section() -> None:
    """Fields of `train:` by name, over the spec's; a length in steps takes the place of one in epochs; wrong ones are told."""
    run = netspec.train(NET, ARRAYS, steps=3, label_smoothing=0.1, schedule="cosine")
    assert run.setup.length.steps == 3
    assert run.setup.train.label_smoothing == pytest.approx(0.1)
    in_steps = netspec.load(text=NET.show().replace("epochs: 2", "steps: 5"))
    assert netspec.train(in_steps, ARRAYS, epochs=3).setup.length.steps == 12
    with pytest.raises(SpecError, match="batsh"):
        netspec.train(NET, ARRAYS, batsh=3)


def test_arrays_of_ones_own() -> None:
    """Grey images need no axis for their channel; one pair of arrays is also judged by; more examples than labels are told."""
    (x, y), _ = ARRAYS
    flat = netspec.train(NET, ((x[..., 0], y), ARRAYS[1])).run()
    assert flat.digest == netspec.train(NET, ARRAYS).run().digest
    alone = netspec.train(NET, (x, y))
    assert len(alone.setup.watched) == 36
    assert finding(lambda: netspec.train(NET, (x, y[:-1]))).rule is rules.UNREADABLE_DATA
    x[3] = np.nan
    assert "in example 3" in finding(lambda: netspec.train(NET, (x.copy(), y))).message
    x[3] = 0
    with pytest.raises(TypeError, match="not a int"):
        netspec.train(NET, 3)


def test_a_data_set_of_ones_own() -> None:
    """Anything with a length and examples by place is streamed, and gives the run that arrays give."""
    (x, y), (x_test, y_test) = examples(36), examples(20, 1)
    mine = Dataset("mine", Lazy(x, y), Lazy(x_test, y_test), tuple("abc"[:CLASSES]))
    run = netspec.train(NET, mine)
    assert not run.setup.resident
    arrays = netspec.train(NET, ((x, y), (x_test, y_test)), resident=False)
    assert run.run().digest == arrays.run().digest


def test_an_optimizer_of_ones_own(tmp_path: Path) -> None:
    """One of optax does what the spec's does; its run goes on with it, and is judged as any other."""
    own = optax.sgd(0.1, momentum=0.9)
    both = examples(36), examples(20, 1)
    run = netspec.train(NET, both, optimizer=own, runs=tmp_path, name="own", preprocessing=[])
    mine = run.run()
    spec = netspec.train(NET, both, optimizer="momentum(0.1)", preprocessing=[]).run()
    assert bits(mine.params) == bits(spec.params)
    assert mine.path is not None
    longer = netspec.resume(mine.path, both, optimizer=own, epochs=3).run()
    assert bits(longer.params) == bits(
        netspec.train(NET, both, optimizer=own, epochs=3, preprocessing=[]).run().params
    )
    assert finding(lambda: netspec.resume(mine.path, both, epochs=4)).rule is rules.CHANGED_SPEC  # type: ignore[arg-type]
    assert bits(trained(mine.path).params) == bits(longer.params)


def test_a_run_on_arrays_is_not_judged_by_other_data(tmp_path: Path) -> None:
    """The spec of such a run names a source that it never saw."""
    net = netspec.load(text="input: 8x8x1\nnetwork: fc-10\ntrain: {batch: 8, epochs: 1}\n")
    drawn = np.random.default_rng(0)
    x, y = drawn.normal(size=(16, 8, 8, 1)), drawn.integers(0, 10, 16)
    result = netspec.train(net, (x, y), runs=tmp_path).run()
    assert result.path is not None
    assert finding(lambda: evaluate([trained(result.path)])).rule is rules.CHANGED_SPEC  # type: ignore[arg-type]
    assert finding(lambda: netspec.resume(result.path, epochs=2)).rule is rules.CHANGED_SPEC  # type: ignore[arg-type]


def test_bundled_data_by_name() -> None:
    """A source as a spec writes it; its classes have names."""
    net = netspec.load(text="input: 8x8x1\nnetwork: fc-10\n")
    run = netspec.train(net, "digits", steps=2, batch=64)
    assert run.setup.dataset.classes == tuple("0123456789")
    assert run.run().reason == "done"
    assert data().classes == ()
