"""YAML's own errors, told as what they mean for somebody who writes a spec."""

import re
from typing import Any, Final

from netspec.diagnostics import Edit, Finding, Mend, Source, Span, rules

_VALUE: Final = re.compile(r"^(?P<lead>\s*(?:-\s+|[^\s:#'\"\[{]+\s*:\s+)+)(?P<value>.*)")
_NO_SPACE: Final = re.compile(r"^\s*(?:-\s+)*(?P<key>[A-Za-z_][\w.-]*):(?=[^\s:/])")
_BARE_ENTRY: Final = re.compile(r"\s*-\s+(?P<word>[A-Za-z_][A-Za-z0-9_]*)\s*")
_BRACES: Final = re.compile(r"(?<=[:,\[] )\{[^{}'\":,]*\[[^{}'\":]*\}|(?<=[:,\[] )\{[^{}'\":,]+\}")
_LINES_LOOKED_AT: Final = 200
"""How far above an error the quote is looked for that it comes from."""


def explain(source: Source, error: Any) -> Finding:
    """The finding for an error of the YAML parser: a known trap by its name, anything else in YAML's words."""
    at = _index(source, error.problem_mark or error.context_mark)
    return (
        _tab(source, at)
        or _unquoted(source, error, at)
        or _colon(source, error, at)
        or _no_space(source, error, at)
        or _run_on(source, at)
        or _half_quoted(source, at)
        or _open_bracket(source, error, at)
        or _plain(source, error, at)
    )


def _index(source: Source, mark: Any) -> int:
    return min(mark.index, len(source.text)) if mark else 0


def _line(source: Source, mark: Any) -> int:
    return source.position(_index(source, mark))[0]


def _tab(source: Source, at: int) -> Finding | None:
    line = source.position(at)[0]
    indent = re.match(r"[ ]*\t", source.line(line))
    if not indent:
        return None
    start = source.line_start(line)
    return Finding.at(
        rules.TAB_INDENTATION,
        source.span(start + indent.end() - 1, start + indent.end()),
        "this line is indented with a tab",
        help="indent with spaces; most editors can convert",
    )


def _unquoted(source: Source, error: Any, at: int) -> Finding | None:
    """An arrow string that begins with a bracket, brace or other indicator of YAML, without quotes."""
    lines = {_line(source, mark) for mark in (error.problem_mark, error.context_mark) if mark}
    for line in sorted(lines | {max(1, source.position(at)[0] - 1)}):
        span = _value(source, line)
        if span and _needs_quotes(span.text):
            return _quote(span)
    return None


def _value(source: Source, line: int) -> Span | None:
    """What stands on a line behind its dashes and keys."""
    found = _VALUE.match(source.line(line))
    if not found:
        return None
    start = source.line_start(line) + found.start("value")
    return source.span(start, start + len(found["value"].rstrip()))


def _needs_quotes(value: str) -> bool:
    if value[:1] == "[":
        return bool(re.match(r"\[.*\]\s*(\*|->|→|@)", value)) or "->" in value or "→" in value
    return value[:1] in ("@", "`", "%") or (value[:1] in ("{", "*") and ("->" in value or "→" in value))


def _quote(span: Span) -> Finding:
    value = span.text
    return Finding.at(
        rules.UNQUOTED_BRACKETS,
        span,
        f"an arrow string that begins with `{value[0]}` needs quotes",
        label="YAML reads a list that ends at `]`" if value[0] == "[" else "",
        help="put it in quotes, or into a block that starts with `|`",
        mends=(Mend("in quotes", (Edit(span, f'"{value}"'),)),)
        if '"' not in value and "\\" not in value
        else (),
    )


def _colon(source: Source, error: Any, at: int) -> Finding | None:
    """A colon among arguments; or a tag below a layer that is not a key, `- relu` for `- relu:`."""
    if "mapping values" not in (error.problem or ""):
        return None
    line = source.position(at)[0]
    before = source.text[source.line_start(line) : at]
    if before.count("(") > before.count(")"):
        edit = Edit(source.span(at, at + 2), "=")
        mends = (Mend("write `=`", (edit,)),) if source.text[at : at + 2] == ": " else ()
        message = "an argument in brackets is written `key=value`"
        return Finding.at(rules.ARROW_SYNTAX, source.span(at, at + 1), message, mends=mends)
    above = _BARE_ENTRY.fullmatch(source.line(line - 1)) if line > 1 else None
    if above is None or not before.strip().isidentifier():
        return None
    end = source.line_start(line - 1) + above.end("word")
    span = source.span(source.line_start(line - 1) + above.start("word"), end)
    message = f"`{above['word']}` needs a colon if more is said about it below"
    mend = Mend(f"write `{above['word']}:`", (Edit(source.span(end, end), ":"),))
    return Finding.at(rules.YAML_SYNTAX, span, message, mends=(mend,))


