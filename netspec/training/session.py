"""Runs from beginning to end: begun, gone on with, and kept in a folder."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netspec.checking import Report, check_text
from netspec.diagnostics import rules
from netspec.engine.compiling import out_of_memory
from netspec.engine.weights import save_weights
from netspec.graph.show import structured
from netspec.language.train_section import Train
from netspec.training.checkpoints import Checkpoints
from netspec.training.data.dataset import Dataset
from netspec.training.data.own import dataset_of
from netspec.training.environment import environment
from netspec.training.evaluation import evaluation
from netspec.training.events import Event, Finished
from netspec.training.faults import TrainError, fault
from netspec.training.kept import write_evaluation
from netspec.training.loop import Loop
from netspec.training.memory import too_large
from netspec.training.metrics import Judged, on_host
from netspec.training.notes import notes
from netspec.training.preprocessing import Affine, written_out
from netspec.training.records import Status
from netspec.training.run_file import RunFile
from netspec.training.runs import RunFolder, check_place
from netspec.training.safe_files import saving
from netspec.training.setup import Options, Setup, set_up
from netspec.training.usable import Usable
from netspec.version import __version__

if TYPE_CHECKING:
    import optax

    from netspec.graph.node import Graph
    from netspec.language.spec import Spec


@dataclass(frozen=True)
class Keeping:
    """Where and how a run is kept.

    Attributes:
        runs: The folder that holds the runs; None: nothing is kept.
        name: The run's name; not given: the network's with a number.
        keep: How many of the last checkpoints stay, beside the best one.
        every: Save a checkpoint each so many steps too, beside those at the ends of epochs.
    """

    runs: Path | None = None
    name: str | None = None
    keep: int = 2
    every: int | None = None


@dataclass(frozen=True, eq=False)
class Result(Usable):
    """What a run gives: the network as it is used, which `predict` does, and how good it is.

    Attributes:
        metrics: Of its parameters, by name.
        best: Metrics of the best epoch.
        reason: `done`, `stopped early` or `interrupted`.
        path: The run's folder, or None.
        digest: SHA-256 of the whole state: equal for runs that are equal bit for bit.
    """

    metrics: dict[str, float]
    best: dict[str, float]
    reason: str
    path: Path | None
    digest: str


@dataclass(eq=False)
class Training:
    """A run. Iterate over it for its events, or let `run` do it all.

    Attributes:
        loop: The loop, with the state that it carries.
        folder: Where it is kept, or None.
        spec: Its resolved spec.
    """

    loop: Loop
    folder: RunFolder | None = None
    spec: str = ""
    result: Result | None = field(default=None, init=False)

    @property
    def setup(self) -> Setup:
        """What the run is made of."""
        return self.loop.setup

    def stop(self) -> None:
        """End after the steps that are running, with a checkpoint."""
        self.loop.stop()

    def run(self) -> Result:
        """Train to the end."""
        for _ in self:
            pass
        assert self.result is not None
        return self.result

    def __iter__(self) -> Iterator[Event]:
        """The run's events, up to `Finished`.

        Raises:
            TrainError: The run cannot go on; what it saved before stays.
        """
        with ExitStack() as stack:
            if self.folder is not None:
                stack.enter_context(self.folder.locked())
                stack.callback(self._settle)
                self._take_up(self.folder)
            try:
                for event in self.loop:
                    if isinstance(event, Finished):
                        self._finish(event)
                    yield event
            except GeneratorExit:
                self._note_status("interrupted")  # nobody asks for more events
                raise
            except BaseException as error:
                self._note_status("failed")
                if out_of_memory(error):
                    raise too_large(self.setup) from None
                raise

    def _note_status(self, status: Status) -> None:
        """How the run ended, where that can be written: the fault that stopped it is the one to be told of."""
        # While Python takes itself apart nothing can be written any more.
        with suppress(TrainError, TypeError if sys.is_finalizing() else TrainError):
            if self.folder is not None:
                self.folder.update(status=status)

    def _take_up(self, folder: RunFolder) -> None:
        """What lies behind the step that the run goes on from is removed: it will be done again."""
        assert self.loop.checkpoints is not None
        self.loop.checkpoints.cut(self.loop.step)
        folder.cut(self.loop.step)
        folder.write_spec(self.spec)
        folder.update(status="running", epochs=self.setup.length.epochs)

    def _settle(self) -> None:
        """A checkpoint that is being written is brought to its end, also where the run is not."""
        with suppress(TrainError):
            if self.loop.checkpoints is not None:
                self.loop.checkpoints.wait()

    def _finish(self, finished: Finished) -> None:
        loop = self.loop
        self.result = Result(
            self.setup.model,
            loop.weights,
            loop.state.state,
            self.setup.affine,
            dict(finished.metrics),
            dict(finished.best),
            finished.reason,
            finished.run,
            finished.digest,
        )
        if self.folder is not None:
            if finished.reason != "interrupted" and loop.last is None:
                loop.last = on_host(loop.judge())
            if loop.last is not None:
                self._keep_evaluation(loop.last)
            with saving(self.folder.weights):
                save_weights(self.folder.weights, loop.weights, loop.state.state, network=self.setup.model)
            self.folder.update(status=finished.reason, best=dict(finished.best), last=dict(finished.metrics))

    def _keep_evaluation(self, judged: Judged) -> None:
        assert self.folder is not None
        setup = self.setup
        data = f"{setup.dataset.name} ({setup.watches})"
        found = evaluation(self.folder.name, data, len(setup.watched), judged, setup.dataset.classes)
        write_evaluation(self.folder.path, found)


def begin(
    name: str,
    spec: "Spec",
    graph: "Graph",
    *,
    keeping: Keeping | None = None,
    options: Options | None = None,
    data: Dataset | None = None,
    optimizer: "optax.GradientTransformation | None" = None,
    command: tuple[str, ...] = (),
) -> Training:
    """A new run, ready to be iterated over.

    Raises:
        TrainError: Its data cannot be read or does not suit it, or its folder cannot be made.
        ValueError: Its precision needs 64-bit arrays, which are not allowed.
    """
    keeping = keeping or Keeping()
    if keeping.runs is not None:
        check_place(keeping.runs, keeping.name)
    spec = _with_defaults(spec)
    setup = set_up(name, spec, graph, data=data, optimizer=optimizer, options=options)
    if keeping.runs is None:
        return Training(Loop(setup, notes=tuple(notes(setup))))
    folder = RunFolder.create(keeping.runs, keeping.name, _base(spec, name))
    text = structured(spec, graph)
    folder.write_spec(text)
    folder.write_record(_record(setup, command))
    return Training(_loop(setup, folder, keeping), folder, text)


def resumed(
    path: Path,
    *,
    settings: dict[str, str] | None = None,
    keeping: Keeping | None = None,
    options: Options | None = None,
    data: Any = None,
    optimizer: "optax.GradientTransformation | None" = None,
) -> Training:
    """A run that goes on from its last good checkpoint, or where it ended before the first one, from the beginning.

    Args:
        path: Its folder.
        settings: Changes of its length: `train.epochs` or `train.steps`.
        keeping: How many checkpoints stay.
        options: What is not part of the spec.
        data: As `dataset_of` takes it, where the run was begun with examples of one's own.
        optimizer: As `begin` took it.

    Raises:
        TrainError: There is no such run, it is damaged, or it began with something else.
    """
    keeping = keeping or Keeping()
    folder = RunFolder.open(path)
    record = folder.record
    report = resolved(folder, settings)
    assert report.spec is not None
    assert report.graph is not None
    options = replace(options or Options(), resident=record.resident)
    affine = preprocessing_of(folder)
    own = None if data is None else dataset_of(data, report.graph.input.sizes)
    setup = set_up(
        record.network,
        report.spec,
        report.graph,
        data=own,
        affine=affine,
        optimizer=optimizer,
        options=options,
    )
    _check_data(folder, record, setup)
    loop = _loop(setup, folder, keeping)
    _restore(loop, record)
    _check_unfinished(folder, record, loop)
    return Training(loop, folder, structured(report.spec, report.graph))


def resolved(folder: RunFolder, settings: dict[str, str] | None = None) -> Report:
    """The run's spec, read again and checked. Raises TrainError where it is not what the run began with."""
    try:
        text = folder.spec.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise fault(rules.DAMAGED_RUN, folder.spec, "the run's spec cannot be read") from None
    report = check_text(text, name=str(folder.spec))
    if not report.ok or report.spec is None or report.graph is None:
        raise TrainError(*report.findings)
    if hash_of(report.spec, report.graph) != folder.record.spec_hash:
        raise fault(
            rules.CHANGED_SPEC,
            folder.spec,
            "the spec is not the one that the run began with",
            help="begin a new run with it, or undo the change",
        )
    if settings:
        report = check_text(text, name=str(folder.spec), settings=settings)
        if not report.ok:
            raise TrainError(*report.findings)
    return report


