"""Reading the `train:` section: every fault of it becomes a finding at the word that is wrong."""

from dataclasses import dataclass, field
from functools import cache
from types import NoneType
from typing import Any, Final, get_args

from pydantic import ValidationError

from netspec.diagnostics import Edit, Finding, Mend, Refused, rules
from netspec.language.binding import Variables, compute
from netspec.language.model_errors import Field, explain
from netspec.language.nearest import did_you_mean, nearest
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
        family = _families().get(name)
        if family is None:
            return self._plain(content)
        recipes = RecipeReader(self.reader, self.variables, self.findings)
        if _is_empty(content) and _may_be_empty(name):
            return None if name in _optional() else ()
        return _UNSOUND if (read := self._calls(recipes, name, family, content)) is None else read

    def _plain(self, content: Value) -> Any:
        before = len(self.reader.findings)
        written = self.reader.written(content)
        if len(self.reader.findings) > before:
            return _UNSOUND
        try:
            return compute(written, self.variables, self.findings)
        except Refused:
            return _UNSOUND
