"""The commands that train, and those that use what was trained. Each is one call and one rendering."""

# ruff: noqa: PLC0415, T201  each command loads only what it needs, and prints
# ruff: noqa: FBT002, D301, PLR0913, PLR0917  typer makes options of parameters, and keeps lines after a \b

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netspec.cli_engine import computing
from netspec.cli_options import (
    Color,
    LimitOptions,
    Settings,
    Target,
    TextOrJson,
    Variant,
    When,
    checker,
    look,
    print_all,
    refuse,
    tell,
    tell_all,
    write_bytes,
)

if TYPE_CHECKING:
    from netspec.graph.node import Graph
    from netspec.language.spec import Spec
    from netspec.training.events import Event
    from netspec.training.records import Evaluation
    from netspec.training.session import Training
    from netspec.training.setup import Options
    from netspec.training.trained import Trained


class ProgressStyle(StrEnum):
    """How a run is shown."""

    AUTO = "auto"
    PLAIN = "plain"
    QUIET = "quiet"
    JSON = "json"


class Which(StrEnum):
    """Which checkpoint of a run."""

    AUTO = "auto"
    BEST = "best"
    LAST = "last"


class Part(StrEnum):
    """A part of a data set."""

    TEST = "test"
    VALIDATION = "validation"
    TRAIN = "train"


def complete_runs(incomplete: str) -> list[str]:
    """Folders of runs that begin as typed."""
    found = sorted(path.parent for path in Path().glob("runs/*/run.json"))
    return [str(path) for path in found if str(path).startswith(incomplete)]


Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.", autocompletion=complete_runs)]
Runs = Annotated[
    list[Path], typer.Argument(metavar="RUN...", help="Folders of runs.", autocompletion=complete_runs)
]
RunsDir = Annotated[Path, typer.Option("--runs-dir", metavar="DIR", help="The folder that holds the runs.")]
Form = Annotated[TextOrJson, typer.Option("--format", help="For people, or for another program.")]
ProgressOption = Annotated[
    ProgressStyle,
    typer.Option(
        "--progress",
        help="A screen that changes, plain lines, only the end, or every event as a line of JSON.",
    ),
]
Keep = Annotated[
    int, typer.Option(min=1, metavar="N", help="Last checkpoints that are kept, beside the best.")
]
CheckpointSteps = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Save a checkpoint each N steps too, not at ends of epochs alone."),
]
Workers = Annotated[
    int,
    typer.Option(min=0, max=256, metavar="N", help="Processes that read examples; 0: threads of this one."),
]
Epochs = Annotated[int | None, typer.Option(min=1, metavar="N", help="Length of the run in epochs.")]
StepsOption = Annotated[int | None, typer.Option(min=1, metavar="N", help="Length of the run in steps.")]
BatchOption = Annotated[int | None, typer.Option(min=1, metavar="N", help="Examples a step.")]
Seed = Annotated[int | None, typer.Option(min=0, metavar="N", help="Where all random numbers begin.")]
DataOption = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE", help="Where examples come from: mnist, 'digits(28)', 'image_folder(\"photos\")' ..."
    ),
]
TensorBoard = Annotated[
    bool, typer.Option("--tensorboard", help="Write files for TensorBoard into the run's folder.")
]
WhichOption = Annotated[
    Which,
    typer.Option(
        "--checkpoint", help="auto: the best one where a validation part was kept apart, else the last one."
    ),
]
StepOption = Annotated[
    int | None, typer.Option("--step", min=0, metavar="N", help="The checkpoint after N steps.")
]


