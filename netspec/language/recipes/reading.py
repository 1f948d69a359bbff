"""YAML values to recipes: one call, or a chain of them in arrow notation or as a list."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from netspec.diagnostics import Edit, Finding, Mend, Refused, Span, brief, rules
from netspec.language.binding import Variables, bind, compute, fields_of
from netspec.language.nearest import nearest
from netspec.language.recipes.base import Recipe, families
from netspec.language.recipes.elsewhere import ELSEWHERE
from netspec.language.structured import Reader
from netspec.language.syntax import Call, Element, Expression, Hole
from netspec.language.yaml12 import Mapping as YamlMapping, Scalar, Sequence, Value

Kind = TypeVar("Kind", bound=Recipe)

_LABELS: Final = ("name", "type", "tag")
_WORDS_FOR_NOTHING: Final = ("none", "off", "no", "nothing")


class RecipeReader:
    """Reads the calls of one section; `key` is the section's key that a call stands under."""

    def __init__(self, reader: Reader, variables: Variables, findings: list[Finding]) -> None:
        self.reader = reader
        self.variables = variables
        self.findings = findings

    def one(self, family: type[Kind], key: str, value: Value) -> Kind | None:
        """The recipe that a value writes, or None after adding findings."""
        if isinstance(value, Sequence):
            self._refuse(value.span, f"`{key}` is one {family.noun}, not a list")
            return None
        elements = self._elements(family, key, value)
        if len(elements) > 1:
            self._refuse(elements[1].span, f"`{key}` is one {family.noun}, and a second stands here")
            return None
        return self._recipe(family, key, elements[0]) if elements else None

    def chain(self, family: type[Kind], key: str, value: Value) -> tuple[Kind, ...] | None:
        """The recipes that a value writes, or None after adding findings."""
        items = value.items if isinstance(value, Sequence) else [value]
        read = [self._elements(family, key, item) for item in items]
        elements = [element for part in read for element in part]
        found = [self._recipe(family, key, element) for element in elements]
        recipes = tuple(recipe for recipe in found if recipe is not None)
        if len(recipes) < len(found) or not all(read):
            return None
        wrong = family.misplaced(recipes)
        if wrong is None:
            return recipes
        place, message = wrong
        self._refuse(elements[place].span, message)
        return None

    def _elements(self, family: type[Recipe], key: str, value: Value) -> tuple[Element, ...]:
        """The calls of a value, or nothing after adding a finding."""
        example = f"such as `{next(iter(family.kinds))}`"
        if isinstance(value, Sequence):
            self._refuse(value.span, f"a list stands inside the list of `{key}`")
        elif isinstance(value, Scalar) and value.style is None and not isinstance(value.value, str):
            self._refuse(value.span, f"`{key}` is a call, {example}, not {value.text or 'nothing'}")
        elif isinstance(value, Scalar) and (meant := family.meant_by(value.text)):
            self._refuse(
                value.span, f"`{brief(value.text)}` is no {family.noun} by itself", f"write `{meant}`"
            )
        elif isinstance(value, YamlMapping) and not value.pairs:
            self._refuse(value.span, f"`{key}` names no {family.noun}")
        elif isinstance(value, YamlMapping) and not _is_call(value):
            self._not_a_call(family, key, value)
        else:
            before = len(self.reader.findings)
            elements = self.reader.chain(value)
            # In arrow notation a hole stands for a fault; among a mapping's fields nothing does.
            return elements if isinstance(value, Scalar) or len(self.reader.findings) == before else ()
        return ()

    def _not_a_call(self, family: type[Recipe], key: str, value: YamlMapping) -> None:
        """A finding for a mapping of anything but one name, such as `{name: adam, rate: 0.1}`."""
        label, name = next(((k, v.span.text) for k, v in value.pairs if k.text in _LABELS), (None, ""))
        keys = [k for k, _ in value.pairs if k is not label]
        at, name = (label, name) if label else (keys[1], keys.pop(0).text)
        fields = ", ".join(f"{k.text}: ..." for k in keys)
        message, help_ = f"one {family.noun} is one name with its fields below it", ""
        if any(k.text in family.kinds for k in keys):
            message += f", and `{at.text}` is another"
        else:
            help_ = f"write `{name}: {{{fields}}}`" if fields else f"write `{key}: {name}`"
        self._refuse(at.span, message, help_)

    def _recipe(self, family: type[Kind], key: str, element: Element) -> Kind | None:
        if isinstance(element, Hole):
            return None
        if not isinstance(element, Call):
            self._refuse(element.span, f"`{key}` holds calls, such as `name(key=value)`, without brackets")
            return None
        if element.label is not None:
            self._refuse(element.label.span, "only values of a network have tags")
            return None
        name = self._name(element)
        if name is None:
            return None
        if name not in family.kinds:
            self.findings.append(self._unknown(family, key, name, _head(element)))
            return None
        return self._bind(family.kinds[name], name, element)

    def _bind(self, kind: type[Kind], name: str, element: Call) -> Kind | None:
        # A name that ends in a number (`l2`, `cifar10`) has no size.
        call, at = replace(element, size=None), _head(element)
        found: list[Finding] = []
        fields = fields_of(call, name, kind.notation, kind.model_fields, found, ELSEWHERE)
        wrong_fields = list(found)
        recipe = bind(kind, name, fields, at, self.variables, found)
        # What the call is said to lack may be what stands in it under a wrong name, or under none.
        self.findings.extend(
            wrong_fields + [f for f in found[len(wrong_fields) :] if f.span != at] if wrong_fields else found
        )
        return None if found else recipe

    def _name(self, call: Call) -> str | None:
        if not isinstance(call.word, Expression):
            return call.word
        try:
            name = compute(call.word, self.variables, self.findings)
        except Refused:
            return None
        if isinstance(name, str):
            return name.casefold()
        self._refuse(call.word.span, f"a name is wanted here, and the expression gives {name}")
        return None

    def _unknown(self, family: type[Recipe], key: str, name: str, span: Span) -> Finding:
        meant = _meant(name, family.kinds)
        return Finding.at(
            rules.UNKNOWN_NAME,
            span,
            f"there is no {family.noun} `{name}`",
            help=f"did you mean `{meant}`?" if meant else self._where_it_is(family, key, name),
            mends=(Mend(f"write `{meant}`", (Edit(span, meant),)),) if meant else (),
        )

    def _where_it_is(self, family: type[Recipe], key: str, name: str) -> str:
        if name in self.variables:
            return f'a variable stands in quotes and braces: "{{{name}}}"'
        if name in _WORDS_FOR_NOTHING:
            return f"leave `{key}` out where there is to be none"
        if home := next((other for other in families() if name in other.kinds), None):
            return f"{name} is a kind of {home.noun}"
        return f"it is one of {', '.join(family.kinds)}"

    def _refuse(self, span: Span, message: str, help_: str = "") -> None:
        self.findings.append(Finding.at(rules.WRONG_STRUCTURE, span, message, help=help_))


def _head(call: Call) -> Span:
    return call.head.span if call.head else call.span


def _is_call(value: YamlMapping) -> bool:
    return len(value.pairs) == 1 and value.pairs[0][0].text not in _LABELS


def _meant(name: str, kinds: Mapping[str, type[Recipe]]) -> str | None:
    """The kind that a name stands for elsewhere, or else the nearest one."""
    names = {alias.casefold(): kind for kind in kinds for alias in _aliases(kind, kinds[kind])}
    found = name if name in names else nearest(name, names)
    return names[found] if found else None


def _aliases(name: str, kind: type[Recipe]) -> Iterable[str]:
    return (name, *kind.elsewhere)
