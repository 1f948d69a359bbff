"""A YAML tree to a spec: each key by its reader, each fault at its place."""

from collections.abc import Mapping as Readable
from dataclasses import replace
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from netspec.diagnostics import Edit, Finding, Mend, Rule, Source, Span, rules
from netspec.language.binding import Variables, bind, fields_of
from netspec.language.blocks import read_blocks
from netspec.language.limits import Limits
from netspec.language.nearest import did_you_mean, nearest
from netspec.language.settings import apply_settings
from netspec.language.spec import Budget, Head, HeadSettings, Input, InputNotation, Spec
from netspec.language.structured import Reader
from netspec.language.syntax import Argument, Call, Chain, Hole, Place
from netspec.language.variables import (
    IDENTIFIER,
    Entries,
    choose,
    read_variables,
    read_variants,
)
from netspec.language.yaml12 import Mapping, Scalar, Sequence, Unreadable, Value, compose

Model = TypeVar("Model", bound=BaseModel)

KEYS: Final = (
    "netspec",
    "name",
    "source",
    "input",
    "variables",
    "variants",
    "blocks",
    "network",
    "heads",
    "budget",
    "train",
    "allow",
)
VERSION: Final = 1
_ELSEWHERE: Final = {
    "layers": "network",
    "model": "network",
    "architecture": "network",
    "params": "variables",
}
"""Words for the same key in other tools; never accepted."""


def read_spec(
    source: Source,
    *,
    variant: str | None,
    settings: Readable[str, str],
    limits: Limits,
    findings: list[Finding],
) -> Spec:
    """The spec in a text. Raises `Unreadable` where nothing can be made of it; other faults go to `findings`."""
    if len(source.text) > limits.bytes:
        message, help_ = (
            f"the text is longer than {limits.bytes:,} characters",
            "raise it with `--limit bytes=N`",
        )
        raise Unreadable(Finding.at(rules.LIMIT_EXCEEDED, source.span(0, 1), message, help=help_))
    root = compose(source, limits, findings)
    if root is None or (isinstance(root, Scalar) and (root.value is None or not root.text.strip())):
        raise Unreadable(Finding.at(rules.EMPTY_FILE, source.span(0, 0), "there is nothing in this file"))
    if not isinstance(root, Mapping):
        root = _only_network(source, root)
    root = apply_settings(root, settings, limits, findings)
    return _Document(source, root, limits, findings).spec(variant)


def _only_network(source: Source, network: Value) -> Mapping:
    """A file that holds just a chain: the lecture grammar with its numbers is a whole spec."""
    key = Scalar(source, network.start, network.start, 1, "network")
    return Mapping(source, network.start, network.end, network.weight, [(key, network)])


def _unknown_key(key: Scalar, meant: str | None) -> Finding:
    return Finding.at(
        rules.UNKNOWN_KEY,
        key.span,
        f"a spec has no key `{key.text}`",
        help=f"did you mean `{meant}`?" if meant else f"the keys are {', '.join(KEYS)}",
        mends=(Mend(f"write `{meant}`", (Edit(key.span, meant),)),) if meant else (),
    )


