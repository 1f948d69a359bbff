"""A YAML tree to a spec: keys, variables, variants, settings, blocks and heads, each fault at its place."""

import re
from collections.abc import Callable, Mapping as Readable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from netspec.diagnostics import Edit, Finding, Mend, Refused, Rule, Source, Span, rules
from netspec.language.arrow import parse_chain
from netspec.language.binding import bind, compute
from netspec.language.expressions import Result
from netspec.language.limits import Limits
from netspec.language.nearest import did_you_mean, nearest, one_of
from netspec.language.settings import apply_settings
from netspec.language.spec import Block, Budget, Head, Input, Parameter, Spec
from netspec.language.structured import Reader
from netspec.language.syntax import Argument, Call, Chain, Place
from netspec.language.yaml12 import Mapping, Scalar, Sequence, Unreadable, Value, compose

Model = TypeVar("Model", bound=BaseModel)

KEYS: Final = (
    "netspec", "name", "source", "input", "variables", "variants", "blocks", "network", "heads", "budget", "train",
    "allow",
)  # fmt: skip
VERSION: Final = 1
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACES: Final = re.compile(r"\{([^{}\n]*)\}")


def read_spec(
    source: Source, *, variant: str | None, settings: Readable[str, str], limits: Limits, findings: list[Finding]
) -> Spec:
    """The spec in a text. Raises `Unreadable` where nothing can be made of it; other faults go to `findings`."""
    root = compose(source, limits, findings)
    if root is None or (isinstance(root, Scalar) and not root.text.strip()):
        raise Unreadable(Finding.at(rules.EMPTY_FILE, source.span(0, 0), "there is nothing in this file"))
    if not isinstance(root, Mapping):
        root = _only_network(source, root)
    root = apply_settings(root, settings, limits, findings)
    return _Document(source, root, limits, findings).spec(variant)


def _only_network(source: Source, network: Value) -> Mapping:
    """A file that holds just a chain: the lecture grammar with its numbers is a whole spec."""
    key = Scalar(source, network.start, network.start, 1, "network")
    return Mapping(source, network.start, network.end, network.weight, [(key, network)])


