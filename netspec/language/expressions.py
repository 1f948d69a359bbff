"""Expressions in braces: parsed by a grammar, computed by a small table of functions, and nothing else."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, Final

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from netspec.diagnostics import Fault, Refused, rules
from netspec.language.nearest import did_you_mean, one_of

Number = int | float
Result = int | float | bool | str | tuple[Any, ...] | None

BROKEN: Final = ("broken",)
"""The value of a variable that could not be computed; a finding already says why."""


class AlreadyToldError(Refused):
    """Raised by an expression over a broken variable, about which no second finding is wanted."""


_LARGEST: Final = 2**63 - 1
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST_VALUES: Final = 10_000
_LONGEST: Final = 300
_DEEPEST: Final = 32


def divisible(value: Number, divisor: Number) -> int:
    """The multiple of `divisor` nearest to `value`, at least `divisor`, and at most a tenth below `value`.

    Source: Sandler et al. 2018, MobileNetV2, in its reference implementation (`_make_divisible`).
    """
    if divisor < 1:
        raise _value_fault(f"divisible() needs a divisor of at least 1, not {divisor}")
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return int(rounded + divisor if rounded < 0.9 * value else rounded)


_FUNCTIONS: Final[dict[str, tuple[Callable[..., Any], int, int]]] = {
    "min": (min, 1, 16),
    "max": (max, 1, 16),
    "round": (round, 1, 1),
    "ceil": (math.ceil, 1, 1),
    "floor": (math.floor, 1, 1),
    "divisible": (divisible, 2, 2),
}
"""Function, fewest and most arguments. `round` takes halves to the even neighbour, as Python does."""


def evaluate(text: str, variables: Mapping[str, Result]) -> Result:
    """The value of an expression (without its braces). Raises `Refused` with what is wrong.

    `/` of whole numbers that divide evenly is a whole number; otherwise it is a float.
    """
    evaluator = _Evaluator(variables)
    # A lone name is by far the most common expression, and needs no grammar, which takes time to build.
    return (
        evaluator.variable(name) if _NAME.fullmatch(name := text.strip()) else evaluator.value(_parse(text))
    )


@cache
def _parser() -> Lark:
    return Lark.open("expression.lark", rel_to=__file__, parser="lalr")


@lru_cache(maxsize=4096)
def _parse(text: str) -> Tree[Token]:
    if len(text) > _LONGEST:
        raise _bad(f"an expression of {len(text)} characters; at most {_LONGEST} are read")
    if not text.strip():
        raise _bad("there is nothing between the braces")
    for written, cure in (("**", "there is no power; multiply"), ("__", ""), (".", "")):
        if written in text and not (written == "." and _only_decimal_points(text)):
            raise _bad(f"`{written}` cannot stand in an expression", cure)
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        stream = int(error.pos_in_stream or 0)  # -1 where the text ends too early
        at = len(text) if stream < 0 else stream
        found = f"`{text[at]}` is not expected" if at < len(text) else "something is missing"
        raise _bad(f"{found} {'after' if at else 'before'} `{text[:at].strip() or text.strip()}`") from None
    if _depth(tree) > _DEEPEST:
        raise _bad(f"an expression nested deeper than {_DEEPEST} levels")
    return tree


def _depth(tree: Tree[Token]) -> int:
    """Levels of a tree, counted without recursion."""
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [child for node in level for child in node.children if isinstance(child, Tree)]
    return depth


def _only_decimal_points(text: str) -> bool:
    return all(
        text[i - 1 : i].isdigit() or text[i + 1 : i + 2].isdigit() for i, c in enumerate(text) if c == "."
    )


class _Evaluator:
    """Walks the tree; every step stays below 2^63."""

    def __init__(self, variables: Mapping[str, Result]) -> None:
        self.variables = variables

    def value(self, tree: Any) -> Result:
        match tree.data, tree.children:
            case "number", [text]:
                return _bounded(_number(str(text)))
            case "variable", [name]:
                return self.variable(str(name))
            case "call", [name, *arguments]:
                return self._call(str(name), arguments)
            case "list", items:
                return limited(tuple(self.value(item) for item in items if item is not None))
            case "index", [base, place]:
                return _index(self.value(base), self.value(place))
            case operation, operands:
                return _bounded(
                    _OPERATIONS[operation](*(_numeric(self.value(o), operation) for o in operands))
                )

    def variable(self, name: str) -> Result:
        """The value of a variable."""
        if name in self.variables:
            if self.variables[name] is BROKEN:
                raise AlreadyToldError(
                    Fault(rule=rules.EXPRESSION_VALUE, message=f"`{name}` could not be computed")
                )
            return self.variables[name]
        known = [*self.variables, *_FUNCTIONS]
        raise Refused(
            Fault(
                rule=rules.UNKNOWN_VARIABLE,
                message=f"there is no variable `{name}` here",
                help=did_you_mean(name, known)
                or (
                    f"the variables here are {one_of(self.variables)}"
                    if self.variables
                    else "the spec has no variables"
                ),
            )
        )

    def _call(self, name: str, arguments: Iterable[Any]) -> Result:
        if name not in _FUNCTIONS:
            raise _bad(
                f"there is no function `{name}`",
                did_you_mean(name, _FUNCTIONS) or f"there are {one_of(_FUNCTIONS)}",
            )
        function, fewest, most = _FUNCTIONS[name]
        values = [self.value(argument) for argument in arguments if argument is not None]
        if name in ("min", "max") and len(values) == 1 and isinstance(values[0], tuple) and values[0]:
            values = list(values[0])
        if not fewest <= len(values) <= most:
            raise _bad(
                f"{name}() takes {fewest if fewest == most else f'{fewest} to {most}'} arguments, not {len(values)}"
            )
        return _bounded(function(*(_numeric(value, name) for value in values)))


def _divide(a: Number, b: Number) -> Number:
    _nonzero(b)
    return a // b if isinstance(a, int) and isinstance(b, int) and a % b == 0 else a / b


def _floor_divide(a: Number, b: Number) -> Number:
    return a // _nonzero(b)


def _remainder(a: Number, b: Number) -> Number:
    return a % _nonzero(b)


def _nonzero(divisor: Number) -> Number:
    if divisor == 0:
        raise _value_fault("a division by zero")
    return divisor


_OPERATIONS: Final[dict[str, Callable[..., Number]]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": _divide,
    "floor_divide": _floor_divide,
    "remainder": _remainder,
    "negative": lambda a: -a,
    "positive": lambda a: a,
}


def _number(text: str) -> Number:
    if len(text) > 40:
        raise _value_fault("a number of more than 40 digits")
    return int(text) if text.isdigit() else float(text)


def _numeric(value: Result, where: str) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float):
        what = "a list" if isinstance(value, tuple) else f"`{value}`"
        raise _value_fault(f"{where.replace('_', ' ')} computes with numbers, not with {what}")
    return value


def _bounded(value: Number) -> Number:
    if not abs(value) <= _LARGEST:
        raise _value_fault("a result past 2^63")
    return value


def limited(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A list, unless it holds too many values; lists of lists double quickly."""
    count, waiting = 0, [values]
    while waiting:
        for value in waiting.pop():
            count += 1
            if isinstance(value, tuple):
                waiting.append(value)
        if count > _MOST_VALUES:
            raise _value_fault(f"a list of more than {_MOST_VALUES:,} values")
    return values


def _index(base: Result, place: Result) -> Result:
    if not isinstance(base, tuple):
        raise _value_fault(f"`{base}` is no list and cannot be indexed")
    if isinstance(place, bool) or not isinstance(place, int):
        raise _value_fault(f"an index is a whole number, not {place}")
    if not 0 <= place < len(base):
        raise _value_fault(
            f"index {place} of a list of {len(base)}; the first is 0, the last {len(base) - 1}"
        )
    found: Result = base[place]
    return found


def _bad(message: str, help_: str = "") -> Refused:
    return Refused(Fault(rule=rules.BAD_EXPRESSION, message=message, help=help_))


def _value_fault(message: str) -> Refused:
    return Refused(Fault(rule=rules.EXPRESSION_VALUE, message=message))
