"""Syntax to nodes: blocks and repeats are unrolled, branches and skips wired, names given."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from netspec.diagnostics import Edit, Finding, Mend, Refused, Related, Span, rules
from netspec.graph.draft import Draft, Draftsman
from netspec.graph.node import INPUT
from netspec.graph.scope import Scope, Tagged
from netspec.graph.shortcut import automatic, padded
from netspec.graph.vocabulary import FROM, meant_name
from netspec.language.binding import Variables, bind, compute, fields_of
from netspec.language.limits import Limits
from netspec.language.nearest import did_you_mean, nearest
from netspec.language.spec import Block, Spec
from netspec.language.syntax import (
    Argument,
    Call,
    Chain,
    Element,
    Expression,
    Group,
    Hole,
    Join,
    Label,
    Residual,
    Written,
)
from netspec.language.yaml12 import Unreadable
from netspec.layers import KINDS
from netspec.layers.base import Layer

UNKNOWN = -2
"""Stands for a value about which a finding already speaks."""


class Expander:
    """Walks the syntax of one spec and adds a node for every layer."""

    def __init__(self, spec: Spec, plan: Draftsman, limits: Limits, findings: list[Finding]) -> None:
        self.spec = spec
        self.plan = plan
        self.limits = limits
        self.findings = findings
        self.visited = 0
        self.depth = 0
        self.active: list[str] = []
        self.called: set[str] = set()
        self.labels: dict[int, Label] = {}
        self.used: set[int] = set()
        self.finals: dict[str, Tagged] = {}
        self.layers: dict[int, tuple[Layer | None, dict[str, Argument]]] = {}

    # -- chains and elements ---------------------------------------------------------------------------------------

    def chain(self, chain: Chain, value: int, scope: Scope) -> int:
        """Run a chain from a value; gives the value at its end."""
        for element in chain:
            value = self.element(element, value, scope)
        return value

    def element(self, element: Element, value: int, scope: Scope) -> int:
        self._count(element)
        match element:
            case Call():
                return self._call(element, value, scope)
            case Group():
                result = self._group(element, value, scope)
            case Residual():
                result = self._residual(element, value, scope)
            case Join():
                result = self._join(element, value, scope)
            case Hole():
                return self._unknown(element.span)
        self._tag(element.label, result, scope)
        return result

    def _count(self, element: Element) -> None:
        self.visited += 1
        if self.visited > self.limits.layers:
            raise Unreadable(self._too_many(element))

    def _too_many(self, element: Element) -> Finding:
        return Finding.at(
            rules.LIMIT_EXCEEDED,
            element.span,
            f"the network unrolls to more than {self.limits.layers:,} layers",
            help="raise it with `--limit layers=N` if this is meant",
        )

    @contextmanager
    def _deeper(self, element: Element) -> Iterator[None]:
        self.depth += 1
        if self.depth > self.limits.depth:
            message = f"blocks and repeats are nested deeper than {self.limits.depth} levels"
            raise Unreadable(Finding.at(rules.LIMIT_EXCEEDED, element.span, message))
        yield
        self.depth -= 1

    def _group(self, group: Group, value: int, scope: Scope) -> int:
        count = self._repeat_count(group, scope)
        if count > self.limits.layers:
            raise Unreadable(self._too_many(group))
        with self._deeper(group):
            if count == 1:
                return self.chain(group.body, value, scope)
            for i in range(count):
                self._count(group)
                value = self.chain(group.body, value, scope.repeated(i + 1))
        return value

    def _repeat_count(self, group: Group, scope: Scope) -> int:
        span = group.count.span if isinstance(group.count, Expression) else group.span
        try:
            count = compute(group.count, scope.variables, self.findings)
        except Refused:
            return 1
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            return count
        self.findings.append(Finding.at(rules.BAD_REPEAT, span, f"a repeat's count is a whole number from 0, not {count}"))
        return 1

    def _residual(self, residual: Residual, value: int, scope: Scope) -> int:
        first = len(self.plan.drafts)
        with self._deeper(residual):
            body = self.chain(residual.body, value, scope)
            shortcut = self._shortcut(residual, value, body, first, scope)
        name = self._label_name(residual.label, scope) or scope.name("add")
        return self._merge("add", (body, shortcut), name, residual, residual.label)

    def _shortcut(self, residual: Residual, value: int, body: int, first: int, scope: Scope) -> int:
        match residual.shortcut:
            case "identity":
                return value
            case "auto" | "pad" as way:
                start, end = self._shape(value), self._shape(body)
                if start is None or end is None or start == end:
                    return value if start == end else UNKNOWN
                normed = any(d.layer is not None and d.layer.cancels_bias for d in self.plan.drafts[first:])
                try:
                    layers = automatic(start, end, normed=normed) if way == "auto" else padded(start, end)
                except Refused as refused:
                    self.findings.append(self._fault_at(refused, residual.span))
                    return UNKNOWN
                return self._place_all(layers, value, self._inner(scope, "shortcut"), residual.span)
            case chain:
                return self.chain(chain, value, self._inner(scope, "shortcut"))

    def _place_all(self, layers: tuple[Layer, ...], value: int, scope: Scope, span: Span) -> int:
        for layer in layers:
            value = self.plan.add(Draft(scope.name(layer.name), layer, (value,), None, span))
        return value

    def _join(self, join: Join, value: int, scope: Scope) -> int:
        with self._deeper(join):
            ends = tuple(self.chain(branch, value, self._inner(scope, "branch")) for branch in join.branches)
        name = self._label_name(join.label, scope) or scope.name(join.merge)
        return self._merge(join.merge, ends, name, join, join.label)

    def _merge(self, kind: str, inputs: tuple[int, ...], name: str, element: Residual | Join, label: Label | None) -> int:
        if UNKNOWN in inputs:
            return self._unknown(element.span)
        tag = label.text if label and not label.final and isinstance(label.text, str) else None
        return self.plan.add(Draft(name, KINDS[kind](), inputs, None, element.span, tag=tag))

    def _inner(self, scope: Scope, kind: str) -> Scope:
        return scope.inner(scope.name(kind), scope.variables)

    def _shape(self, value: int) -> Any:
        return None if value == UNKNOWN else self.plan.shape_of(value)

    def _unknown(self, span: Span) -> int:
        """A value without a shape, behind something that could not be read."""
        self.plan.drafts.append(Draft("", None, (), None, span))
        return len(self.plan.drafts) - 1

    # -- calls -----------------------------------------------------------------------------------------------------

    def _call(self, call: Call, value: int, scope: Scope) -> int:
        read = self._read_word(call, scope)
        if read is None:
            return self._unknown(call.span)
        name, call = read
        if name == FROM:
            return self._from(call, value, scope)
        if name in self.spec.blocks:
            return self._block(self.spec.blocks[name], call, value, scope)
        return self._layer(name, call, value, scope)

    def _read_word(self, call: Call, scope: Scope) -> tuple[str, Call] | None:
        """The name that the call's word means, and the call with its size left out where the name holds it."""
        word = call.word
        if isinstance(word, Expression):
            try:
                computed = compute(word, scope.variables, self.findings)
            except Refused:
                return None
            word = str(computed).casefold()
        if word in self.spec.blocks or word in KINDS or word == FROM:
            return word, replace(call, size=None) if call.size is not None else call
        if call.stem in KINDS:
            return call.stem, call
        typed, meant, help_ = meant_name(call.stem, word, self.spec.blocks)
        self.findings.append(_unknown_name(call, typed, meant, help_))
        # Reading goes on with what was probably meant, so that the faults behind it are found in the same run.
        return (meant, replace(call, size=None) if typed == word else call) if meant in KINDS else None

    def _from(self, call: Call, value: int, scope: Scope) -> int:
        tags = [argument for argument in call.positional] + [a for key, a in call.named if key == "tag"]
        if len(tags) != 1 or len(call.positional) + len(call.named) != 1:
            self.findings.append(Finding.at(rules.MISSING_FIELD, call.span, "from takes one tag, as in `from(skip)`"))
            return self._unknown(call.span)
        found = self._find(tags[0].value, tags[0].span, scope)
        if found == UNKNOWN:
            return self._unknown(call.span)
        self._tag(call.label, found, scope)
        return found

    def _layer(self, name: str, call: Call, value: int, scope: Scope) -> int:
        kind = KINDS[name]
        wired = [argument for key, argument in call.named if key in ("share", "with")]
        layer, arguments = self._bound(kind, call, scope)
        inputs = self._inputs(kind, call, value, scope)
        if UNKNOWN in inputs:
            layer = None
        automatic = scope.name(name)
        draft = Draft(
            self._label_name(call.label, scope) or automatic,
            layer,
            tuple(i for i in inputs if i != UNKNOWN),
            None,
            call.span,
            call,
            arguments,
            self._shared(call, scope) if wired else None,
            call.label.text if call.label and not call.label.final and isinstance(call.label.text, str) else None,
        )
        index = self.plan.add(draft)
        self._tag(call.label, index, scope)
        return index

    def _bound(self, kind: type[Layer], call: Call, scope: Scope) -> tuple[Layer | None, dict[str, Argument]]:
        """The layer of a call. A call without expressions is bound once, however often a repeat visits it."""
        known = self.layers.get(id(call))
        if known is not None:
            return known
        plain = _layer_arguments(kind, call)
        arguments = fields_of(plain, kind.name, kind.notation, kind.model_fields, self.findings)
        at = (call.head or call.place).span if not call.named else call.span
        layer = bind(kind, kind.name, arguments, at, scope.variables, self.findings)
        if not any(_computed(argument.value) for argument in arguments.values()):
            self.layers[id(call)] = layer, arguments
        return layer, arguments

    def _inputs(self, kind: type[Layer], call: Call, value: int, scope: Scope) -> tuple[int, ...]:
        if not kind.merges:
            return (value,)
        tags = [*call.positional, *(argument for key, argument in call.named if key == "with")]
        if not tags:
            message = f"{kind.name} needs what to merge with: a tag, as in `{kind.name}(skip)`, or a list of branches"
            self.findings.append(Finding.at(rules.MISSING_FIELD, call.span, message))
            return value, UNKNOWN
        found = [self._find(item, tag.span, scope) for tag in tags for item in _items(tag.value)]
        return value, *found

    def _shared(self, call: Call, scope: Scope) -> int | None:
        argument = next((a for key, a in call.named if key == "share"), None)
        if argument is None:
            return None
        found = self._find(argument.value, argument.span, scope)
        if found < 0:
            return None
        owner = self.plan.drafts[found]
        return owner.shares if owner.shares is not None else found

    # -- blocks ----------------------------------------------------------------------------------------------------

    def _block(self, block: Block, call: Call, value: int, scope: Scope) -> int:
        self.called.add(block.name)
        if block.name in self.active:
            path = " -> ".join([*self.active[self.active.index(block.name) :], block.name])
            self.findings.append(
                Finding.at(
                    rules.RECURSIVE_BLOCK,
                    call.span,
                    f"the block `{block.name}` calls itself: {path}",
                    related=(Related(block.place.span, f"`{block.name}` is defined here"),),
                )
            )
            return self._unknown(call.span)
        variables = self._block_variables(block, call, scope)
        if variables is None:
            return self._unknown(call.span)
        automatic = scope.name(block.name)
        inner = scope.inner(self._label_name(call.label, scope) or automatic, variables)
        self.active.append(block.name)
        with self._deeper(call):
            value = self.chain(block.body, value, inner)
        self.active.pop()
        self._tag(call.label, value, scope)
        return value

    def _block_variables(self, block: Block, call: Call, scope: Scope) -> Variables | None:
        names = tuple(p.name for p in block.parameters)
        faults = len(self.findings)
        title = f"the block `{block.name}`"
        given = fields_of(call, title, _Parameters(names), names, self.findings)
        missing = [p.name for p in block.parameters if p.required and p.name not in given]
        if missing and len(self.findings) == faults:
            wants = ", ".join(p.name if p.required else f"{p.name}=..." for p in block.parameters)
            self.findings.append(
                Finding.at(
                    rules.MISSING_FIELD,
                    call.span,
                    f"{title} needs `{missing[0]}`",
                    help=f"it is `{block.name}({wants})`",
                    related=(Related(block.place.span, "defined here"),),
                )
            )
        values = dict(self.spec.variables) | {p.name: p.default for p in block.parameters}
        for name, argument in given.items():
            try:
                values[name] = compute(argument.value, scope.variables, self.findings)
            except Refused:
                return None
        return values if len(self.findings) == faults else None

    # -- tags ------------------------------------------------------------------------------------------------------

    def _label_text(self, label: Label, scope: Scope) -> str | None:
        try:
            return str(compute(label.text, scope.variables, self.findings))
        except Refused:
            return None

    def _label_name(self, label: Label | None, scope: Scope) -> str | None:
        if label is None or (text := self._label_text(label, scope)) is None:
            return None
        return text if label.final else scope.labelled(text)

    def _tag(self, label: Label | None, value: int, scope: Scope) -> None:
        if label is None or (text := self._label_text(label, scope)) is None:
            return
        self.labels[id(label)] = label
        first = self.finals.get(text) if label.final else scope.tags.get(text)
        if text == "input" or first is not None:
            message = f"the tag `{text}` stands for the network's input" if first is None else f"the tag `{text}` stands twice"
            related = (Related(first.label.span, "first here"),) if first else ()
            if first is None or first.label is not label:
                self.findings.append(Finding.at(rules.DUPLICATE_NAME, label.span, message, related=related))
        elif label.final:
            self.finals[text] = Tagged(value, label)
        else:
            scope.tags[text] = Tagged(value, label)

    def find(self, tag: Argument, scope: Scope) -> int:
        """The value that a tag names, for a head's `from:`."""
        return self._find(tag.value, tag.span, scope)

    def _find(self, written: Written, span: Span, scope: Scope) -> int:
        """The value that a tag names, or UNKNOWN after a finding."""
        try:
            tag = compute(written, scope.variables, self.findings)
        except Refused:
            return UNKNOWN
        if tag == "input":
            return INPUT
        found = self.finals.get(str(tag)) or scope.find(str(tag))
        if found is not None:
            self.used.add(id(found.label))
            return found.index
        self.findings.append(self._unknown_tag(str(tag), span, scope))
        return UNKNOWN

    def _unknown_tag(self, tag: str, span: Span, scope: Scope) -> Finding:
        tags = [*scope.visible(), *self.finals, "input"]
        hidden = next((label for label in self.labels.values() if label.text == tag), None)
        meant = nearest(tag, tags)
        notes = ("a tag inside a block, a branch or a repeat is seen only there",) if hidden else ()
        return Finding.at(
            rules.UNKNOWN_TAG,
            span,
            f"no value above this point has the tag `{tag}`",
            help=did_you_mean(tag, tags) or ("" if hidden else "name the value by `@` where it is computed"),
            notes=notes,
            related=(Related(hidden.span, "a tag of this name"),) if hidden else (),
            mends=(Mend(f"write `{meant}`", (Edit(span, meant),)),) if meant else (),
        )

    def _fault_at(self, refused: Refused, span: Span) -> Finding:
        fault = refused.fault
        return Finding.at(fault.rule, span, fault.message, label=fault.label, notes=fault.notes, help=fault.help)


def _unknown_name(call: Call, typed: str, meant: str, help_: str) -> Finding:
    span = (call.head or call.place).span
    edit = Edit(span.source.span(span.start, span.start + len(typed)), meant)
    return Finding.at(
        rules.UNKNOWN_NAME,
        span,
        f"there is no layer or block `{typed}`",
        help=help_,
        mends=(Mend(f"write `{meant}`", (edit,)),) if meant and isinstance(call.word, str) else (),
    )


class _Parameters:
    """The notation of a block: all its parameters by position."""

    size = width = stride = None

    def __init__(self, names: tuple[str, ...]) -> None:
        self.positional = names


def _layer_arguments(kind: type[Layer], call: Call) -> Call:
    """The call without what wires it: `share`, and the tags of a merge."""
    wires = ("share", "with") if kind.merges else ("share",)
    named = tuple(pair for pair in call.named if pair[0] not in wires)
    if named == call.named and not kind.merges:
        return call
    return replace(call, named=named, positional=() if kind.merges else call.positional)


def _computed(value: Written) -> bool:
    return isinstance(value, Expression) or (isinstance(value, tuple) and any(map(_computed, value)))


def _items(value: Written) -> tuple[Written, ...]:
    return value if isinstance(value, tuple) else (value,)
