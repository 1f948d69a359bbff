"""Calls to pydantic models: arguments find their fields, expressions are computed, faults become findings.

This serves every `name(arg, key=value)` of the language: layers, optimizers, schedules, augmentations, data.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from netspec.diagnostics import Edit, Fault, Finding, Mend, Refused, Span, rules
from netspec.language.expressions import AlreadyToldError, Result, evaluate, limited
from netspec.language.model_errors import Field, explain
from netspec.language.nearest import nearest
from netspec.language.syntax import Argument, Broken, Call, Expression, Written

Model = TypeVar("Model", bound=BaseModel)
Variables = Mapping[str, Result]

_NO_OTHERS: Final[Mapping[str, str]] = MappingProxyType({})


class Notation(Protocol):
    """Which fields the notation's places fill (`netspec.layers.base.Notation`)."""

    @property
    def size(self) -> str | None:
        """The field of `conv3`."""

    @property
    def width(self) -> str | None:
        """The field of `-64`."""

    @property
    def stride(self) -> str | None:
        """The field of `/2`."""

    @property
    def positional(self) -> tuple[str, ...]:
        """The fields of arguments without a name, in order."""


def finding_of(fault: Fault, span: Span, **more: Any) -> Finding:
    """A fault that was found without its place, put at a span."""
    return Finding.at(
        fault.rule, span, fault.message, label=fault.label, notes=fault.notes, help=fault.help, **more
    )


def compute(value: Written, variables: Variables, findings: list[Finding]) -> Result:
    """A written value with its expressions computed. Raises `Refused` after adding the finding at the expression."""
    if isinstance(value, Expression):
        try:
            return evaluate(value.text, variables)
        except AlreadyToldError:
            raise
        except Refused as refused:
            findings.append(_at_expression(refused.fault, value, variables))
            raise
    if isinstance(value, Broken):
        raise AlreadyToldError(Fault(rule=rules.WRONG_VALUE, message="the value could not be read"))
    if isinstance(value, tuple):
        return _list(value, variables, findings)
    return value


def _list(values: tuple[Written, ...], variables: Variables, findings: list[Finding]) -> Result:
    computed = tuple(compute(item, variables, findings) for item in values)
    expression = next((item for item in values if isinstance(item, Expression)), None)
    if expression is None:
        return computed
    try:
        return limited(computed)
    except Refused as refused:
        findings.append(finding_of(refused.fault, expression.span))
        raise


def _at_expression(fault: Fault, expression: Expression, variables: Variables) -> Finding:
    span = expression.span
    mends: tuple[Mend, ...] = ()
    if fault.rule is rules.UNKNOWN_VARIABLE:
        name = fault.message.split("`")[1]
        if meant := nearest(name, variables):
            text = expression.text.replace(name, meant)
            mends = (Mend(f"write `{meant}`", (Edit(span, span.text.replace(expression.text, text)),)),)
    return finding_of(fault, span, mends=mends)


def fields_of(
    call: Call,
    name: str,
    notation: Notation,
    known: Iterable[str],
    findings: list[Finding],
    elsewhere: Mapping[str, str] = _NO_OTHERS,
) -> dict[str, Argument]:
    """The call's arguments by field. Faults: an unknown field, one given twice, a place that the name does not have.

    `elsewhere` says by what names, in small letters, other tools call fields; used for "did you mean", never accepted.
    """
    known = tuple(known)
    gathered: dict[str, Argument] = {}
    for field, argument, otherwise in _placed(call, name, notation, known):
        _put(gathered, field, argument, otherwise, name, findings)
    for key, argument in call.named:
        if key in known:
            _put(gathered, key, argument, "", name, findings)
            continue
        other = elsewhere.get(key.casefold())
        meant = other if other in known else nearest(key, known)
        findings.append(_unknown_field(name, key, argument, known, meant))
        # Reading goes on with the field that was probably meant, so that one fault gives one finding.
        if meant is not None:
            gathered.setdefault(meant, replace(argument, guessed=True))
    return gathered


def _placed(
    call: Call, name: str, notation: Notation, known: tuple[str, ...]
) -> Iterator[tuple[str | None, Argument, str]]:
    """The arguments that have no name, with the field that each fills, and what is wrong where there is none."""
    places = (
        (notation.size, call.size, f"{name} has no size in its name"),
        (notation.width, call.width, f"{name} has no `-WIDTH`"),
        (notation.stride, call.stride, f"{name} has no `/STRIDE`"),
    )
    for field, argument, otherwise in places:
        if argument is not None:
            yield field, argument, otherwise
    for i, argument in enumerate(call.positional):
        field = notation.positional[i] if i < len(notation.positional) else None
        yield field, argument, _too_many(name, notation, known)


def _put(
    gathered: dict[str, Argument],
    field: str | None,
    argument: Argument,
    otherwise: str,
    name: str,
    findings: list[Finding],
) -> None:
    if field is None:
        findings.append(Finding.at(rules.UNKNOWN_FIELD, argument.span, otherwise))
    elif field in gathered:
        span = (argument.key or argument.place).span
        findings.append(Finding.at(rules.GIVEN_TWICE, span, f"{name} has its {field} twice"))
    else:
        gathered[field] = argument


def _too_many(name: str, notation: Notation, known: tuple[str, ...]) -> str:
    places = notation.positional
    if not known:
        return f"{name} takes no arguments"
    if not places:
        return f"{name} takes its arguments by name: {', '.join(known)}"
    return f"{name} takes {len(places)} argument{'s' * (len(places) > 1)} without a name: {', '.join(places)}"


def _unknown_field(
    name: str, key: str, argument: Argument, known: tuple[str, ...], meant: str | None
) -> Finding:
    span = (argument.key or argument.place).span
    fields = f"it has {', '.join(known)}" if known else "it takes no arguments"
    return Finding.at(
        rules.UNKNOWN_FIELD,
        span,
        f"{name} has no `{key}`",
        help=f"did you mean `{meant}`?" if meant else fields,
        mends=(Mend(f"write `{meant}`", (Edit(span, meant),)),) if meant else (),
    )


def bind(
    model: type[Model],
    name: str,
    fields: Mapping[str, Argument],
    at: Span,
    variables: Variables,
    findings: list[Finding],
) -> Model | None:
    """The model with its fields computed and validated, or None after adding the findings."""
    values: dict[str, Result] = {}
    sound = True
    for field, argument in fields.items():
        try:
            values[field] = compute(argument.value, variables, findings)
        except Refused:
            sound = False
    if not sound:
        return None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        places = {
            field: Field(argument.span, (argument.key or argument.place).span, values[field])
            for field, argument in fields.items()
        }
        guessed = {argument.span for argument in fields.values() if argument.guessed}
        told = explain(error, model, name, at, places)
        findings.extend(finding for finding in told if finding.span not in guessed)
        return None