class _Document:
    """One file while it is being read."""

    def __init__(self, source: Source, root: Mapping, limits: Limits, findings: list[Finding]) -> None:
        self.source = source
        self.findings = findings
        self.root = self._known_keys(root)
        self.reader = Reader(limits, findings)
        self.variables: Variables = {}

    def spec(self, variant: str | None) -> Spec:
        self._check_version()
        declared = self._entries("variables")
        variants = read_variants(self._entries("variants"), declared, self.findings)
        chosen = choose(variant, variants, self._key_span("variants"), self.findings)
        self.variables = read_variables(declared, chosen, self.source, self.reader, self.findings)
        blocks, unread = read_blocks(self._entries("blocks"), self.reader, self.variables)
        call, network = self._leading_input(self._network())
        return Spec(
            name=self._words("name"),
            source=self._words("source"),
            input=self._input(call, unread=bool(network) and isinstance(network[0], Hole)),
            variables=dict(self.variables),
            variants=tuple(variants),
            variant=variant,
            blocks=blocks,
            unread_blocks=unread,
            network=network,
            heads={
                head.name: head for key, value in self._entries("heads") if (head := self._head(key, value))
            },
            budget=self._section("budget", Budget),
            train=self._train(),
            allow=self._allow(),
            text=self.source,
            tree=self.root,
        )

    def _report(self, rule: Rule, at: Value | Span, message: str, help_: str = "") -> None:
        span = at if isinstance(at, Span) else at.span
        self.findings.append(Finding.at(rule, span, message, help=help_))

    def _key_span(self, name: str) -> Span:
        """Where a key stands; the file's start where it does not."""
        found = (key.span for key, _ in self.root.pairs if key.text == name)
        return next(found, self.root.pairs[0][0].span if self.root.pairs else self.source.span(0, 0))

    def _entries(self, name: str) -> Entries:
        """The pairs under a key that holds a mapping."""
        return self._pairs(self.root.get(name), name)

    def _pairs(self, value: Value | None, name: str) -> Entries:
        if value is None or (isinstance(value, Scalar) and value.value is None):
            return []
        if isinstance(value, Mapping):
            return value.pairs
        self._report(rules.WRONG_STRUCTURE, value, f"`{name}` holds a mapping of names to values")
        return []

    # Keys of the whole file

    def _known_keys(self, root: Mapping) -> Mapping:
        """The file with keys that are known; one that is nearly right is read as what was probably meant."""
        taken = {key.text for key, _ in root.pairs}
        pairs = []
        for key, value in root.pairs:
            meant = key.text if key.text in KEYS else _ELSEWHERE.get(key.text) or nearest(key.text, KEYS)
            if key.text not in KEYS:
                self.findings.append(_unknown_key(key, meant))
            if meant is not None and (meant == key.text or meant not in taken):
                taken.add(meant)
                pairs.append((replace(key, text=meant), value))
        return replace(root, pairs=pairs)

    def _check_version(self) -> None:
        value = self.root.get("netspec")
        if value is not None and not (isinstance(value, Scalar) and value.text == str(VERSION)):
            message = f"this netspec reads version {VERSION} of the language"
            self._report(rules.UNKNOWN_VERSION, value, message, "a newer netspec may read it")

    def _words(self, name: str) -> str:
        value = self.root.get(name)
        if value is None:
            return ""
        if isinstance(value, Scalar):
            return value.text.strip()
        self._report(rules.WRONG_VALUE, value, f"`{name}` is text")
        return ""

    def _allow(self) -> tuple[str, ...]:
        value = self.root.get("allow")
        if value is None:
            return ()
        items = value.items if isinstance(value, Sequence) else [value]
        return tuple(code for item in items if (code := self._allowed(item)))

    def _allowed(self, item: Value) -> str:
        code = item.text.upper() if isinstance(item, Scalar) else ""
        advice = [code for code in rules.RULES if code[0] in "WN"]
        if code in advice:
            return code
        help_ = "an error cannot be allowed" if code in rules.RULES else did_you_mean(code, advice)
        self._report(rules.WRONG_VALUE, item, "`allow` lists codes of warnings, such as W201", help_)
        return ""

    # Network and input

    def _network(self) -> Chain:
        value = self.root.get("network")
        if value is not None:
            return self.reader.chain(value)
        message, help_ = (
            "the spec needs `network`: the layers",
            "as in `network: conv3-16 -> relu -> gap -> fc-10`",
        )
        self._report(rules.MISSING_FIELD, self._key_span("network"), message, help_)
        return ()

    def _leading_input(self, network: Chain) -> tuple[Call | None, Chain]:
        """`INPUT ->` at the head of the chain; with sizes, `INPUT(32x32x1)`, it stands for the key."""
        first = network[0] if network else None
        if isinstance(first, Call) and "input" in (first.word, first.stem):
            return first, network[1:]
        return None, network

    def _input(self, call: Call | None, *, unread: bool) -> Input | None:
        """The input, by its key or by the head of the chain; `unread` where that head could not be read."""
        value = self.root.get("input")
        inline = call if call is not None and (call.size or call.positional or call.named) else None
        if value is not None:
            if inline is not None:
                self._report(rules.GIVEN_TWICE, inline.span, "the input is given here and by the key `input`")
            return self._input_of(value)
        if inline is not None:
            fields = fields_of(inline, "the input", InputNotation(), Input.model_fields, self.findings)
            return bind(Input, "the input", fields, inline.span, self.variables, self.findings)
        if not unread:
            at = call.span if call else self._key_span("network")
            message = "the spec needs `input`: the shape of one example"
            self._report(rules.MISSING_FIELD, at, message, "as in `input: 224x224x3`, channels last")
        return None

    def _input_of(self, value: Value) -> Input | None:
        if isinstance(value, Mapping) and not value.is_braces:
            return self._section("input", Input)
        fields = {"shape": Argument(value=self.reader.written(value), place=Place(value))}
        return bind(Input, "the input", fields, value.span, self.variables, self.findings)

    # Sections

    def _section(self, name: str, model: type[Model]) -> Model | None:
        value = self.root.get(name)
        return None if value is None else self._bind(model, f"`{name}`", self._pairs(value, name), value.span)

    def _bind(self, model: type[Model], name: str, pairs: Entries, at: Span) -> Model | None:
        fields = {
            key.text: Argument(value=self._field(value), place=Place(value), key=Place(key))
            for key, value in pairs
        }
        return bind(model, name, fields, at, self.variables, self.findings)

    def _field(self, value: Value) -> Any:
        """A section's field; a mapping stays a mapping of plain values."""
        if isinstance(value, Mapping) and not value.is_braces:
            return {key.text: self._field(item) for key, item in value.pairs}
        return self.reader.written(value)

    def _train(self) -> Any:
        value = self.root.get("train")
        if value is None:
            return None
        from netspec.language.train import read_train  # noqa: PLC0415  many models, which most commands never need

        return read_train(value, self.reader, self.variables, self.findings)

    def _head(self, key: Scalar, value: Value) -> Head | None:
        if not IDENTIFIER.fullmatch(key.text) or key.text == "output":
            message = f"`{key.text}` cannot be a head's name"
            self._report(rules.WRONG_VALUE, key, message, "use a word other than `output`")
            return None
        network = value.get("network") if isinstance(value, Mapping) else None
        if not isinstance(value, Mapping) or network is None:
            self._report(rules.MISSING_FIELD, key, f"the head `{key.text}` needs a `network`")
            return None
        origin = value.get("from")
        if origin is not None and not isinstance(origin, Scalar):
            self._report(rules.WRONG_VALUE, origin, "`from` is one tag")
        rest = [pair for pair in value.pairs if pair[0].text not in ("from", "network")]
        settings = self._bind(HeadSettings, f"the head {key.text}", rest, key.span)
        return Head(
            name=key.text,
            origin=origin.text if isinstance(origin, Scalar) else None,
            network=self.reader.chain(network),
            loss_weight=settings.loss_weight if settings else 1.0,
            place=Place(key),
            origin_place=Place(origin) if origin else None,
        )
