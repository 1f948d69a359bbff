"""The commands that compute: compile and bench. Each is one call and one rendering, as in `netspec.cli`."""

# ruff: noqa: PLC0415, T201  each command loads only what it needs, and prints
# ruff: noqa: A001, FBT002, D301, PLR0913, PLR0917  typer makes options of parameters, and keeps lines after a \b

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netspec.cli_options import (
    Batch,
    Color,
    DeviceName,
    LimitOptions,
    Settings,
    Target,
    TextOrJson,
    Variant,
    When,
    checker,
    device_of,
    look,
    print_all,
    refuse,
    tell,
)

if TYPE_CHECKING:
    from netspec.checking import Report
    from netspec.engine.model import Model


class PrecisionName(StrEnum):
    """What parameters are stored in and layers compute in."""

    FLOAT32 = "float32"
    MIXED = "mixed"
    BFLOAT16 = "bfloat16"
    FLOAT64 = "float64"


Precision = Annotated[
    PrecisionName | None,
    typer.Option(
        help="Types of parameters and values (mixed: float32 and bfloat16); the spec's own, or float32."
    ),
]
Remat = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WHAT",
        help="Compute again in the backward pass: blocks (all), a block's name (repeatable), or as many as fit a "
        "size such as '4GiB at batch 32'.",
    ),
]
Scan = Annotated[bool, typer.Option("--scan", help="Compile equal blocks that follow one another once.")]
LoweringOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--lowering",
        metavar="NAME=FORM",
        help="How an operation is computed, such as conv.kernel_gradient=reference; reference alone is for all. "
        "Repeatable.",
    ),
]


def compile(
    spec: Target,
    batch: Batch = 1,
    precision: Precision = None,
    remat: Remat = None,
    scan: Scan = False,
    lowering: LoweringOptions = None,
    report: Annotated[
        bool, typer.Option("--report", help="Show which form each operation gets and why; compile nothing.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the forward pass as StableHLO, weights as arguments.",
        ),
    ] = None,
    form: Annotated[
        TextOrJson, typer.Option("--format", help="For people, or for another program.")
    ] = TextOrJson.TEXT,
    settings: Settings = None,
    variant: Variant = None,
    limits: LimitOptions = None,
    color: Color = When.AUTO,
) -> None:
    """Compile a network's forward pass and training step, and say what they take.

    \b
      netspec compile resnet50 --batch 32
      netspec compile mobilenet --report
      netspec compile unet --remat blocks
      netspec compile lenet5 -o lenet5.stablehlo

    What was compiled is kept in the user's cache folder: the second time is quick.
    """
    with computing():
        from netspec.engine.report import uses
        from netspec.render import compiled

        model = _model(spec, settings, variant, limits, precision, remat, lowering, scan=scan)
        shown = look(color, sys.stdout)
        if report:
            found = uses(model, batch)
            text = (
                compiled.uses_as_json(model, found)
                if form is TextOrJson.JSON
                else compiled.uses(model, found, shown)
            )
        else:
            from netspec.engine.build import build

            built = build(model, batch)
            text = (
                compiled.built_as_json(model, built)
                if form is TextOrJson.JSON
                else compiled.built(model, built, shown)
            )
        print_all(text)
        if output is not None:
            model.export(output)
            print(f"written to {output}", file=sys.stderr)


def bench(
    spec: Target,
    batch: Batch = 1,
    layers: Annotated[bool, typer.Option("--layers", help="Time each layer by itself too.")] = False,
    seconds: Annotated[
        float, typer.Option(min=0.01, max=3600, metavar="S", help="How long to time each of them.")
    ] = 2.0,
    device: DeviceName = None,
    precision: Precision = None,
    remat: Remat = None,
    scan: Scan = False,
    lowering: LoweringOptions = None,
    form: Annotated[
        TextOrJson, typer.Option("--format", help="For people, or for another program.")
    ] = TextOrJson.TEXT,
    settings: Settings = None,
    variant: Variant = None,
    limits: LimitOptions = None,
    color: Color = When.AUTO,
) -> None:
    """Time a network's forward pass and training step here, and compare with what the machine can do at most.

    \b
      netspec bench resnet50 --batch 4
      netspec bench mobilenet --batch 8 --layers
      netspec bench vgg16 --lowering reference

    The roof is measured by a large matrix product and a large copy, unless --device names one.
    """
    given = device_of(device)
    with computing():
        from netspec.engine.bench import STEP_WORK, bench as timed, bench_nodes, least_seconds, roof, roof_of
        from netspec.render import benched

        model = _model(spec, settings, variant, limits, precision, remat, lowering, scan=scan)
        shown = look(color, sys.stdout)
        limit = roof_of(given, model.precision.compute) if given else roof(model.precision.compute)
        if limit is None:
            refuse(f"the rate of {model.precision.compute} is not known for {given.name if given else 'it'}")
        whole = timed(model, batch, seconds)
        parts = bench_nodes(model, batch, seconds / 10) if layers else []
        record = benched.Benched(
            model, batch, whole, tuple(parts), limit, least_seconds(model, batch, limit), STEP_WORK
        )
        print_all(benched.as_json(record) if form is TextOrJson.JSON else benched.text(record, shown))


@contextmanager
def computing() -> Iterator[None]:
    """What a command that computes has around it: freed memory is kept, compiled programs too, and faults are told."""
    # A slow compilation is no fault to be reported to XLA's authors; what stops a command comes as an exception too.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from netspec.engine.allocator import recycle_memory
    from netspec.engine.cache import use_cache

    recycle_memory()
    use_cache()
    from netspec.engine.compiling import out_of_memory

    try:
        yield
    except ValueError as error:
        refuse(str(error))
    except BrokenPipeError:
        raise  # a reader that goes away early is no fault
    except OSError as error:
        refuse(f"{error.filename or 'a file'} cannot be written: {(error.strerror or str(error)).lower()}")
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        refuse(
            "out of memory; `netspec fit SPEC --memory SIZE` finds the largest batch that fits, or try --remat blocks"
        )


def _model(
    spec: str,
    settings: list[str] | None,
    variant: str | None,
    limits: list[str] | None,
    precision: PrecisionName | None,
    remat: list[str] | None,
    lowering: list[str] | None,
    *,
    scan: bool,
) -> "Model":
    """The model of a sound spec; findings go to standard error, and an error ends with exit code 1."""
    report = checker(settings, variant, limits)(spec)
    tell(report)
    network = _network(report)
    if precision is PrecisionName.FLOAT64:
        from netspec.engine.compiling import allow_float64

        allow_float64()
    compiled: Model = network.compile(
        precision=precision and precision.value,
        remat=_one_or_many(remat),
        scan=scan,
        lowerings=_lowerings(lowering or []),
    )
    return compiled


def _network(report: "Report") -> Any:
    from netspec.network import Network

    if report.spec is None or report.graph is None:
        raise typer.Exit(1)
    return Network(report.spec, report.graph, report.findings)


def _one_or_many(remat: list[str] | None) -> str | list[str]:
    if not remat:
        return "none"
    return remat[0] if len(remat) == 1 else remat


def _lowerings(given: list[str]) -> str | dict[str, str]:
    if not given:
        return "auto"
    if len(given) == 1 and "=" not in given[0]:
        return given[0]
    found = {}
    for one in given:
        name, equals, form = one.partition("=")
        if not (name and equals and form):
            refuse(f"--lowering wants NAME=FORM, or reference alone, not `{one}`")
        found[name] = form
    return found
