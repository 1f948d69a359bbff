"""Structured YAML to syntax: lists of layers, and the forms that go beyond a chain."""

import re
from collections.abc import Iterator
from typing import Final

from netspec.diagnostics import Edit, Finding, Mend, rules
from netspec.language.arrow import parse_chain, parse_words
from netspec.language.limits import Limits
from netspec.language.nearest import did_you_mean
from netspec.language.syntax import (
    Argument,
    Broken,
    Call,
    Chain,
    Element,
    Expression,
    Group,
    Hole,
    Join,
    Label,
    Place,
    Residual,
    Way,
    Written,
)
from netspec.language.yaml12 import Mapping, Scalar, Sequence, Unreadable, Value

JOINS: Final = ("concat", "add", "multiply")
_FORMS: Final = {"residual": {"shortcut"}, "repeat": {"network"}, "network": {"repeat"}} | {
    name: set() for name in JOINS
}
TAG: Final = re.compile(r"[A-Za-z_]([A-Za-z0-9_./-]*[A-Za-z0-9_])?")
_LABELS: Final = ("tag", "name")


class Reader:
    """Reads networks and values of one file; faults go to `findings`."""

    def __init__(self, limits: Limits, findings: list[Finding]) -> None:
        self.limits = limits
        self.findings = findings
        self.entries = 0

    def chain(self, value: Value) -> Chain:
        """A network: an arrow string, or a list of arrow strings and layers."""
        match value:
            case Scalar() if value.value is None and value.style is None:
                return (self._hole(value, "there is no network here"),)
            case Scalar():
                return parse_chain(value, self.limits, self.findings)
            case Sequence():
                if not value.items:
                    return (self._hole(value, "this list of layers is empty"),)
                self._count(value)
                return tuple(element for item in value.items for element in self.chain(item))
            case Mapping():
                return (self._element(value),)
        raise AssertionError(value)

    def _count(self, value: Sequence) -> None:
        """Entries count as layers, so that aliases cannot make a small file a long network."""
        self.entries += len(value.items)
        if self.entries > self.limits.layers:
            message = f"the lists of layers hold more than {self.limits.layers:,} entries"
            help_ = "raise it with `--limit layers=N` if this is meant"
            raise Unreadable(Finding.at(rules.LIMIT_EXCEEDED, value.span, message, help=help_))

    def written(self, value: Value) -> Written:
        """A value of a field; lists become tuples."""
        match value:
            case Scalar():
                return parse_words(value)
            case Sequence():
                return tuple(self.written(item) for item in value.items)
            case Mapping():
                self._report_braces(value)
        return Broken(place=Place(value))

    def _element(self, value: Mapping) -> Element:
        keys = [key.text for key, _ in value.pairs]
        form = next((key for key in keys if key in _FORMS and self._is_form(key, value)), None)
        if form is not None:
            return self._form(form, value)
        layers = [(key, content) for key, content in value.pairs if key.text not in _LABELS]
        if len(layers) == 1 and "(" in layers[0][0].text:
            return self._colon_in_arguments(value, layers[0][0])
        if len(layers) == 1:
            return self._call(value, *layers[0])
        if layers and layers[0][1].start == layers[0][1].end and len(layers) > 1:
            return self._fields_not_indented(value, layers[0][0], layers[1][0])
        what = " and ".join(f"`{key.text}`" for key, _ in layers[:3]) or "no layer"
        help_ = "begin each layer with `- `" if layers else ""
        message = f"one entry is one layer, and this one holds {what}"
        return self._hole(value, message, at=layers[1][0] if layers else None, help_=help_)

    def _colon_in_arguments(self, value: Mapping, key: Scalar) -> Hole:
        """`- conv3-4(padding: 0)`: to YAML a mapping, whose key ends at the colon."""
        colon = value.source.text.index(":", key.end)
        span = value.source.span(colon, colon + 1)
        mend = Mend("write `=`", (Edit(value.source.span(colon, colon + 2), "="),))
        message = "an argument in brackets is written `key=value`"
        self.findings.append(Finding.at(rules.ARROW_SYNTAX, span, message, mends=(mend,)))
        return Hole(place=Place(value))

    def _is_form(self, key: str, value: Mapping) -> bool:
        return key not in JOINS or isinstance(value.get(key), Sequence)

    def _fields_not_indented(self, value: Mapping, layer: Scalar, field: Scalar) -> Hole:
        return self._hole(
            value,
            f"`{field.text}` stands beside `{layer.text}`, not below it",
            at=field,
            help_=f"indent the fields of `{layer.text}` by two more spaces, or write `{layer.text}: {{{field.text}: ...}}`",
        )

    def _form(self, form: str, value: Mapping) -> Element:
        allowed = {form, *_FORMS[form], *_LABELS}
        for key, _ in value.pairs:
            if key.text not in allowed:
                self._unknown_key(key, allowed, form)
        label, place = self._label(value), Place(value)
        content = value.get(form)
        assert content is not None
        if form == "residual":
            body = self.chain(content)
            return Residual(
                body=body, shortcut=self._shortcut(value.get("shortcut")), label=label, place=place
            )
        if form in JOINS:
            assert isinstance(content, Sequence)
            branches = tuple(self.chain(branch) for branch in content.items)
            if len(branches) < 2:
                return self._hole(
                    value, f"{form} joins branches, and there is {len(branches) or 'none'}", at=content
                )
            return Join(merge=form, branches=branches, label=label, place=place)
        return self._repeat(value, label)

    def _shortcut(self, value: Value | None) -> Chain | Way:
        text = value.text if isinstance(value, Scalar) else ""
        if value is None or text == "auto":
            return "auto"
        match text:
            case "identity":
                return "identity"
            case "pad":
                return "pad"
        return self.chain(value)

    def _repeat(self, value: Mapping, label: Label | None) -> Element:
        count, network = value.get("repeat"), value.get("network")
        if count is None or network is None:
            return self._hole(value, f"a repeat needs `{'repeat' if count is None else 'network'}` as well")
        return Group(body=self.chain(network), count=self.written(count), label=label, place=Place(count))

    def _call(self, value: Mapping, key: Scalar, content: Value) -> Call:
        place = Place(value) if isinstance(content, Mapping) else Place(key)
        word: str | Expression = key.text.casefold()
        if isinstance(read := parse_words(key), Expression):
            word = read
        positional: tuple[Argument, ...] = ()
        named: tuple[tuple[str, Argument], ...] = ()
        match content:
            case Mapping():
                named = tuple(self._named(content))
            case Sequence():
                positional = tuple(self._argument(item) for item in content.items)
            case Scalar() if content.value is not None or content.style is not None:
                positional = (self._argument(content),)
        return Call(
            word=word,
            positional=positional,
            named=named,
            label=self._label(value),
            place=place,
            head=Place(key),
        )

    def _named(self, fields: Mapping) -> Iterator[tuple[str, Argument]]:
        for key, item in fields.pairs:
            argument = self._argument(item)
            yield key.text, Argument(value=argument.value, place=argument.place, key=Place(key))

    def _argument(self, value: Value) -> Argument:
        return Argument(value=self.written(value), place=Place(value))

    def _label(self, value: Mapping) -> Label | None:
        given = [(key, content) for key, content in value.pairs if key.text in _LABELS]
        if not given:
            return None
        for key, _ in given[1:]:
            message = f"an entry has a tag or a name, and this one has `{given[0][0].text}` already"
            self.findings.append(Finding.at(rules.GIVEN_TWICE, key.span, message))
        key, content = given[0]
        text = parse_words(content) if isinstance(content, Scalar) else None
        if isinstance(content, Scalar) and not isinstance(text, Expression):
            text = content.text
        if isinstance(text, Expression) or (isinstance(text, str) and TAG.fullmatch(text)):
            return Label(text=text, final=key.text == "name", place=Place(content))
        self.findings.append(
            Finding.at(
                rules.WRONG_VALUE,
                content.span,
                f"`{key.text}` is a word that begins with a letter, as in `{key.text}: skip`",
            )
        )
        return None

    def _unknown_key(self, key: Scalar, allowed: set[str], where: str) -> None:
        self.findings.append(
            Finding.at(
                rules.UNKNOWN_FIELD,
                key.span,
                f"`{where}` takes no `{key.text}`",
                help=did_you_mean(key.text, allowed) or f"it takes {', '.join(sorted(allowed))}",
            )
        )

    def _report_braces(self, value: Mapping) -> None:
        """`filters: {width}` is a mapping to YAML; with quotes it is an expression."""
        text = value.span.text
        if value.is_braces:
            self.findings.append(
                Finding.at(
                    rules.WRONG_VALUE,
                    value.span,
                    "without quotes YAML reads this as a mapping, not as an expression",
                    mends=(Mend("put the expression in quotes", (Edit(value.span, f'"{text}"'),)),),
                )
            )
        else:
            self.findings.append(
                Finding.at(rules.WRONG_VALUE, value.span, "a mapping stands where a value is wanted")
            )

    def _hole(self, value: Value, message: str, *, at: Value | None = None, help_: str = "") -> Hole:
        span = (at or value).span
        self.findings.append(Finding.at(rules.WRONG_STRUCTURE, span, message, help=help_))
        return Hole(place=Place(value))
