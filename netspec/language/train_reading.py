"""Reading the `train:` section: every fault of it becomes a finding at the word that is wrong."""

from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Any, Final, get_args, get_origin

from pydantic import ValidationError

from netspec.diagnostics import Edit, Finding, Mend, Refused, rules
from netspec.language.binding import Variables, compute
from netspec.language.model_errors import Field, explain
from netspec.language.nearest import did_you_mean, nearest, one_of
from netspec.language.recipes.base import Recipe
from netspec.language.recipes.families import FAMILIES
from netspec.language.recipes.reading import RecipeReader
from netspec.language.structured import Reader
from netspec.language.train import Train
from netspec.language.yaml12 import Mapping, Scalar, Sequence, Value

_UNSOUND: Final = object()
"""Stands for a value about which a finding already speaks; validation passes over what depends on it."""
_RATE_HELP: Final = "the rate belongs to the optimizer, as in `optimizer: adam(0.001)`"
_ELSEWHERE: Final = {"lr": _RATE_HELP, "rate": _RATE_HELP, "learning_rate": _RATE_HELP}


def read_train(value: Value, reader: Reader, variables: Variables, findings: list[Finding]) -> Train | None:
    """The section that a YAML value writes, or None after adding findings. An empty one is all defaults."""
    if _is_empty(value):
        return Train()
    if not isinstance(value, Mapping):
        findings.append(
            Finding.at(rules.WRONG_STRUCTURE, value.span, "`train` holds keys with values, such as `epochs: 12`")
        )
        return None
    section = _Section(reader, variables, findings)
    for key, content in value.pairs:
        section.read(key, content)
    return section.train(value)


@dataclass
class _Section:
    reader: Reader
    variables: Variables
    findings: list[Finding]
    given: dict[str, Field] = field(default_factory=dict)
    sound: bool = True

    def read(self, key: Scalar, content: Value) -> None:
        """Take in one key with its value."""
        if key.text not in Train.model_fields:
            self.findings.append(_unknown_key(key))
            self.sound = False
        else:
            self.given[key.text] = Field(content.span, key.span, self._value(key.text, content))

    def train(self, value: Mapping) -> Train | None:
        """The section of what was read, or None after adding findings."""
        try:
            train = Train.model_validate({name: field.value for name, field in self.given.items()})
        except ValidationError as error:
            spoken = {field.value_span for field in self.given.values() if field.value is _UNSOUND}
            found = explain(error, Train, "train", value.span, self.given)
            self.findings.extend(finding for finding in found if finding.span not in spoken)
            return None
        return train if self.sound else None

    def _value(self, name: str, content: Value) -> Any:
        shape = _shape(Train.model_fields[name].annotation)
        if shape is None:
            return self._plain(content)
        if _is_empty(content) and (shape.chain or shape.optional):
            return None if shape.optional else ()
        recipes = RecipeReader(self.reader, self.variables, self.findings)
        read = recipes.chain if shape.chain else recipes.one
        found = read(shape.family, name, content)
        return _UNSOUND if found is None else found

    def _plain(self, content: Value) -> Any:
        before = len(self.reader.findings)
        written = self.reader.written(content)
        if len(self.reader.findings) > before:
            return _UNSOUND
        try:
            return compute(written, self.variables, self.findings)
        except Refused:
            return _UNSOUND


@dataclass(frozen=True)
class _Shape:
    """What a field holds: one recipe of a family, a chain of them, or perhaps nothing."""

    family: type[Recipe]
    chain: bool = False
    optional: bool = False


def _shape(annotation: Any) -> _Shape | None:
    """The shape of a field by its type; None for a field without recipes."""
    if isinstance(annotation, type):
        return _Shape(annotation) if issubclass(annotation, Recipe) else None
    inner = get_args(annotation)
    if NoneType in inner and (shape := _shape(inner[0])):
        return replace(shape, optional=True)
    if get_origin(annotation) is tuple and (shape := _shape(inner[0])):
        return replace(shape, chain=True)
    return None


def _is_empty(value: Value) -> bool:
    """True for YAML's null; for a list, one without items."""
    if isinstance(value, Sequence):
        return not value.items
    return isinstance(value, Scalar) and value.style is None and value.value is None


def _unknown_key(key: Scalar) -> Finding:
    known = list(Train.model_fields)
    help_ = _ELSEWHERE.get(key.text) or _belongs_to(key.text)
    meant = None if help_ else nearest(key.text, known)
    return Finding.at(
        rules.UNKNOWN_FIELD,
        key.span,
        f"`train` has no `{key.text}`",
        help=help_ or did_you_mean(key.text, known) or f"it has {', '.join(known)}",
        mends=(Mend(f"write `{meant}`", (Edit(key.span, meant),)),) if meant else (),
    )


def _belongs_to(word: str) -> str:
    """Where a word that is no key of the section is at home."""
    for name, field_info in Train.model_fields.items():
        shape = _shape(field_info.annotation)
        if shape and word in shape.family.kinds():
            return f"{word} is a kind of {shape.family.noun}: `{name}: {word}`"
    owners = [kind.name for family in FAMILIES for kind in family.kinds().values() if word in kind.model_fields]
    return f"it is a field of {one_of(owners)}" if owners else ""
