"""Warnings and notes about a whole spec: what is never used, what reads oddly, how it stands to the lectures."""

from collections.abc import Iterator
from typing import Final

from netspec.diagnostics import Finding, Span, rules
from netspec.graph.expand import Expander
from netspec.graph.lecture import GRAMMAR, Beyond, Instance
from netspec.graph.node import Graph
from netspec.language.spec import Block, Spec
from netspec.language.variables import names_in, unused_variables
from netspec.language.yaml12 import Mapping, Scalar, Value
from netspec.layers.base import dims

_USUAL_CONVOLUTIONS: Final = 3
_USUAL_HIDDEN: Final = 2
_COLOURS: Final = (1, 3, 4)


def unused(spec: Spec, expander: Expander) -> Iterator[Finding]:
    """Tags, variables and blocks that nothing uses."""
    for label in expander.tags.unused():
        tag = label.span.text.lstrip("@")
        yield Finding.at(rules.UNUSED_TAG, label.span, f"nothing uses the tag `{tag}`")
    yield from unused_variables(spec.tree)
    for block in spec.blocks.values():
        if block.name not in expander.called:
            yield Finding.at(rules.UNUSED_BLOCK, block.place.span, f"nothing calls the block `{block.name}`")
        yield from _unused_parameters(spec, block)


def _unused_parameters(spec: Spec, block: Block) -> Iterator[Finding]:
    """Parameters that the block's body does not name: left over, or misspelt where a variable has the right name."""
    blocks = spec.tree.get("blocks")
    body = next((body for key, body in _pairs(blocks) if key.span == block.place.span), None)
    used = names_in(body) if body else set()
    for parameter in block.parameters:
        if body and parameter.name not in used:
            message = f"the block `{block.name}` does not use its parameter `{parameter.name}`"
            yield Finding.at(rules.UNUSED_VARIABLE, block.place.span, message)


def _pairs(value: Value | None) -> list[tuple[Scalar, Value]]:
    return value.pairs if isinstance(value, Mapping) else []


def odd_input(spec: Spec) -> Iterator[Finding]:
    """An input whose sizes look as if they stood in another order."""
    shape = spec.input.shape if spec.input and spec.input.tokens is None else ()
    span = _span_of_shape(spec)
    if span is None or len(shape) < 2:
        return
    first, *rest = shape
    if len(shape) == 2 and first == rest[0] and first > 1:
        message = f"{dims(shape)} is read as 1-D: {first} positions of {first} channels"
        yield Finding.at(
            rules.SUSPICIOUS_INPUT, span, message, help=f"an image is {dims(shape)}x1 or {dims(shape)}x3"
        )
    elif len(shape) == 3 and first in _COLOURS and min(rest) >= 8 * first and rest[0] == rest[1]:
        message = f"{dims(shape)} is read as {first} rows of {rest[0]} columns with {rest[1]} channels"
        yield Finding.at(
            rules.SUSPICIOUS_INPUT, span, message, help=f"channels stand last: {dims((*rest, first))}"
        )


def _span_of_shape(spec: Spec) -> Span | None:
    value = spec.tree.get("input")
    shape = value.get("shape") if isinstance(value, Mapping) else None
    found = shape or value
    return found.span if found else None


def never_used(graph: Graph) -> Iterator[Finding]:
    """Values that are computed and then lost: no node reads them and they are no output."""
    given = {output.index for output in graph.outputs}
    for node, readers in zip(graph, graph.consumers, strict=True):
        if not readers and node.index not in given and node.span is not None:
            yield Finding.at(rules.VALUE_NEVER_USED, node.span, f"the value of `{node.name}` is never used")


def stuck_loss(spec: Spec, graph: Graph) -> Iterator[Finding]:
    """A softmax or sigmoid at the end whose values the loss takes for those before it."""
    loss = spec.train.loss if spec.train else None
    for output in graph.outputs:
        node = graph.nodes[output.index]
        if loss is None or not output.loss_weight or node.kind not in loss.stuck_after or node.span is None:
            continue
        message = f"`{loss.name}` takes values without bounds, and those of `{node.name}` lie between 0 and 1: the loss stays high"
        yield Finding.at(rules.LOSS_AFTER_SQUASHING, node.span, message, help=_OF_LAST[node.kind])


_OF_LAST: Final = {
    "softmax": "leave it out, or take `loss: cross_entropy`, which has it at the end",
    "sigmoid": "leave it out, or take `loss: binary_cross_entropy`, which has it at the end",
}


def about_grammar(result: Instance | Beyond, start: Span, *, strict: bool) -> Iterator[Finding]:
    """How the network stands to the lectures' grammar, with their "usually"."""
    if isinstance(result, Beyond):
        span = result.node.span if result.node and result.node.span else start
        message = f"the network goes beyond the lectures' grammar: {result.reason}"
        yield Finding.at(rules.BEYOND_LECTURE_GRAMMAR, span, message, notes=(GRAMMAR,), escalated=strict)
        return
    for convolutions, _, first in result.stages:
        if convolutions > _USUAL_CONVOLUTIONS and first.span:
            message = f"N = {convolutions} convolutions in one stage; usually N <= {_USUAL_CONVOLUTIONS}"
            yield Finding.at(rules.MANY_CONVOLUTIONS, first.span, message)
            break
    if len(result.hidden) > _USUAL_HIDDEN and result.hidden[0].span:
        message = f"K = {len(result.hidden)} fully connected layers before the last; usually K < {_USUAL_HIDDEN + 1}"
        yield Finding.at(rules.MANY_FULLY_CONNECTED, result.hidden[0].span, message)
