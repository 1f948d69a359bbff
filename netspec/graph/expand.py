"""Syntax to nodes: blocks and repeats are unrolled, branches and skips wired, names given."""

from collections.abc import Iterator
from contextlib import contextmanager

from netspec.diagnostics import Finding, Refused, Related, Span, rules
from netspec.graph.calls import SHARE, WITH, Calls, items, wires
from netspec.graph.draft import Draft, Draftsman
from netspec.graph.node import INPUT
from netspec.graph.scope import Scope
from netspec.graph.shortcut import automatic, padded
from netspec.graph.tags import UNKNOWN, Tags
from netspec.graph.vocabulary import FROM
from netspec.language.binding import compute, finding_of
from netspec.language.limits import Limits
from netspec.language.spec import Block, Spec
from netspec.language.syntax import Call, Chain, Element, Expression, Group, Hole, Join, Label, Residual
from netspec.language.writing import argument
from netspec.language.yaml12 import Unreadable
from netspec.layers import KINDS
from netspec.layers.base import Layer


class Expander:
    """Walks the syntax of one spec and adds a node for every layer. Values are indices of nodes."""

    def __init__(self, spec: Spec, plan: Draftsman, limits: Limits, findings: list[Finding]) -> None:
        self.spec = spec
        self.plan = plan
        self.limits = limits
        self.findings = findings
        self.calls = Calls(spec, findings)
        self.tags = Tags(findings)
        self.visited = 0
        self.depth = 0
        self.called: set[str] = set()

    def chain(self, chain: Chain, value: int, scope: Scope) -> int:
        """Run a chain from a value; gives the value at its end."""
        for element in chain:
            self._count(element)
            match element:
                case Call():
                    value = self._call(element, value, scope)
                case Group():
                    value = self._group(element, value, scope)
                case Residual():
                    value = self._residual(element, value, scope)
                case Join():
                    value = self._join(element, value, scope)
                case Hole():
                    value = self._unknown(element.span)
        return value

    def rehearse(self, chain: Chain, scope: Scope, *, lenient: bool) -> None:
        """Check a chain that is run nowhere (a repeat of 0, a block that nothing calls): names and fields, no shapes.

        With `lenient` unknown tags are no fault.
        """
        first, tags = len(self.plan.drafts), self.tags
        self.tags = tags.rehearsal(lenient=lenient)
        place = chain[0].span if chain else self.spec.text.span(0, 0)
        self.chain(chain, self._shapeless(place), scope.inner(f"{scope.prefix}~", scope.variables))
        self.tags = tags
        self.plan.forget(first)

    # Limits

    def _count(self, element: Element) -> None:
        self.visited += 1
        if self.visited > self.limits.layers:
            raise self._too_many(element)

    def _too_many(self, element: Element) -> Unreadable:
        message = f"the network unrolls to more than {self.limits.layers:,} layers"
        help_ = "raise it with `--limit layers=N` if this is meant"
        return Unreadable(Finding.at(rules.LIMIT_EXCEEDED, element.span, message, help=help_))

    @contextmanager
    def _deeper(self, element: Element) -> Iterator[None]:
        self.depth += 1
        if self.depth > self.limits.depth:
            message = f"blocks and repeats are nested deeper than {self.limits.depth} levels"
            raise Unreadable(Finding.at(rules.LIMIT_EXCEEDED, element.span, message))
        yield
        self.depth -= 1

    # Repeats, residuals, branches

    def _group(self, group: Group, value: int, scope: Scope) -> int:
        count = self._repeat_count(group, scope)
        if count > self.limits.layers:
            raise self._too_many(group)
        with self._deeper(group):
            if count == 0:
                self.rehearse(group.body, scope, lenient=self.tags.lenient)
            for i in range(count):
                self._count(group)
                value = self.chain(group.body, value, scope if count == 1 else scope.repeated(i + 1))
        self.tags.put(group.label, value, scope)
        return value

    def _repeat_count(self, group: Group, scope: Scope) -> int:
        """How often a group is run; once after a finding."""
        try:
            count = compute(group.count, scope.variables, self.findings)
        except Refused:
            return 1
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            return count
        span = group.count.span if isinstance(group.count, Expression) else group.span
        self.findings.append(
            Finding.at(
                rules.BAD_REPEAT, span, f"a repeat's count is a whole number from 0, not {argument(count)}"
            )
        )
        return 1

    def _residual(self, residual: Residual, value: int, scope: Scope) -> int:
        first = len(self.plan.drafts)
        with self._deeper(residual):
            body = self.chain(residual.body, value, scope)
            normed = any(draft.layer and draft.layer.cancels_bias for draft in self.plan.drafts[first:])
            shortcut = self._shortcut(residual, value, body, scope, normed=normed)
        return self._merge("add", (body, shortcut), residual, scope)

    def _shortcut(self, residual: Residual, value: int, body: int, scope: Scope, *, normed: bool) -> int:
        way = residual.shortcut
        if way == "identity":
            return value
        if way not in ("auto", "pad"):
            assert isinstance(way, tuple)
            return self.chain(way, value, self._inner(scope, "shortcut"))
        start, end = self.plan.shape_of(value), self.plan.shape_of(body)
        if start is None or end is None or start == end:
            return value if start == end else UNKNOWN
        try:
            layers = automatic(start, end, normed=normed) if way == "auto" else padded(start, end)
        except Refused as refused:
            self.findings.append(finding_of(refused.fault, residual.span))
            return UNKNOWN
        return self._run(layers, value, self._inner(scope, "shortcut"), residual.span)

    def _run(self, layers: tuple[Layer, ...], value: int, scope: Scope, span: Span) -> int:
        for layer in layers:
            value = self.plan.add(Draft(scope.name(layer.name), layer, (value,), None, span))
        return value

    def _join(self, join: Join, value: int, scope: Scope) -> int:
        with self._deeper(join):
            ends = tuple(self.chain(branch, value, self._inner(scope, "branch")) for branch in join.branches)
        return self._merge(join.merge, ends, join, scope)

    def _merge(self, kind: str, inputs: tuple[int, ...], element: Residual | Join, scope: Scope) -> int:
        automatic_name = scope.name(kind)
        if UNKNOWN in inputs:
            value = self._shapeless(element.span)
        else:
            name = self.tags.name(element.label, scope) or automatic_name
            value = self.plan.add(
                Draft(name, KINDS[kind](), inputs, None, element.span, tag=_tag(element.label))
            )
        self.tags.put(element.label, value, scope)
        return value

    def _inner(self, scope: Scope, kind: str) -> Scope:
        return scope.inner(scope.name(kind), scope.variables)

    def _shapeless(self, span: Span) -> int:
        """A value whose shape is not known, so that nothing is said of shapes behind it."""
        self.plan.drafts.append(Draft("", None, (), None, span))
        return len(self.plan.drafts) - 1

    def _unknown(self, span: Span) -> int:
        """A value without a shape, behind something that could not be read and may have set or used tags."""
        self.tags.hear(span.text)
        return self._shapeless(span)

    # Calls

    def _call(self, call: Call, value: int, scope: Scope) -> int:
        read = self.calls.read_word(call, scope)
        if read is None:
            return self._unread(call, scope)
        name, plain = read
        if name == FROM:
            return self._from(plain, scope)
        if name in self.spec.unread_blocks:
            return self._unread(call, scope)
        if name in self.spec.blocks:
            return self._block(self.spec.blocks[name], plain, value, scope)
        return self._layer(KINDS[name], plain, call, value, scope)

    def _unread(self, call: Call, scope: Scope) -> int:
        """A value that is not known, whose tag is a tag all the same."""
        value = self._unknown(call.span)
        self.tags.put(call.label, value, scope)
        return value

    def _from(self, call: Call, scope: Scope) -> int:
        tags = [*call.positional, *wires(call, "tag")]
        if len(tags) != 1 or len(call.positional) + len(call.named) != 1:
            self.findings.append(
                Finding.at(rules.MISSING_FIELD, call.span, "from takes one tag, as in `from(skip)`")
            )
            return self._unknown(call.span)
        value = self.tags.find(tags[0].value, tags[0].span, scope)
        if value == UNKNOWN:
            return self._unknown(call.span)
        self.tags.put(call.label, value, scope)
        return value

    def _layer(self, kind: type[Layer], call: Call, written: Call, value: int, scope: Scope) -> int:
        faults = len(self.findings)
        layer, arguments = self.calls.layer(kind, call, written, scope)
        if len(self.findings) > faults:
            self.tags.hear(call.span.text)
        inputs = self._inputs(kind, call, value, scope)
        automatic_name = scope.name(kind.name)
        draft = Draft(
            name=self.tags.name(call.label, scope) or automatic_name,
            layer=None if UNKNOWN in inputs else layer,
            inputs=tuple(i for i in inputs if i != UNKNOWN),
            shape=None,
            span=call.span,
            call=call,
            arguments=arguments,
            shares=self._shared(call, scope),
            tag=_tag(call.label),
        )
        index = self.plan.add(draft)
        self.tags.put(call.label, index, scope)
        return index

    def _inputs(self, kind: type[Layer], call: Call, value: int, scope: Scope) -> tuple[int, ...]:
        if not kind.merges:
            return (value,)
        tags = [*call.positional, *wires(call, WITH)]
        if not tags:
            message = f"{kind.name} needs what to merge with: a tag, as in `{kind.name}(skip)`, or a list of branches"
            self.findings.append(Finding.at(rules.MISSING_FIELD, call.span, message))
            return value, UNKNOWN
        return value, *(self.tags.find(item, tag.span, scope) for tag in tags for item in items(tag.value))

    def _shared(self, call: Call, scope: Scope) -> int | None:
        """The node whose parameters a layer reuses: the owner, through any chain of sharing."""
        for tag in wires(call, SHARE):
            found = self.tags.find(tag.value, tag.span, scope)
            if found == INPUT:
                message = "the network's input has no parameters to share"
                self.findings.append(Finding.at(rules.CANNOT_SHARE, call.span, message))
            if found >= 0:
                owner = self.plan.drafts[found]
                return found if owner.shares is None else owner.shares
        return None

    def _block(self, block: Block, call: Call, value: int, scope: Scope) -> int:
        self.called.add(block.name)
        if block.name in self.tags.calls:
            self._report_recursion(block, call)
            return self._unknown(call.span)
        variables = self.calls.block_variables(block, call, scope)
        automatic_name = scope.name(block.name)
        inner = scope.inner(self.tags.name(call.label, scope) or automatic_name, variables)
        self.tags.calls[block.name] = call.span
        with self._deeper(call):
            value = self.chain(block.body, value, inner)
        del self.tags.calls[block.name]
        self.tags.put(call.label, value, scope)
        return value

    def _report_recursion(self, block: Block, call: Call) -> None:
        active = list(self.tags.calls)
        path = " -> ".join([*active[active.index(block.name) :], block.name])
        message = f"the block `{block.name}` calls itself: {path}"
        related = (Related(block.place.span, f"`{block.name}` is defined here"),)
        self.findings.append(Finding.at(rules.RECURSIVE_BLOCK, call.span, message, related=related))


def _tag(label: Label | None) -> str | None:
    return label.text if label and not label.final and isinstance(label.text, str) else None
