"""The source `csv`: a table of numbers, one column of which is the label."""

import csv
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Final

import numpy as np

from netspec.diagnostics import brief, rules
from netspec.language.nearest import did_you_mean
from netspec.language.recipes.data import Csv
from netspec.training.data.arrays import in_memory, joined
from netspec.training.data.dataset import Dataset, Request
from netspec.training.data.files import listed, located, reading
from netspec.training.faults import TrainError, fault

_SEPARATORS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " "}
_MOST_NAMED: Final = 10


@dataclass(frozen=True)
class Table:
    """What stands in a file: the columns' names, values `[rows, columns]`, the labels as text, the rows' lines."""

    path: Path
    header: list[str]
    values: np.ndarray
    labels: list[str]
    lines: list[int]


def open_csv(recipe: Csv, request: Request) -> Dataset:
    """The data set of one or two tables. Raises TrainError."""
    tables = [read(located(path, request.folder), recipe) for path in (recipe.path, recipe.test_path) if path]
    for other in tables[1:]:
        _refuse_other_columns(tables[0], other)
    labels, classes = _labels(tables)
    parts = [
        joined(table.path, _shaped(table, request), y, request.sizes)
        for table, y in zip(tables, labels, strict=True)
    ]
    train, test = parts[0], parts[1] if len(parts) > 1 else None
    return in_memory(tables[0].path.name, train, test, share=recipe.test, seed=request.seed, classes=classes)


def read(path: Path, recipe: Csv) -> Table:
    """A table. Raises TrainError that names the line of what is wrong."""
    values, labels, lines = [], [], []
    with reading(path), path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=_SEPARATORS[recipe.separator], skipinitialspace=True, strict=True)
        try:
            header = next(rows, []) if recipe.header else []
            place, width = _place(path, recipe, header), len(header)
            for row in filter(None, rows):
                width = width or len(row)
                if len(row) != width or place >= width:
                    raise _wrong_length(path, rows.line_num, row, width, place)
                labels.append(row.pop(place).strip())
                values.append(_numbers(path, rows.line_num, row))
                lines.append(rows.line_num)
        except csv.Error as error:
            raise fault(
                rules.UNREADABLE_DATA, path, f"line {rows.line_num:,} of `{path.name}`: {error}"
            ) from None
    if not values:
        raise fault(rules.UNREADABLE_DATA, path, f"`{path.name}` has no line of an example")
    return Table(path, header, np.stack(values), labels, lines)


def _place(path: Path, recipe: Csv, header: list[str]) -> int:
    """The label's column."""
    label, names = recipe.label, [name.strip() for name in header]
    if isinstance(label, int):
        return label
    if label in names:
        return names.index(label)
    if not recipe.header:
        message = f"without a header no column is called `{label}`"
        raise fault(rules.MISSING_DATA, path, message, help="give the label's place, such as `label=0`")
    message = f"`{path.name}` has no column `{label}`; it has {listed(names, _MOST_NAMED) or 'none'}"
    raise fault(rules.MISSING_DATA, path, message, help=did_you_mean(label, names))


def _wrong_length(path: Path, line: int, row: list[str], width: int, place: int) -> TrainError:
    if len(row) == width:
        message = f"the label is in column {place:,} from 0, and line {line:,} has {width:,} columns"
        return fault(rules.MISSING_DATA, path, message)
    message = f"line {line:,} has {len(row):,} columns, and the first has {width:,}"
    return fault(
        rules.UNREADABLE_DATA, path, message, help="`separator=` says what stands between two columns"
    )


def _numbers(path: Path, line: int, row: list[str]) -> np.ndarray:
    try:
        values = np.array(row, np.float64)
    except ValueError:
        wrong = next((cell for cell in row if not _is_number(cell)), "")
        raise _no_number(path, line, wrong) from None
    if not np.isfinite(values).all():
        raise _no_number(path, line, row[int(np.argmin(np.isfinite(values)))])
    return values.astype(np.float32)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _no_number(path: Path, line: int, cell: str) -> TrainError:
    told = f"`{brief(cell)}` is no number" if cell.strip() else "a column is empty"
    return fault(
        rules.UNREADABLE_DATA,
        path,
        f"line {line:,}: {told}",
        help="`header=true` skips a first line of names",
    )


def _refuse_other_columns(first: Table, other: Table) -> None:
    if first.header != other.header or first.values.shape[1] != other.values.shape[1]:
        message = f"the columns of `{other.path.name}` are not those of `{first.path.name}`"
        raise fault(rules.UNREADABLE_DATA, other.path, message)


def _labels(tables: list[Table]) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """The labels of each table: whole numbers as class ids, other numbers as targets, text as names of classes."""
    texts = [table.labels for table in tables]
    for table in tables:
        if "" in table.labels:
            line = table.lines[table.labels.index("")]
            raise fault(rules.UNREADABLE_DATA, table.path, f"line {line:,} has no label")
    every = set().union(*texts)
    if all(map(_is_whole, every)):
        return [np.array([int(text) for text in part]) for part in texts], ()
    if all(map(_is_number, every)):
        return [np.array(part, np.float64) for part in texts], ()
    ids = {name: place for place, name in enumerate(sorted(every))}
    return [np.array([ids[text] for text in part]) for part in texts], tuple(ids)


def _is_whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and len(text) < 12


def _shaped(table: Table, request: Request) -> np.ndarray:
    """The values in the input's sizes where the count fits; token ids as whole numbers."""
    values = table.values
    if request.tokens is not None and (values == np.round(values)).all():
        values = values.astype(np.int32)
    return values.reshape(-1, *request.sizes) if prod(request.sizes) == values.shape[1] else values
