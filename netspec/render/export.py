"""An analysis for other programs and for papers: JSON with its schema, CSV, Markdown, LaTeX."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from fractions import Fraction
from typing import Any, Final

from netspec.analysis.columns import COLUMNS, DEVICE, LECTURE, Column, Value
from netspec.analysis.memory import Inference, Training
from netspec.analysis.record import Record
from netspec.analysis.summary import Row
from netspec.layers.base import Shape
from netspec.render.analysis import table
from netspec.render.grid import latex, markdown
from netspec.render.text import safe
from netspec.version import __version__

FORMAT: Final = 1
"""The version of the JSON's form: it grows, but no key changes its meaning under the same number."""

_PLAIN: Final = tuple(
    column for column in COLUMNS.values() if column.name not in ("layer", "name", "dimension")
)


def exported(
    records: Sequence[Record],
    form: str,
    names: Sequence[str] | None,
    *,
    expand: bool,
    every: bool,
    several: bool = False,
) -> Iterator[str]:
    """The analyses as json, csv, markdown, latex or html; only JSON and CSV put several into one document."""
    if form == "json":
        yield as_json(records, several=several)
    elif form == "html":
        from netspec.render.page import page  # noqa: PLC0415  a page loads the drawing

        if len(records) > 1:
            raise ValueError("a page is of one network")
        yield page(records[0])
    elif form == "csv":
        yield as_csv(records, names or [name for name in COLUMNS if name not in DEVICE])
    else:
        for record in records:
            chosen = names or (*LECTURE, "macs")
            shown = table(record, chosen, expand=expand, every=every)
            yield from markdown(shown) if form == "markdown" else latex(shown, safe(record.name))


# -- JSON --------------------------------------------------------------------------------------------------------------


def as_json(records: Sequence[Record], *, several: bool = False) -> str:
    """One analysis as an object, or an array where several were asked for; counts are exact, unknown ones null."""
    found = [plain(record) for record in records]
    return json.dumps(found if several or len(found) > 1 else found[0], indent=2)


def plain(record: Record) -> dict[str, Any]:
    """An analysis as plain values. Every layer has a row; repeats are not folded."""
    return {
        "netspec": __version__,
        "format": FORMAT,
        "name": record.name,
        "source": record.source,
        "hash": record.hash,
        "input": _shape(record.input),
        "outputs": [{"name": name, **_shape(shape)} for name, shape in record.outputs],
        "grammar": record.grammar,
        "beyond": record.beyond,
        "settings": {
            "batch": record.settings.batch,
            "dtype": record.settings.dtype,
            "optimizer": record.settings.optimizer,
            "device": record.settings.device.name if record.settings.device else None,
        },
        "rows": [_row(record, row) for row in record.rows],
        "total": {
            **{c.name: as_plain(c.total(record.total)) for c in _PLAIN if c.total and c.unit != "share"},
            "exact": record.total.exact,
            "unpriced": list(record.total.unpriced),
        },
        "memory": {"inference": _memory(record.inference), "training": _memory(record.training)},
    }


def _shape(shape: Shape) -> dict[str, Any]:
    return {"shape": list(shape.sizes), **({"tokens": shape.tokens} if shape.tokens else {})}


def _row(record: Record, row: Row) -> dict[str, Any]:
    numbers = {column.name: as_plain(column.of(row, record.summary)) for column in _PLAIN}
    return {
        "name": row.name,
        "kind": row.kind,
        "layer": row.label,
        "inputs": list(row.inputs),
        "head": row.head,
        "shares": row.shares,
        "shape": list(row.shape.sizes),
        **numbers,
        "sees_all": row.sees_all,
    }


def as_plain(value: Value) -> Any:
    """A value as JSON has it: fractions that are no integers as floating-point numbers."""
    if isinstance(value, tuple):
        return [as_plain(one) for one in value]
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value


def _memory(lines: Inference | Training) -> dict[str, Any]:
    return {**asdict(lines), "total_bytes": lines.total_bytes, "exact": lines.exact}


