"""pydantic's errors as findings: which field, what it is, what it should be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from netspec.diagnostics import Edit, Finding, Mend, Span, rules
from netspec.language.field_docs import field_docs
from netspec.language.nearest import did_you_mean, nearest, one_of
from netspec.language.values import is_number_text

_WANTED: Final = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "none_required": None,
}
_BOUNDS: Final = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "too_long": "at most {max_length} values",
    "too_short": "at least {min_length} values",
}
LARGEST: Final = 2**63 - 1
_LONGEST: Final = 60
_SWITCHES: Final = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field as given: the span of its value and of its key, and the value."""

    value_span: Span
    key_span: Span
    value: Any


def explain(
    error: ValidationError, model: type[BaseModel], name: str, at: Span, given: Mapping[str, Field]
) -> list[Finding]:
    """The findings for a validation error, one a field. `at` is shown where a field is missing."""
    by_field: dict[str, list[Any]] = {}
    for detail in error.errors(include_url=False):
        if detail["type"] == "default_factory_not_called":
            continue  # the default follows another field, about which there is a finding
        by_field.setdefault(str(detail["loc"][0]) if detail["loc"] else "", []).append(detail)
    return [
        _finding(model, name, at, field, details, given.get(field)) for field, details in by_field.items()
    ]


def _finding(
    model: type[BaseModel], name: str, at: Span, field: str, details: list[Any], given: Field | None
) -> Finding:
    kind = details[0]["type"]
    if kind == "missing":
        return Finding.at(rules.MISSING_FIELD, at, f"{name} needs {_article(model, field)}")
    if kind == "extra_forbidden":
        return _extra(model, name, at, field, given)
    if given is None:
        return Finding.at(rules.WRONG_VALUE, at, f"{name}: {_reason(details[0])}")
    written = given.value_span.text.strip()
    shown = _shown(given.value, written)
    literals = _literals(details)
    switch = _SWITCHES.get(str(given.value).casefold()) if _wants_switch(details) else None
    meant = switch or (nearest(given.value, literals) if isinstance(given.value, str) else None)
    help_ = f"YAML 1.2 reads `{given.value}` as text; write {switch}" if switch else ""
    return Finding.at(
        rules.WRONG_VALUE,
        given.value_span,
        f"the {field} of {name} must be {_wanted(details, given.value)}, not {shown}",
        help=help_ or (did_you_mean(str(given.value), literals) if meant else ""),
        mends=(Mend(f"write `{meant}`", (Edit(given.value_span, meant),)),) if meant else (),
    )


def _shown(value: Any, written: str) -> str:
    """What was given, as it was written; of an expression its value too."""
    text = written if len(written) <= _LONGEST else f"{written[: _LONGEST - 3]}..."
    if not text:
        return "nothing"
    if text[0] == "{" and not isinstance(value, dict):
        return f"{value} as in `{text}`"
    return text if isinstance(value, int | float) else f"`{text}`"


def _article(model: type[BaseModel], field: str) -> str:
    """The field with what the model says about it: `filters (number of kernels)`."""
    about = field_docs(model).get(field, "").split(".")[0].split("\n")[0].split(",")[0].split(":")[0]
    return f"`{field}`" + (f": {about[0].lower()}{about[1:]}" if about else "")


def _extra(model: type[BaseModel], name: str, at: Span, field: str, given: Field | None) -> Finding:
    known = list(model.model_fields)
    span = given.key_span if given else at
    meant = nearest(field, known)
    return Finding.at(
        rules.UNKNOWN_FIELD,
        span,
        f"{name} has no `{field}`",
        help=did_you_mean(field, known) or f"it has {', '.join(known)}",
        mends=(Mend(f"write `{meant}`", (Edit(span, meant),)),) if meant and given else (),
    )


def _wanted(details: list[Any], value: Any) -> str:
    """What the field takes, from the errors of all alternatives of its type."""
    bounds = [d for d in details if d["type"] in _BOUNDS]
    if bounds:
        return _bound(bounds[0])
    if isinstance(value, str) and is_number_text(value):
        return "below 2^63"
    own = [_reason(d) for d in details if d["type"] in ("value_error", "assertion_error")]
    if own:
        return own[0]
    phrases = [f"`{word}`" for word in _literals(details)]
    for detail in details:
        ways = (_WANTED.get(detail["type"]) or "").split(" or ")
        phrases += [way for way in ways if way and way not in phrases]
    return one_of(phrases) if phrases else _reason(details[0])


def _bound(detail: Any) -> str:
    limits = {
        name: f"{limit:g}" if isinstance(limit, float) else limit for name, limit in detail["ctx"].items()
    }
    return "below 2^63" if limits.get("le") == LARGEST else _BOUNDS[detail["type"]].format(**limits)


def _reason(detail: Any) -> str:
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    text: str = detail["msg"]
    return text[:1].lower() + text[1:]


def _literals(details: list[Any]) -> list[str]:
    texts = [d["ctx"]["expected"] for d in details if d["type"] == "literal_error"]
    return [word.strip("'") for text in texts for word in text.replace(" or ", ", ").split(", ")]


def _wants_switch(details: list[Any]) -> bool:
    return any(detail["type"] == "bool_type" for detail in details)