def train(
    spec: Annotated[
        str | None,
        typer.Argument(metavar="SPEC", help="A path, a bundled spec's name, either with @VARIANT, or -."),
    ] = None,
    data: DataOption = None,
    epochs: Epochs = None,
    steps: StepsOption = None,
    batch: BatchOption = None,
    optimizer: Annotated[
        str | None, typer.Option(metavar="CALL", help="Such as 'adam(0.001)' or 'momentum(0.05)'.")
    ] = None,
    schedule: Annotated[
        str | None, typer.Option(metavar="CHAIN", help="Such as 'warmup(epochs=2) -> cosine'.")
    ] = None,
    augmentation: Annotated[
        str | None, typer.Option(metavar="CHAIN", help="Such as 'crop(4) -> flip'.")
    ] = None,
    seed: Seed = None,
    precision: Annotated[
        str | None, typer.Option(metavar="NAME", help="float32, mixed, bfloat16 or float64.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The run's name; else the spec's with a number.")
    ] = None,
    runs_dir: RunsDir = Path("runs"),
    resume_run: Annotated[
        Path | None,
        typer.Option("--resume", metavar="RUN", help="Go on with a run instead of beginning one."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check spec and data and say what would be done; train nothing.")
    ] = False,
    keep: Keep = 2,
    checkpoint_steps: CheckpointSteps = None,
    workers: Workers = 0,
    tensorboard: TensorBoard = False,
    progress: ProgressOption = ProgressStyle.AUTO,
    settings: Settings = None,
    variant: Variant = None,
    limits: LimitOptions = None,
) -> None:
    """Train a network as its spec's `train:` section says, and keep the run in runs/NAME.

    \b
      netspec train lenet5
      netspec train lenet5 --data 'digits(28)' --epochs 20
      netspec train mynet.yaml --batch 64 --optimizer 'momentum(0.1)' --set train.clip=1
      netspec train mynet.yaml --dry-run

    Every field of the section can be set: `--set train.label_smoothing=0.1`. Ctrl-C saves a checkpoint and ends;
    `netspec resume RUN` goes on, bit for bit, also after a crash.
    """
    length = {"epochs": epochs, "steps": steps}
    fixed = {
        "data": data,
        "batch": batch,
        "optimizer": optimizer,
        "schedule": schedule,
        "augmentation": augmentation,
        "seed": seed,
        "precision": precision,
    }
    if resume_run is not None:
        others: dict[str, object] = {"SPEC": spec, "--set": settings, "--variant": variant, "--name": name}
        others |= {f"--{key}": value for key, value in fixed.items()} | {"--dry-run": dry_run or None}
        if given := [key for key, value in others.items() if value is not None]:
            refuse(f"--resume goes on with what the run began with; leave {', '.join(given)} out")
        resume(resume_run, epochs, steps, keep, checkpoint_steps, workers, tensorboard, progress)
        return
    if spec is None:
        refuse("which spec? `netspec list` prints those that come with netspec")
    with _training(tensorboard=tensorboard) as note:
        named = _report(spec, _with(settings, length | fixed), variant, limits)
        from netspec.training.session import Keeping, begin

        options = _options(workers, note)
        if dry_run:
            from netspec.render.plan import plan
            from netspec.training.setup import set_up

            made = set_up(*named, options=options)
            print_all(plan(made.facts, look(When.AUTO, sys.stdout)))
            return
        keeping = Keeping(runs_dir, name, keep, checkpoint_steps)
        begun = begin(*named, keeping=keeping, options=options, command=_command_line())
        _watch(begun, progress, tensorboard=tensorboard)


def resume(
    run: Run,
    epochs: Epochs = None,
    steps: StepsOption = None,
    keep: Keep = 2,
    checkpoint_steps: CheckpointSteps = None,
    workers: Workers = 0,
    tensorboard: TensorBoard = False,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Go on with a run from its last good checkpoint, bit for bit as if it had never stopped.

    \b
      netspec resume runs/lenet5-1
      netspec resume runs/lenet5-1 --epochs 40

    A longer run than it was begun with follows the schedule of the new length from here on.
    """
    given = {"epochs": epochs, "steps": steps}
    length = {f"train.{key}": str(value) for key, value in given.items() if value is not None}
    with _training(tensorboard=tensorboard) as note:
        from netspec.training.session import Keeping, resumed

        keeping = Keeping(keep=keep, every=checkpoint_steps)
        begun = resumed(run, settings=length, keeping=keeping, options=_options(workers, note))
        _watch(begun, progress, tensorboard=tensorboard)


def evaluate(
    run: Run,
    data: DataOption = None,
    part: Annotated[Part, typer.Option(help="Which part of the data.")] = Part.TEST,
    checkpoint: WhichOption = Which.AUTO,
    step: StepOption = None,
    workers: Workers = 0,
    every: Annotated[bool, typer.Option("--all", help="Show every class, however many there are.")] = False,
    picture: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Draw the confusion: .svg or .png.")
    ] = None,
    form: Form = TextOrJson.TEXT,
    color: Color = When.AUTO,
) -> None:
    """Judge a run by examples: loss, accuracy, each class by itself, and what is taken for what.

    \b
      netspec evaluate runs/lenet5-1
      netspec evaluate runs/lenet5-1 --data 'image_folder("scans")'
    """
    with _training() as note:
        from netspec.training.judging import evaluate as judged

        found = judged(
            [_trained(run, checkpoint, step)],
            data=_source(data) if data else None,
            part=part.value,
            options=_options(workers, note),
        )
        _show_evaluation(found, form, color, picture, every=every)


def ensemble(
    runs: Runs,
    snapshots: Annotated[
        bool, typer.Option("--snapshots", help="Average each run's snapshots, from a cyclic schedule.")
    ] = False,
    data: DataOption = None,
    part: Annotated[Part, typer.Option(help="Which part of the data.")] = Part.TEST,
    checkpoint: WhichOption = Which.AUTO,
    workers: Workers = 0,
    form: Form = TextOrJson.TEXT,
    color: Color = When.AUTO,
) -> None:
    """Judge several runs, each alone and then together by the mean of their probabilities.

    \b
      netspec ensemble runs/lenet5-1 runs/lenet5-2 runs/lenet5-3
      netspec ensemble runs/resnet_cifar-1 --snapshots
    """
    with _training() as note:
        from netspec.render.evaluated import compared, compared_as_json
        from netspec.training.judging import evaluate as judged
        from netspec.training.trained import trained_snapshots

        if snapshots:
            members = [member for run in runs for member in trained_snapshots(run)]
        else:
            members = [_trained(run, checkpoint, None) for run in runs]
        if len(members) < 2:
            refuse("an ensemble is of two runs or more, or of one run's --snapshots")
        source, options = _source(data) if data else None, _options(workers, note)
        groups = [[member] for member in members] + [members]
        found = [judged(group, data=source, part=part.value, options=options) for group in groups]
        shown = look(color, sys.stdout)
        print_all(compared_as_json(found) if form is TextOrJson.JSON else compared(found, shown))


def predict(
    run: Run,
    sources: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Images, .npy files of raw values, folders of them, or -."),
    ],
    top: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="How many classes to tell.")] = 5,
    checkpoint: WhichOption = Which.AUTO,
    step: StepOption = None,
    form: Form = TextOrJson.TEXT,
    color: Color = When.AUTO,
) -> None:
    """Say what is most probably in images.

    \b
      netspec predict runs/lenet5-1 seven.png
      netspec predict runs/lenet5-1 scans/ --format json
      curl -s example.org/cat.jpg | netspec predict runs/cats-1 -
    """
    with _training():
        from netspec.render import predicted
        from netspec.training.predicting import predict as predicts

        found = list(predicts([_trained(run, checkpoint, step)], sources, sys.stdin.buffer, top=top))
        print_all(
            predicted.as_json(found)
            if form is TextOrJson.JSON
            else predicted.text(found, look(color, sys.stdout))
        )


def probe(
    spec: Target,
    data: DataOption = None,
    batch: BatchOption = None,
    seed: Seed = None,
    picture: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Draw it: .svg or .png.")
    ] = None,
    form: Form = TextOrJson.TEXT,
    settings: Settings = None,
    variant: Variant = None,
    limits: LimitOptions = None,
    color: Color = When.AUTO,
) -> None:
    """Show activations and gradients of every layer before training: vanishing, exploding, dead.

    \b
      netspec probe lenet5 --data 'digits(28)'
      netspec probe vgg16 --data 'image_folder("photos")' --batch 8 -o vgg16.svg
    """
    with _training() as note:
        named = _report(spec, _with(settings, {"data": data, "batch": batch, "seed": seed}), variant, limits)
        from netspec.render import probed
        from netspec.training.probing import probe as probes
        from netspec.training.setup import set_up

        made = set_up(*named, options=_options(0, note))
        found = probes(made)
        print_all(
            probed.as_json(found) if form is TextOrJson.JSON else probed.text(found, look(color, sys.stdout))
        )
        if picture is not None:
            _draw(picture, probed.picture(found))


def runs(
    names: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN...]", help="Compare these.", autocompletion=complete_runs),
    ] = None,
    runs_dir: RunsDir = Path("runs"),
    form: Form = TextOrJson.TEXT,
    color: Color = When.AUTO,
) -> None:
    """List the runs, or compare some: in what their settings differ, and how good they are.

    \b
      netspec runs
      netspec runs runs/lenet5-1 runs/lenet5-2
    """
    with _telling():
        from netspec.render import runs_table
        from netspec.training.reporting import record_of
        from netspec.training.runs import RunFolder, summaries

        shown, json = look(color, sys.stdout, None), form is TextOrJson.JSON
        if names:
            found = [record_of(RunFolder.open(path)) for path in names]
            print_all(runs_table.comparison_as_json(found) if json else runs_table.comparison(found, shown))
        else:
            listed = summaries(runs_dir)
            print_all(runs_table.as_json(listed) if json else runs_table.text(listed, shown))


def verify_resume(
    spec: Target,
    kill: Annotated[
        list[int] | None,
        typer.Option(
            min=1, metavar="STEP", help="Kill the run after these steps; repeatable. Else at two places."
        ),
    ] = None,
    data: DataOption = None,
    epochs: Epochs = None,
    steps: StepsOption = None,
    batch: BatchOption = None,
    settings: Settings = None,
    variant: Variant = None,
) -> None:
    """Find out whether a run that is killed and resumed ends bit for bit as one that was never stopped.

    \b
      netspec verify-resume lenet5 --data 'digits(28)' --epochs 2

    It trains twice, in processes of their own, one of which is killed (SIGKILL) in the middle of its epochs.
    """
    from netspec.training.setup import steps_of
    from netspec.training.verifying import verify_resume as verified

    given = {"data": data, "epochs": epochs, "steps": steps, "batch": batch}
    with _telling():
        chosen = _with(settings, given)
        _, parsed, graph = _report(spec, chosen, variant, None)
        total = steps_of(parsed, graph)
        places = tuple(sorted(kill or {max(1, total // 3), max(1, 2 * total // 3)}))
        arguments = tuple(part for each in chosen for part in ("--set", each))
        arguments += ("--variant", variant) if variant else ()
        legs = []
        for leg in verified(spec, arguments, places, max(1, total // 7)):
            legs.append(leg)
            print(f"{leg.what}: step {leg.step:,}" + (f", state {leg.digest}" if leg.digest else ""))
    same = legs[0].digest == legs[-1].digest
    print("the same, bit for bit" if same else "they are NOT the same")
    raise typer.Exit(not same)


@contextmanager
def _telling() -> Iterator[None]:
    """Faults of runs and data are printed as findings, and end with exit code 1."""
    from netspec.training.faults import TrainError

    try:
        yield
    except TrainError as error:
        tell_all(error.findings)
        raise typer.Exit(1) from None


@contextmanager
def _training(*, tensorboard: bool = False) -> Iterator[Callable[[str], None]]:
    """What a command that trains or uses what was trained has around it; it gives a way to say a sentence."""
    with computing(), _telling():
        if tensorboard:
            from netspec.training.tensorboard import require_tensorboard

            require_tensorboard()
        yield lambda text: print(text, file=sys.stderr)


def _with(settings: list[str] | None, given: dict[str, Any]) -> list[str]:
    """The settings, with those that options of their own give."""
    from netspec.language.train_section import one_length

    own = one_length({f"train.{key}": value for key, value in given.items() if value is not None})
    return [*(settings or []), *(f"{key}={value}" for key, value in own.items())]


def _report(
    spec: str, settings: list[str], variant: str | None, limits: list[str] | None
) -> "tuple[str, Spec, Graph]":
    """Name, spec and graph of a sound spec; findings go to standard error, and an error ends with exit code 1."""
    report = checker(settings, variant, limits)(spec)
    tell(report)
    if report.spec is None or report.graph is None:
        raise typer.Exit(1)
    if report.spec.train is not None and report.spec.train.precision == "float64":
        from netspec.engine.compiling import allow_float64

        allow_float64()
    return report.spec.name or "network", report.spec, report.graph


def _options(workers: int, note: Callable[[str], None]) -> "Options":
    from netspec.training.setup import Options

    return Options(workers=workers, note=note)


def _command_line() -> tuple[str, ...]:
    return ("netspec", *sys.argv[1:])


def _watch(training: "Training", progress: ProgressStyle, *, tensorboard: bool) -> None:
    """Train, showing what happens; the first Ctrl-C ends the run with a checkpoint, the second at once."""
    from netspec.render.run_files import RunFiles
    from netspec.training.reporting import record_of

    folder = training.folder
    assert folder is not None
    reporters: list[Any] = [RunFiles(folder.path, lambda: record_of(folder))]
    if tensorboard:
        from netspec.training.tensorboard import TensorBoardWriter

        reporters.append(TensorBoardWriter(folder.path / "tensorboard"))
    with _shown(progress) as show, _interruptible(training):
        for event in training:
            for report in reporters:
                report(event)
            show(event)
    if training.result is not None and training.result.reason == "interrupted":
        raise typer.Exit(130)


@contextmanager
def _shown(progress: ProgressStyle) -> Iterator[Callable[["Event"], None]]:
    if progress is ProgressStyle.JSON:
        from netspec.render.events import as_json

        yield lambda event: print(as_json(event), flush=True)
        return
    from netspec.render.training import Watcher

    with Watcher(plain=progress is ProgressStyle.PLAIN, quiet=progress is ProgressStyle.QUIET) as watcher:
        yield watcher


@contextmanager
def _interruptible(training: "Training") -> Iterator[None]:
    def stop(*_: object) -> None:
        training.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    terminate = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, terminate)


def _trained(run: Path, which: Which, step: int | None) -> "Trained":
    from netspec.training.trained import trained

    return trained(run, step=step, best=None if which is Which.AUTO else which is Which.BEST)


def _source(data: str) -> Any:
    """The data source that an option writes; a wrong one is refused as in a spec."""
    from netspec.checking import check_text

    report = check_text("input: 1x1x1\nnetwork: relu\n", name="--data", settings={"train.data": data})
    if report.spec is None or report.spec.train is None:
        tell(report)
        raise typer.Exit(1)
    return report.spec.train.data


def _show_evaluation(
    found: "Evaluation", form: TextOrJson, color: When, picture: Path | None, *, every: bool
) -> None:
    from netspec.render import evaluated

    shown = look(color, sys.stdout)
    print_all(
        evaluated.as_json(found) if form is TextOrJson.JSON else evaluated.text(found, shown, every=every)
    )
    if picture is not None:
        from netspec.render.confusion import confusion

        _draw(picture, confusion(found))


def _draw(path: Path, picture: Any) -> None:
    """Write a picture as what its name ends in."""
    if path.suffix.lower() not in (".svg", ".png"):
        refuse(f"a picture is an .svg or a .png, not `{path.name}`")
    write_bytes(path, picture.png() if path.suffix.lower() == ".png" else picture.svg().encode())
    print(f"written to {path}", file=sys.stderr)
