"""The loop: steps, epochs, checkpoints; it yields events and prints nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

import jax
import numpy as np

from netspec.diagnostics import rules
from netspec.training.blame import blame
from netspec.training.checkpoints import Checkpoints
from netspec.training.data.images import takes_images
from netspec.training.digest import digest
from netspec.training.environment import peak_memory
from netspec.training.events import EpochDone, Event, Finished, Note, Progress, Saved, Started
from netspec.training.faults import fault
from netspec.training.metrics import Judged, metrics, on_host
from netspec.training.runs import RunFolder
from netspec.training.setup import Setup
from netspec.training.snapshots import snapshot
from netspec.training.steps import MOST_STEPS, State, Stretch
from netspec.training.watch import Watch

_SECONDS_A_STRETCH: Final = 0.25
"""How long steps run before they are told of; the next stretch is made that long, and results do not depend on it."""
_SECONDS_A_CHECKPOINT: Final = 600.0
"""Within a long epoch a checkpoint is saved about so often."""


@dataclass(eq=False)
class Loop:
    """A run, step by step: iterate over it.

    Attributes:
        setup: What the run is made of.
        folder: Where it is kept, or None.
        checkpoints: Its checkpoints, or None.
        every: Save a checkpoint each so many steps, beside those at the ends of epochs.
        state: Everything that is carried from step to step.
        watch: The best epoch so far.
    """

    setup: Setup
    folder: RunFolder | None = None
    checkpoints: Checkpoints | None = None
    every: int | None = None
    notes: tuple[str, ...] = ()
    state: State = field(init=False)
    watch: Watch = field(init=False)
    metrics: dict[str, float] = field(default_factory=dict, init=False)
    last: Judged | None = field(default=None, init=False)
    step: int = field(default=0, init=False)
    _stopped: bool = field(default=False, init=False)
    _pace: float | None = field(default=None, init=False)
    _saved_at: float = field(default_factory=perf_counter, init=False)
    _saved_step: int = field(default=-1, init=False)
    _epoch_seconds: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.state = self.setup.steps.begin()
        self.watch = Watch(self.setup.train.monitor, self.setup.train.early_stopping)

    def stop(self) -> None:
        """End after the steps that are running, with a checkpoint."""
        self._stopped = True

    def restore(self, state: State, extra: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.state, self.step = self.setup.steps.placed(state), int(state.step)
        self.watch.restore(extra["watch"])
        self.metrics, self._epoch_seconds = dict(extra["metrics"]), extra["epoch_seconds"]

    def __iter__(self) -> Iterator[Event]:
        """Events until the run is over.

        Raises:
            TrainError: A loss that is not finite, data that cannot be read, a checkpoint that cannot be written.
        """
        began, length = perf_counter(), self.setup.length
        yield self._started()
        yield from map(Note, self.notes)
        while not (reason := self._over()):
            yield from self._epoch(self.step // length.per_epoch)
        if reason == "interrupted":
            yield from self._save()
        if self.checkpoints is not None:
            self.checkpoints.wait()
        yield self._finished(reason, perf_counter() - began)

    def _over(self) -> str:
        """Why no step follows; nothing where one does."""
        if self.step >= self.setup.length.steps:
            return "done"
        # Between epochs alone: within one the metrics are of the epoch before.
        if self.metrics and self.step % self.setup.length.per_epoch == 0 and self.watch.stops(self.metrics):
            return "stopped early"
        return "interrupted" if self._stopped else ""

    def _epoch(self, epoch: int) -> Iterator[Event]:
        length = self.setup.length
        start, stop = epoch * length.per_epoch, length.stop(epoch)
        while (first := self.step - start) < stop:
            if self._stopped:
                return
            yield self._stretch(epoch, first, min(stop, first + self._next()))
            self._keep_cycle()
            if self._due() and self.step - start < stop:
                yield from self._save()
        yield self._judged(epoch)
        yield from self._save(best=self.watch.epoch == epoch + 1)

    def _keep_cycle(self) -> None:
        if self.folder is not None and self.step in self.setup.cycle_ends:
            snapshot(self.folder.path, self.setup, self.weights, self.state.state, self.step)

    def _next(self) -> int:
        """How many steps to do before telling of them."""
        wanted = 1 if self._pace is None else int(_SECONDS_A_STRETCH / max(self._pace, 1e-6))
        return max(1, min(wanted, MOST_STEPS, *self._pauses()))

    def _pauses(self) -> Iterator[int]:
        """Steps until something has to be kept."""
        if self.every:
            yield self.every - self.step % self.every
        yield from (end - self.step for end in self.setup.cycle_ends if end > self.step)

    def _due(self) -> bool:
        if self.every and self.step % self.every == 0:
            return True
        return perf_counter() - self._saved_at > _SECONDS_A_CHECKPOINT

    def _stretch(self, epoch: int, first: int, stop: int) -> Progress:
        began = perf_counter()
        stretch = self.setup.feed.run(self.state, epoch, first, stop)
        done = int(stretch.done)
        seconds = perf_counter() - began
        self.state = stretch.state
        self.step += done
        self._epoch_seconds += seconds
        if not bool(stretch.finite):
            raise self._not_finite(epoch, first + done, stretch)
        losses = tuple(np.asarray(stretch.losses)[:done].tolist())
        if self.folder is not None:
            self.folder.append_steps(self.step - done, losses)
        compiled, self._pace = self._pace is not None, seconds / done
        return self._progress(epoch, losses, done * self.setup.train.batch / seconds if compiled else None)

    def _progress(self, epoch: int, losses: tuple[float, ...], speed: float | None) -> Progress:
        found = metrics(self.state.epoch)
        return Progress(
            self.step,
            epoch + 1,
            found["loss"],
            found.get("accuracy"),
            self._rate(),
            speed,
            peak_memory(),
            losses,
        )

    def _rate(self) -> float:
        return float(self.setup.rate(np.int32(max(self.step - 1, 0))))

    def _judged(self, epoch: int) -> EpochDone:
        began = perf_counter()
        learnt = self._epoch_seconds
        found = {
            f"train_{name}": value for name, value in metrics(self.state.epoch).items() if name in _LEARNT
        }
        self.last = on_host(self.judge())
        found |= metrics(self.last)
        seconds = self._epoch_seconds + perf_counter() - began
        best = self.watch.take(epoch + 1, found)
        self.metrics = found
        self.state = self.state._replace(epoch=self.setup.steps.placed(self.setup.steps.nothing()))
        self._epoch_seconds = 0.0
        count = self.setup.length.stop(epoch) * self.setup.train.batch
        done = EpochDone(epoch + 1, self.step, found, self._rate(), best, seconds, count / max(learnt, 1e-9))
        if self.folder is not None:
            self.folder.append_epoch(done)
        return done

    @property
    def weights(self) -> Any:
        """The parameters that the network is judged and used with: their average where there is one."""
        return self.state.average if self.setup.train.average is not None else self.state.params

    def judge(self) -> Judged:
        """Sums over the examples that the run is watched by."""
        return self.setup.feed.judge(self.weights, self.state.state)

    def _save(self, *, best: bool = False) -> Iterator[Event]:
        if self.checkpoints is None or self._saved_step == self.step:
            return
        extra = {"watch": self.watch.plain(), "metrics": self.metrics, "epoch_seconds": self._epoch_seconds}
        path = self.checkpoints.save(self.step, self.state, extra, best=best, wait=False)
        self._saved_at, self._saved_step = perf_counter(), self.step
        yield Saved(self.step, path)

    def _not_finite(self, epoch: int, step: int, stretch: Stretch) -> Exception:
        loss = float(np.asarray(stretch.losses)[int(stretch.done)])
        found = blame(self.setup, self.state, self.setup.feed.batch(epoch, step))
        message = f"the loss is {loss} at step {self.step + 1} (epoch {epoch + 1}); {found}"
        where = self.folder.path if self.folder is not None else self.setup.spec.text.name
        return fault(
            rules.NOT_FINITE,
            where,
            message,
            help="try a smaller rate, `clip: 1`, warm-up, or normalization layers",
        )

    def _started(self) -> Started:
        setup = self.setup
        return Started(
            setup.name,
            self.folder.path if self.folder else None,
            setup.dataset.name,
            len(setup.learnt),
            setup.watches,
            len(setup.watched),
            sum(leaf.size for leaf in jax.tree.leaves(self.state.params)),
            setup.train.batch,
            setup.length.steps,
            setup.length.per_epoch,
            self.step,
            setup.devices,
            setup.resident,
            takes_images(setup.graph.input),
        )

    def _finished(self, reason: str, seconds: float) -> Finished:
        return Finished(
            reason,
            self.step,
            self.setup.length.steps,
            self.metrics,
            self.watch.metrics,
            self.watch.epoch,
            seconds,
            self.folder.path if self.folder else None,
            digest(self.state),
        )


_LEARNT: Final = ("loss", "accuracy")
"""What is told of the training examples."""
