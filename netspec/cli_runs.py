"""The commands that use runs. Each is one call and one rendering."""

# ruff: noqa: PLC0415  each command loads only what it needs, and prints
# ruff: noqa: FBT002, D301, PLR0913, PLR0917  typer makes options of parameters, and keeps lines after a \b

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from netspec.cli_options import Color, TextOrJson, When, look, print_all, refuse, tell
from netspec.cli_run_options import (
    DataOption,
    Form,
    Run,
    RunsDir,
    Workers,
    as_picture,
    complete_runs,
    draw_picture,
    options_of,
    telling,
    working,
)

if TYPE_CHECKING:
    from netspec.diagnostics import Finding
    from netspec.training.records import Evaluation
    from netspec.training.trained import Trained


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


Runs = Annotated[
    list[Path], typer.Argument(metavar="RUN...", help="Folders of runs.", autocompletion=complete_runs)
]
PartOption = Annotated[
    Part | None,
    typer.Option(
        help="Which part of the data; else the test part, or where it has none the validation part."
    ),
]
WhichOption = Annotated[
    Which,
    typer.Option(
        "--checkpoint", help="auto: the best one where a validation part was kept apart, else the last one."
    ),
]
_RUNS: Final = Path("runs")
StepOption = Annotated[
    int | None, typer.Option("--step", min=0, metavar="N", help="The checkpoint after N steps.")
]


def evaluate(
    run: Run,
    data: DataOption = None,
    part: PartOption = None,
    checkpoint: WhichOption = Which.AUTO,
    step: StepOption = None,
    workers: Workers = 0,
    every: Annotated[bool, typer.Option("--all", help="Show every class, however many there are.")] = False,
    picture: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Draw the confusion: .svg or .png.", callback=as_picture
        ),
    ] = None,
    form: Form = TextOrJson.TEXT,
    color: Color = When.AUTO,
) -> None:
    """Judge a run by examples: loss, accuracy, each class by itself, and what is taken for what.

    \b
      netspec evaluate runs/lenet5-1
      netspec evaluate runs/lenet5-1 --data 'image_folder("scans")'
    """
    with working() as note:
        from netspec.training.judging import evaluate as judged

        found = judged(
            [_trained(run, checkpoint, step)],
            data=_source(data) if data else None,
            part=None if part is None else part.value,
            options=options_of(workers, note),
        )
        _show_evaluation(found, form, color, picture, every=every)


def ensemble(
    runs: Runs,
    snapshots: Annotated[
        bool, typer.Option("--snapshots", help="Average each run's snapshots, from a cyclic schedule.")
    ] = False,
    data: DataOption = None,
    part: PartOption = None,
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
    with working() as note:
        from netspec.render.evaluated import compared, compared_as_json
        from netspec.training.judging import evaluate as judged
        from netspec.training.trained import trained_snapshots

        if snapshots:
            members = [member for run in runs for member in trained_snapshots(run)]
        else:
            members = [_trained(run, checkpoint, None) for run in runs]
        if len(members) < 2:
            refuse("an ensemble is of two runs or more, or of one run's --snapshots")
        source, options = _source(data) if data else None, options_of(workers, note)
        groups = [[member] for member in members] + [members]
        chosen = None if part is None else part.value
        found = [judged(group, data=source, part=chosen, options=options) for group in groups]
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
    with working():
        from netspec.render import predicted
        from netspec.training.faults import TrainError
        from netspec.training.predicting import predict as predicts

        refused: list[Finding] = []
        one = [_trained(run, checkpoint, step)]
        found = list(predicts(one, sources, sys.stdin.buffer, top=top, refused=refused))
        if form is TextOrJson.JSON:
            print_all(predicted.as_json(found))
        elif found:
            print_all(predicted.text(found, look(color, sys.stdout)))
        if refused:
            raise TrainError(*refused)


def runs(
    names: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN...]", help="Compare these.", autocompletion=complete_runs),
    ] = None,
    runs_dir: RunsDir = _RUNS,
    form: Form = TextOrJson.TEXT,
    color: Color = When.AUTO,
) -> None:
    """List the runs, or compare some: in what their settings differ, and how good they are.

    \b
      netspec runs
      netspec runs runs/lenet5-1 runs/lenet5-2
    """
    with telling():
        from netspec.render import runs_table
        from netspec.training.reporting import record_of
        from netspec.training.runs import RunFolder, summaries

        shown, json = look(color, sys.stdout, None), form is TextOrJson.JSON
        if names:
            found = [record_of(RunFolder.open(path)) for path in names]
            print_all(runs_table.comparison_as_json(found) if json else runs_table.comparison(found, shown))
        else:
            listed = summaries(runs_dir, missing=runs_dir == _RUNS)
            print_all(runs_table.as_json(listed) if json else runs_table.text(listed, shown))


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

        draw_picture(picture, confusion(found))
