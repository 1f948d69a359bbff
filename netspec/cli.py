"""The command line: arguments in, one call, one rendering, an exit code.

Exit codes: 0 clean, 1 a finding of level error (with `--strict` also a warning), 2 wrong usage.
What a command needs is imported inside it, so that each loads only that.
"""

# ruff: noqa: PLC0415, T201  each command loads only what it needs, and prints
# ruff: noqa: FBT001, FBT002, D301  typer makes switches of booleans, and keeps lines as they are after a \b

import gc
import io
import os
import re
import signal
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netspec.cli_analysis import analyze, devices, diff, draw, fit
from netspec.cli_engine import bench, compile  # noqa: A004
from netspec.cli_options import (
    Batch,
    Color,
    Dtype,
    Format,
    LimitOptions,
    Settings,
    StrictGrammar,
    Target,
    Variant,
    When,
    analyst,
    checker,
    complete_bundled,
    complete_layers,
    complete_specs,
    complete_subjects,
    look,
    print_all,
    refuse_name,
    tell,
    write,
)
from netspec.cli_runs import ensemble, evaluate, predict, runs
from netspec.cli_train import probe, resume, train, verify_resume

if TYPE_CHECKING:
    from netspec.checking import Report
    from netspec.diagnostics import Rule
    from netspec.graph.node import Graph
    from netspec.render.text import Look

app = typer.Typer(
    name="netspec",
    help="Neural networks as an engineer writes them on a whiteboard: checked, counted, drawn, explained.",
    epilog="Begin with `netspec list` and `netspec new mynet`; `netspec COMMAND -h` says more.",
    no_args_is_help=True,
    # Rich help and tracebacks would load rich at every start.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.command(short_help="Count everything: sizes, parameters, memory, MACs, receptive fields.")(analyze)
app.command(short_help="Compare two networks layer by layer.")(diff)
app.command(short_help="Find the largest batch, resolution or width that fits.")(fit)
app.command(short_help="List the devices that fit and analyze know.")(devices)
app.command(short_help="Draw a network as SVG, PNG, Mermaid or DOT.")(draw)
app.command(short_help="Compile to JAX: what the step takes, and how each operation is computed.")(compile)
app.command(short_help="Time the forward pass and the training step on this machine.")(bench)
app.command(short_help="Train on real data; the run is kept and can be resumed.")(train)
app.command(short_help="Go on with a run, bit for bit.")(resume)
app.command(short_help="Judge a run: loss, accuracy, classes, confusion.")(evaluate)
app.command(short_help="Say what is in images.")(predict)
app.command(short_help="Judge several runs together, or one run's snapshots.")(ensemble)
app.command(short_help="Show activations and gradients of each layer before training.")(probe)
app.command(short_help="List runs, or compare some.")(runs)
app.command("verify-resume", short_help="Check that a killed run resumes bit for bit.")(verify_resume)


def _version(wanted: bool) -> None:
    if wanted:
        from netspec import __version__

        print(f"netspec {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Paths, bundled specs' names, either with @VARIANT, or - for standard input.",
            autocompletion=complete_specs,
        ),
    ],
    form: Annotated[
        Format, typer.Option("--format", help="For people, or for another program.")
    ] = Format.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for a warning too.")] = False,
    strict_grammar: StrictGrammar = False,
    settings: Settings = None,
    variant: Variant = None,
    limits: LimitOptions = None,
    color: Color = When.AUTO,
) -> None:
    """Check specs: what is wrong, where, why, and how to mend it.

    \b
      netspec check mynet.yaml
      netspec check resnet50@101 --set classes=10
      netspec check specs/*.yaml --strict --format github

    Exits with 0 if all is well, 1 if a spec has an error, 2 if the command line is wrong.
    """
    from netspec.render.report import accepts

    check_one = checker(settings, variant, limits, strict_grammar=strict_grammar)
    failed = False

    def reports() -> Iterator["Report"]:
        nonlocal failed
        for file in files:
            report = check_one(file)
            failed = failed or not accepts(report, strict=strict)
            yield report

    print_all(_rendered(reports(), form, look(color, sys.stdout), strict=strict))
    raise typer.Exit(failed)


