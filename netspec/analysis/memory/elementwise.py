"""Layers that compute number by number, and those that merge or move numbers."""

from collections.abc import Sequence
from typing import Final

from netspec.analysis.memory.lowering import Backward, Lowering, Use
from netspec.analysis.memory.waves import Array, Value
from netspec.analysis.settings import TOKEN_BYTES

KEY_WAVES: Final = 5
"""Waves in which JAX derives a layer's own random key from that of the step (threefry's fold_in)."""


def view(low: Lowering, use: Use) -> tuple[Value, Backward]:  # noqa: ARG001  a rule like the others
    """The same numbers under another shape: nothing is stored."""
    return use.x, lambda g: (g,)


def pointwise(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """Whoever reads the value computes it, but for results that are too dear to compute twice."""
    p, x, keeps = low.program, use.x, use.keeps
    if not low.training:
        return Value(x.elements, x.reads, joint=keeps.inner > 0), lambda _: (None,)
    dear: list[Array] = []
    for _ in range(keeps.inner):
        dear.append(p.operation(x.elements * p.value_bytes, *x.reads, *dear))
    read = (x,) if keeps.reads_input else ()
    y = p.formula(x.elements, *read, *dear) if read else Value(x.elements, (dear[-1],), dear[-1])

    def backward(g: Value) -> Sequence[Value | None]:
        dx = p.formula(x.elements, g, *read, *dear)
        # A last multiplication by a constant has one whole operand, and each reader repeats it.
        dx.joint &= not keeps.scaled
        return (dx,)

    return y, backward


def factor(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """A trained factor a channel; its gradient is a sum over products, which reads both as arrays."""
    p, node, x = low.program, use.node, use.x

    def backward(g: Value) -> Sequence[Value | None]:
        summed = p.operation(0, p.store(g), p.store(x))
        for parameter in low.parameters(node):
            low.update(node, parameter, summed)
        return (p.formula(x.elements, g, x) if use.keeps.reads_input else Value(x.elements, g.reads),)

    return Value(x.elements, x.reads), backward


def dropout(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """Two random integers a number. They depend on the key alone, so they are made early, and kept."""
    p, x, key = low.program, use.x, low.argument
    if not low.training:
        return x, lambda _: (None,)
    for _ in range(KEY_WAVES):
        key = p.operation(0, key)
    bits = [p.operation(x.elements * TOKEN_BYTES, key) for _ in range(2)]
    return p.formula(x.elements, x, *bits), lambda g: (p.formula(x.elements, g, *bits),)


def drop_path(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """One random number an example, which is too little to count."""
    x = use.x
    return (Value(x.elements, x.reads) if low.training else x), lambda g: (Value(x.elements, g.reads),)


def softmax(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """Exponents are stored, since their sum reads them."""
    p, x = low.program, use.x
    exponents = p.stored(x.elements, p.store(x))
    total = p.operation(0, *exponents.reads)
    y = Value(x.elements, (*exponents.reads, total))
    return y, lambda g: (p.formula(x.elements, g, exponents, total),)


def add(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """A sum; its gradient is that of each input."""
    y = low.program.formula(low.count(use.node.index), *use.inputs)
    return y, lambda g: tuple(g for _ in use.inputs)


def gate(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """A product; a gate's gradient is summed over the positions that it was spread over."""
    p = low.program
    y = p.formula(low.count(use.node.index), *use.inputs)

    def to(place: int, g: Value) -> Value:
        others = [x for at, x in enumerate(use.inputs) if at != place]
        part = p.formula(y.elements, g, *others)
        elements = use.inputs[place].elements
        return part if elements == y.elements else p.stored(elements, p.store(part))

    return y, lambda g: tuple(to(place, g) for place in range(len(use.inputs)))


def join(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """All inputs behind one another in a new array; gradients are read where they lie."""
    p = low.program
    y = p.stored(low.count(use.node.index), *(p.store(x) for x in use.inputs))
    return y, lambda g: tuple(Value(x.elements, g.reads) for x in use.inputs)


def part(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """Numbers from other places, which whoever reads the value fetches."""
    x = use.x
    return Value(low.count(use.node.index), x.reads), lambda g: (Value(x.elements, g.reads),)


def shuffle(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """Numbers moved to other places, in an array of their own."""
    p, x = low.program, use.x
    return p.stored(low.count(use.node.index), *x.reads), lambda g: (p.stored(x.elements, *g.reads),)


def unknown(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """A layer that declares nothing is taken to store its output and its gradient, and to keep its inputs."""
    p = low.program
    y = p.stored(low.count(use.node.index), *(p.store(x) for x in use.inputs))
    return y, lambda g: tuple(p.stored(x.elements, p.store(g), *x.reads) for x in use.inputs)
