"""What each kind of layer makes XLA store, forward and backward."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, Final

from netspec.analysis.memory.lowering import INTEGER, Backward, Lowering
from netspec.analysis.memory.waves import Array, Value
from netspec.analysis.settings import Settings
from netspec.graph.node import Graph, Node
from netspec.layers.window import axes

Rule = Callable[[Lowering, Node, list[Value]], tuple[Value, Backward]]


def same(gradient: Value) -> Sequence[Value]:
    """The gradient as it is."""
    return (gradient,)


def view(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    """The same numbers under another shape: nothing is stored."""
    return xs[0], same


def pointwise(inner: int = 0, *, reads_input: bool = True) -> Rule:
    """Element by element. `inner` results of exp, tanh or erf are too dear to compute twice, and stored."""

    def rule(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
        p, x = low.program, xs[0]
        if not low.training:
            return Value(x.elements, x.reads, joint=inner > 0), same
        stored: list[Array] = []
        for _ in range(inner):
            stored.append(p.operation(x.elements * p.value_bytes, *x.reads, *stored))
        if stored and not reads_input:
            y = Value(x.elements, (stored[-1],), stored[-1])
        else:
            y = p.formula(x.elements, x, *stored)

        def backward(g: Value) -> Sequence[Value]:
            dx = p.formula(x.elements, g, *((x,) if reads_input else ()), *stored)
            dx.joint &= getattr(node.layer, "slope", 1.0) == 1.0
            return (dx,)

        return y, backward

    return rule


def learned(inner: int = 0) -> Rule:
    """Element by element with a trained factor a channel: its gradient sums over the input."""

    def rule(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
        p, x = low.program, xs[0]
        y = Value(x.elements, x.reads)

        def backward(g: Value) -> Sequence[Value]:
            low.update(low.argument, p.operation(0, p.store(g), p.store(x)))
            return (p.formula(x.elements, g, x) if inner else Value(g.elements, g.reads),)

        return y, backward

    return rule


def transposed(low: Lowering, value: Value, axes: tuple[int, ...], order: tuple[int, ...]) -> Array:
    """The value with its axes in another order: an array, unless only axes of length 1 move."""
    kept = [axis for axis in order if axes[axis] > 1]
    if kept == sorted(kept) and value.array is not None:
        return value.array
    return low.program.operation(value.elements * low.program.value_bytes, *value.reads)


def fronted(low: Lowering, x: Value, shape: tuple[int, ...]) -> Array:
    """The value with its channels before its positions, and the batch last."""
    if x.front is None:
        x.front = transposed(low, x, shape, (len(shape) - 1, *range(1, len(shape) - 1), 0))
    return x.front


def product(
    low: Lowering, node: Node, x: Value, shape: tuple[int, ...], kernel: int, out: tuple[int, ...], **how: Any
) -> tuple[Value, Backward]:
    """A convolution of `x` with weights, without its bias. Shapes have the batch first and channels last.

    For the weights' gradient XLA brings channels of `x`, and positions of the gradient, to the front; for the
    input's it turns the weights round. The transposed input does not wait for the backward pass.
    """
    p = low.program
    weights = low.kernel(node, kernel * p.value_bytes)
    rank = len(shape) - 2
    used = weights
    if how.get("turned"):
        used = p.operation(kernel * p.value_bytes, weights, purpose="scratch")
    passes = low.passes_on(node)
    turned = p.operation(kernel * p.value_bytes, weights, purpose="scratch") if passes else weights
    elements = prod(out)
    stored = p.store(x)
    y = p.stored(elements, stored, used)
    if not low.training:
        return y, same
    places = tuple(range(1, rank + 1))
    front = fronted(low, x, shape)

    def backward(g: Value) -> Sequence[Value | None]:
        arrays = p.store(g) if passes or how.get("bias") else None
        back = transposed(low, g, out, (*places, 0, rank + 1))
        low.update(weights, weight_gradient(low, kernel, front, back, **how))
        if arrays is None or not passes:
            return (None,)
        return (p.stored(x.elements, arrays, turned),)

    return y, backward


def weight_gradient(low: Lowering, kernel: int, front: Array, back: Array, **how: Any) -> Array:
    """A depthwise kernel's gradient is computed for all pairs of channels; those that are none are then dropped."""
    p = low.program
    pairs = kernel * how.get("pairs", 1) * p.value_bytes
    array = p.operation(pairs, front, back, purpose="gradient")
    return p.operation(pairs, array, purpose="gradient") if how.get("pairs", 1) > 1 else array


