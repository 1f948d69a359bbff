"""The commands that count: analyze, fit, diff and draw. Each is one call and one rendering, as in `netspec.cli`."""

# ruff: noqa: PLC0415, T201  each command loads only what it needs, and prints
# ruff: noqa: FBT002, D301, PLR0913, PLR0917  typer makes options of parameters, and keeps lines as they are after a \b

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netspec.cli_options import (
    Analyst,
    Batch,
    Color,
    DeviceName,
    Dtype,
    LimitOptions,
    OptimizerName,
    Settings,
    Target,
    TextOrJson,
    Variant,
    When,
    analyst,
    checker,
    complete_columns,
    complete_specs,
    look,
    print_all,
    refuse,
    refuse_name,
    tell,
    write,
    write_bytes,
)

if TYPE_CHECKING:
    from netspec.analysis.device_records import Device
    from netspec.analysis.fit import Fit
    from netspec.analysis.record import Record
    from netspec.checking import Report
    from netspec.graph.node import Graph
    from netspec.render.text import Look


class TableFormat(StrEnum):
    """How `analyze` says what it counted."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    HTML = "html"
    LATEX = "latex"


def analyze(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPEC",
            help="Paths, bundled specs' names, either with @VARIANT, or - for standard input.",
            autocompletion=complete_specs,
        ),
    ] = None,
    batch: Batch = 1,
    dtype: Dtype = "float32",
    optimizer: OptimizerName = None,
    device: DeviceName = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Columns by name, with commas between; `all` for all.",
            autocompletion=complete_columns,
        ),
    ] = None,
    expand: Annotated[bool, typer.Option("--expand", help="Open repeated blocks.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Show activations and other layers that work in place.")
    ] = False,
    summary: Annotated[bool, typer.Option("--summary", help="One line a network.")] = False,
    form: Annotated[
        TableFormat, typer.Option("--format", help="For people, programs or papers.")
    ] = TableFormat.TEXT,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")
    ] = None,
    explain_columns: Annotated[
        bool, typer.Option("--explain-columns", help="Say what each column holds, and stop.")
    ] = False,
    settings: Settings = None,
    variant: Variant = None,
    limits: LimitOptions = None,
    color: Color = When.AUTO,
) -> None:
    """Count everything: dimensions, neurons, parameters, memory, MACs, receptive fields.

    \b
      netspec analyze vgg16
      netspec analyze resnet50@101 --batch 64 --dtype bfloat16 --columns name,macs,share_macs
      netspec analyze specs/*.yaml --summary
      netspec analyze mynet.yaml --format html -o mynet.html

    Exits with 1 if a spec has an error or goes beyond its budget.
    """
    shown = look(color, sys.stdout, widest=None)
    if explain_columns:
        from netspec.render.explained import column_definitions

        print_all(column_definitions(shown))
        return
    if not specs:
        refuse("analyze wants at least one SPEC; `netspec list` prints those that come with netspec")
    names = _columns(columns, device)
    found = analyst(settings, variant, limits, batch=batch, dtype=dtype, optimizer=optimizer, device=device)
    records, ok = found.records(specs)
    several = len(specs) > 1
    pieces = _written(
        records, form, shown, names, summary=summary, expand=expand, every=every, several=several
    )
    _give(pieces, output)
    raise typer.Exit(not ok)


def _columns(given: str | None, device: str | None) -> tuple[str, ...] | None:
    """The columns asked for; None for those that fit."""
    from netspec.analysis.columns import COLUMNS, DEVICE, LECTURE

    if given is None:
        return (*LECTURE, *DEVICE) if device else None
    names = list(COLUMNS) if given == "all" else [name.strip() for name in given.split(",")]
    for name in names:
        if name not in COLUMNS:
            from netspec.language.nearest import nearest

            refuse_name("column", name, nearest(name, COLUMNS), "--explain-columns lists them")
    if given == "all" and not device:
        names = [name for name in names if name not in DEVICE]
    for name in DEVICE:
        if name in names and not device:
            refuse(f"the column {name} needs a --device")
    return tuple(names)


def _written(
    records: Sequence["Record"],
    form: TableFormat,
    shown: "Look",
    names: tuple[str, ...] | None,
    *,
    summary: bool,
    expand: bool,
    every: bool,
    several: bool,
) -> Iterator[str]:
    if not records:
        return
    if summary:
        from netspec.render import overview

        if form is TableFormat.HTML:
            refuse("--summary has no html; --format markdown, csv, json and latex are there")
        yield from (
            overview.overview(records, shown)
            if form is TableFormat.TEXT
            else overview.exported(records, form.value)
        )
        return
    if form is TableFormat.TEXT:
        from netspec.render.analysis import text

        for i, record in enumerate(records):
            yield from ([""] if i else [])
            yield from text(record, shown, names=names, expand=expand, every=every)
        return
    if form is TableFormat.HTML and len(records) > 1:
        refuse("a page is of one network; --summary --format markdown compares many")
    from netspec.render.export import exported

    yield from exported(records, form.value, names, expand=expand, every=every, several=several)


def _give(pieces: Iterator[str], output: Path | None) -> None:
    """Print the text, or write it to a file that appears whole or not at all."""
    if output is None:
        print_all(pieces)
        return
    text = "\n".join(pieces)
    if text:
        write(output, text if text.endswith("\n") else f"{text}\n", force=True)


def diff(
    before: Target,
    after: Annotated[
        str,
        typer.Argument(
            metavar="SPEC",
            help="The other one; @VARIANT alone is one of the first.",
            autocompletion=complete_specs,
        ),
    ],
    batch: Batch = 1,
    dtype: Dtype = "float32",
    optimizer: OptimizerName = None,
    form: Annotated[
        TextOrJson, typer.Option("--format", help="For people, or for another program.")
    ] = TextOrJson.TEXT,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if they differ.")] = False,
    settings: Settings = None,
    limits: LimitOptions = None,
    color: Color = When.AUTO,
) -> None:
    """Compare two networks layer by layer: added, removed, changed, and what that costs.

    \b
      netspec diff vgg16 vgg@E
      netspec diff resnet50 @101
      netspec diff main.yaml mine.yaml --exit-code

    Specs that only read differently (names, blocks, repeats, layout) are the same network.
    """
    from netspec.analysis.comparison import compare
    from netspec.render.difference import as_json, difference

    other = f"{before.partition('@')[0]}{after}" if after.startswith("@") else after
    found = analyst(settings, None, limits, batch=batch, dtype=dtype, optimizer=optimizer)
    records, ok = found.records([before, other])
    if len(records) < 2:
        raise typer.Exit(1)
    a, b = records
    comparison = compare(a.graph, b.graph, a.summary, b.summary, same=a.hash == b.hash)
    shown = look(color, sys.stdout, widest=None)
    if form is TextOrJson.JSON:
        sys.stdout.write(as_json(a, b, comparison))
    else:
        print_all(difference(a, b, comparison, shown))
    raise typer.Exit(not ok or (exit_code and not comparison.same))


class Purpose(StrEnum):
    """What the memory is for."""

    TRAINING = "training"
    INFERENCE = "inference"


def fit(
    spec: Target,
    memory: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="How much there is: 16GiB, 800MB; not given: the device's."),
    ] = None,
    device: DeviceName = None,
    largest: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help="batch, resolution, width (in percent), or a whole-number variable of the spec.",
        ),
    ] = "batch",
    purpose: Annotated[Purpose, typer.Option("--for", help="What the network is to do.")] = Purpose.TRAINING,
    batch: Batch = 1,
    dtype: Dtype = "float32",
    optimizer: OptimizerName = None,
    form: Annotated[
        TextOrJson, typer.Option("--format", help="For people, or for another program.")
    ] = TextOrJson.TEXT,
    settings: Settings = None,
    variant: Variant = None,
    limits: LimitOptions = None,
    color: Color = When.AUTO,
) -> None:
    """Find the largest batch, resolution or width that fits into memory, before anything runs.

    \b
      netspec fit vgg16 --memory 16GiB
      netspec fit resnet50 --device a100-80g --dtype bfloat16
      netspec fit unet --memory 8GiB --largest resolution --batch 4

    Exits with 1 if nothing fits. `netspec devices` lists the devices.
    """
    from netspec.render.memory import Question, as_json, fitted

    found = analyst(settings, variant, limits, batch=batch, dtype=dtype, optimizer=optimizer, device=device)
    limit = _limit(memory, found.chosen.device)
    record, answer = _fitted(spec, found, largest, limit, purpose)
    asked = Question(largest, purpose.value, memory)
    if form is TextOrJson.JSON:
        print(as_json(record, answer, asked))
    else:
        print_all(fitted(record, answer, asked, look(color, sys.stdout)))
    raise typer.Exit(answer.value is None)


def _limit(memory: str | None, device: "Device | None") -> int:
    """The memory in bytes that was given, else the device's."""
    from pydantic import ValidationError

    from netspec.language.quantities import Memory

    if memory is None:
        if device is None:
            refuse("fit wants --memory SIZE or --device NAME; `netspec devices` lists the devices")
        return device.memory
    try:
        return Memory.model_validate(memory).bytes
    except ValidationError:
        refuse(f"--memory wants a size such as 16GiB or 800MB, not `{memory}`")


def _fitted(spec: str, found: Analyst, largest: str, limit: int, purpose: Purpose) -> tuple["Record", "Fit"]:
    """The record at the largest value that fits, and how it was found."""
    from netspec.analysis.fit import largest_batch, largest_network

    report = checker(found.settings, found.variant, found.limits)(spec)
    tell(report)
    if report.spec is None or report.graph is None:
        raise typer.Exit(1)
    record = found.record(report)
    if largest == "batch":
        if found.chosen.batch > 1:
            refuse("--batch is what fit finds; it is for --largest resolution, width or a variable")
        answer = largest_batch(report.graph, record.settings, limit, purpose.value)
        return found.record(report, replace(record.settings, batch=answer.value or 1)), answer
    start, network = _varied(report, largest, found)
    answer_ = largest_network(network, start, record.settings, limit, purpose.value)
    if answer_ is None:
        refuse(f"{record.name} has no form with {largest} {start}")
    graph = network(answer_.value or start)
    return found.record(replace(report, graph=graph)), answer_


def _varied(report: "Report", name: str, found: Analyst) -> tuple[int, "Callable[[int], Graph | None]"]:
    """What is made large: its value in the spec, and the network for another value."""
    from netspec.language.nearest import nearest
    from netspec.scaling import resized, widened

    spec, graph = report.spec, report.graph
    assert spec is not None
    assert graph is not None
    numbers = [key for key, value in spec.variables.items() if type(value) is int]
    if name in numbers:
        return spec.variables[name], lambda value: found.again(report, name, str(value))
    if name == "width":
        return 100, lambda percent: widened(spec, graph, percent)
    if name != "resolution":
        known = list(dict.fromkeys(["batch", "resolution", "width", *numbers]))
        refuse_name("quantity", name, nearest(name, known), f"this spec has {', '.join(known)}")
    if graph.input.tokens is not None or not graph.input.rank:
        refuse("the input has no resolution: it has no spatial axes of numbers")
    return graph.input.spatial[0], lambda size: resized(spec, graph, size)


def devices(color: Color = When.AUTO) -> None:
    """List the devices that netspec knows, with memory, bandwidth and peak rates.

    \b
      netspec devices

    Rates are dense FLOPs a second, a multiply-add counted as 2. A file of your own serves as well: --device ./mine.yaml.
    """
    from netspec.analysis.devices import devices as known
    from netspec.render.listing import device_list

    print_all(device_list(known().values(), look(color, sys.stdout, widest=None)))


class PictureFormat(StrEnum):
    """What a picture is written as."""

    SVG = "svg"
    PNG = "png"
    MERMAID = "mermaid"
    DOT = "dot"


class PictureStyle(StrEnum):
    """How a network is drawn."""

    AUTO = "auto"
    VOLUMES = "volumes"
    GRAPH = "graph"


_SUFFIXES = {
    ".svg": PictureFormat.SVG,
    ".png": PictureFormat.PNG,
    ".mmd": PictureFormat.MERMAID,
    ".mermaid": PictureFormat.MERMAID,
    ".dot": PictureFormat.DOT,
    ".gv": PictureFormat.DOT,
}


def draw(
    spec: Target,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="A file: .svg, .png, .mmd (Mermaid) or .dot."),
    ] = None,
    form: Annotated[
        PictureFormat | None, typer.Option("--format", help="Not given: the file's, or svg.")
    ] = None,
    style: Annotated[
        PictureStyle, typer.Option(help="auto: volumes to scale for a chain, else a graph.")
    ] = PictureStyle.AUTO,
    scale: Annotated[
        float, typer.Option(min=0.1, max=8, metavar="N", help="Pixels of a PNG for each of the SVG's.")
    ] = 2.0,
    settings: Settings = None,
    variant: Variant = None,
    limits: LimitOptions = None,
) -> None:
    """Draw a network: volumes to scale for a chain, a laid-out graph where it has branches.

    \b
      netspec draw vgg16 -o vgg16.svg
      netspec draw resnet50@101 -o resnet101.png
      netspec draw googlenet --format mermaid

    Equal blocks are drawn once, with how often they stand there. Without -o the picture goes to standard output.
    """
    chosen = form or _picture_format(output)
    report = checker(settings, variant, limits)(spec)
    tell(report)
    if report.spec is None or report.graph is None:
        raise typer.Exit(1)
    from netspec.render import draw as drawing

    title = report.spec.name
    try:
        match chosen:
            case PictureFormat.PNG:
                picture = drawing.png(report.graph, title=title, style=style.value, scale=scale)
            case PictureFormat.SVG:
                picture = drawing.svg(report.graph, title=title, style=style.value).encode()
            case PictureFormat.MERMAID:
                picture = drawing.mermaid(report.graph, title=title).encode()
            case PictureFormat.DOT:
                picture = drawing.dot(report.graph, title=title).encode()
    except drawing.DrawingError as error:
        refuse(str(error))
    write_bytes(output, picture)


def _picture_format(output: Path | None) -> PictureFormat:
    """The format that a file's suffix stands for; SVG where there is no file."""
    if output is None:
        return PictureFormat.SVG
    found = _SUFFIXES.get(output.suffix.lower())
    if found is None:
        refuse(f"{output.name} says no format; end it in .svg, .png, .mmd or .dot, or give --format")
    return found
