"""Everything that a run needs, made from a spec, before its first step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax.sharding import Mesh

from netspec.engine.compiling import compile_network
from netspec.engine.model import Model
from netspec.graph.node import Graph
from netspec.language.spec import Spec
from netspec.language.train_section import Train
from netspec.training.augmentation import augmenter, stored_sizes
from netspec.training.data.dataset import Arrays, Dataset, Examples, Request, held_out, picked
from netspec.training.data.fitting import unfit, unwatched
from netspec.training.data.fitting_monitor import unfit_monitor
from netspec.training.data.sources import open_data
from netspec.training.faults import TrainError
from netspec.training.feed import MOST_RESIDENT_BYTES, Draw, Feed, Resident, Streamed
from netspec.training.labels import smoothed
from netspec.training.optimizers import rate, transformation
from netspec.training.preprocessing import Affine, fitted, value_range
from netspec.training.schedules import cycle_ends
from netspec.training.steps import Augment, Steps

if TYPE_CHECKING:
    import optax


@dataclass(frozen=True)
class Length:
    """How long a run is, in steps."""

    steps: int
    per_epoch: int

    @property
    def epochs(self) -> int:
        """Epochs that are begun."""
        return -(-self.steps // self.per_epoch)

    def stop(self, epoch: int) -> int:
        """Steps of an epoch, counted from 0."""
        return min(self.per_epoch, self.steps - epoch * self.per_epoch)


@dataclass(frozen=True, eq=False)
class Setup:
    """What a run is made of.

    Attributes:
        name: The network's name.
        spec: What was written.
        graph: Its layers.
        train: How it is trained.
        dataset: Where the examples come from.
        learnt: Examples that are learnt from.
        watched: Examples that every epoch is judged by.
        affine: The preprocessing, fitted.
        model: The compiled network.
        length: Steps of the run.
        steps: The compiled steps.
        feed: How examples reach them.
        rate: The optimizer's rate at a step.
        cycle_ends: Steps after which a cycle of the schedule ends, for snapshots.
    """

    name: str
    spec: Spec
    graph: Graph
    train: Train
    dataset: Dataset
    learnt: Examples
    watched: Examples
    affine: Affine
    model: Model
    length: Length
    steps: Steps
    feed: Feed
    rate: Callable[[Any], Any]
    cycle_ends: tuple[int, ...]

    @property
    def watches(self) -> str:
        """What the epochs are judged by."""
        return "validation" if self.train.validation else "test"

    @property
    def resident(self) -> bool:
        """Whether the examples lie on the devices."""
        return isinstance(self.feed, Resident)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What the run would do, by title."""
        length, kept = self.length, "on the devices" if self.resident else "read as they are needed"
        return (
            (
                "Network",
                f"{self.name}, {self.graph.input} to {self.graph.nodes[self.graph.outputs[0].index].shape}",
            ),
            ("Data", f"{self.dataset.name}, {kept}"),
            ("To learn from", f"{len(self.learnt):,} examples"),
            (f"To judge by ({self.watches})", f"{len(self.watched):,} examples"),
            ("Steps", f"{length.steps:,} of {self.train.batch} examples, {length.per_epoch:,} an epoch"),
            ("Optimizer", self.train.optimizer.written()),
            ("Devices", ", ".join(self.devices)),
        )

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices that share each batch."""
        mesh = self.steps.mesh
        shared = list(mesh.devices.flat) if mesh is not None else jax.local_devices()[:1]
        return tuple(str(device) for device in shared)


@dataclass(frozen=True)
class Options:
    """What is not part of the spec.

    Attributes:
        workers: Processes that read examples; 0: threads of this one.
        resident: Keep the examples on the devices; None: where they are small.
        folder: Relative paths of data begin here.
        note: Told, in a sentence, what takes long before the run begins.
    """

    workers: int = 0
    resident: bool | None = None
    folder: str = "."
    note: Callable[[str], None] = lambda _: None


def set_up(
    name: str,
    spec: Spec,
    graph: Graph,
    *,
    data: Dataset | None = None,
    affine: Affine | None = None,
    optimizer: "optax.GradientTransformation | None" = None,
    options: Options | None = None,
) -> Setup:
    """Everything of a run.

    Args:
        name: The network's name.
        spec: What was written.
        graph: Its layers.
        data: Examples of one's own, in place of the spec's.
        affine: Preprocessing that was fitted before; not given: it is fitted now.
        optimizer: An optimizer of one's own, in place of the spec's with its schedule, clipping and regularization.
        options: What is not part of the spec.

    Raises:
        TrainError: The data cannot be read, or does not suit the network.
        ValueError: The precision needs 64-bit arrays, which are not allowed.
    """
    options, train = options or Options(), spec.train or Train()
    dataset = data or opened(graph, train, options)
    if findings := unfit(dataset, spec, graph, train) or [*unfit_monitor(dataset, spec, graph, train)]:
        raise TrainError(*findings)
    learnt, watched = parts(dataset, train)
    if findings := list(unwatched(dataset, watched, spec, train)):
        raise TrainError(*findings)
    affine = affine or fitted(train.preprocessing, spec.input, learnt)
    model = compile_network(name, spec, graph)
    length = _length(train, len(learnt))
    steps = Steps(
        model,
        optimizer or transformation(train, graph, length.steps, length.per_epoch),
        _prepared(affine, model),
        _augment(train, model, affine, learnt),
        train.seed,
        length.per_epoch,
        train.accumulate,
        train.label_smoothing,
        train.average,
        bool(train.label_smoothing) or any(step.blends_labels for step in train.augmentation),
        _mesh(train.batch // train.accumulate),
    )
    feed = _feed(steps, Draw(train.batch, train.seed, train.shuffle), learnt, watched, options)
    turn = rate(train, length.steps, length.per_epoch)
    ends = cycle_ends(train.schedule, length.steps, length.per_epoch)  # one cycle alone needs no snapshot
    return Setup(
        name,
        spec,
        graph,
        train,
        dataset,
        learnt,
        watched,
        affine,
        model,
        length,
        steps,
        feed,
        turn,
        ends if len(ends) > 1 else (),
    )


def opened(graph: Graph, train: Train, options: Options) -> Dataset:
    """The spec's data set. Raises TrainError."""
    sizes = stored_sizes(train.augmentation, graph.input.sizes)
    return open_data(train.data, Request(sizes, graph.input.tokens, folder=options.folder), options.note)