@app.command(short_help="Print a spec written out, or in arrow notation.")
def show(
    spec: Target,
    arrow: Annotated[bool, typer.Option("--arrow", help="The network in arrow notation.")] = False,
    settings: Settings = None,
    variant: Variant = None,
    limits: LimitOptions = None,
) -> None:
    """Print a spec written out: every default, block and repeat, every layer with its name.

    \b
      netspec show lenet5
      netspec show resnet50@101 --arrow
      netspec show mynet.yaml --set classes=10 > written-out.yaml

    What is printed is a valid spec of the same network. Findings go to standard error.
    """
    from netspec.graph.show import arrows, structured
    from netspec.render.text import safe

    report = checker(settings, variant, limits)(spec)
    tell(report)
    if report.spec is None or report.graph is None:
        raise typer.Exit(1)
    written = (arrows if arrow else structured)(report.spec, report.graph)
    # Text that is not seen as itself stands in quotes, where YAML reads the same escapes.
    print_all(map(safe, written.removesuffix("\n").split("\n")))


@app.command(short_help="Show where a network's numbers come from, or say more about a code such as E203.")
def explain(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SPEC|CODE", help="A spec, or a code such as E203.", autocompletion=complete_subjects
        ),
    ],
    layer: Annotated[
        str | None,
        typer.Argument(metavar="LAYER", help="One layer's name, or a block's; all where not given."),
    ] = None,
    batch: Batch = 1,
    dtype: Dtype = "float32",
    settings: Settings = None,
    variant: Variant = None,
    limits: LimitOptions = None,
    color: Color = When.AUTO,
) -> None:
    """Show each number of a network with its formula, or say what a code means.

    \b
      netspec explain vgg16 conv1
      netspec explain resnet50@101 stage3/bottleneck1
      netspec explain E203
    """
    from netspec.diagnostics.rules import RULES

    by_name = {rule.name: rule for rule in RULES.values()}
    rule = RULES.get(subject.upper()) or by_name.get(subject.lower())
    if rule is not None and layer is None:
        _explain_rule(rule, look(color, sys.stdout))
        return
    if layer is None and not _names_a_spec(subject):
        from netspec.language.nearest import nearest

        near = nearest(subject, [*RULES, *by_name])
        hint = "netspec list prints the specs, netspec check the code of each finding"
        refuse_name("code or spec", subject, near, hint)
    from netspec.analysis.explanation import explain as explained, explain_total
    from netspec.render.explained import explanations, totals

    records, ok = analyst(settings, variant, limits, batch=batch, dtype=dtype).records([subject])
    for record in records:
        names = None if layer is None else _layers_of(record.graph, layer)
        shown = look(color, sys.stdout, widest=None)
        print_all(explanations(explained(record.graph, record.summary, names), shown))
        if layer is None:
            print_all(totals(explain_total(record.summary), shown))
    raise typer.Exit(not ok)


def _names_a_spec(subject: str) -> bool:
    """Whether it is a file, standard input or a bundled spec, or looks like a file."""
    from netspec.language.catalog import bundled

    name = subject.partition("@")[0]
    return name in ("-", *bundled()) or Path(name).exists() or "/" in name or name.endswith((".yaml", ".yml"))


def _explain_rule(rule: "Rule", shown: "Look") -> None:
    from netspec.checking import check_text
    from netspec.render.manual import rule_entry

    said = check_text(rule.bad, name="wrong.yaml").findings if rule.examples == "spec" else ()
    print_all([rule_entry(rule, [finding for finding in said if finding.rule is rule], shown)])


def _layers_of(graph: "Graph", name: str) -> list[str]:
    """The layer of that name, or all layers of the block of that name."""
    from netspec.language.nearest import nearest

    found = [node.name for node in graph if node.name == name or node.name.startswith(f"{name}/")]
    if not found:
        refuse_name(
            "layer",
            name,
            nearest(name, list(graph.by_name)),
            "netspec analyze --columns layer,name lists them",
        )
    return found


