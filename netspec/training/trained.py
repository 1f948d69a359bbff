"""A run that can be used: its network with the weights of a checkpoint."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax

from netspec.diagnostics import rules
from netspec.engine.compiling import compile_network
from netspec.engine.weights import load_weights
from netspec.graph.node import Graph
from netspec.language.spec import Spec
from netspec.language.train_section import Train
from netspec.training.checkpoints import Checkpoints
from netspec.training.faults import fault
from netspec.training.run_file import RunFile
from netspec.training.runs import RunFolder
from netspec.training.session import preprocessing_of, resolved
from netspec.training.snapshots import snapshots
from netspec.training.usable import Usable


@dataclass(frozen=True, eq=False)
class Trained(Usable):
    """What a run learnt.

    Attributes:
        name: What people call it: the run, or one of its snapshots.
        path: The run's folder.
        record: What `run.json` says.
        spec: The resolved spec.
        graph: Its layers.
    """

    name: str
    path: Path
    record: RunFile
    spec: Spec
    graph: Graph

    @property
    def train(self) -> Train:
        """How it was trained."""
        train: Train = self.spec.train or Train()
        return train

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes by id."""
        return self.record.classes


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
    return Trained(model, {}, {}, affine, folder.name, folder.path, record, report.spec, report.graph)


def _with(found: Trained, name: str, params: Any, state: Any) -> Trained:
    return replace(found, name=name, params=params, state=state)
