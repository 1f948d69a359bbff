"""What the commands share: their options, the completion of arguments, and what wrong usage gets."""

# ruff: noqa: PLC0415, T201  each command loads only what it needs, and prints

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO

import typer

if TYPE_CHECKING:
    from netspec.analysis.device_records import Device
    from netspec.analysis.record import Record
    from netspec.analysis.settings import Settings as AnalysisSettings
    from netspec.checking import Report
    from netspec.diagnostics import Finding
    from netspec.graph.node import Graph
    from netspec.language.limits import Limits
    from netspec.render.text import Look


class Format(StrEnum):
    """How `check` says what it found."""

    TEXT = "text"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class TextOrJson(StrEnum):
    """For people, or for another program."""

    TEXT = "text"
    JSON = "json"


class When(StrEnum):
    """When the output has colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def complete_bundled(incomplete: str) -> list[str]:
    """Bundled specs that begin as typed."""
    from netspec.language.catalog import bundled

    return [name for name in bundled() if name.startswith(incomplete)]


def complete_specs(incomplete: str) -> list[str]:
    """Bundled specs, YAML files and folders that begin as typed."""
    folder, _, start = incomplete.rpartition("/")
    prefix = incomplete.removesuffix(start)
    here = Path(folder or prefix or ".")
    found = sorted(here.iterdir()) if here.is_dir() else []
    files = [f"{prefix}{path.name}" for path in found if path.suffix in (".yaml", ".yml")]
    folders = [f"{prefix}{path.name}/" for path in found if path.is_dir() and not path.name.startswith(".")]
    return [*complete_bundled(incomplete), *(name for name in files + folders if name.startswith(incomplete))]


def complete_layers(incomplete: str) -> list[str]:
    """Layers that begin as typed."""
    from netspec.layers import KINDS

    return [name for name in KINDS if name.startswith(incomplete)]


def complete_columns(incomplete: str) -> list[str]:
    """Columns that go on as typed, after those already given."""
    from netspec.analysis.columns import COLUMNS

    before, comma, start = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in COLUMNS if name.startswith(start)]


def complete_devices(incomplete: str) -> list[tuple[str, str]]:
    """Devices that begin as typed."""
    from netspec.analysis.devices import devices

    return [(name, device.full_name) for name, device in devices().items() if name.startswith(incomplete)]


def complete_dtypes(incomplete: str) -> list[str]:
    """Types of numbers that begin as typed."""
    from netspec.analysis.settings import DTYPES

    return [name for name in DTYPES if name.startswith(incomplete)]


def complete_optimizers(incomplete: str) -> list[str]:
    """Optimizers that begin as typed."""
    from netspec.analysis.settings import optimizers

    return [name for name in optimizers() if name.startswith(incomplete)]


def complete_codes(incomplete: str) -> list[tuple[str, str]]:
    """Codes that begin as typed, with what they mean."""
    from netspec.diagnostics.rules import RULES

    return [(code, rule.summary) for code, rule in RULES.items() if code.startswith(incomplete)]


def complete_subjects(incomplete: str) -> list[tuple[str, str]]:
    """Specs and codes that begin as typed."""
    return [*((name, "") for name in complete_specs(incomplete)), *complete_codes(incomplete)]


Target = Annotated[
    str,
    typer.Argument(
        metavar="SPEC",
        help="A path, a bundled spec's name, either with @VARIANT, or - for standard input.",
        autocompletion=complete_specs,
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Set one of the spec's variables, or with dots a key. Repeatable."
    ),
]
Variant = Annotated[str | None, typer.Option(metavar="NAME", help="Pick one of the spec's variants.")]
LimitOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--limit", metavar="NAME=NUMBER", help="Raise a limit: bytes, values, depth or layers. Repeatable."
    ),
]
StrictGrammar = Annotated[
    bool, typer.Option("--strict-grammar", help="Going beyond the lecture grammar is an error.")
]
Batch = Annotated[int, typer.Option(min=1, max=2**31, metavar="N", help="Examples a batch.")]
Dtype = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Type of the numbers: float32, bfloat16, float16, float64.",
        autocompletion=complete_dtypes,
    ),
]
OptimizerName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Optimizer that memory is counted for; the spec's own, or momentum.",
        autocompletion=complete_optimizers,
    ),
]
DeviceName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="A device (`netspec devices`), or a file that describes one; adds least times, by a model.",
        autocompletion=complete_devices,
    ),
]
Color = Annotated[When, typer.Option(help="Colour in the output.")]


def checker(
    settings: list[str] | None, variant: str | None, limits: list[str] | None, *, strict_grammar: bool = False
) -> Callable[[str], "Report"]:
    """`check` with the options of the command line; wrong ones are refused before any file is read."""
    from netspec.checking import check as checked

    chosen, allowed = _settings(settings or []), _limits(limits or [])
    return lambda target: checked(
        target, variant=variant, settings=chosen, limits=allowed, strict_grammar=strict_grammar
    )


@dataclass(frozen=True)
class Analyst:
    """Checks and analyzes specs as the command line says; findings go to standard error."""

    settings: list[str] | None
    variant: str | None
    limits: list[str] | None
    chosen: "AnalysisSettings"
    own_optimizer: bool
    """Whether a spec's `train:` section names the optimizer."""

    def records(self, targets: Sequence[str]) -> tuple[list["Record"], bool]:
        """The records of the sound specs, and whether no spec has an error."""
        check_one = checker(self.settings, self.variant, self.limits)
        reports = [check_one(target) for target in targets]
        for report in reports:
            tell(report)
        found = [self.record(report) for report in reports if report.graph is not None]
        return found, all(report.ok for report in reports)

    def again(self, report: "Report", name: str, value: str) -> "Graph | None":
        """The network of the same text with another value of a variable; None where there is none."""
        from netspec.checking import check_text

        assert report.source is not None
        assert report.spec is not None
        chosen = _settings(self.settings or []) | {name: value}
        limits = _limits(self.limits or [])
        text, variant = report.source.text, report.spec.variant
        return check_text(text, variant=variant, settings=chosen, limits=limits).graph

    def record(self, report: "Report", settings: "AnalysisSettings | None" = None) -> "Record":
        """The analysis of a sound spec, with the settings of the command line unless others are given."""
        from netspec.analysis.record import record, settings_of

        assert report.spec is not None
        assert report.graph is not None
        own = settings_of(report.spec, self.chosen) if self.own_optimizer else self.chosen
        return record(report.spec, report.graph, settings or own)