@app.command()
def layers(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A layer's name.", autocompletion=complete_layers)
    ] = None,
) -> None:
    """List all layers, or print the manual entry of one.

    \b
      netspec layers
      netspec layers conv
    """
    from netspec.language.nearest import nearest
    from netspec.layers import KINDS
    from netspec.render.keywords import KEYWORDS, keyword_entry
    from netspec.render.listing import layer_list
    from netspec.render.manual import layer_entry

    shown = look(When.AUTO, sys.stdout)
    key = (name or "").lower()
    if name is None:
        print_all(
            [layer_list(KINDS.values(), [(name, word.summary) for name, word in KEYWORDS.items()], shown)]
        )
    elif key in KINDS:
        print_all([layer_entry(KINDS[key], shown)])
    elif key in KEYWORDS:
        print_all([keyword_entry(key, shown)])
    else:
        elsewhere = {other.lower(): kind.name for kind in KINDS.values() for other in kind.elsewhere}
        near = nearest(key, [*KINDS, *KEYWORDS, *elsewhere])
        refuse_name("layer", name, near and elsewhere.get(near, near), "netspec layers lists them")


@app.command("list")
def list_() -> None:
    """List the specs that come with netspec.

    \b
      netspec list
    """
    from netspec.checking import check as checked
    from netspec.language.catalog import bundled
    from netspec.render.listing import spec_list

    specs = [(name, checked(name).spec) for name in bundled()]
    rows = [(name, spec.name, spec.variants, spec.source) for name, spec in specs if spec]
    print_all([spec_list(rows, look(When.AUTO, sys.stdout))])


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new file; .yaml is added.")],
    origin: Annotated[
        str,
        typer.Option(
            "--from", metavar="SPEC", help="The bundled spec to copy.", autocompletion=complete_bundled
        ),
    ] = "lenet5",
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
) -> None:
    """Start a spec of your own from a bundled one.

    \b
      netspec new mynet
      netspec new nets/mynet --from vgg16
    """
    from netspec.language.catalog import bundled, bundled_text
    from netspec.language.nearest import nearest
    from netspec.language.writing import text
    from netspec.render.hints import after_new

    if origin not in bundled():
        refuse_name("bundled spec", origin, nearest(origin, bundled()), "netspec list prints them")
    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    named = re.sub(r"(?m)^name: .*$", lambda _: f"name: {text(path.stem)}", bundled_text(origin), count=1)
    write(path, f"# Copied from {origin}, which comes with netspec.\n{named}", force=force)
    print(after_new(path))


class SchemaOf(StrEnum):
    """What a JSON Schema describes."""

    SPEC = "spec"
    ANALYSIS = "analysis"


@app.command(short_help="Print the JSON Schema of specs, for editors, or of an analysis.")
def schema(
    of: Annotated[
        SchemaOf, typer.Option(help="A spec, or what `analyze --format json` prints.")
    ] = SchemaOf.SPEC,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to a file.")
    ] = None,
) -> None:
    """Print the JSON Schema of specs, with which an editor completes and checks them as you type.

    \b
      netspec schema -o netspec.schema.json
      netspec schema --of analysis
    """
    import json

    if of is SchemaOf.SPEC:
        from netspec.graph.schema import json_schema
    else:
        from netspec.render.export import json_schema
    text = json.dumps(json_schema(), indent=2) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        write(output, text, force=True)
    if of is SchemaOf.SPEC:
        from netspec.render.hints import schema_use

        print(schema_use(output), file=sys.stderr)


def _rendered(reports: Iterator["Report"], form: Format, shown: "Look", *, strict: bool) -> Iterator[str]:
    if form is Format.TEXT:
        from netspec.render.report import text

        return text(reports, shown, strict=strict)
    if form is Format.SARIF:
        from netspec import __version__
        from netspec.render.sarif import sarif

        return sarif(reports, __version__)
    from netspec.render import machine

    return {Format.CONCISE: machine.concise, Format.JSON: machine.as_json, Format.GITHUB: machine.github}[
        form
    ](reports)


_CLOSED_PIPE = 141
"""The exit code that a shell gives a program which a closed pipe ended: 128 and the number of SIGPIPE."""


def main() -> None:
    """Run the command line. A reader that goes away early (`| head`) is no fault and gets no message."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without UTF-8 shows escapes
    # Few collections find anything in a command that ends soon; each takes milliseconds.
    gc.set_threshold(100_000)
    # Looking for plugins of pydantic reads the metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        app(prog_name="netspec")
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # for typer that is a failure
            raise SystemExit(_CLOSED_PIPE) from None
        raise
    finally:
        # Ctrl-C ends what is left to do without a word; the threads of jax and orbax would print where they are.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        gc.freeze()  # or Python would search everything for garbage once more on its way out
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            # Python would flush once more on its way out, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
