"""Receptive fields by following every position back to the input: sets of positions, one axis at a time.

`reads` is each layer's definition as a search: which positions of an input take part in one position of the
output. Positions before and after a map count on, as receptive fields are usually counted, so that padding
has a field too.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import cache
from typing import Any, Final

from netspec.graph.node import INPUT, Graph, Node

Positions = frozenset[int]
Rule = Callable[[Any, int, int, int], Iterable[int]]
"""The layer's fields, the axis, the input's size on it, and a position of the output: the positions it reads."""

AROUND: Final = 12
"""Rows around the likely place in which a search looks for what an output reads; more than any test's kernel."""


def around(place: int, more: int = 0) -> range:
    """Where a search looks."""
    return range(place - AROUND - more, place + AROUND + more + 1)


def on(value: Any, axis: int) -> Any:
    """A field's value on one axis."""
    return value[axis] if isinstance(value, tuple) else value


def low(f: Any, axis: int, size: int) -> int:
    """Rows of padding before a window's axis."""
    extent = on(f.dilation, axis) * (on(f.kernel, axis) - 1) + 1
    match f.padding:
        case "valid":
            return 0
        case "same":
            return (extent - 1) // 2
        case "same_tf":
            stride = on(f.stride, axis)
            return max(0, (len(range(0, size, stride)) - 1) * stride + extent - size) // 2
        case given:
            return on(on(given, axis), 0)  # type: ignore[no-any-return]


def cut(f: Any, axis: int) -> int:
    """Rows of a transposed convolution's full output that are cut before the rest."""
    if isinstance(f.padding, str):
        spare = on(f.dilation, axis) * (on(f.kernel, axis) - 1) + 1 - on(f.stride, axis)
        rounded = {"same": spare - spare // 2, "same_tf": spare // 2, "valid": 0}[f.padding]
        return max(0, rounded)
    return on(on(f.padding, axis), 0)  # type: ignore[no-any-return]


def window(f: Any, axis: int, size: int, i: int) -> Iterator[int]:
    """A window that slides."""
    for tap in range(on(f.kernel, axis)):
        yield i * on(f.stride, axis) - low(f, axis, size) + tap * on(f.dilation, axis)


def bare_window(f: Any, axis: int, size: int, i: int) -> Iterator[int]:
    """A window without padding and dilation."""
    for tap in range(on(f.kernel, axis)):
        yield i * on(f.stride, axis) + tap


def stamps(f: Any, axis: int, size: int, i: int) -> Iterator[int]:
    """The positions whose stamp reaches output i."""
    for j in around(i // on(f.stride, axis)):
        for tap in range(on(f.kernel, axis)):
            if j * on(f.stride, axis) + tap * on(f.dilation, axis) - cut(f, axis) == i:
                yield j


def repeated(f: Any, axis: int, size: int, i: int) -> Iterator[int]:
    """The position that is repeated, or spread out, over `factor` outputs, of which i is one."""
    factor = on(f.factor, axis)
    for j in around(i // factor):
        if i in range(j * factor, (j + 1) * factor):
            yield j


def between(f: Any, axis: int, size: int, i: int) -> Iterator[int]:
    """The positions with a weight above zero where output i's centre lies between them."""
    if f.method == "nearest":
        yield from repeated(f, axis, size, i)
        return
    centre = (i + Fraction(1, 2)) / on(f.factor, axis) - Fraction(1, 2)
    yield from (j for j in around(int(centre)) if abs(j - centre) < 1)


def cells(f: Any, axis: int, size: int, i: int) -> Iterator[int]:
    """The rows that share more than an edge with cell i, where n cells divide the map evenly."""
    n = on(f.size, axis)
    start, stop = Fraction(i * size, n), Fraction((i + 1) * size, n)
    yield from (j for j in around(int(start), size) if j + 1 > start and j < stop)


def everything(f: Any, axis: int, size: int, i: int) -> Iterable[int]:
    """Every row of the map."""
    return range(size)


def after_a_cut(f: Any, axis: int, size: int, i: int) -> Iterable[int]:
    """The position before rows were taken away in front."""
    return (i + on(on(f.by, axis), 0),)


def after_new_rows(f: Any, axis: int, size: int, i: int) -> Iterable[int]:
    """The position before rows were put in front."""
    return (i - on(on(f.by, axis), 0),)


def itself(f: Any, axis: int, size: int, i: int) -> Iterable[int]:
    """The same position."""
    return (i,)


RULES: Final[dict[str, Rule]] = {
    **dict.fromkeys(("conv", "dwconv", "sepconv", "pool", "avgpool"), window),
    "subsample": bare_window,
    "upconv": stamps,
    "pixel_shuffle": repeated,
    "upsample": between,
    "crop": after_a_cut,
    "pad": after_new_rows,
    **dict.fromkeys(("adaptive_avgpool", "adaptive_maxpool"), cells),
    **dict.fromkeys(("gap", "gmp", "fc", "gn", "instance_norm"), everything),
    **dict.fromkeys(("relu", "bn", "sigmoid", "softmax", "add", "identity"), itself),
}


def reads(node: Node, which: int, axis: int, i: int) -> Iterable[int]:
    """The positions of input number `which` that position i of a node reads on one axis."""
    shape = node.input_shapes[which]
    if not shape.rank:
        return (0,)  # a vector has one place
    size = shape.spatial[axis]
    if node.kind == "concat":
        smallest = min(x.spatial[axis] for x in node.input_shapes)
        return (i + (size - smallest) // 2,)
    if node.kind == "multiply":
        # A map's padding has no gate, so what lies around it adds nothing to what the gates see.
        gates = shape != node.shape
        return (0,) if gates else (i,) if 0 <= i < size else ()
    return RULES[node.kind](node.layer, axis, size, i)


def follower(graph: Graph, axis: int) -> Callable[[int, int], Positions]:
    """`seen(index, i)`: the input positions that position i of a node depends on, on one axis."""

    @cache
    def seen(index: int, i: int) -> Positions:
        if index == INPUT:
            return frozenset((i,))
        node = graph.nodes[index]
        found: Positions = frozenset()
        for which, source in enumerate(node.inputs):
            found = found.union(*(seen(source, j) for j in reads(node, which, axis, i)))
        return found

    return seen
