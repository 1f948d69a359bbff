"""A run that can be used: its network with the weights of a checkpoint."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp

from netspec.diagnostics import rules
from netspec.engine.compiling import compile_network
from netspec.engine.model import End, Model
from netspec.engine.weights import load_weights
from netspec.graph.node import Graph, Node
from netspec.language.spec import Spec
from netspec.language.train_section import Train
from netspec.training.checkpoints import Checkpoints
from netspec.training.faults import fault
from netspec.training.preprocessing import Affine
from netspec.training.run_file import RunFile
from netspec.training.runs import RunFolder
from netspec.training.session import preprocessing_of, resolved
from netspec.training.snapshots import snapshots

Array = jax.Array


@dataclass(frozen=True, eq=False)
class Trained:
    """A network with weights, its preprocessing and its classes.

    Attributes:
        name: What people call it: the run, or one of its snapshots.
        record: What `run.json` says.
        spec: The resolved spec.
        graph: Its layers.
        model: The compiled network.
        params: Parameters.
        state: Running statistics.
        affine: The preprocessing.
    """

    name: str
    record: RunFile
    spec: Spec
    graph: Graph
    model: Model
    params: Any
    state: Any
    affine: Affine

    @property
    def train(self) -> Train:
        """How it was trained."""
        train: Train = self.spec.train or Train()
        return train

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes by id."""
        return self.record.classes

    def prepare(self, x: Array) -> Array:
        """Raw values to the network's input."""
        return self.affine.apply(x).astype(self.model.input_struct(1).dtype)

    @cached_property
    def end(self) -> Callable[[Any], End]:
        """Raw values `[batch, *sizes]` to the main output, as losses take it."""

        @jax.jit
        def end(params: Any, state: Any, x: Array) -> End:
            return self.model.ends(params, state, self.prepare(x))[0][self.graph.outputs[0].name]

        return lambda x: end(self.params, self.state, jnp.asarray(x))

    @property
    def last(self) -> Node:
        """The node that gives the main output."""
        return self.graph.nodes[self.graph.outputs[0].index]

    def shown(self, end: End) -> Array:
        """The output in shares of 1 where the loss reads it as classes, else as it is; float32 at least."""
        value = end.value.astype(jnp.promote_types(end.value.dtype, jnp.float32))
        turned = _SHARES.get(self.train.loss.name)
        return value if turned is None or self.last.kind == turned[0] else turned[1](value)

    def mean(self, ends: Sequence[End]) -> End:
        """The end whose output is the mean of several, of classes the mean of their probabilities."""
        mean = jnp.stack([self.shown(end) for end in ends]).mean(0)
        logits = _LOGITS.get(self.train.loss.name)
        before = mean if logits is None else logits(mean)
        return End(mean if self.last.kind in ("softmax", "sigmoid") else before, before)


_SHARES: Final[dict[str, tuple[str, Callable[[Array], Array]]]] = {
    "cross_entropy": ("softmax", jax.nn.softmax),
    "binary_cross_entropy": ("sigmoid", jax.nn.sigmoid),
}
"""The last layer after which a loss finds shares of 1, and what makes them where it is missing."""
_LOGITS: Final[dict[str, Callable[[Array], Array]]] = {
    "cross_entropy": jnp.log,
    "binary_cross_entropy": lambda p: jnp.log(p) - jnp.log1p(-p),
}
"""From shares back to what a loss takes them from."""


def trained(path: Path, *, step: int | None = None, best: bool | None = None) -> Trained:
    """A run's network with its weights.

    Args:
        path: The run's folder.
        step: The checkpoint after this many steps.
        best: The best checkpoint, or the last; None: the best one where the run kept a validation part, which the
            choice does not wear out the test part of, else the last.

    Raises:
        TrainError: There is no such run or checkpoint, or it is damaged.
    """
    folder = RunFolder.open(path)
    found = _without_weights(folder)
    chosen = bool(found.train.validation) if best is None else best
    params, state = jax.eval_shape(found.model.init, jax.random.key(0))
    used = "params" if found.train.average is None else "average"
    checkpoints = Checkpoints(folder.checkpoints)
    # The optimizer's state is left alone: it may be one of the user's own, of which nothing is known here.
    tree = checkpoints.restore(
        {used: params, "state": state}, step, best=chosen and step is None, part=True
    ).tree
    return _with(found, folder.name, tree[used], tree["state"])


def trained_snapshots(path: Path) -> list[Trained]:
    """A run's network with the weights of each of its snapshots. Raises TrainError where there are none."""
    folder = RunFolder.open(path)
    files = snapshots(folder.path)
    if not files:
        raise fault(
            rules.NO_RUN,
            path,
            "the run has no snapshots",
            help="they are kept at the end of each cycle of `schedule: cosine(restarts=5)`",
        )
    found = _without_weights(folder)
    return [_with(found, f"{folder.name}/{file.stem}", *load_weights(file, found.model)) for file in files]


def _without_weights(folder: RunFolder) -> Trained:
    report, record = resolved(folder), folder.record
    assert report.spec is not None
    assert report.graph is not None
    model = compile_network(record.network, report.spec, report.graph)
    affine = preprocessing_of(folder)
    return Trained(folder.name, record, report.spec, report.graph, model, {}, {}, affine)


def _with(found: Trained, name: str, params: Any, state: Any) -> Trained:
    return Trained(name, found.record, found.spec, found.graph, found.model, params, state, found.affine)