def biased(node: Node, low: Lowering) -> bool:
    """Whether a bias is added."""
    return any(q.role == "bias" for q in low.owner(node).parameters)


def with_bias(y: Value, *, biased: bool) -> Value:
    """The value with a bias added: computed by whoever reads it."""
    return Value(y.elements, y.reads) if biased else y


def conv(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    x, out = (low.batch, *node.input_shapes[0].sizes), (low.batch, *node.shape.sizes)
    bias = biased(node, low)
    size = low.owner(node).parameters[0].size
    how: dict[str, Any] = {"bias": bias, "turned": node.kind == "upconv"}
    if node.kind == "dwconv":
        how["pairs"] = x[-1]
    y, backward = product(low, node, xs[0], x, size, out, **how)
    return with_bias(y, biased=bias), backward


def sepconv(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    depthwise, pointwise, *_ = low.owner(node).parameters
    x, out = (low.batch, *node.input_shapes[0].sizes), (low.batch, *node.shape.sizes)
    middle = (*out[:-1], depthwise.shape[-1])
    y, first = product(low, node, xs[0], x, depthwise.size, middle, pairs=x[-1])
    low.trained[node.index] = True
    z, second = last(low, node, y, middle, pointwise.size, out, bias=biased(node, low))

    def backward(g: Value) -> Sequence[Value | None]:
        (between,) = second(g)
        assert between is not None
        return first(between)

    return with_bias(z, biased=biased(node, low)), backward


def last(low: Lowering, node: Node, y: Value, middle: tuple[int, ...], size: int, out: tuple[int, ...], *, bias: bool) -> tuple[Value, Backward]:
    p = low.program
    if not low.training:
        return p.stored(prod(out), p.store(y), low.argument), same
    weights = p.operation(size * p.value_bytes, low.argument, purpose="gradient")
    turned = p.operation(size * p.value_bytes, weights, purpose="scratch")
    z = p.stored(prod(out), p.store(y), weights)
    rank = len(out) - 2
    places = tuple(range(1, rank + 1))
    front = fronted(low, y, middle)

    def backward(g: Value) -> Sequence[Value | None]:
        arrays = p.store(g)
        back = transposed(low, g, out, (*places, 0, rank + 1))
        low.update(weights, p.operation(size * p.value_bytes, front, back, purpose="gradient"))
        return (p.stored(y.elements, arrays, turned),)

    return z, backward


def dense(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    """A product of matrices, which XLA computes without transposing what it reads."""
    p, x = low.program, xs[0]
    bias = biased(node, low)
    size = low.owner(node).parameters[0].size * p.value_bytes
    weights, stored = low.kernel(node, size), p.store(x)
    y = p.stored(low.count(node.index), stored, weights)

    def backward(g: Value) -> Sequence[Value | None]:
        arrays = p.store(g)
        low.update(weights, p.operation(size, stored, arrays, purpose="gradient"))
        return (p.stored(x.elements, arrays, weights) if low.passes_on(node) else None,)

    return with_bias(y, biased=bias), backward


def embed(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    p = low.program
    y = p.stored(low.count(node.index), low.argument)
    size = low.owner(node).parameters[0].size * p.value_bytes
    zeros = p.operation(0 if low.into_slots else size, low.argument, purpose="gradient")

    def backward(g: Value) -> Sequence[Value | None]:
        low.update(low.argument, p.operation(0, zeros, p.store(g), purpose="gradient"))
        return (None,)

    return y, backward


def pool(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    """Max pooling. Its gradient is scattered to the winners, which a second pooling finds beforehand.

    That second pooling carries an index map for every axis, the batch's and the channels' included, each as large
    as the padded input (XLA's SelectAndScatterExpander).
    """
    p, x = low.program, xs[0]
    f: Any = node.layer
    out = low.count(node.index)
    if not (low.training and low.trained[node.inputs[0]]):
        return p.stored(out, p.store(x)), same
    found = axes(node.input_shapes[0], "pool", kernel=f.kernel, stride=f.stride, padding=f.padding, dilation=f.dilation, ceil=f.ceil)
    sizes = [max(a.size + a.low + a.high, (a.out - 1) * a.stride + a.extent) for a in found]
    padded = low.batch * prod(sizes) * node.shape.channels
    dims = len(sizes) + 2
    maps = [p.operation(padded * INTEGER, purpose="scratch") for _ in range(dims)]
    shared = padded == x.elements and low.graph.consumers[node.inputs[0]][-1] > node.index
    zeros = low.argument if shared else p.operation(padded * p.value_bytes, low.argument, purpose="scratch")
    source = p.store(x)
    y = p.stored(out, source)
    if padded != x.elements:
        source = p.operation(padded * p.value_bytes, *x.reads)
    winners = [p.operation(out * INTEGER, source, *maps, purpose="scratch") for _ in range(dims)]
    winners.append(p.operation(out * p.value_bytes, source, *maps, purpose="scratch"))
    indices = p.operation(out * dims * INTEGER, *winners[:-1])

    def backward(g: Value) -> Sequence[Value | None]:
        copy = p.operation(out * p.value_bytes, *g.reads)
        other = low.gradient(node.inputs[0]) if shared else None
        onto = p.store(other) if other else zeros
        spread = p.operation(padded * p.value_bytes, onto, indices, copy, in_place=True)
        return (Value(x.elements, (spread,), spread if padded == x.elements else None),)

    return y, backward


def window_sum(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    """A sum over windows, whose gradient is a sum over windows again."""
    p, x = low.program, xs[0]
    y = p.stored(low.count(node.index), p.store(x))

    def backward(g: Value) -> Sequence[Value | None]:
        scaled = Value(g.elements, g.reads)
        return (p.stored(x.elements, p.store(scaled)),)

    return Value(y.elements, y.reads), backward


def mean(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    """A mean over all positions, whose gradient is spread by whoever reads it."""
    p, x = low.program, xs[0]
    y = p.stored(low.count(node.index), p.store(x))

    def backward(g: Value) -> Sequence[Value | None]:
        return (Value(x.elements, g.reads),)

    return y, backward


def largest(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    """A maximum; its gradient goes where the input equals it."""
    p, x = low.program, xs[0]
    y = p.stored(low.count(node.index), p.store(x))
    array = y.reads[0]
    if not low.training:
        return y, same
    winners = p.operation(x.elements * p.value_bytes, *x.reads, array)

    def backward(g: Value) -> Sequence[Value | None]:
        ties = p.operation(0, winners)
        return (p.formula(x.elements, g, x, array, ties),)

    return y, backward


def batch_norm(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    """Mean and variance are sums, and sums read arrays: the input, its distance from the mean, the normalized one."""
    p, x = low.program, xs[0]
    wide = max(4, p.value_bytes)
    names = {q.name for q in low.owner(node).parameters}
    if not low.training:
        return Value(x.elements, x.reads), same
    small = node.shape.channels * wide
    size = x.elements * wide
    p.store(x)
    means = p.operation(small, p.store(x))
    centred = p.operation(size, *x.reads, means)
    variance = p.operation(small, centred)
    scale = p.operation(small, variance)
    normal = p.operation(size, scale, *x.reads, means) if "scale" in names else scale
    y = Value(x.elements, (*x.reads, means, scale))

    def backward(g: Value) -> Sequence[Value | None]:
        stored = p.store(g)
        scaled = p.operation(size, stored, scale)
        shifted = p.operation(size, stored, scale)
        low.update(low.argument, p.operation(small, normal, stored))
        first = p.operation(small, centred, scaled)
        second = p.operation(small, shifted)
        third = p.operation(small, p.operation(size, first, *x.reads, means))
        return (Value(x.elements, tuple(dict.fromkeys((third, second, first, stored, scale, *x.reads, means)))),)

    return y, backward


def layer_norm(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    p, x = low.program, xs[0]
    wide = max(4, p.value_bytes)
    size = x.elements * wide
    small = x.elements // node.shape.channels * wide
    if not low.training:
        centred = p.operation(size, p.store(x))
        return Value(x.elements, (centred, p.operation(small, centred))), same
    factor = p.operation(size, low.argument, purpose="scratch")
    centred = p.operation(size, p.store(x))
    scale = p.operation(small, centred)
    spread = p.operation(size, scale, purpose="scratch")
    normal = p.operation(size, centred, scale)
    y = Value(x.elements, (centred, scale))

    def backward(g: Value) -> Sequence[Value | None]:
        stored = p.store(g)
        low.update(low.argument, p.operation(0, normal, stored))
        return (p.stored(x.elements, centred, spread, factor, scale, stored),)

    return y, backward


def lrn(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    p, x = low.program, xs[0]
    size = x.elements * p.value_bytes
    squares = p.operation(size, *x.reads, in_place=not low.training)
    sums = p.operation(size, squares)
    powers = p.operation(size, sums, in_place=True) if low.training else sums
    y = p.formula(x.elements, x, powers)

    def backward(g: Value) -> Sequence[Value | None]:
        p.store(g)
        part = p.operation(size, *g.reads, sums, *x.reads)
        spread = p.operation(size, part)
        return (p.formula(x.elements, spread, g, powers, x),)

    return y, backward


def dropout(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    """Two random numbers an element, made at the start from the key alone, and kept for the backward pass."""
    p, x = low.program, xs[0]
    if not low.training:
        return x, same
    seed = low.argument
    for _ in range(5):
        seed = p.operation(0, seed)
    bits = [p.operation(x.elements * INTEGER, seed) for _ in range(2)]
    y = p.formula(x.elements, x, *bits)

    def backward(g: Value) -> Sequence[Value | None]:
        return (p.formula(x.elements, g, *bits),)

    return y, backward


def drop_path(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    return Value(xs[0].elements, xs[0].reads), lambda g: (Value(g.elements, g.reads),)


def add(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    y = low.program.formula(low.count(node.index), *xs)
    return y, lambda g: tuple(g for _ in xs)


def multiply(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    p = low.program
    y = p.formula(low.count(node.index), *xs)

    def backward(g: Value) -> Sequence[Value | None]:
        parts: list[Value | None] = []
        for place, x in enumerate(xs):
            others = [other for at, other in enumerate(xs) if at != place]
            part = p.formula(y.elements, g, *others)
            if x.elements < y.elements:
                part = p.stored(x.elements, p.store(part))
            parts.append(part)
        return parts

    return y, backward


def concat(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    p = low.program
    y = p.stored(low.count(node.index), *[p.store(x) for x in xs])
    return y, lambda g: tuple(Value(x.elements, g.reads) for x in xs)


def moved(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    """Values in other places: read where they are, by whoever reads the result."""
    x = xs[0]
    y = Value(low.count(node.index), x.reads)
    return y, lambda g: (Value(x.elements, g.reads),)


def shuffled(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    p, x = low.program, xs[0]
    y = p.stored(low.count(node.index), *x.reads)
    return y, lambda g: (p.stored(x.elements, *g.reads),)


def softmax(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    p, x = low.program, xs[0]
    exponents = p.stored(x.elements, p.store(x))
    total = p.operation(0, *exponents.reads)
    y = Value(x.elements, (*exponents.reads, total))
    return y, lambda g: (p.formula(x.elements, g, exponents, total),)


RULES: Final[dict[str, Rule]] = {
    "relu": pointwise(),
    "leaky_relu": pointwise(),
    "prelu": learned(1),
    "relu6": pointwise(),
    "elu": pointwise(1),
    "sigmoid": pointwise(1, reads_input=False),
    "hard_sigmoid": pointwise(),
    "tanh": pointwise(1, reads_input=False),
    "gelu": pointwise(2),
    "silu": pointwise(1),
    "hard_swish": pointwise(),
    "maxout": largest,
    "softmax": softmax,
    "identity": view,
    "pad": moved,
    "crop": moved,
    "pad_channels": moved,
    "conv": conv,
    "fc": dense,
    "rbf": dense,
    "dwconv": conv,
    "sepconv": sepconv,
    "embed": embed,
    "gap": mean,
    "gmp": largest,
    "adaptive_avgpool": mean,
    "adaptive_maxpool": largest,
    "concat": concat,
    "add": add,
    "multiply": multiply,
    "bn": batch_norm,
    "ln": layer_norm,
    "gn": batch_norm,
    "instance_norm": batch_norm,
    "lrn": lrn,
    "scale": learned(),
    "pool": pool,
    "avgpool": window_sum,
    "subsample": window_sum,
    "dropout": dropout,
    "drop_path": drop_path,
    "flatten": view,
    "reshape": view,
    "pixel_shuffle": shuffled,
    "channel_shuffle": shuffled,
    "upsample": moved,
    "upconv": conv,
}


def unknown(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    """A layer that says nothing is taken to store its output and its gradient, and to keep its input."""
    p = low.program
    y = p.stored(low.count(node.index), *[p.store(x) for x in xs])
    return y, lambda g: tuple(p.stored(x.elements, p.store(g), *x.reads) for x in xs)


def unknown_kinds(graph: Graph) -> tuple[str, ...]:
    """The names of nodes whose kind has no rule."""
    return tuple(node.name for node in graph if node.kind not in RULES)


def rule(low: Lowering, node: Node, xs: list[Value]) -> tuple[Value, Backward]:
    """Lower one node."""
    return RULES.get(node.kind, unknown)(low, node, xs)


def lower(graph: Graph, settings: Settings, *, training: bool) -> Lowering:
    """The whole network as a program."""
    lowering = Lowering(graph, settings, training=training)
    lowering.forward(rule)
    return lowering
