"""What the commands share: their options, the completion of arguments, and what wrong usage gets."""

# ruff: noqa: PLC0415, T201  each command loads only what it needs, and prints

import os
import shutil
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO

import typer

if TYPE_CHECKING:
    from netspec.graph.check import Report
    from netspec.language.limits import Limits
    from netspec.render.text import Look


class Format(StrEnum):
    """How `check` says what it found."""

    TEXT = "text"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


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


def complete_codes(incomplete: str) -> list[tuple[str, str]]:
    """Codes that begin as typed, with what they mean."""
    from netspec.diagnostics.rules import RULES

    return [(code, rule.summary) for code, rule in RULES.items() if code.startswith(incomplete)]


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
Color = Annotated[When, typer.Option(help="Colour in the output.")]


def checker(
    settings: list[str] | None, variant: str | None, limits: list[str] | None, *, strict_grammar: bool = False
) -> Callable[[str], "Report"]:
    """`check` with the options of the command line; wrong ones are refused before any file is read."""
    from netspec.graph.check import check as checked

    chosen, allowed = _settings(settings or []), _limits(limits or [])
    return lambda target: checked(
        target, variant=variant, settings=chosen, limits=allowed, strict_grammar=strict_grammar
    )


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


def look(when: When, stream: TextIO) -> "Look":
    """The width of the terminal, within reason, and colour where it is wanted (https://no-color.org)."""
    from netspec.render.text import Look

    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty()
    width = min(max(shutil.get_terminal_size().columns, 40), 110)
    return Look(width, colour=when is When.ALWAYS or (when is When.AUTO and not plain))
