"""Layers that multiply by weights: convolutions, fully connected layers, look-ups."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from netspec.analysis.memory.lowering import Backward, Lowering, Use
from netspec.analysis.memory.waves import Array, Value
from netspec.graph.node import Node
from netspec.layers.base import Parameter


@dataclass(frozen=True, slots=True)
class _Product:
    """One convolution: its kernel and the shapes that it reads and writes, batch first, channels last."""

    node: Node
    kernel: Parameter
    x: tuple[int, ...]
    out: tuple[int, ...]
    passes: bool
    biased: bool
    stamped: bool = False

    @property
    def pairs(self) -> int:
        """How many times its own size a depthwise kernel's gradient takes: XLA computes all pairs of channels."""
        depthwise = len(self.kernel.shape) > 1 and self.kernel.shape[-2] == 1
        return self.x[-1] if depthwise else 1


def convolution(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """One convolution for each kernel: a separable one has two, of which the second passes its gradient on."""
    node = use.node
    *before, last = [parameter for parameter in low.parameters(node) if parameter.role == "weight"]
    biased = low.biased(node)
    shape, out, y = low.sizes(node.inputs[0]), low.sizes(node.index), use.x
    passes, tape = low.passes_on(node), []
    for kernel in before:
        middle = (*out[:-1], kernel.shape[-1])
        y, backward = _convolve(low, y, _Product(node, kernel, shape, middle, passes, biased=False))
        tape.append(backward)
        shape, passes = middle, low.training
    stamped = use.keeps.form == "stamped product"
    y, backward = _convolve(low, y, _Product(node, last, shape, out, passes, biased, stamped))
    tape.append(backward)

    def all_backward(g: Value) -> Sequence[Value | None]:
        found: Value | None = g
        for one in reversed(tape):
            assert found is not None
            (found,) = one(found)
        return (found,)

    return _with_bias(y, biased=biased), all_backward


def _with_bias(y: Value, *, biased: bool) -> Value:
    """A bias is added by whoever reads the value."""
    return Value(y.elements, y.reads) if biased else y


def _convolve(low: Lowering, x: Value, one: _Product) -> tuple[Value, Backward]:
    """XLA brings the channels of `x`, and the positions of the gradient, to the front for the kernel's gradient.

    For the input's gradient it turns the kernel round. Neither the turned kernel nor the turned input waits for the
    backward pass.
    """
    p = low.program
    size = one.kernel.size * p.value_bytes
    weights = low.weights(one.node, one.kernel, passes=one.passes)
    flipped = p.operation(size, weights, purpose="scratch") if one.stamped else weights
    turned = p.operation(size, weights, purpose="scratch") if one.passes else weights
    stored = p.store(x)
    y = p.stored(prod(one.out), stored, flipped)
    front = _front(low, x, one.x) if low.training else stored

    def backward(g: Value) -> Sequence[Value | None]:
        array = p.store(g) if one.passes or one.biased else None
        gradient = _kernel_gradient(low, one, front, _back(low, g, one.out))
        low.update(one.node, one.kernel, gradient)
        return (p.stored(x.elements, array, turned) if array and one.passes else None,)

    return y, backward


def _kernel_gradient(low: Lowering, one: _Product, front: Array, back: Array) -> Array:
    """From all pairs of channels, those that a depthwise kernel does not have are dropped afterwards."""
    p = low.program
    size = one.kernel.size * one.pairs * p.value_bytes
    gradient = p.operation(size, front, back, purpose="gradient")
    return p.operation(size, gradient, purpose="gradient") if one.pairs > 1 else gradient


def _front(low: Lowering, x: Value, sizes: tuple[int, ...]) -> Array:
    """The value with its channels before its positions, and the batch last."""
    if x.front is None:
        last = len(sizes) - 1
        x.front = _transposed(low, x, sizes, (last, *range(1, last), 0))
    return x.front


def _back(low: Lowering, g: Value, sizes: tuple[int, ...]) -> Array:
    """The gradient with its positions first, then the batch, then the channels."""
    last = len(sizes) - 1
    return _transposed(low, g, sizes, (*range(1, last), 0, last))


def _transposed(low: Lowering, value: Value, sizes: tuple[int, ...], order: tuple[int, ...]) -> Array:
    """The value with its axes in another order: another array, unless only axes of length 1 move."""
    moving = [axis for axis in order if sizes[axis] > 1]
    if moving == sorted(moving) and value.array is not None:
        return value.array
    return low.program.operation(value.elements * low.program.value_bytes, *value.reads)


def matrix(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """A product of matrices, which reads everything as it lies."""
    p, node, x = low.program, use.node, use.x
    kernel, passes = low.parameters(node)[0], low.passes_on(node)
    weights, stored = low.weights(node, kernel, passes=passes), p.store(x)
    y = p.stored(low.count(node.index), stored, weights)

    def backward(g: Value) -> Sequence[Value | None]:
        array = p.store(g)
        if kernel.trainable:
            size = kernel.size * p.value_bytes
            low.update(node, kernel, p.operation(size, stored, array, purpose="gradient"))
        return (p.stored(x.elements, array, weights) if passes else None,)

    return _with_bias(y, biased=low.biased(node)), backward


def lookup(low: Lowering, use: Use) -> tuple[Value, Backward]:
    """Rows of a table, whose gradient is scattered into zeros, or right into a slot that it is added to."""
    p, node = low.program, use.node
    table = low.parameters(node)[0]
    y = p.stored(low.count(node.index), low.argument)
    size = 0 if low.scatters_into_slots or not low.training else table.size * p.value_bytes
    zeros = p.operation(size, low.argument, purpose="gradient")

    def backward(g: Value) -> Sequence[Value | None]:
        low.update(node, table, p.operation(0, zeros, p.store(g), purpose="gradient"))
        return (None,)

    return y, backward