def preprocessing_of(folder: RunFolder) -> Affine:
    """The preprocessing that a run was begun with. Raises TrainError."""
    try:
        return Affine.of(folder.record.preprocessing)
    except ValueError:
        raise fault(rules.DAMAGED_RUN, folder.path / "run.json", "it holds no preprocessing") from None


def hash_of(spec: "Spec", graph: "Graph") -> str:
    """SHA-256 of a resolved spec without its length.

    That may change, and a run that is killed while it does must not be left with the hash of another length.
    """
    train = (spec.train or Train()).model_copy(update={"steps": None, "epochs": None})
    return sha256(structured(replace(spec, train=train), graph).encode()).hexdigest()


def _with_defaults(spec: "Spec") -> "Spec":
    """The spec with every default of its `train:` section, that one too which follows from `input:`."""
    train = spec.train or Train()
    steps = written_out(train.preprocessing, spec.input)
    return replace(spec, train=train.model_copy(update={"preprocessing": steps}))


def _loop(setup: Setup, folder: RunFolder, keeping: Keeping) -> Loop:
    return Loop(
        setup, folder, Checkpoints(folder.checkpoints, keeping.keep), keeping.every, tuple(notes(setup))
    )


def _restore(loop: Loop, record: RunFile) -> None:
    assert loop.checkpoints is not None
    if not loop.checkpoints.steps() and record.status not in _OVER:
        loop.notes += ("the run ended before its first checkpoint, and begins again with its first step",)
        return
    found, damaged = loop.checkpoints.latest_good(loop.state)
    loop.restore(found.tree, found.extra)
    loop.notes += tuple(f"{finding.message}; the run goes on from step {found.step:,}" for finding in damaged)