def _no_space(source: Source, error: Any, at: int) -> Finding | None:
    """`input:8x8x1` is one word to YAML; the error comes at the next key or at the end of that line."""
    line = source.position(at)[0]
    lines = [_line(source, error.context_mark)] if _is_key(error) else [line - 1, line]
    if not _is_key(error) and "mapping values" not in (error.problem or ""):
        return None
    for number in lines:
        found = _NO_SPACE.match(source.line(number)) if number > 0 else None
        if found:
            start = source.line_start(number) + found.start("key")
            end = source.line_start(number) + found.end()
            return Finding.at(
                rules.YAML_SYNTAX,
                source.span(start, end),
                f"a space is missing after `{found['key']}:`",
                mends=(Mend("add the space", (Edit(source.span(end, end), " "),)),),
            )
    return None


def _is_key(error: Any) -> bool:
    return "simple key" in (error.context or "")


def _run_on(source: Source, at: int) -> Finding | None:
    """A quote that is not closed on its line runs on to the next such quote, behind which the error then is."""
    end = len(source.text[:at].rstrip(" "))
    quote = source.text[end - 1 : end]
    if quote not in ("'", '"'):
        return None
    last = source.position(at)[0]
    for line in range(last - 1, max(0, last - _LINES_LOOKED_AT), -1):
        span = _value(source, line)
        if span and span.text.startswith(quote) and span.text.count(quote) % 2:
            return Finding.at(
                rules.YAML_SYNTAX,
                span,
                f"the quote `{quote}` is not closed on this line",
                label=f"the text runs on to line {last}",
            )
    return None


def _half_quoted(source: Source, at: int) -> Finding | None:
    """`"[a]*2" -> b`: the quotes end before the arrow string does."""
    span = _value(source, source.position(at)[0])
    if span is None or span.text[:1] not in ("'", '"') or not re.search(r"['\"]\s*(->|→|\*|@)", span.text):
        return None
    whole = '"' + re.sub(r"['\"]", "", span.text) + '"'
    return Finding.at(
        rules.UNQUOTED_BRACKETS,
        span,
        "the quotes end before the arrow string does",
        help="put the whole string in quotes",
        mends=(Mend("quotes around all of it", (Edit(span, whole),)),),
    )


def _open_bracket(source: Source, error: Any, at: int) -> Finding | None:
    """A list or mapping in brackets that is open when the next line begins, or another bracket closes."""
    if "parsing a flow" not in (error.context or "") or error.context_mark is None:
        return None
    start = _index(source, error.context_mark)
    if (bare := _unquoted_expression(source, at)) is not None:
        return bare
    opened = source.text[start : start + 1]
    if source.position(start)[0] == source.position(at)[0] and source.text[at : at + 1] not in ("]", "}"):
        return Finding.at(
            rules.YAML_SYNTAX,
            _visible(source, at),
            f"a comma, or the end of what this `{opened}` opens, is missing before this",
        )
    return Finding.at(rules.YAML_SYNTAX, source.span(start, start + 1), f"this `{opened}` is never closed")


def _unquoted_expression(source: Source, at: int) -> Finding | None:
    """`filters: {depth[0]}`: to YAML a mapping that is no mapping."""
    line = source.position(at)[0]
    for found in _BRACES.finditer(source.line(line)):
        span = source.span(source.line_start(line) + found.start(), source.line_start(line) + found.end())
        if span.start <= at <= span.end:
            mend = Mend("put the expression in quotes", (Edit(span, f'"{found[0]}"'),))
            return Finding.at(
                rules.YAML_SYNTAX, span, "an expression that stands alone needs quotes", mends=(mend,)
            )
    return None


def _plain(source: Source, error: Any, at: int) -> Finding:
    problem = error.problem or "it cannot be read"
    notes: tuple[str, ...] = ()
    help_ = ""
    if "mapping values are not allowed" in problem:
        problem, help_ = "a `:` stands where no key can be", "a value that holds `: ` needs quotes"
    elif "quoted scalar" in (error.context or "") and "end of stream" in problem:
        problem, at = "this quote is never closed", error.context_mark.index
    elif _is_key(error):
        problem, at = "this is neither an entry nor a key", error.context_mark.index
        help_ = "an entry begins with `- `, a key ends with `:`"
    elif source.text[at : at + 1] in ("]", "}"):
        problem = f"this `{source.text[at]}` closes nothing"
    elif "node content" in problem:
        problem = "a value is missing here, or a bracket is not closed"
    elif _behind_a_value(source, at):
        problem, help_ = "this cannot stand behind the end of a value", "if it belongs to it, quote all of it"
    elif "expected key" in problem or "block end" in problem or "'-' indicator" in problem:
        problem, help_ = (
            "this line does not line up with the lines above",
            "entries of one level begin in one column",
        )
    else:
        notes = (f"YAML says: {error.context}: {problem}" if error.context else f"YAML says: {problem}",)
        problem = "YAML cannot read this"
    return Finding.at(rules.YAML_SYNTAX, _visible(source, at), problem, notes=notes, help=help_)


def _behind_a_value(source: Source, at: int) -> bool:
    """Whether a closed quote or bracket stands before the place, on its line."""
    start = source.line_start(source.position(at)[0])
    return source.text[start:at].rstrip().endswith(("'", '"', "]", "}"))


def _visible(source: Source, at: int) -> Span:
    """One character at the place, or the last one of the text where the place is its end."""
    at = min(at, max(len(source.text.rstrip()) - 1, 0))
    return source.span(at, min(at + 1, len(source.text)))
