"""Layers that make many numbers one: pooling, means, maxima."""

from collections.abc import Sequence
from math import prod
from typing import Any

from netspec.analysis.memory.lowering import Backward, Lowering, Use
from netspec.analysis.memory.waves import Array, Value
from netspec.analysis.settings import TOKEN_BYTES
from netspec.layers.window import axes


def largest_of_windows(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """Max pooling. Its gradient is scattered to the winners, which a second pooling finds beforehand.

    That second pooling carries an index map for each axis, batch and channels included, each as large as the
    padded input (XLA's SelectAndScatterExpander). The scatter starts from zeros, or from the gradient that another
    reader of the input has passed back.
    """
    p, node, x = low.program, use.node, use.x
    out = low.count(node.index)
    y = p.stored(out, p.store(x))
    if not low.passes_on(node):
        return y, lambda _: (None,)
    padded = _padded(low, use)
    shared = padded == x.elements and low.graph.consumers[node.inputs[0]][-1] > node.index
    indices = _winners(low, use, padded)
    zeros = None if shared else p.operation(padded * p.value_bytes, low.argument, purpose="scratch")

    def backward(g: Value) -> Sequence[Value | None]:
        copy = p.operation(out * p.value_bytes, *g.reads)
        other = low.gradient(node.inputs[0]) if shared else None
        onto = p.store(other) if other else zeros or low.argument
        spread = p.operation(padded * p.value_bytes, onto, indices, copy, in_place=True)
        return (Value(x.elements, (spread,), spread if padded == x.elements else None),)

    return y, backward


def _padded(low: Lowering, use: Use) -> int:
    """Numbers in the input with the padding that its windows reach, for the whole batch."""
    f: Any = use.node.layer
    shape = use.node.input_shapes[0]
    found = axes(
        shape,
        use.node.kind,
        kernel=f.kernel,
        stride=f.stride,
        padding=f.padding,
        dilation=f.dilation,
        ceil=f.ceil,
    )
    sizes = (max(a.size + a.low + a.high, (a.out - 1) * a.stride + a.extent) for a in found)
    return low.batch * prod(sizes) * shape.channels


def _winners(low: Lowering, use: Use, padded: int) -> Array:
    """The place of each window's winner, an index for each axis."""
    p, out = low.program, low.count(use.node.index)
    rank = len(low.sizes(use.node.index))
    maps = [p.operation(padded * TOKEN_BYTES, purpose="scratch") for _ in range(rank)]
    source = p.store(use.x)
    if padded != use.x.elements:
        source = p.operation(padded * p.value_bytes, *use.x.reads)
    places = [p.operation(out * TOKEN_BYTES, source, *maps, purpose="scratch") for _ in range(rank)]
    p.operation(out * p.value_bytes, source, *maps, purpose="scratch")
    return p.operation(out * rank * TOKEN_BYTES, *places)


def sum_of_windows(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """A sum over windows, times a factor; its gradient is a sum over windows again."""
    p, node, x = low.program, use.node, use.x
    sums = p.stored(low.count(node.index), p.store(x))

    def backward(g: Value) -> Sequence[Value | None]:
        array = p.store(Value(g.elements, g.reads))
        for parameter in low.parameters(node):
            low.update(node, parameter, p.operation(0, array, *sums.reads))
        return (p.stored(x.elements, array),)

    return Value(sums.elements, sums.reads), backward


def mean(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """A mean over positions; its gradient is spread by whoever reads it."""
    p, x = low.program, use.x
    y = p.stored(low.count(use.node.index), p.store(x))
    return y, lambda g: (Value(x.elements, g.reads),)


def largest(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """A maximum; its gradient is divided among the inputs that equal it, which are marked and counted."""
    p, x = low.program, use.x
    y = p.stored(low.count(use.node.index), p.store(x))
    if not low.training:
        return y, lambda _: (None,)
    marks = p.operation(x.elements * p.value_bytes, *x.reads, *y.reads)

    def backward(g: Value) -> Sequence[Value | None]:
        return (p.formula(x.elements, g, x, *y.reads, p.operation(0, marks)),)

    return y, backward