_TYPES: Final[dict[str, Any]] = {
    "text": {"type": ["string", "null"]},
    "shape": {"type": "array", "items": {"type": "integer", "minimum": 1}},
    "count": {"type": ["integer", "null"]},
    "bytes": {"type": "integer", "minimum": 0},
    "share": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    "ratio": {"type": ["number", "null"], "minimum": 0},
    "seconds": {"type": ["number", "null"], "minimum": 0},
    "sizes": {"type": ["array", "null"], "items": {"type": ["number", "null"]}},
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of what `as_json` writes for one spec, made from the columns."""
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    row = {
        **dict.fromkeys(("name", "kind", "layer"), text),
        "inputs": texts,
        "head": {"type": ["string", "null"]},
        "shares": {"type": ["string", "null"]},
        "shape": _TYPES["shape"],
        **{column.name: _described(column) for column in _PLAIN},
        "sees_all": {"type": "boolean"},
    }
    sums = {
        c.name: {"type": "integer", "description": c.definition}
        for c in _PLAIN
        if c.total and c.unit != "share"
    }
    total = {**sums, "exact": {"type": "boolean"}, "unpriced": texts}
    shape = {"shape": _TYPES["shape"], "tokens": {"type": "integer"}}
    settings = {
        "batch": {"type": "integer"},
        "dtype": text,
        "optimizer": text,
        "device": {"type": ["string", "null"]},
    }
    properties = {
        "netspec": {**text, "description": "The version of netspec that wrote it."},
        "format": {"const": FORMAT},
        "name": text,
        "source": text,
        "hash": {**text, "pattern": "^[0-9a-f]{64}$"},
        "input": _object(shape, optional=("tokens",)),
        "outputs": {"type": "array", "items": _object({"name": text, **shape}, optional=("tokens",))},
        "grammar": {"type": ["string", "null"]},
        "beyond": {"type": ["string", "null"]},
        "settings": _object(settings),
        "rows": {"type": "array", "items": _object(row)},
        "total": _object(total),
        "memory": _object({"inference": _memory_schema(Inference), "training": _memory_schema(Training)}),
    }
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "netspec analyze"}
    return {**head, **_object(properties)}


def _memory_schema(lines: type[Inference] | type[Training]) -> dict[str, Any]:
    """Integers, but for the model of execution, the layer at the peak, and lists of layers."""
    integer, text = {"type": "integer"}, {"type": "string"}
    lists = {
        "saved": {"type": "array", "items": _object({"name": text, "bytes": integer})},
        "unknown": {"type": "array", "items": text},
    }
    words = {"execution": text, "peak_at": text}
    kinds = {field.name: {**lists, **words}.get(field.name, integer) for field in fields(lines)}
    return _object({**kinds, "total_bytes": integer, "exact": {"type": "boolean"}})


def _described(column: Column) -> dict[str, Any]:
    return {**_TYPES[column.unit], "description": column.definition}


def _object(properties: dict[str, Any], optional: Sequence[str] = ()) -> dict[str, Any]:
    required = [key for key in properties if key not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


# -- CSV ------------------------------------------------------------------------------------------------------------


def as_csv(records: Iterable[Record], names: Sequence[str]) -> str:
    """Every layer of every network as a line of exact numbers, under one line of column names."""
    lines = [
        [record.name, *(COLUMNS[name].of(row, record.summary) for name in names)]
        for record in records
        for row in record.rows
    ]
    return comma_separated(["network", *names], lines)


def comma_separated(names: Sequence[str], lines: Iterable[Sequence[Value]]) -> str:
    """Exact values under their names; unknown ones are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_csv(value) for value in line] for line in lines)
    return out.getvalue().removesuffix("\n")


def _csv(value: Value) -> Any:
    if isinstance(value, tuple):
        return (
            "x".join("" if one is None else str(as_plain(one)) for one in value)
            if set(value) != {None}
            else ""
        )
    return "" if value is None else _harmless(value) if isinstance(value, str) else as_plain(value)


def _harmless(text: str) -> str:
    """Text that no terminal obeys and no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return safe(f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text)
