"""What a call means: the layer or block its word names, and its arguments as fields or parameters."""

from dataclasses import dataclass, replace
from typing import Any

from netspec.diagnostics import Edit, Finding, Mend, Refused, Related, rules
from netspec.graph.scope import Scope
from netspec.graph.vocabulary import FROM, is_elsewhere, meant_name
from netspec.language.binding import Variables, bind, compute, fields_of
from netspec.language.expressions import BROKEN
from netspec.language.spec import Block, Spec
from netspec.language.syntax import Argument, Call, Expression, Written
from netspec.layers import KINDS
from netspec.layers.base import Layer

SHARE = "share"
WITH = "with"

Bound = tuple[Layer | None, dict[str, Argument]]


class Calls:
    """Reads the calls of one spec."""

    def __init__(self, spec: Spec, findings: list[Finding]) -> None:
        self.spec = spec
        self.findings = findings
        self.bound: dict[tuple[int, str], Bound] = {}

    def read_word(self, call: Call, scope: Scope) -> tuple[str, Call] | None:
        """The layer, block or keyword that the word names, and the call without its size where the name holds it."""
        word = call.word
        if isinstance(word, Expression):
            try:
                word = str(compute(word, scope.variables, self.findings)).casefold()
            except Refused:
                return None
        if word in self.spec.blocks or word in self.spec.unread_blocks or word in KINDS or word == FROM:
            return word, replace(call, size=None) if call.size is not None else call
        if call.stem in KINDS:
            return call.stem, call
        typed, meant, help_ = meant_name(call.stem, word, self.spec.blocks)
        self.findings.append(_unknown_name(call, typed, meant, help_))
        # Reading goes on with what was probably meant, so that the faults behind it are found in the same run.
        if meant in self.spec.blocks:
            return meant, replace(call, size=None)
        return (meant, replace(call, size=None) if typed == word else call) if meant in KINDS else None

    def layer(self, kind: type[Layer], call: Call, written: Call, scope: Scope) -> Bound:
        """The layer of a call, and its arguments by field.

        `written` is the call as it stands in the spec, which lives as long as the spec: a call without expressions
        is bound only once, however often a repeat visits it.
        """
        key = id(written), kind.name
        known = self.bound.get(key)
        if known is not None:
            return known
        # The arguments of another tool's layer are written its way; they are no second fault.
        guessed = isinstance(written.word, str) and is_elsewhere(kind, written.word, written.stem)
        findings = [] if guessed else self.findings
        plain, at = _without_wires(kind, call), (call.head or call.place).span
        arguments = fields_of(plain, kind.name, kind.notation, kind.model_fields, findings)
        layer = bind(kind, kind.name, arguments, at, scope.variables, findings)
        if not any(_computed(argument.value) for argument in arguments.values()):
            self.bound[key] = layer, arguments
        return layer, arguments

    def block_variables(self, block: Block, call: Call, scope: Scope) -> Variables:
        """The variables inside a block: the spec's, and its parameters by the call, broken after a finding."""
        names = tuple(parameter.name for parameter in block.parameters)
        faults = len(self.findings)
        given = fields_of(call, f"the block `{block.name}`", _Parameters(names), names, self.findings)
        missing = [p.name for p in block.parameters if p.required and p.name not in given]
        if missing and len(self.findings) == faults:
            self.findings.append(_missing_parameter(block, call, missing[0]))
        defaults = {p.name: BROKEN if p.required else p.default for p in block.parameters}
        values: dict[str, Any] = dict(self.spec.variables) | defaults
        for name, argument in given.items():
            try:
                values[name] = compute(argument.value, scope.variables, self.findings)
            except Refused:
                values[name] = BROKEN
        return values


def wires(call: Call, name: str) -> list[Argument]:
    """The arguments that wire a layer to others rather than say what it is: `share=`, `with=`."""
    return [argument for key, argument in call.named if key == name]


def items(value: Written) -> tuple[Written, ...]:
    """A value that may be one or a list of several."""
    return value if isinstance(value, tuple) else (value,)


@dataclass(frozen=True)
class _Parameters:
    """The notation of a block: all its parameters by position."""

    positional: tuple[str, ...]
    size: None = None
    width: None = None
    stride: None = None


def _without_wires(kind: type[Layer], call: Call) -> Call:
    wired = (SHARE, WITH) if kind.merges else (SHARE,)
    named = tuple(pair for pair in call.named if pair[0] not in wired)
    if named == call.named and not kind.merges:
        return call
    return replace(call, named=named, positional=() if kind.merges else call.positional)


def _computed(value: Written) -> bool:
    return isinstance(value, Expression) or (isinstance(value, tuple) and any(map(_computed, value)))


def _unknown_name(call: Call, typed: str, meant: str, help_: str) -> Finding:
    span = (call.head or call.place).span
    if isinstance(call.word, str) and span.text.casefold().startswith(typed):
        span = span.source.span(span.start, span.start + len(typed))
    return Finding.at(
        rules.UNKNOWN_NAME,
        span,
        f"there is no layer or block `{typed}`",
        help=help_,
        mends=(Mend(f"write `{meant}`", (Edit(span, meant),)),)
        if meant and isinstance(call.word, str)
        else (),
    )


def _missing_parameter(block: Block, call: Call, name: str) -> Finding:
    wants = ", ".join(p.name if p.required else f"{p.name}=..." for p in block.parameters)
    return Finding.at(
        rules.MISSING_FIELD,
        call.span,
        f"the block `{block.name}` needs `{name}`",
        help=f"it is `{block.name}({wants})`",
        related=(Related(block.place.span, "defined here"),),
    )
