"""YAML text to a tree of values that remember where they stood.

PyYAML's event stream does the parsing; the tree is built here, without recursion, so that scalars follow
YAML 1.2, keys are unique, positions are kept, and nesting and alias expansion stay within limits.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import yaml

from netspec.diagnostics import Finding, Related, Rule, Source, Span, rules
from netspec.language.limits import Limits
from netspec.language.offsets import offsets, written_length
from netspec.language.values import Plain, core_value
from netspec.language.yaml_traps import explain

_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.2 (chapter 5.1) lets no file hold."""
_PROPERTIES: Final = re.compile(r"(?:[&!]\S*\s+)+")
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Unreadable(Exception):  # noqa: N818  it reads as a sentence: `raise Unreadable(finding)`
    """Raised where nothing after a fault can be understood; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(eq=False, slots=True)
class Value:
    """A YAML value at its place. `weight` counts the values in it, aliases expanded."""

    source: Source
    start: int
    end: int
    weight: int = 1

    @property
    def span(self) -> Span:
        """Where it stands; of an empty value, the key or dash before it."""
        if self.start < self.end:
            return self.source.span(self.start, self.end)
        before = self.source.text[: self.start].rstrip()
        words = before.rsplit(None, 1)
        return self.source.span(len(before) - len(words[-1]) if words else self.start, len(before))


@dataclass(eq=False)
class Scalar(Value):
    """A scalar: its text, and whether it stood plain, quoted or in a block."""

    text: str = ""
    style: str | None = None

    @property
    def value(self) -> Plain:
        """The scalar by YAML 1.2; quoted and block scalars are text."""
        return core_value(self.text) if self.style is None else self.text

    @cached_property
    def _offsets(self) -> list[int]:
        return offsets(self.source.text, self.start, self.end, self.style, self.text)

    def at(self, start: int, end: int) -> Span:
        """The span in the file of the characters `start` to `end` of the text."""
        first = self._offsets[start]
        if end <= start:
            return self.source.span(first, first)
        last = self._offsets[end - 1]
        return self.source.span(first, last + written_length(self.source.text, last, self.style))


@dataclass(eq=False, slots=True)
class Sequence(Value):
    """A list."""

    items: list[Value] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Mapping(Value):
    """Keys and values in order; keys are scalars and unique."""

    pairs: list[tuple[Scalar, Value]] = field(default_factory=list)
    flow: bool = False

    @property
    def is_braces(self) -> bool:
        """Whether this is `{width}`, an expression that stands without quotes."""
        lone = self.pairs[0][1] if len(self.pairs) == 1 else None
        return self.flow and isinstance(lone, Scalar) and not lone.text and lone.style is None

    def get(self, key: str) -> Value | None:
        """The value of a key, or None."""
        return next((value for name, value in self.pairs if name.text == key), None)


def walk(root: Value) -> Iterator[Value]:
    """Every value of a tree, keys included, without recursion."""
    waiting = [root]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, Sequence):
            waiting.extend(value.items)
        elif isinstance(value, Mapping):
            waiting.extend(part for pair in value.pairs for part in pair)


def compose(source: Source, limits: Limits, findings: list[Finding]) -> Value | None:
    """The value of a YAML text, or None for an empty one. Raises `Unreadable` where YAML itself breaks."""
    if (wrong := _UNPRINTABLE.search(source.text)) is not None:
        raise Unreadable(_control_character(source, wrong.start()))
    composer = _Composer(source, limits, findings)
    loader = _LOADER(source.text)
    try:
        while loader.check_event():
            composer.take(loader.get_event())
    except yaml.MarkedYAMLError as error:
        raise Unreadable(explain(source, error)) from None
    finally:
        loader.dispose()
    return composer.root


def _control_character(source: Source, position: int) -> Finding:
    code = ord(source.text[position]) if position < len(source.text) else 0
    return Finding.at(
        rules.NOT_TEXT,
        source.span(position, position + 1),
        f"the character U+{code:04X} cannot stand in a spec",
        help="this looks like a file that is not text" if code == 0 else "",
    )


class _Composer:
    """Builds the tree from events, with a stack instead of recursion."""

    def __init__(self, source: Source, limits: Limits, findings: list[Finding]) -> None:
        self.source = source
        self.limits = limits
        self.findings = findings
        self.root: Value | None = None
        self.stack: list[_Open] = []
        self.anchors: dict[str, Value] = {}
        self.documents = 0
        self.values = 0

    def take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self._finish(event.anchor, _scalar(self.source, event), event)
            case yaml.AliasEvent():
                aliased = self._aliased(event)
                self.values += aliased.weight
                self._finish(None, aliased, None)
            case yaml.SequenceStartEvent():
                self._open(event, Sequence(self.source, *_extent(event)))
            case yaml.MappingStartEvent():
                self._open(event, Mapping(self.source, *_extent(event), flow=bool(event.flow_style)))
            case yaml.CollectionEndEvent():
                opened = self.stack.pop()
                opened.value.end = _extent(event)[1]
                self._finish(opened.anchor, opened.value, None)
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise self._fatal(
                        rules.YAML_FEATURE, event, "a second document begins here; a spec is one document"
                    )

    def _open(self, event: Any, value: Sequence | Mapping) -> None:
        self._refuse_tag(event)
        if len(self.stack) >= self.limits.depth:
            raise self._fatal(
                rules.LIMIT_EXCEEDED,
                event,
                f"values are nested deeper than {self.limits.depth} levels",
                help_="raise it with `--limit depth=N` (100 at most) if this is meant",
            )
        self.stack.append(_Open(value, event.anchor))

    def _finish(self, anchor: str | None, value: Value, event: Any) -> None:
        if event is not None:
            self._refuse_tag(event)
        self.values += 1
        if self.values > self.limits.values:
            raise self._fatal_at(
                rules.LIMIT_EXCEEDED,
                value.span,
                f"the file holds more than {self.limits.values:,} values, counting what aliases expand to",
                help_="raise it with `--limit values=N` if this is meant",
            )
        if anchor is not None:
            self.anchors[anchor] = value
        if not self.stack:
            self.root = value
        else:
            self._put(self.stack[-1], value)

    def _put(self, parent: "_Open", value: Value) -> None:
        parent.value.weight += value.weight
        if isinstance(parent.value, Sequence):
            parent.value.items.append(value)
        elif parent.key is None:
            parent.key = self._key(value)
        else:
            self._pair(parent, parent.key, value)
            parent.key = None

    def _key(self, value: Value) -> Scalar:
        if isinstance(value, Scalar):
            return value
        raise self._fatal_at(rules.YAML_FEATURE, value.span, "a key is a list or a mapping; keys are words")

    def _pair(self, parent: "_Open", key: Scalar, value: Value) -> None:
        if key.text == "<<" and key.style is None:
            self.findings.append(
                Finding.at(
                    rules.YAML_FEATURE,
                    key.span,
                    "merge keys are not part of YAML 1.2",
                    help="use `variables:` or a block for what several places share",
                )
            )
        elif key.text in parent.keys:
            self.findings.append(_duplicate(parent.keys[key.text], key))
        else:
            parent.keys[key.text] = key
            assert isinstance(parent.value, Mapping)
            parent.value.pairs.append((key, value))

    def _aliased(self, event: Any) -> Value:
        value = self.anchors.get(event.anchor)
        if value is not None:
            return value
        finished = (
            "is not finished here" if any(o.anchor == event.anchor for o in self.stack) else "does not exist"
        )
        raise self._fatal(
            rules.UNKNOWN_ANCHOR,
            event,
            f"the anchor `&{event.anchor}` {finished}",
            help_="if this is an arrow string that begins with `*`, put it in quotes",
        )

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is None:
            return
        self.findings.append(
            Finding.at(
                rules.YAML_FEATURE,
                self.source.span(*_extent(event)),
                f"the YAML tag `{event.tag}` is not used in specs",
            )
        )

    def _fatal(self, rule: Rule, event: Any, message: str, help_: str = "") -> Unreadable:
        return self._fatal_at(
            rule, self.source.span(event.start_mark.index, event.end_mark.index), message, help_
        )

    def _fatal_at(self, rule: Rule, span: Span, message: str, help_: str = "") -> Unreadable:
        return Unreadable(Finding.at(rule, span, message, help=help_))


@dataclass(eq=False, slots=True)
class _Open:
    """A collection whose end has not been read yet; `key` waits for its value."""

    value: Sequence | Mapping
    anchor: str | None
    key: Scalar | None = None
    keys: dict[str, Scalar] = field(default_factory=dict)


def _extent(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def _scalar(source: Source, event: Any) -> Scalar:
    """A scalar without the anchor and tag that stand before it."""
    start, end = _extent(event)
    if event.anchor or event.tag:
        properties = _PROPERTIES.match(source.text, start, end)
        start = properties.end() if properties else start
    return Scalar(source, start, end, 1, event.value, event.style or None)


def _duplicate(first: Scalar, second: Scalar) -> Finding:
    return Finding.at(
        rules.DUPLICATE_KEY,
        second.span,
        f"the key `{second.text}` stands twice",
        related=(Related(first.span, "first given here"),),
    )
