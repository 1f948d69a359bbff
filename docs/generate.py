"""Writes the pages of the manual that are made from the code: `python docs/generate.py`."""

import inspect
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from netspec.analysis.columns import COLUMNS
from netspec.checking import check_text
from netspec.diagnostics.rule import Rule
from netspec.diagnostics.rules import RULES
from netspec.language.field_docs import field_docs
from netspec.language.recipes.base import Recipe
from netspec.language.train_section import Train, holds
from netspec.layers import KINDS, Layer
from netspec.layers.base import Example
from netspec.render.listing import family_title
from netspec.render.manual import as_written, forms
from netspec.render.snippets import snippet
from netspec.render.text import Look
from netspec.render.words import in_words

HERE: Final = Path(__file__).parent

_STAGES: Final = {
    "E0": "Reading: the file and its YAML",
    "E1": "Language: what the spec says",
    "E2": "Shapes: how the layers fit together",
    "E3": "Budgets: what the network takes",
    "E4": "Data: what does not suit the network",
    "E5": "Runs: what stops training, and what follows it",
    "W1": "Warnings: what is never used",
    "W2": "Warnings: what was probably not meant",
    "N3": "Notes: the lectures' grammar",
}
_DIAGNOSTICS: Final = """\
# Diagnostics

Every finding has a code that never changes its meaning. `E` is an error, `W` a warning, `N` a note; `netspec check` exits
with 1 for an error, with `--strict` also for a warning. `allow: [W201]` in a spec says that a warning is meant.
`netspec explain E203` prints an entry of this page.
"""
_COLUMNS: Final = """\
# The columns of an analysis

`netspec analyze --explain-columns` prints this page. In JSON and CSV the columns have the names given here. Counts are
exact integers; what is not known is `null` in JSON, empty in CSV, and `?` in print.
"""
_LAYERS: Final = """\
# Layers

`netspec layers conv` prints an entry of this page, with the parameters that the layer has. Capitals stand for a value,
brackets for what may be left out. Every field can also be given by name, `conv3-64(stride=2)`, or in structured YAML,
`- conv: {kernel: 3, filters: 64, stride: 2}`. A whole number that a field takes for every axis may be given by axis,
`5x20`.
"""
_RECIPES: Final = """\
# The `train:` section, field by field

[Training](training.md) says what the section is for. Every field may be left out. On the command line each is
`--set train.FIELD=VALUE`, in Python a keyword of `netspec.train`.

A call is written `name(value, key=value)`, or in structured YAML `name: {key: value}`. Capitals stand for a value,
brackets for what may be left out; every field of a call can be given by name. A chain is `one -> other`, or a list.
"""


def diagnostics() -> str:
    """Every rule, stage by stage."""
    parts = [_DIAGNOSTICS]
    for stage, rules in groupby(RULES.values(), key=lambda rule: rule.code[:2]):
        parts += [f"## {_STAGES[stage]}\n", *map(_rule, rules)]
    return "\n".join(parts)


def _rule(rule: Rule) -> str:
    said = _said(rule) if rule.examples == "spec" else ""
    language = "yaml" if rule.examples == "spec" else "text"
    parts = [
        f"### {rule.code} {rule.name}\n",
        f"{_escaped(rule.summary)} {_escaped(rule.why)}\n",
        f"Wrong:\n\n{_fenced(rule.bad)}",
        f"netspec says:\n\n{_fenced(said)}" if said else "",
        f"Right:\n\n{_fenced(rule.good, language)}",
    ]
    return "\n".join(filter(None, parts))


def _said(rule: Rule) -> str:
    findings = check_text(rule.bad, name="wrong.yaml").findings
    return next(snippet(finding, Look()) for finding in findings if finding.rule is rule)


def columns() -> str:
    """Every column with its definition and source."""
    rows = [
        f"| `{column.name}` | {_cell(column.title)} | {column.unit} | {_cell(column.definition)} | {_cell(column.source)} |"
        for column in COLUMNS.values()
    ]
    return "\n".join(
        [_COLUMNS, "| name | title | unit | definition | source |", "|---|---|---|---|---|", *rows, ""]
    )


def layers() -> str:
    """Every layer, family by family."""
    parts = [_LAYERS]
    kinds = sorted(KINDS.values(), key=attrgetter("family"))
    for _, members in groupby(kinds, key=attrgetter("family")):
        family = list(members)
        parts += [f"## {_escaped(family_title(family[0]))}\n", *map(_layer, family)]
    return "\n".join(parts)