def analyst(
    settings: list[str] | None,
    variant: str | None,
    limits: list[str] | None,
    *,
    batch: int = 1,
    dtype: str = "float32",
    optimizer: str | None = None,
    device: str | None = None,
) -> Analyst:
    """Who analyzes; wrong options are refused before any file is read."""
    from netspec.analysis.settings import Settings as Chosen

    try:
        chosen = Chosen(batch, dtype, optimizer or Chosen().optimizer, device_of(device))
    except ValueError as error:
        refuse(str(error))
    return Analyst(settings, variant, limits, chosen, own_optimizer=optimizer is None)


def device_of(name: str | None) -> "Device | None":
    """The device of that name, or of a file; an unknown one is refused."""
    if name is None:
        return None
    from netspec.analysis.devices import DeviceError, device

    try:
        return device(name)
    except DeviceError as error:
        from netspec.render.report import snippets

        for text in snippets(error.findings, look(When.AUTO, sys.stderr)):
            print(text, file=sys.stderr)
        if error.findings:
            raise typer.Exit(1) from None
        refuse(str(error))


def tell(report: "Report") -> None:
    """Print errors and warnings to standard error, where they do not mix with what was asked for."""
    from netspec.diagnostics import Severity

    tell_all([finding for finding in report.findings if finding.severity > Severity.NOTE])


def tell_all(findings: Sequence["Finding"]) -> None:
    """Print findings to standard error."""
    if not findings:
        return
    from netspec.render.report import snippets

    for text in snippets(findings, look(When.AUTO, sys.stderr)):
        print(text, file=sys.stderr)


def print_all(texts: Iterable[str]) -> None:
    """Print texts, each with a line's end."""
    for text in texts:
        print(text)


def _settings(given: list[str]) -> dict[str, str]:
    """The settings by name; refuses what is no NAME=VALUE, and a name set twice."""
    found: dict[str, str] = {}
    for setting in given:
        name, equals, value = setting.partition("=")
        if not (name and equals):
            refuse(f"--set wants NAME=VALUE, not `{setting}`")
        if name in found:
            refuse(f"--set gives {name} twice")
        found[name] = value
    return found


def _limits(given: list[str]) -> "Limits":
    """The limits with those given raised; refuses what is no limit."""
    from netspec.language.limits import Limits

    try:
        return Limits.parse(given)
    except ValueError as error:
        refuse(f"--limit: {error}")


def refuse(message: str) -> NoReturn:
    """End with exit code 2 after saying what is wrong with the command line."""
    from netspec.render.text import safe

    print(f"netspec: {safe(message)}", file=sys.stderr)
    raise typer.Exit(2)


def refuse_name(what: str, given: str, near: str | None, otherwise: str) -> NoReturn:
    """Refuse a name that does not exist, with the nearest one that does."""
    refuse(f"there is no {what} `{given}`; " + (f"did you mean `{near}`?" if near else otherwise))


def write(path: Path, text: str, *, force: bool) -> None:
    """Write a file, a new one unless forced; where that cannot be done, say so and end with exit code 2."""
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        refuse(f"{path} exists; --force writes over it")
    except OSError as error:
        refuse(f"{path} cannot be written: {(error.strerror or str(error)).lower()}")


def write_bytes(path: Path | None, content: bytes) -> None:
    """Write a file, or to standard output, but no picture of pixels into a terminal."""
    if path is None:
        if content.startswith(b"\x89PNG") and sys.stdout.isatty():
            refuse("a PNG is not for a terminal; give -o FILE.png")
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        refuse(f"{path} cannot be written: {(error.strerror or str(error)).lower()}")


def look(when: When, stream: TextIO, widest: int | None = 110) -> "Look":
    """The width of the terminal, within reason, and colour where it is wanted (https://no-color.org)."""
    from netspec.render.text import Look

    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty()
    width = max(shutil.get_terminal_size().columns, 40)
    width = width if widest is None else min(width, widest)
    return Look(width, colour=when is When.ALWAYS or (when is When.AUTO and not plain))