_OVER: Final = ("done", "stopped early")


def _check_unfinished(folder: RunFolder, record: RunFile, loop: Loop) -> None:
    # One whose process was killed after its last step has still to be brought to its end.
    if record.status == "done" and loop.step >= loop.setup.length.steps:
        message, cure = (
            f"the run has done its {loop.step:,} steps",
            f"`netspec resume {folder.path} --epochs N` makes it longer",
        )
    elif record.status == "stopped early":
        message, cure = (
            f"the run was stopped at step {loop.step:,} by its rule of `early_stopping`",
            "begin a new run with another rule",
        )
    else:
        return
    raise fault(rules.NO_RUN, folder.path, message, help=cure)


def _check_data(folder: RunFolder, record: RunFile, setup: Setup) -> None:
    if record.data_fingerprint != setup.dataset.fingerprint:
        raise fault(
            rules.CHANGED_SPEC,
            folder.path,
            f"the data of {record.data} is not what the run began with",
            help="give back the files that it began with, or begin a new run",
        )


def _base(spec: "Spec", name: str) -> str:
    """What runs of a spec are called: its file, or the network's name."""
    stem = Path(spec.text.name).name.removesuffix(".yaml").removesuffix(".yml")
    base = stem if stem.isidentifier() or stem.replace("-", "_").isidentifier() else name
    return f"{base}@{spec.variant}" if spec.variant else base


def _record(setup: Setup, command: tuple[str, ...]) -> RunFile:
    found = environment()
    return RunFile(
        netspec=__version__,
        network=setup.name,
        spec_hash=hash_of(setup.spec, setup.graph),
        created=datetime.now(UTC),
        command=command,
        data=setup.dataset.name,
        data_fingerprint=setup.dataset.fingerprint,
        preprocessing=setup.affine.plain(),
        classes=setup.dataset.classes,
        resident=setup.resident,
        epochs=setup.length.epochs,
        monitor=setup.train.monitor,
        **found,
    )
