"""Entries of the manual: a layer, a code."""

import inspect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic.fields import FieldInfo

from netspec.checking import check_text
from netspec.diagnostics import Finding
from netspec.diagnostics.rule import Rule
from netspec.graph.node import Node
from netspec.language.field_docs import field_docs
from netspec.language.writing import inline
from netspec.layers import Layer, Parameter
from netspec.layers.base import Example, dims
from netspec.render.listing import definitions, family_title
from netspec.render.snippets import snippet
from netspec.render.text import Look, wrap
from netspec.render.words import in_words

_FULL = 98
"""Lines of a docstring reach about this far before they are broken."""


def layer_entry(kind: type[Layer], look: Look) -> str:
    """The entry of a layer, with the parameters that it has in its first example."""
    use = _first_use(kind)
    owned = use.parameters if use else ()
    parts = [
        [look.paint("strong", f"{kind.name}: {family_title(kind).partition(':')[0]}")],
        [f"  {form}" for form in forms(kind)],
        list(_docstring(kind, look)),
        _section("Fields", _fields(kind, look), look),
        _section(f"Parameters of {_use(kind.examples[0])}", _parameters(owned), look) if owned else [],
        _section("Examples", _examples(kind.examples), look),
        wrap(f"`{kind.examples[0].arrow}` in structured YAML is `{_structured(use)}`.", look.width)
        if use
        else [],
        wrap(f"Other tools call it {', '.join(kind.elsewhere)}.", look.width) if kind.elsewhere else [],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def forms(kind: type[Layer]) -> Iterator[str]:
    """How the layer is written: `convKERNEL-FILTERS[/STRIDE][(key=value, ...)]`, and a merge over branches too."""
    if kind.merges:
        keys = [f"{field}=..." for field in kind.model_fields]
        yield f"{kind.name}({', '.join(['TAG', *keys])})"
        yield f"- {kind.name}: [NETWORK, NETWORK, ...]"
    else:
        yield _notation(kind)


def _notation(kind: type[Layer]) -> str:
    places = kind.notation
    prefixed = [(places.size, ""), (places.width, "-"), (places.stride, "/")]
    text = kind.name + "".join(_place(kind, field, sign) for field, sign in prefixed if field)
    named = {field for field, _ in prefixed} | set(places.positional)
    others = ["key=value, ..."] if set(kind.model_fields) - named else []
    inside = ", ".join([*(field.upper() for field in places.positional), *others])
    needed = any(kind.model_fields[field].is_required() for field in places.positional)
    return text + (f"({inside})" if needed else f"[({inside})]" if inside else "")


def _place(kind: type[Layer], field: str, sign: str) -> str:
    text = sign + field.upper()
    return text if kind.model_fields[field].is_required() else f"[{text}]"


def _docstring(kind: type[Layer], look: Look) -> Iterator[str]:
    """The docstring, with lines that the source broke only for their length put together again."""
    lines: list[str] = []
    for line in inspect.cleandoc(kind.__doc__ or "").splitlines():
        if lines and line and lines[-1] and _goes_on(lines[-1], line):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    for line in lines:
        yield from wrap(line, look.width)


def _goes_on(line: str, following: str) -> bool:
    """Whether the break between two lines is there for the length alone: the next word would not have fitted."""
    return following[0].islower() or len(line) + len(following.partition(" ")[0]) > _FULL


def _section(title: str, lines: Iterable[str], look: Look) -> list[str]:
    found = list(lines)
    return [look.paint("strong", title), *found] if found else []


def _fields(kind: type[Layer], look: Look) -> Iterator[str]:
    rows = kind.model_fields.items()
    width = max((len(name) for name, _ in rows), default=0)
    for name, field in rows:
        yield from definitions([(name, _type(field))], look, width=width)
        yield from definitions([("", " ".join(field_docs(kind).get(name, "").split()))], look, width=width)


def _type(field: FieldInfo) -> str:
    words = in_words(field.annotation, tuple(field.metadata))
    if field.is_required():
        return f"{words}; required"
    default = field.default_factory is None and field.default is not None
    return f"{words}; {as_written(field.default)} if not given" if default else words


def as_written(value: Any) -> str:
    """A value as a spec writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _first_use(kind: type[Layer]) -> Node | None:
    """The node of the first example, in a network of this one layer; none for a merge, which needs branches."""
    if kind.merges:
        return None
    shape, _, tokens = kind.examples[0].input.partition(" tokens of ")
    text = f"input: {{shape: {shape}, tokens: {tokens or 'null'}}}\nnetwork: {kind.examples[0].arrow}\n"
    graph = check_text(text).graph
    return graph.nodes[-1] if graph else None


def _structured(use: Node) -> str:
    """The layer with the fields that its arrow notation gives; whether it has a bias is then still open."""
    given = {field: value for field, value in use.layer if field in use.layer.model_fields_set - {"bias"}}
    return f"- {use.kind}: {inline(given)}" if given else f"- {use.kind}"


def _parameters(owned: Sequence[Parameter]) -> list[str]:
    rows = [(p.name, dims(p.shape), f"{p.size:,}", _role(p)) for p in owned]
    return _table(rows, "<<><")


def _role(parameter: Parameter) -> str:
    kept = "" if parameter.trainable or parameter.role == "statistic" else ", not trained"
    return f"{parameter.role}, starts as {parameter.initializer}{kept}"


def _use(example: Example) -> str:
    return f"{example.arrow} on {example.input}"


def _examples(examples: Sequence[Example]) -> list[str]:
    rows = [
        (e.arrow, f"{e.input} -> {e.output}", f"{e.params:,} parameters" if e.params else "")
        for e in examples
    ]
    return _table(rows, "<<>")


def _table(rows: Sequence[tuple[str, ...]], align: str) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(
            f"{cell:{sign}{width}}" for cell, sign, width in zip(row, align, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def rule_entry(rule: Rule, said: Sequence[Finding], look: Look) -> str:
    """The entry of a code: what it means and why, a bad and a good example, and what netspec says of the bad one."""
    parts = [
        [
            look.paint(str(rule.severity), f"{rule.severity}[{rule.code}]")
            + look.paint("strong", f" {rule.name}")
        ],
        wrap(rule.summary, look.width),
        wrap(rule.why, look.width),
        _section("Wrong", _indented(rule.bad), look),
        _section("netspec says", _indented(snippet(said[0], replace(look, width=look.width - 4))), look)
        if said
        else [],
        _section("Right", _indented(rule.good), look),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _indented(text: str) -> list[str]:
    return [f"    {line}".rstrip() for line in text.rstrip("\n").splitlines()]
