"""The commands that train, and those that try what training will be. Each is one call and one rendering."""

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
)
from netspec.cli_run_options import (
    DataOption,
    Form,
    Run,
    RunsDir,
    Workers,
    as_picture,
    draw_picture,
    end_at_once,
    options_of,
    telling,
    working,
)

if TYPE_CHECKING:
    from netspec.graph.node import Graph
    from netspec.language.spec import Spec
    from netspec.training.events import Event
    from netspec.training.session import Training


class ProgressStyle(StrEnum):
    """How a run is shown."""

    AUTO = "auto"
    PLAIN = "plain"
    QUIET = "quiet"
    JSON = "json"


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
Epochs = Annotated[int | None, typer.Option(min=1, metavar="N", help="Length of the run in epochs.")]
StepsOption = Annotated[int | None, typer.Option(min=1, metavar="N", help="Length of the run in steps.")]
BatchOption = Annotated[int | None, typer.Option(min=1, metavar="N", help="Examples a step.")]
Seed = Annotated[int | None, typer.Option(min=0, metavar="N", help="Where all random numbers begin.")]
TensorBoard = Annotated[
    bool, typer.Option("--tensorboard", help="Write files for TensorBoard into the run's folder.")
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
    with working(tensorboard=tensorboard) as note:
        named = _report(spec, _with(settings, length | fixed), variant, limits)
        from netspec.training.session import Keeping, begin

        options = options_of(workers, note)
        if dry_run:
            from netspec.render.plan import plan
            from netspec.training.notes import notes
            from netspec.training.runs import check_place
            from netspec.training.setup import set_up

            check_place(runs_dir, name)
            made = set_up(*named, options=options)
            print_all(plan(made.facts, tuple(notes(made)), look(When.AUTO, sys.stdout)))
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
    with working(tensorboard=tensorboard) as note:
        from netspec.training.session import Keeping, resumed

        keeping = Keeping(keep=keep, every=checkpoint_steps)
        begun = resumed(run, settings=length, keeping=keeping, options=options_of(workers, note))
        _watch(begun, progress, tensorboard=tensorboard)


def probe(
    spec: Target,
    data: DataOption = None,
    batch: BatchOption = None,
    seed: Seed = None,
    picture: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Draw it: .svg or .png.", callback=as_picture),
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
    with working() as note:
        named = _report(spec, _with(settings, {"data": data, "batch": batch, "seed": seed}), variant, limits)
        from netspec.render import probed
        from netspec.training.probing import probe as probes
        from netspec.training.setup import set_up

        made = set_up(*named, options=options_of(0, note))
        found = probes(made)
        print_all(
            probed.as_json(found) if form is TextOrJson.JSON else probed.text(found, look(color, sys.stdout))
        )
        if picture is not None:
            draw_picture(picture, probed.picture(found))


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
    with telling():
        chosen = _with(settings, given)
        _, parsed, graph = _report(spec, chosen, variant, None)
        total = steps_of(parsed, graph)
        places = tuple(sorted(kill or {max(1, total // 3), max(1, 2 * total // 3)}))
        arguments = tuple(part for each in chosen for part in ("--set", each))
        arguments += ("--variant", variant) if variant else ()
        legs = []
        for leg in verified(spec, arguments, places, max(1, total // 7), _to_standard_error):
            legs.append(leg)
            print(f"{leg.what}: step {leg.step:,}" + (f", state {leg.digest}" if leg.digest else ""))
    same = legs[0].digest == legs[-1].digest
    print("the same, bit for bit" if same else "they are NOT the same")
    raise typer.Exit(not same)


def _to_standard_error(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _with(settings: list[str] | None, given: dict[str, Any]) -> list[str]:
    """The settings, with those that options of their own give."""
    own = {key: value for key, value in given.items() if value is not None}
    for key in own:
        if any(each.startswith(f"train.{key}=") for each in settings or []):
            refuse(f"--{key} and --set train.{key} are the same; leave one out")
    return [*(settings or []), *(f"train.{key}={value}" for key, value in own.items())]


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
        signal.signal(signal.SIGINT, end_at_once)

    before = signal.signal(signal.SIGINT, stop)
    terminate = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, terminate)
