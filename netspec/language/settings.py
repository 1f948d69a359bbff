"""`--set NAME=VALUE`: a variable of the spec, or with dots any of its keys, replaced before it is read."""

from collections.abc import Mapping as Readable
from dataclasses import replace

from netspec.diagnostics import Finding, Source, brief, rules
from netspec.language.limits import Limits
from netspec.language.nearest import did_you_mean
from netspec.language.values import EXPRESSION
from netspec.language.yaml12 import Mapping, Scalar, Unreadable, Value, compose

_OPEN = ("input", "train", "budget", "name", "heads")
"""Top-level keys that a setting may reach into."""


_DEEPEST = 6
"""No key of a spec lies deeper."""
_LENGTHS = ("train.steps", "train.epochs")
_NOTHING = ("", "~", "null")


def apply_settings(
    root: Mapping, settings: Readable[str, str], limits: Limits, findings: list[Finding]
) -> Mapping:
    """The tree with every setting applied. A setting that names nothing gives a finding."""
    for name, text in _one_length(settings).items():
        source = Source(brief(f"--set {name}"), text)
        try:
            value = _value(source, limits, findings)
        except Unreadable as error:
            findings.append(error.finding)
            continue
        path = _path(root, name)
        if path is None:
            findings.append(_unknown(root, name, source))
        else:
            root = _replaced(root, path, value or Scalar(source, 0, 0, 1, ""))
    return root


def _one_length(settings: Readable[str, str]) -> Readable[str, str]:
    """The settings, of which a length of the run takes the place of the spec's in the other unit."""
    match [unit for unit in _LENGTHS if unit in settings]:
        case [unit] if settings[unit] not in _NOTHING:
            return {**settings, **{other: "null" for other in _LENGTHS if other != unit}}
        case _:
            return settings


def _value(source: Source, limits: Limits, findings: list[Finding]) -> Value | None:
    """A setting's value: YAML, but for an expression, which needs no quotes here."""
    if EXPRESSION.fullmatch(source.text):
        return Scalar(source, 0, len(source.text), 1, source.text)
    return compose(source, limits, findings)


def _path(root: Mapping, name: str) -> list[str] | None:
    variables = root.get("variables")
    if isinstance(variables, Mapping) and variables.get(name) is not None:
        return ["variables", name]
    path = name.split(".", _DEEPEST)
    return path if path[0] in _OPEN and all(path) and len(path) <= _DEEPEST else None


def _replaced(mapping: Mapping, path: list[str], value: Value) -> Mapping:
    """A copy of the mapping in which the value at the path is another; missing keys are added."""
    key, *rest = path
    old = mapping.get(key)
    if rest:
        inner = old if isinstance(old, Mapping) else Mapping(value.source, value.start, value.end)
        value = _replaced(inner, rest, value)
    pairs = [(k, value if k.text == key else v) for k, v in mapping.pairs]
    if old is None:
        pairs.append((Scalar(value.source, value.start, value.end, 1, key), value))
    return replace(mapping, pairs=pairs)


def _unknown(root: Mapping, name: str, source: Source) -> Finding:
    variables = root.get("variables")
    known = [key.text for key, _ in variables.pairs] if isinstance(variables, Mapping) else []
    return Finding.at(
        rules.UNKNOWN_SETTING,
        source.span(0, len(source.text)),
        f"`{name}` is no variable of this spec",
        help=did_you_mean(name, known)
        or (
            f"its variables are {', '.join(known)}"
            if known
            else "it has no variables; keys are set with dots, as in train.epochs=3"
        ),
    )
