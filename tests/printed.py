"""What netspec prints, read back as a reader would: tables as numbers, formulas as arithmetic."""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

_OPERATIONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: Fraction(a) / b,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"floor": math.floor, "ceil": math.ceil, "min": min, "max": max}


@cache
def evaluated(formula: str) -> Fraction:
    """The value of a printed formula of + - * / and floor, ceil, min, max; nothing else is understood."""
    return Fraction(_value(ast.parse(formula.replace(",", ", "), mode="eval").body))


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(int(number)):
            return number
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand)
        case ast.BinOp(left, operation, right):
            return _OPERATIONS[type(operation)](_value(left), _value(right))
        case ast.Call(ast.Name(name), arguments, []):
            return _FUNCTIONS[name](*map(_value, arguments))
    raise ValueError(f"a formula holds {ast.dump(node)}")


def whole(text: str) -> int:
    """A count as it is printed in full: `1,728`."""
    assert re.fullmatch(r"-?\d{1,3}(,\d{3})*", text), text
    return int(text.replace(",", ""))


@dataclass(frozen=True)
class Told:
    """A printed formula: what it gives, symbols, the numbers put in (none where it is the value itself), and the value."""

    name: str
    symbols: str
    numbers: str
    value: int


def formulas(lines: list[str]) -> Iterator[tuple[str, list[Told]]]:
    """The heads of an explanation, each with its formulas; lines that were wrapped are put together."""
    blocks = re.split(r"\n\n+", "\n".join(lines).strip("\n"))
    for block in blocks:
        head, *rest = re.split(r"\n  (?=\S)", block)
        yield " ".join(head.split()), [_told(text) for text in rest]


def _told(text: str) -> Told:
    name, said = re.split(r"  +", text, maxsplit=1)
    first, *more = " ".join(said.split()).split(" = ")
    return Told(name, first, more[0] if len(more) > 1 else "", whole(more[-1]))


@dataclass(frozen=True)
class Printed:
    """A printed table: titles, lines of cells, and the totals; cells are empty where nothing stands."""

    titles: list[str]
    lines: list[list[str]]
    totals: list[str]

    def column(self, title: str) -> list[str]:
        """The cells under a title."""
        return [line[self.titles.index(title)] for line in self.lines]

    def total(self, title: str) -> str:
        """What stands below a column."""
        return self.totals[self.titles.index(title)]


def tables(text: str) -> list[Printed]:
    """The tables of a text; each has a rule below its titles, and one above its totals where it has any."""
    found, lines = [], text.splitlines()
    rules = [i for i, line in enumerate(lines) if re.fullmatch("-{3,}", line)]
    while rules:
        start, *later = rules
        end = next((i for i in range(start, len(lines)) if not lines[i].strip()), len(lines))
        inside = [i for i in later if i < end]
        stop = inside[0] if inside else end
        totals = lines[inside[0] + 1 : end][:1] if inside else []
        found.append(_table(lines[start - 1], lines[start + 1 : stop], totals))
        rules = [i for i in later if i > end]
    return found


def _table(titles: str, rows: list[str], totals: list[str]) -> Printed:
    """Columns are parted by places where no line has anything; a line of one text is the heading of a block."""
    rows = [row for row in rows if "  " in row.strip()]
    width = max(map(len, [titles, *rows, *totals]))
    lines = [line.ljust(width) for line in (titles, *rows, *totals)]
    blank = "".join("_" if all(line[i] == " " for line in lines) else "#" for i in range(width))
    spans = [part.span() for part in re.finditer(r"#+(?:_#+)*", blank)]
    cells = [[line[start:stop].strip() for start, stop in spans] for line in lines]
    return Printed(cells[0], cells[1 : len(rows) + 1], cells[-1] if totals else [])