class _Document:
    """One file while it is being read."""

    def __init__(self, source: Source, root: Mapping, limits: Limits, findings: list[Finding]) -> None:
        self.source = source
        self.root = root
        self.findings = findings
        self.reader = Reader(limits, findings)
        self.limits = limits
        self.variables: dict[str, Result] = {}

    def spec(self, variant: str | None) -> Spec:
        self._check_keys()
        self._check_version()
        variants = self._variants()
        self._read_variables(self._chosen(variant, variants))
        self._warn_unused_variables()
        network = self._network()
        given, network = self._leading_input(network)
        return Spec(
            name=self._words("name"),
            source=self._words("source"),
            input=self._input(given),
            variables=dict(self.variables),
            variants=tuple(variants),
            variant=variant,
            blocks={block.name: block for block in self._blocks()},
            network=network,
            heads={head.name: head for head in self._heads()},
            budget=self._section("budget", Budget),
            train=self._train(),
            allow=self._allow(),
            text=self.source,
            places={key.text: Place(value) for key, value in self.root.pairs},
        )

    def _report(self, rule: Rule, at: Value | Span, message: str, **more: Any) -> None:
        span = at if isinstance(at, Span) else at.span
        self.findings.append(Finding.at(rule, span, message, **more))

    def _check_keys(self) -> None:
        for key, _ in self.root.pairs:
            if key.text not in KEYS:
                meant = nearest(key.text, KEYS)
                self._report(
                    rules.UNKNOWN_KEY,
                    key,
                    f"a spec has no key `{key.text}`",
                    help=did_you_mean(key.text, KEYS) or f"the keys are {', '.join(KEYS)}",
                    mends=(Mend(f"write `{meant}`", (Edit(key.span, meant),)),) if meant else (),
                )

    def _check_version(self) -> None:
        value = self.root.get("netspec")
        if value is not None and not (isinstance(value, Scalar) and value.value == VERSION):
            self._report(
                rules.UNKNOWN_VERSION,
                value,
                f"this netspec reads version {VERSION} of the language",
                help="a newer netspec may read it: `pip install --upgrade netspec`",
            )

    def _words(self, name: str) -> str:
        value = self.root.get(name)
        if value is None:
            return ""
        if isinstance(value, Scalar):
            return value.text.strip()
        self._report(rules.WRONG_VALUE, value, f"`{name}` is text")
        return ""

    def _entries(self, name: str) -> list[tuple[Scalar, Value]]:
        """The pairs under a key that holds a mapping."""
        return self._pairs(self.root.get(name), name)

    def _pairs(self, value: Value | None, name: str) -> list[tuple[Scalar, Value]]:
        if value is None or (isinstance(value, Scalar) and value.value is None):
            return []
        if isinstance(value, Mapping):
            return value.pairs
        self._report(rules.WRONG_STRUCTURE, value, f"`{name}` holds a mapping of names to values")
        return []

    def _variants(self) -> dict[str, Mapping]:
        found = {}
        for key, value in self._entries("variants"):
            if isinstance(value, Mapping):
                found[key.text] = value
            else:
                self._report(rules.WRONG_STRUCTURE, value, f"the variant `{key.text}` holds a mapping of variables")
        return found

    def _chosen(self, variant: str | None, variants: dict[str, Mapping]) -> dict[str, Value]:
        """The variables that the chosen variant sets. Every variant's names are checked."""
        known = [key.text for key, _ in self._entries("variables")]
        for name, values in variants.items():
            for key, _ in values.pairs:
                if key.text not in known:
                    self._report(
                        rules.UNKNOWN_VARIABLE,
                        key,
                        f"the variant `{name}` sets `{key.text}`, which is no variable of this spec",
                        help=did_you_mean(key.text, known),
                    )
        if variant is None:
            return {}
        if variant not in variants:
            help_ = did_you_mean(variant, variants) or (f"there are {one_of(variants)}" if variants else "it has no variants")
            anchor = next((key.span for key, _ in self.root.pairs if key.text == "variants"), self.source.span(0, 0))
            self._report(rules.UNKNOWN_VARIANT, anchor, f"there is no variant `{variant}`", help=help_)
            return {}
        return {key.text: value for key, value in variants[variant].pairs}

    def _read_variables(self, chosen: dict[str, Value]) -> None:
        for key, value in self._entries("variables"):
            if not _IDENTIFIER.fullmatch(key.text):
                self._report(rules.WRONG_VALUE, key, f"`{key.text}` cannot be a variable's name", help="use letters, digits and _")
                continue
            used = value if value.source is not self.source else chosen.get(key.text, value)
            try:
                self.variables[key.text] = compute(self.reader.written(used), self.variables, self.findings)
            except Refused:
                self.variables[key.text] = None

    def _warn_unused_variables(self) -> None:
        used = {name for braces in _BRACES.findall(self.source.text) for name in _IDENTIFIER.findall(braces)}
        for key, _ in self._entries("variables"):
            if key.text not in used:
                self._report(rules.UNUSED_VARIABLE, key, f"nothing uses the variable `{key.text}`")

    def _network(self) -> Chain:
        value = self.root.get("network")
        if value is not None:
            return self.reader.chain(value)
        at = self.root.pairs[0][0].span if self.root.pairs else self.source.span(0, 0)
        near = next((key for key, _ in self.root.pairs if key.text not in KEYS and nearest(key.text, ("network",))), None)
        if near is None:
            self._report(rules.MISSING_FIELD, at, "the spec needs `network`: the layers", help="as in `network: conv3-16 -> relu -> gap -> fc-10`")
        return ()

    def _leading_input(self, network: Chain) -> tuple[Call | None, Chain]:
        """`INPUT ->` at the head of the chain; with sizes, `INPUT(32x32x1)`, it stands for the key."""
        first = network[0] if network else None
        if isinstance(first, Call) and "input" in (first.word, first.stem):
            return first, network[1:]
        return None, network

    def _input(self, call: Call | None) -> Input | None:
        value = self.root.get("input")
        inline = call is not None and (call.size or call.positional or call.named)
        if value is not None:
            if call is not None and inline:
                self._report(rules.GIVEN_TWICE, call.span, "the input is given here and by the key `input`")
            return self._input_key(value)
        if call is not None and inline:
            shape = {"shape": argument for argument in (call.size, *call.positional) if argument is not None}
            return bind(Input, "the input", {**shape, **dict(call.named)}, call.span, self.variables, self.findings)
        if self.root.get("network") is not None and not any(nearest(k.text, ("input",)) for k, _ in self.root.pairs if k.text not in KEYS):
            at = call.span if call else self.root.pairs[0][0].span
            self._report(rules.MISSING_FIELD, at, "the spec needs `input`: the shape of one example", help="as in `input: 224x224x3`, channels last")
        return None

    def _input_key(self, value: Value) -> Input | None:
        if isinstance(value, Mapping) and not value.flow or (isinstance(value, Mapping) and value.get("shape") is not None):
            return self._section("input", Input)
        fields = {"shape": Argument(value=self.reader.written(value), place=Place(value))}
        return bind(Input, "the input", fields, value.span, self.variables, self.findings)

    def _section(self, name: str, model: type[Model]) -> Model | None:
        value = self.root.get(name)
        return None if value is None else self._bind(model, name, self._pairs(value, name), value.span)

    def _bind(self, model: type[Model], name: str, pairs: list[tuple[Scalar, Value]], at: Span) -> Model | None:
        fields = {
            key.text: Argument(value=self._field(value), place=Place(value), key=Place(key)) for key, value in pairs
        }
        return bind(model, name, fields, at, self.variables, self.findings)

    def _field(self, value: Value) -> Any:
        """A section's field; a mapping stays a mapping of plain values."""
        if isinstance(value, Mapping):
            return {key.text: self._field(item) for key, item in value.pairs}
        return self.reader.written(value)

    def _train(self) -> Any:
        value = self.root.get("train")
        if value is None:
            return None
        from netspec.language.train import read_train  # some thirty models, which most commands never need

        return read_train(value, self.reader, self.variables, self.findings)

    def _blocks(self) -> list[Block]:
        read = [self._block(key, value) for key, value in self._entries("blocks")]
        return [block for block in read if block is not None]

    def _block(self, key: Scalar, value: Value) -> Block | None:
        """A block's heading is written as a call, so it is read as one."""
        faults: list[Finding] = []
        chain = parse_chain(key, self.limits, faults)
        call = chain[0] if len(chain) == 1 else None
        if faults or not isinstance(call, Call) or call.width or call.stride or call.label or not isinstance(call.word, str):
            self._report(rules.BAD_BLOCK, key, f"`{key.text}` is no heading of a block", help="write `name(parameter, other=default):`")
            return None
        parameters = [self._parameter(a.value, None, a) for a in call.positional]
        parameters += [self._parameter(name, a, a) for name, a in call.named]
        names = [p.name for p in parameters if p is not None]
        for repeated in {name for name in names if names.count(name) > 1}:
            self._report(rules.BAD_BLOCK, key, f"the parameter `{repeated}` stands twice")
        return Block(
            name=call.word,
            parameters=tuple(p for p in parameters if p is not None),
            body=self.reader.chain(value),
            place=Place(key),
        )

    def _parameter(self, name: Any, default: Argument | None, at: Argument) -> Parameter | None:
        if not (isinstance(name, str) and _IDENTIFIER.fullmatch(name)):
            self._report(rules.BAD_BLOCK, at.span, "a parameter is a word, with letters, digits and _")
            return None
        if default is None:
            return Parameter(name=name)
        try:
            return Parameter(name=name, required=False, default=compute(default.value, self.variables, self.findings))
        except Refused:
            return Parameter(name=name, required=False)

    def _heads(self) -> list[Head]:
        read = [self._head(key, value) for key, value in self._entries("heads")]
        return [head for head in read if head is not None]

    def _head(self, key: Scalar, value: Value) -> Head | None:
        if not _IDENTIFIER.fullmatch(key.text) or key.text == "output":
            self._report(rules.WRONG_VALUE, key, f"`{key.text}` cannot be a head's name", help="use a word other than `output`")
            return None
        if not isinstance(value, Mapping) or value.get("network") is None:
            self._report(rules.MISSING_FIELD, key, f"the head `{key.text}` needs a `network`")
            return None
        origin, network = value.get("from"), value.get("network")
        assert network is not None
        rest = [pair for pair in value.pairs if pair[0].text not in ("from", "network")]
        settings = self._bind(_HeadSettings, f"the head {key.text}", rest, key.span)
        return Head(
            name=key.text,
            origin=origin.text if isinstance(origin, Scalar) else None,
            network=self.reader.chain(network),
            loss_weight=settings.loss_weight if settings else 1.0,
            place=Place(key),
            origin_place=Place(origin) if origin else None,
        )

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
        self._report(rules.WRONG_VALUE, item, "`allow` lists codes of warnings, such as W201", help=help_)
        return ""


class _HeadSettings(BaseModel):
    """What a head has besides its network."""

    model_config = {"strict": True, "extra": "forbid"}
    loss_weight: float = 1.0
