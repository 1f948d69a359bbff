"""Mends that a layer gives in terms of its fields, as edits of the text."""

from collections.abc import Mapping

from netspec.diagnostics import Edit, FieldMend, Mend
from netspec.language.syntax import Argument, Call


def mended(call: Call | None, arguments: Mapping[str, Argument], mend: FieldMend) -> Mend | None:
    """The mend in the text of a call, or None where the call is not written so that this is plain to do."""
    edits = [_edit(call, arguments, field, value) for field, value in mend.fields.items()]
    return Mend(mend.help, tuple(edit for edit in edits if edit)) if all(edits) else None


def _edit(call: Call | None, arguments: Mapping[str, Argument], field: str, value: str) -> Edit | None:
    if (argument := arguments.get(field)) is not None:
        return Edit(argument.span, value)
    return _added(call, field, value) if call is not None else None


def _added(call: Call, field: str, value: str) -> Edit | None:
    """A further argument: inside the brackets or braces of a call, or in new ones behind its name."""
    span, label = call.span, call.label
    end = label.span.start if label is not None and label.span.start > span.start else span.end
    text = span.source.text[span.start : end].rstrip()
    at = span.start + len(text)
    if text.endswith(")"):
        return Edit(span.source.span(at - 1, at - 1), f", {field}={value}")
    if text.endswith("}"):
        return Edit(span.source.span(at - 1, at - 1), f", {field}: {value}")
    return None if call.named else Edit(span.source.span(at, at), f"({field}={value})")