def parts(dataset: Dataset, train: Train) -> tuple[Examples, Examples]:
    """Examples to learn from, and those that the run is watched by."""
    if not train.validation:
        return dataset.train, dataset.test
    stay, out = held_out(_labels(dataset.train), train.validation, train.seed)
    return picked(dataset.train, stay), picked(dataset.train, out)


def _labels(examples: Examples) -> np.ndarray | int:
    return examples.y if isinstance(examples, Arrays) else len(examples)


def _length(train: Train, count: int) -> Length:
    per_epoch = count // train.batch
    return Length(train.steps or (train.epochs or 1) * per_epoch, per_epoch)


def _prepared(affine: Affine, model: Model) -> Callable[[jax.Array], jax.Array]:
    kind = model.input_struct(1).dtype
    return lambda x: affine.apply(x).astype(kind)


def _augment(train: Train, model: Model, affine: Affine, learnt: Examples) -> Augment | None:
    if not train.augmentation:
        return None
    return augmenter(
        train.augmentation,
        model.graph.input.sizes,
        affine,
        value_range(learnt),
        shares=lambda labels: smoothed(labels, model, 0.0),
    )


def _mesh(part: int) -> Mesh | None:
    """The largest number of local devices that a part of a batch can be shared out to; None for one."""
    devices = jax.local_devices()
    count = max(n for n in range(1, len(devices) + 1) if part % n == 0)
    return Mesh(np.asarray(devices[:count]), ("batch",)) if count > 1 else None


def _feed(steps: Steps, draw: Draw, learnt: Examples, watched: Examples, options: Options) -> Feed:
    if isinstance(learnt, Arrays) and isinstance(watched, Arrays):
        small = learnt.x.nbytes + watched.x.nbytes <= MOST_RESIDENT_BYTES
        if small if options.resident is None else options.resident:
            if options.workers:
                options.note("the examples lie on the devices, and no workers read them")
            return Resident(steps, draw, learnt, watched)
    return Streamed(steps, draw, learnt, watched, options.workers)


def steps_of(spec: Spec, graph: Graph, options: Options | None = None) -> int:
    """The length of a run in steps. Raises TrainError where its data cannot be read."""
    train = spec.train or Train()
    learnt, _ = parts(opened(graph, train, options or Options()), train)
    return _length(train, max(len(learnt), train.batch)).steps
