"""What is wrong with an arrow string, told as its writer would put it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from lark.exceptions import UnexpectedInput, UnexpectedToken

from netspec.diagnostics import Edit, Finding, Mend, rules
from netspec.language.limits import Limits
from netspec.language.yaml12 import Scalar

_BRACKETS: Final = re.compile(r"#[^\n]*|\{[^{}\n]*\}|\"[^\"\n]*\"|'[^'\n]*'|[\[\]()]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SIZES: Final = re.compile(r"[0-9]+(x[0-9]+)*")
_NAME_BEFORE: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)[ \t]+\Z")
_CLOSES: Final = {"]": "[", ")": "("}

# What stands at the fault, what that means, its cure, and what to write instead where that is certain.
_MEANT: Final = [
    (r"[-/*]?\{[^}\n]*(\n|$)", "this brace is never closed", "an expression is written `{{name}}`", None),
    (r"(=>|-->|—>|–>|>>|-\s+>|>)", "layers are joined by `->`", "", "->"),
    (r"[,;|+]", "layers are joined by `->`, not by `{0}`", "", "->"),
    (r"\?", "`?` stands for a choice in the lectures' grammar", "a spec says whether the layer is there", ""),
    (r"\*\s*[0-9]", "only brackets are repeated", "write `[...]{0}` around what is repeated", None),
    (r"\*", "a repeat needs a number after `*`", "such as `[...]*2`, or an expression in braces", None),
    (r"[0-9]+\s*\*", "a repeat's number stands behind its brackets", "write `[...]*N`", None),
    (r"[0-9]", "a layer begins with its name, not with a number", "as in `conv3-64`", None),
    (r"\.[0-9]", "a size is a whole number", "", None),
    (r"\}", "this brace closes nothing", "", None),
    (r"\{", "an expression cannot stand here", "", None),
    (
        r"[-/]",
        "a number is missing after `{0}`",
        "`-` is followed by filters or units, `/` by the stride",
        None,
    ),
    (r"@", "a tag is a word that begins with a letter", "as in `relu @skip`", None),
    (r"[–—−]", "this is a dash, not the minus sign of the keyboard", "", "-"),
    (r"[(]", "arguments follow a layer's name", "as in `conv3-64(padding=0)`", None),
    (r"[^\x00-\x7f]\w*", "names are written with the letters a to z", "", None),
    (r"=", "an argument is written `key=value`", "", None),
]


def control_fault(scalar: Scalar) -> Finding | None:
    """Control characters, which only escapes in quotes can bring in."""
    found = _CONTROL.search(scalar.text)
    if not found:
        return None
    message = f"the character U+{ord(found[0]):04X} cannot stand in a network"
    return Finding.at(rules.ARROW_SYNTAX, scalar.at(*found.span()), message)


def length_fault(scalar: Scalar, limits: Limits) -> Finding | None:
    """A string with more layers or arguments than a network may have, before it costs memory to parse."""
    joints = sum(scalar.text.count(joint) for joint in ("->", "→", "\n", ","))
    if joints <= 2 * limits.layers:
        return None
    message = f"the network has more than {limits.layers:,} layers"
    help_ = "raise it with `--limit layers=N` if this is meant"
    return Finding.at(rules.LIMIT_EXCEEDED, scalar.at(0, 1), message, help=help_)


def bracket_fault(scalar: Scalar, limits: Limits) -> Finding | None:
    """The first bracket that has no partner, or that nests too deep."""
    opened: list[re.Match[str]] = []
    for found in _BRACKETS.finditer(scalar.text):
        bracket = found[0]
        if bracket in "[(":
            opened.append(found)
            if len(opened) > limits.depth:
                message = f"brackets are nested deeper than {limits.depth} levels"
                return Finding.at(rules.LIMIT_EXCEEDED, scalar.at(*found.span()), message)
        elif bracket in _CLOSES:
            if not opened or opened[-1][0] != _CLOSES[bracket]:
                message = f"this `{bracket}` closes nothing"
                return Finding.at(rules.ARROW_SYNTAX, scalar.at(*found.span()), message)
            opened.pop()
    if not opened:
        return None
    message = f"this `{opened[-1][0]}` is never closed"
    return Finding.at(rules.ARROW_SYNTAX, scalar.at(*opened[-1].span()), message)


def position(error: UnexpectedInput, text: str) -> int:
    """The offset of a parser's error; the text's length where it ends too early."""
    at = int(error.pos_in_stream or 0)
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    return at if 0 <= at < len(text) and not ended else len(text)


@dataclass(frozen=True)
class Slip:
    """A syntax error that was understood. `resumed` is the text to read on with, where what was meant is certain."""

    finding: Finding
    resumed: str | None = None


@dataclass(frozen=True)
class _Spot:
    """Where the parser stopped: the offset, and the text before it (without white space) and behind it."""

    scalar: Scalar
    text: str
    at: int
    before: str
    after: str

    def slip(self, start: int, end: int, message: str, help_: str = "", *mends: Mend) -> Slip:
        """A slip at the characters `start` to `end`."""
        span = self.scalar.at(start, min(end, len(self.text)))
        return Slip(Finding.at(rules.ARROW_SYNTAX, span, message, help=help_, mends=mends))

    def with_arrow(self, start: int, end: int) -> str:
        """The text with an arrow there, as long as before."""
        return self.text[:start] + "→".ljust(end - start) + self.text[end:]


def syntax_fault(scalar: Scalar, text: str, at: int) -> Slip:
    """The finding for a syntax error at an offset of the text."""
    spot = _Spot(scalar, text, at, text[:at].rstrip(), text[at:])
    found = (recognize(spot) for recognize in _RECOGNIZERS)
    return next(slip for slip in found if slip is not None)


def _missing_layer(spot: _Spot) -> Slip | None:
    """An arrow that leads to another arrow, or nowhere, or from nowhere."""
    behind = spot.after.lstrip()
    if not spot.before and behind.startswith(("->", "→")):
        return spot.slip(
            spot.at, spot.at + 2, "the chain begins with an arrow", "a chain begins with a layer"
        )
    if not spot.before.endswith(("->", "→")) or not (not behind or behind.startswith(("->", "→", "]"))):
        return None
    start, end = len(spot.before) - (2 if spot.before.endswith("->") else 1), len(spot.before)
    if not behind or behind.startswith("]"):
        return spot.slip(start, end, "nothing follows this arrow", "take it away, or add a layer")
    return spot.slip(start, end, "a layer is missing between two arrows")


def _ends_early(spot: _Spot) -> Slip | None:
    if spot.after.strip():
        return None
    message = "something is missing at the end" if spot.before else "there is no layer here"
    return spot.slip(max(len(spot.before) - 1, 0), len(spot.before), message)


def _no_count(spot: _Spot) -> Slip | None:
    if not spot.before.endswith("*"):
        return None
    word = re.match(r"[A-Za-z0-9_.]+", spot.after)
    start, end = (spot.at, spot.at + word.end()) if word else (len(spot.before) - 1, len(spot.before))
    help_ = "such as `[...]*2`, or an expression in braces"
    return spot.slip(start, end, "a repeat needs a number after `*`", help_)


def _size_apart(spot: _Spot) -> Slip | None:
    """`INPUT 32x32x3`, `conv 3-64`, `conv3 64`: a space between what belongs together."""
    size, name = _SIZES.match(spot.after), _NAME_BEFORE.search(spot.text, 0, spot.at)
    if size is None or name is None:
        return None
    start, end = spot.at, spot.at + size.end()
    if name[1].casefold() == "input":
        edit = Edit(spot.scalar.at(name.end(1), end), f"({size[0]})")
        return spot.slip(
            start, end, "the input's shape stands in brackets", "", Mend("put it in brackets", (edit,))
        )
    edit = Edit(spot.scalar.at(name.end(1), start), "-" if name[1][-1].isdigit() else "")
    return spot.slip(start, end, f"`{size[0]}` stands apart from `{name[1]}`", "", Mend("join them", (edit,)))


def _in_arguments(spot: _Spot) -> Slip | None:
    if spot.before.count("(") <= spot.before.count(")"):
        return None
    wrong = spot.after[0]
    messages = {
        ")": "a value is missing before `)`",
        ",": "a value is missing before `,`",
        "=": "an argument is written `key=value`",
    }
    help_ = "" if wrong in messages else "arguments are `key=value`, with commas between"
    return spot.slip(spot.at, spot.at + 1, messages.get(wrong, f"`{wrong}` cannot stand here"), help_)


def _meant(spot: _Spot) -> Slip | None:
    """What the table knows."""
    for pattern, says, cure, instead in _MEANT:
        if found := re.match(pattern, spot.after):
            start, end = spot.at, spot.at + found.end()
            message, help_ = says.format(found[0]), cure.format(found[0])
            if instead is None:
                return spot.slip(start, end, message, help_)
            if instead == "->":
                return _arrow_instead(spot, start, end, message)
            said = f"write `{instead}`" if instead else f"take `{found[0]}` away"
            return spot.slip(
                start, end, message, help_, Mend(said, (Edit(spot.scalar.at(start, end), instead),))
            )
    return None


def _arrow_instead(spot: _Spot, start: int, end: int, message: str) -> Slip:
    """Something else stands where an arrow was meant; reading goes on as if it were one."""
    before = "" if spot.text[start - 1 : start].isspace() else " "
    after = "" if spot.text[end : end + 1].isspace() else " "
    mend = Mend("write `->`", (Edit(spot.scalar.at(start, end), f"{before}->{after}"),))
    return replace(spot.slip(start, end, message, "", mend), resumed=spot.with_arrow(start, end))


def _missing_arrow(spot: _Spot) -> Slip | None:
    word = re.match(r"[A-Za-z_][A-Za-z0-9_]*", spot.after)
    if word is None or not re.search(r"[A-Za-z0-9_\])}]$", spot.before):
        return None
    span = spot.scalar.at(spot.at, spot.at + word.end())
    new_line = not span.source.line(span.line)[: span.column - 1].strip()
    help_ = "in a block that starts with `|`, a new line joins as an arrow does" if new_line else ""
    mend = Mend("join layers by `->`", (Edit(span, f"-> {word[0]}"),))
    slip = spot.slip(spot.at, spot.at + word.end(), f"an arrow is missing before `{word[0]}`", help_, mend)
    gap = len(spot.before)
    return replace(slip, resumed=spot.with_arrow(gap, spot.at) if gap < spot.at else None)


def _anything(spot: _Spot) -> Slip:
    return spot.slip(spot.at, spot.at + 1, f"`{spot.after[0]}` cannot stand here")


_RECOGNIZERS: Final[tuple[Callable[[_Spot], Slip | None], ...]] = (
    _missing_layer,
    _no_count,
    _ends_early,
    _in_arguments,
    _size_apart,
    _meant,
    _missing_arrow,
    _anything,
)
"""Asked in this order; the last one always answers."""
