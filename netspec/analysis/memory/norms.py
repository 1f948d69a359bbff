"""Normalization. XLA leaves sums to YNNPACK, and what YNNPACK reads is an array: hence the many whole ones."""

from collections.abc import Sequence

from netspec.analysis.memory.lowering import Backward, Lowering, Use
from netspec.analysis.memory.waves import Value


def _wide(low: Lowering) -> int:
    """Norms compute in 32 bits at least."""
    return max(4, low.program.value_bytes)


def batch_norm(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """The input, its distance from the mean and the normalized value are kept, since sums read them.

    The variance sums squares of the distance; backward, the scale's gradient sums over the normalized value and that
    of the variance over the distance; all else is computed from the input. At inference the statistics are given.
    """
    p, node, x = low.program, use.node, use.x
    size, small = x.elements * _wide(low), node.shape.channels * _wide(low)
    if not low.training:
        return Value(x.elements, x.reads), lambda _: (None,)
    means = p.operation(small, p.store(x), purpose="scratch")
    distance = p.operation(size, *x.reads, means)
    variance = p.operation(small, distance, purpose="scratch")
    scale = p.operation(small, variance, purpose="scratch")
    trained = [parameter for parameter in low.parameters(node) if parameter.trainable]
    scaled = any(parameter.role == "weight" for parameter in trained)
    normalized = p.operation(size, scale, *x.reads, means) if scaled else scale

    def backward(g: Value) -> Sequence[Value | None]:
        array = p.store(g)
        for parameter in trained:
            low.update(node, parameter, p.operation(small, normalized, array))
        to_variance = p.operation(small, distance, p.operation(size, array, scale), purpose="scratch")
        to_mean = p.operation(small, p.operation(size, array, scale), purpose="scratch")
        through = p.operation(size, to_variance, *x.reads, means)
        more = p.operation(small, through, purpose="scratch")
        return (Value(x.elements, (more, to_mean, to_variance, array, scale, means, *x.reads)),)

    return Value(x.elements, (means, scale, *x.reads)), backward


def position_norm(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """The distance from the mean and the normalized value are kept.

    Factors of a channel and of a position are laid out for every number, for the one operation that computes the
    input's gradient.
    """
    p, node, x = low.program, use.node, use.x
    size = x.elements * _wide(low)
    small = size // node.shape.channels
    factors = p.operation(size if low.training else 0, low.argument, purpose="scratch")
    distance = p.operation(size, p.store(x))
    scale = p.operation(small, distance, purpose="scratch")
    y = Value(x.elements, (distance, scale))
    if not low.training:
        return y, lambda _: (None,)
    spread = p.operation(size, scale, purpose="scratch")
    normalized = p.operation(size, distance, scale)

    def backward(g: Value) -> Sequence[Value | None]:
        array = p.store(g)
        for parameter in low.parameters(node):
            low.update(node, parameter, p.operation(0, normalized, array))
        return (p.stored(x.elements, distance, spread, factors, scale, array),)

    return y, backward


def neighbours(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """Squares, their sums over neighbouring channels, and the power, which is dear and so kept beside the sums."""
    p, x = low.program, use.x
    size = x.elements * p.value_bytes
    squares = p.operation(size, *x.reads, in_place=not low.training)
    sums = p.operation(size, squares)
    powers = p.operation(size, sums, in_place=True) if low.training else sums

    def backward(g: Value) -> Sequence[Value | None]:
        p.store(g)
        part = p.operation(size, sums, *g.reads, *x.reads)
        return (p.formula(x.elements, p.operation(size, part), g, powers, x),)

    return p.formula(x.elements, x, powers), backward
