"""Arrow strings to syntax. A fault leaves a hole, and reading goes on behind it."""

import re
from functools import cache
from typing import Any, Final

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from netspec.diagnostics import Finding
from netspec.language.arrow_faults import bracket_fault, control_fault, length_fault, position, syntax_fault
from netspec.language.limits import Limits
from netspec.language.syntax import (
    Argument,
    Call,
    Chain,
    Element,
    Expression,
    Group,
    Hole,
    Label,
    Place,
    Written,
)
from netspec.language.values import EXPRESSION, PIECE, SIZES, core_value
from netspec.language.yaml12 import Scalar

_HEAD: Final = re.compile(rf"(?P<stem>[A-Za-z_][A-Za-z0-9_]*?)(?P<size>{PIECE}(?:x{PIECE})*)")
_SEPARATOR: Final = re.compile(r"->|→|\r?\n|[\[\]]")
_OTHER_SPACE: Final = re.compile(r"(\"[^\"\n]*\"|'[^'\n]*')|[^\S \t\r\n]")
"""Spaces that come along when text is copied from a page, such as U+00A0."""
_COMMENT: Final = re.compile(r"(\"[^\"\n]*\"|'[^'\n]*')|#[^\n]*")
_ARGUMENTS: Final = re.compile(r"\([^()]*+\)")
_BREAK: Final = re.compile(r"(?<!\s)\s*\n\s*")
_LONGEST_NAME: Final = 200
_MOST_FAULTS: Final = 20


def parse_chain(scalar: Scalar, limits: Limits, findings: list[Finding]) -> Chain:
    """The chain that an arrow string writes. Faults go to `findings`, and a hole stands for each."""
    fault = control_fault(scalar) or length_fault(scalar, limits) or bracket_fault(scalar, limits)
    if fault is not None:
        findings.append(fault)
        return (Hole(place=Place(scalar)),)
    text = _flat(scalar.text)
    for _ in range(_MOST_FAULTS):
        try:
            chain: Chain = _Builder(scalar).transform(_grammar().parse(text))
        except UnexpectedInput as error:
            at = position(error, text)
            if "\0" in (text[at : at + 1], text[:at].rstrip()[-1:]):
                break  # a consequence of the hole, not a fault of its own
            slip = syntax_fault(scalar, text, at)
            findings.append(slip.finding)
            punched = slip.resumed or _punch(text, at)
            if text == punched:
                break
            text = punched
        else:
            return chain
    return (Hole(place=Place(scalar)),)


def parse_words(scalar: Scalar) -> Written:
    """The value of a scalar in structured YAML: what the same text means among an arrow call's arguments."""
    return written(scalar.text, Place(scalar), quoted=scalar.style is not None)


def written(text: str, place: Place, *, quoted: bool = False) -> Written:
    """A scalar's value as written: a plain value, an expression, or sizes such as `5x20` as a tuple."""
    if EXPRESSION.fullmatch(text):
        return Expression(text=text[1:-1], place=place)
    if SIZES.fullmatch(text):
        return tuple(_piece(part[0], place) for part in re.finditer(PIECE, text))
    return text if quoted else core_value(text)


def _piece(text: str, place: Place) -> Written:
    return Expression(text=text[1:-1], place=place) if text[0] == "{" else core_value(text)


@cache
def _grammar() -> Lark:
    return Lark.open(
        "arrow.lark", rel_to=__file__, parser="lalr", propagate_positions=True, maybe_placeholders=False
    )


def _flat(text: str) -> str:
    """The text, as long as before, with a line break only where it joins two layers, and without comments."""
    text = _OTHER_SPACE.sub(lambda found: found[1] or " ", text)
    text = _COMMENT.sub(lambda found: found[1] or " " * len(found[0]), text)
    text = _ARGUMENTS.sub(lambda found: re.sub(r"[\r\n]", " ", found[0]), text)
    return _BREAK.sub(_join, text) if "\n" in text else text


def _join(found: re.Match[str]) -> str:
    text, (start, end) = found.string, found.span()
    joins = (
        start
        and end < len(text)
        and text[start - 1] not in "[>→"
        and not text.startswith(("]", "->", "→"), end)
    )
    return "\n".ljust(end - start) if joins else " " * (end - start)


