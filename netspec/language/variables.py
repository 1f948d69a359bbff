"""Variables and variants: computed once, before anything that uses them is read."""

import re
from collections.abc import Iterator
from typing import Final

from netspec.diagnostics import Finding, Refused, Source, Span, rules
from netspec.language.binding import compute
from netspec.language.expressions import BROKEN, Result
from netspec.language.nearest import did_you_mean, one_of
from netspec.language.structured import Reader
from netspec.language.yaml12 import Mapping, Scalar, Value, walk

IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACES: Final = re.compile(r"\{([^{}\n]*)\}")

Entries = list[tuple[Scalar, Value]]


def read_variables(
    entries: Entries, chosen: dict[str, Value], source: Source, reader: Reader, findings: list[Finding]
) -> dict[str, Result]:
    """The variables' values; each may use those above it. A variant's value yields to one from `--set`."""
    variables: dict[str, Result] = {}
    for key, value in entries:
        if not IDENTIFIER.fullmatch(key.text):
            message = f"`{key.text}` cannot be a variable's name"
            findings.append(
                Finding.at(rules.WRONG_VALUE, key.span, message, help="use letters, digits and _")
            )
            continue
        used = value if value.source is not source else chosen.get(key.text, value)
        try:
            variables[key.text] = compute(reader.written(used), variables, findings)
        except Refused:
            variables[key.text] = BROKEN
    return variables


def unused_variables(tree: Mapping) -> Iterator[Finding]:
    """Variables that no expression of the file names."""
    declared, used = tree.get("variables"), names_in(tree)
    for key, _ in declared.pairs if isinstance(declared, Mapping) else ():
        if key.text not in used:
            yield Finding.at(rules.UNUSED_VARIABLE, key.span, f"nothing uses the variable `{key.text}`")


def names_in(tree: Value) -> set[str]:
    """The names that expressions in a part of the file read."""
    return {name for text in _expressions(tree) for name in IDENTIFIER.findall(text)}


def _expressions(tree: Value) -> Iterator[str]:
    """The text of every expression, of those that lack their quotes as well."""
    for value in walk(tree):
        if isinstance(value, Scalar) and "{" in value.text:
            yield from _BRACES.findall(value.text)
        elif isinstance(value, Mapping) and value.is_braces:
            yield value.pairs[0][0].text


def read_variants(entries: Entries, variables: Entries, findings: list[Finding]) -> dict[str, Mapping]:
    """The variants by name; what they set must be variables of the spec."""
    known = [key.text for key, _ in variables]
    found: dict[str, Mapping] = {}
    for name, value in entries:
        if not isinstance(value, Mapping):
            message = f"the variant `{name.text}` holds a mapping of variables"
            findings.append(Finding.at(rules.WRONG_STRUCTURE, value.span, message))
            continue
        found[name.text] = value
        for key, _ in value.pairs:
            if key.text not in known:
                message = f"the variant `{name.text}` sets `{key.text}`, which is no variable of this spec"
                help_ = did_you_mean(key.text, known)
                findings.append(Finding.at(rules.UNKNOWN_VARIABLE, key.span, message, help=help_))
    return found


def choose(
    variant: str | None, variants: dict[str, Mapping], at: Span, findings: list[Finding]
) -> dict[str, Value]:
    """What the chosen variant sets; nothing without one. `at` is shown where there is no such variant."""
    if variant is None:
        return {}
    if variant in variants:
        return {key.text: value for key, value in variants[variant].pairs}
    there_are = (
        f"there are {one_of(variants)}"
        if len(variants) > 1
        else f"there is only {one_of(variants or ['none'])}"
    )
    help_ = did_you_mean(variant, variants) or (there_are if variants else "the spec has no variants")
    findings.append(Finding.at(rules.UNKNOWN_VARIANT, at, f"there is no variant `{variant}`", help=help_))
    return {}
