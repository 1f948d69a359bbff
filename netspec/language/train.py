"""The `train:` section: read, written back, and described for editors.

Every fault of it becomes a finding at the word that is wrong.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from netspec.diagnostics import Edit, Finding, Mend, Refused, rules
from netspec.language.binding import Variables, compute
from netspec.language.model_errors import Field, explain
from netspec.language.nearest import did_you_mean, nearest, one_of
from netspec.language.recipes.base import families
from netspec.language.recipes.reading import RecipeReader
from netspec.language.structured import Reader
from netspec.language.train_schema import train_schema
from netspec.language.train_section import Train, holds, train_as_plain
from netspec.language.yaml12 import Mapping, Scalar, Sequence, Value

__all__ = ["Train", "read_train", "train_as_plain", "train_schema"]

_UNSOUND: Final = object()
"""Stands for a value about which a finding already speaks; validation passes over what depends on it."""
_RATE_HELP: Final = "the rate belongs to the optimizer, as in `optimizer: adam(0.001)`"
_ELSEWHERE: Final = {"lr": _RATE_HELP, "rate": _RATE_HELP, "learning_rate": _RATE_HELP}


def read_train(value: Value, reader: Reader, variables: Variables, findings: list[Finding]) -> Train | None:
    """The section that a YAML value writes, or None after adding findings. An empty one is all defaults."""
    if _is_null(value):
        return Train()
    if not isinstance(value, Mapping):
        findings.append(
            Finding.at(
                rules.WRONG_STRUCTURE, value.span, "`train` holds keys with values, such as `epochs: 12`"
            )
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
        shape = holds(name)
        if shape is None:
            return self._plain(content)
        if shape.chain and isinstance(content, Sequence) and not content.items:
            return ()
        if _is_null(content) and (shape.chain or shape.optional):
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


def _is_null(value: Value) -> bool:
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
    for name in Train.model_fields:
        shape = holds(name)
        if shape and word in shape.family.kinds:
            return f"{word} is a kind of {shape.family.noun}: `{name}: {word}`"
    owners = [
        kind.name for family in families() for kind in family.kinds.values() if word in kind.model_fields
    ]
    return f"it is a field of {one_of(owners)}" if owners else ""
