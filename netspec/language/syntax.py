"""The syntax of a network, the same for both spellings, with the place each thing was written at.

Values may still be expressions; `netspec.graph` computes them when it unrolls blocks and repeats, and then
validates each layer's fields with the pydantic model of that layer.
"""

from dataclasses import dataclass, field
from typing import Literal

from netspec.diagnostics import Span
from netspec.language.yaml12 import Scalar, Value


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` to `end` of a scalar's text, or a whole YAML value."""

    value: Value
    start: int = -1
    end: int = -1

    @property
    def span(self) -> Span:
        """The characters in the file."""
        if self.start >= 0 and isinstance(self.value, Scalar):
            return self.value.at(self.start, self.end)
        return self.value.span


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """A piece of syntax and its place, which never counts in a comparison."""

    place: Place = field(compare=False, repr=False)

    @property
    def span(self) -> Span:
        """Where it stands in the file."""
        return self.place.span


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression(Syntax):
    """`{...}`: the text between the braces."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Syntax):
    """A value that could not be read, and about which a finding already speaks."""


Written = int | float | bool | str | None | Expression | Broken | tuple["Written", ...]
"""A value as written: plain, an expression, or a list of such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument(Syntax):
    """A value in a call, by position or by name; `key` is where the name stands."""

    value: Written
    key: Place | None = field(default=None, compare=False, repr=False)
    guessed: bool = field(default=False, compare=False, repr=False)
    """True where the field is a guess, after a finding about its name; its value is then no second fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label(Syntax):
    """The name of a value: `@tag` or `tag:`. With `final` it is a full name (`name:`), which need not be used."""

    text: str | Expression
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Syntax):
    """A layer or block: `word` as written (`conv3`), its shorthand places, and its arguments.

    A word that ends in a size can be read in two ways until the names are known (`relu6` is a layer, `conv3` is
    conv with size 3), so both are kept: `word`, and `stem` with `size`.
    """

    word: str | Expression
    stem: str = ""
    size: Argument | None = None
    width: Argument | None = None
    stride: Argument | None = None
    positional: tuple[Argument, ...] = ()
    named: tuple[tuple[str, Argument], ...] = ()
    label: Label | None = None
    head: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole(Syntax):
    """Something that could not be read, and about which a finding already speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Syntax):
    """A repeat, `[...]*N` or `repeat: N`; without a count the brackets only group."""

    body: "Chain"
    count: Written = 1
    label: Label | None = None


Way = Literal["auto", "identity", "pad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual(Syntax):
    """y = body(x) + shortcut(x)."""

    body: "Chain"
    shortcut: "Chain | Way" = "auto"
    label: Label | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Syntax):
    """Branches from one input, merged by a layer: `concat`, `add` or `multiply`."""

    merge: str
    branches: tuple["Chain", ...]
    label: Label | None = None


Element = Call | Hole | Group | Residual | Join
Chain = tuple[Element, ...]
