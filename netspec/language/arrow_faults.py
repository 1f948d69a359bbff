"""What is wrong with an arrow string, told as its writer would put it."""

import re
from typing import Final

from lark.exceptions import UnexpectedInput, UnexpectedToken

from netspec.diagnostics import Edit, Finding, Mend, rules
from netspec.language.limits import Limits
from netspec.language.yaml12 import Scalar

_BRACKETS: Final = re.compile(r"#[^\n]*|\{[^{}\n]*\}|\"[^\"\n]*\"|'[^'\n]*'|[\[\]()]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SIZES: Final = re.compile(r"[0-9]+(x[0-9]+)*")
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
    (r"=", "an argument is written `key=value`", "", None),
]


def control_fault(scalar: Scalar) -> Finding | None:
    """Control characters, which only escapes in quotes can bring in."""
    found = _CONTROL.search(scalar.text)
    if not found:
        return None
    message = f"the character U+{ord(found[0]):04X} cannot stand in a network"
    return Finding.at(rules.ARROW_SYNTAX, scalar.at(*found.span()), message)


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


def syntax_fault(scalar: Scalar, text: str, at: int) -> Finding:  # noqa: PLR0911  one return for each sort of fault
    """The finding for a syntax error at an offset."""
    before, after = text[:at].rstrip(), text[at:]
    if before.endswith(("->", "→")) and (not after.strip() or after.lstrip().startswith(("->", "→", "]"))):
        return _missing_layer(scalar, before, after)
    if not before.strip() and after.startswith(("->", "→")):
        return _at(scalar, at, at + 2, "the chain begins with an arrow", "a chain begins with a layer")
    if not after.strip():
        message = "something is missing at the end" if before.strip() else "there is no layer here"
        return _at(scalar, max(len(before) - 1, 0), len(before), message)
    if before.endswith("*"):
        message, help_ = "a repeat needs a number after `*`", "such as `[...]*2`, or an expression in braces"
        word = re.match(r"[A-Za-z0-9_.]+", after)
        return _at(
            scalar, *((at, at + word.end()) if word else (len(before) - 1, len(before))), message, help_
        )
    if before.casefold().endswith("input") and (sizes := _SIZES.match(after)):
        span = scalar.at(at, at + sizes.end())
        mend = Mend("put it in brackets", (Edit(scalar.at(len(before), at + sizes.end()), f"({sizes[0]})"),))
        return Finding.at(rules.ARROW_SYNTAX, span, "the input's shape stands in brackets", mends=(mend,))
    if before.count("(") > before.count(")"):
        return _in_arguments(scalar, at, after)
    for pattern, message, help_, instead in _MEANT:
        if found := re.match(pattern, after):
            return _meant(scalar, at, found[0], message, help_, instead)
    word = re.match(r"[A-Za-z_][A-Za-z0-9_]*", after)
    if word and re.search(r"[A-Za-z0-9_\])}]$", before):
        return _missing_arrow(scalar, at, word[0])
    return _at(scalar, at, at + 1, f"`{after[0]}` cannot stand here")


def _in_arguments(scalar: Scalar, at: int, after: str) -> Finding:
    if after[0] in "),":
        return _at(scalar, at, at + 1, f"a value is missing before `{after[0]}`")
    if after[0] == "=":
        return _at(scalar, at, at + 1, "an argument is written `key=value`")
    return _at(
        scalar,
        at,
        at + 1,
        f"`{after[0]}` cannot stand here",
        "arguments are `key=value`, with commas between",
    )


def _missing_layer(scalar: Scalar, before: str, after: str) -> Finding:
    start = len(before) - (2 if before.endswith("->") else 1)
    if not after.strip() or after.lstrip().startswith("]"):
        return _at(scalar, start, len(before), "nothing follows this arrow", "take it away, or add a layer")
    return _at(scalar, start, len(before), "a layer is missing between two arrows")


def _missing_arrow(scalar: Scalar, at: int, word: str) -> Finding:
    span = scalar.at(at, at + len(word))
    new_line = not span.source.line(span.line)[: span.column - 1].strip()
    return Finding.at(
        rules.ARROW_SYNTAX,
        span,
        f"an arrow is missing before `{word}`",
        help="in a block that starts with `|`, a new line joins as an arrow does" if new_line else "",
        mends=(Mend("join layers by `->`", (Edit(span, f"-> {word}"),)),),
    )


def _meant(scalar: Scalar, at: int, found: str, message: str, help_: str, instead: str | None) -> Finding:
    span = scalar.at(at, at + len(found))
    return Finding.at(
        rules.ARROW_SYNTAX,
        span,
        message.format(found),
        help=help_.format(found),
        mends=(Mend(f"write `{instead}`" if instead else f"take `{found}` away", (Edit(span, instead),)),)
        if instead is not None
        else (),
    )


def _at(scalar: Scalar, start: int, end: int, message: str, help_: str = "") -> Finding:
    return Finding.at(rules.ARROW_SYNTAX, scalar.at(start, min(end, len(scalar.text))), message, help=help_)