def _layer(kind: type[Layer]) -> str:
    parts = [
        f"### {kind.name}\n",
        _fenced("\n".join(forms(kind))),
        f"{_escaped(inspect.cleandoc(kind.__doc__ or ''))}\n",
        "\n".join(_fields(kind)),
        "\n".join(_examples(kind.examples)),
        _elsewhere(kind.elsewhere),
    ]
    return "\n".join(filter(None, parts))


def recipes() -> str:
    """The fields of the `train:` section, then every named call, family by family."""
    families = dict.fromkeys(shape.family for field in Train.model_fields if (shape := holds(field)))
    parts = [_RECIPES, "\n".join(_fields(Train)), *map(_family, families)]
    return "\n".join(parts)


def _family(family: type[Recipe]) -> str:
    _, _, more = " ".join((inspect.getmodule(family).__doc__ or "").split()).partition(". ")
    about = f"{inspect.cleandoc(family.__doc__ or '')} {more}".strip()
    return "\n".join([f"## {_title(family)}\n", f"{_escaped(about)}\n", *map(_recipe, family.kinds.values())])


def _title(family: type[Recipe]) -> str:
    return f"{family.noun.capitalize()}{'es' if family.noun.endswith('s') else 's'}"


def _recipe(kind: type[Recipe]) -> str:
    parts = [
        f"### {kind.name}\n",
        _fenced(_call(kind)),
        f"{_escaped(inspect.cleandoc(kind.__doc__ or ''))}\n",
        "\n".join(_fields(kind)),
        _elsewhere(kind.elsewhere),
    ]
    return "\n".join(filter(None, parts))


def _call(kind: type[Recipe]) -> str:
    """How the recipe is written, such as `momentum(RATE[, MOMENTUM])`."""
    text = ""
    for place, name in enumerate(kind.notation.positional):
        sign = ", " * bool(place) + name.upper()
        text += sign if kind.model_fields[name].is_required() else f"[{sign}]"
    if set(kind.model_fields) - set(kind.notation.positional):
        text += "[, key=value, ...]" if text else "[key=value, ...]"
    return f"{kind.name}({text})" if text else kind.name


def _elsewhere(names: tuple[str, ...]) -> str:
    return f"Other tools call it {', '.join(f'`{name}`' for name in names)}.\n" if names else ""


def _fields(kind: type[BaseModel]) -> Iterator[str]:
    if kind.model_fields:
        yield "| field | takes | if not given | |"
        yield "|---|---|---|---|"
    for name, field in kind.model_fields.items():
        about = " ".join(field_docs(kind).get(name, "").split())
        yield f"| `{name}` | {_takes(kind, name, field)} | {_default(field)} | {_cell(about)} |"
    if kind.model_fields:
        yield ""


def _takes(kind: type[BaseModel], name: str, field: FieldInfo) -> str:
    shape = holds(name) if kind is Train else None
    if shape is None:
        return _cell(in_words(field.annotation, tuple(field.metadata)))
    title = _title(shape.family)
    return f"{'a chain of ' if shape.chain else 'one of the '}[{title.lower()}](#{title.lower().replace(' ', '-')})"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    given = field.get_default(call_default_factory=True, validated_data={})
    return f"`{_as_written(given)}`" if given not in (None, ()) else ""


def _as_written(value: object) -> str:
    if isinstance(value, tuple) and all(isinstance(part, Recipe) for part in value):
        return " -> ".join(map(_as_written, value))
    return value.name if isinstance(value, Recipe) else as_written(value)


def _examples(examples: tuple[Example, ...]) -> Iterator[str]:
    yield "| example | input | output | parameters |"
    yield "|---|---|---|--:|"
    for example in examples:
        yield f"| `{example.arrow}` | {example.input} | {example.output} | {example.params:,} |"
    yield ""


def _fenced(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


def _cell(text: str) -> str:
    return _escaped(text).replace("|", "\\|")


def _escaped(text: str) -> str:
    """The text with the signs of Markdown taken literally, except in backticks."""
    return "".join(
        part if part.startswith("`") else re.sub(r"([*<\[])", r"\\\1", part)
        for part in re.split(r"(`[^`]*`)", text)
    )


PAGES: Final[dict[str, Callable[[], str]]] = {
    "columns.md": columns,
    "diagnostics.md": diagnostics,
    "layers.md": layers,
    "recipes.md": recipes,
}
"""The pages by their names in `docs/`."""


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