def _punch(text: str, at: int) -> str:
    """The text with the piece around `at`, from separator to separator, made a hole."""
    start = max((found.end() for found in _SEPARATOR.finditer(text, 0, at)), default=0)
    found = _SEPARATOR.search(text, max(at, start))
    end = found.start() if found else len(text)
    return text[:start] + "\x00" * (end - start) + text[end:]


class _Builder(Transformer[Token, Any]):
    """Makes syntax of the parse tree."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__(visit_tokens=False)
        self.scalar = scalar

    def start(self, children: list[Any]) -> Chain:
        chain: Chain = children[0]
        return chain

    def chain(self, children: list[Element]) -> Chain:
        return tuple(children)

    @v_args(meta=True)
    def layer(self, meta: Any, children: list[Any]) -> Call:
        parts: dict[str, Any] = {"place": Place(self.scalar, meta.start_pos, meta.end_pos)}
        for child in children:
            if isinstance(child, Token):
                getattr(self, f"_{child.type.lower()}")(child, parts)
            else:
                parts |= child
        return Call(**parts)

    @v_args(meta=True)
    def group(self, meta: Any, children: list[Any]) -> Group:
        body, *rest = children
        parts: dict[str, Any] = {"body": body, "place": Place(self.scalar, meta.start_pos, meta.end_pos)}
        for child in rest:
            if not isinstance(child, Token):
                parts["count"] = child
            elif child.type == "TAG":
                self._tag(child, parts)
        return Group(**parts)

    def count(self, children: list[Token]) -> Written:
        return _piece(str(children[0]), self._place(children[0]))

    def hole(self, children: list[Token]) -> Hole:
        return Hole(place=self._place(children[0]))

    def arguments(self, children: list[Any]) -> dict[str, Any]:
        return {
            "positional": tuple(child for child in children if isinstance(child, Argument)),
            "named": tuple(child for child in children if isinstance(child, tuple)),
        }

    @v_args(meta=True)
    def argument(self, meta: Any, children: list[Any]) -> Argument | tuple[str, Argument]:
        value = children[-1]
        key = children[0] if isinstance(children[0], Token) and children[0].type == "KEY" else None
        place = Place(self.scalar, meta.start_pos, meta.end_pos)
        if key is None:
            return Argument(value=value, place=place)
        name, start = str(key).rstrip(" \t="), key.start_pos or 0
        key_place = Place(self.scalar, start, start + len(name))
        return name, Argument(
            value=value, place=Place(self.scalar, key.end_pos or 0, meta.end_pos), key=key_place
        )

    def word(self, children: list[Token]) -> Written:
        return written(str(children[0]), self._place(children[0]))

    def text(self, children: list[Token]) -> Written:
        return str(children[0])[1:-1]

    def list(self, children: list[Written]) -> Written:
        return tuple(children)

    def _head(self, token: Token, parts: dict[str, Any]) -> None:
        text, place = str(token), self._place(token)
        parts["head"] = place
        if text[0] == "{":
            parts["word"] = Expression(text=text[1:-1], place=place)
            return
        parts["word"] = text.casefold()
        if len(text) <= _LONGEST_NAME and (found := _HEAD.fullmatch(text)):
            parts["stem"] = found["stem"].casefold()
            parts["size"] = self._sizes(token, len(found["stem"]), found["size"])

    def _width(self, token: Token, parts: dict[str, Any]) -> None:
        parts["width"] = self._sizes(token, 1, token[1:])

    def _stride(self, token: Token, parts: dict[str, Any]) -> None:
        parts["stride"] = self._sizes(token, 1, token[1:])

    def _tag(self, token: Token, parts: dict[str, Any]) -> None:
        text, place = token[1:], self._place(token)
        name = (
            Expression(text=text[1:-1], place=place) if EXPRESSION.fullmatch(text) else text.removeprefix("/")
        )
        parts["label"] = Label(text=name, final="/" in text, place=place)

    def _sizes(self, token: Token, skip: int, text: str) -> Argument:
        place = Place(self.scalar, (token.start_pos or 0) + skip, token.end_pos or 0)
        return Argument(value=written(text, place), place=place)

    def _place(self, token: Token) -> Place:
        return Place(self.scalar, token.start_pos or 0, token.end_pos or 0)
