"""The rows of a network and their totals: what each layer is, owns, computes and sees.

Conventions, as papers have them: one multiply-add is one MAC, of convolutions and fully connected layers only;
taps on padding count; biases are parameters, listed apart from weights; statistics of batch norm are no parameters;
shared parameters count once, where they are owned. Numbers are exact integers; bytes are for the whole batch,
everything else for one example.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import Final

from netspec.analysis.receptive import Field, fields
from netspec.analysis.settings import TOKEN_BYTES, Settings
from netspec.graph.node import INPUT, Graph, Node
from netspec.graph.show import label
from netspec.layers.base import Layer, Parameter, Shape
from netspec.layers.facets import Macs

DEFAULT: Final = Settings()


@dataclass(frozen=True, slots=True)
class Row:
    """One layer of the network, or its input.

    `macs` and `in_bounds_macs` are None where the layer does not say. `receptive_field`, `effective_stride` and
    `effective_padding` have one number for each spatial axis of the network's input, None where not known; a value
    that sees the same everywhere (after global pooling) has no stride and no padding, and `sees_all` tells whether
    that is the whole input. `shares` names the layer whose parameters are used, `head` the head it belongs to.
    A row of `times` stands for so many equal stretches of layers, its `parts`, and its counts are their sums.
    """

    index: int
    name: str
    kind: str
    label: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape
    neurons: int
    weights: int
    biases: int
    statistics: int
    trainable: int
    macs: int | None
    in_bounds_macs: int | None
    activation_bytes: int
    parameter_bytes: int
    moved_bytes: int
    receptive_field: tuple[int, ...] | None
    effective_stride: tuple[Fraction | None, ...] | None
    effective_padding: tuple[int | None, ...] | None
    sees_all: bool
    shares: str | None = None
    head: str | None = None
    times: int = 1
    parts: tuple["Row", ...] = ()

    @property
    def parameters(self) -> int:
        """Weights and biases, trained or not."""
        return self.weights + self.biases

    @property
    def fixed(self) -> int:
        """Values that are kept with the network and not trained by gradients."""
        return self.parameters + self.statistics - self.trainable

    @property
    def flops(self) -> int | None:
        """Floating-point operations: two for each multiply-add."""
        return None if self.macs is None else 2 * self.macs

    @property
    def in_bounds_flops(self) -> int | None:
        """Those whose tap lies inside the map."""
        return None if self.in_bounds_macs is None else 2 * self.in_bounds_macs


@dataclass(frozen=True, slots=True)
class Total:
    """The sums of the rows. With `unpriced` layers the multiply-adds are a lower bound, not the whole."""

    neurons: int
    weights: int
    biases: int
    statistics: int
    trainable: int
    macs: int
    in_bounds_macs: int
    activation_bytes: int
    parameter_bytes: int
    moved_bytes: int
    unpriced: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """Weights and biases, trained or not."""
        return self.weights + self.biases

    @property
    def fixed(self) -> int:
        """Values that are kept with the network and not trained by gradients."""
        return self.parameters + self.statistics - self.trainable

    @property
    def flops(self) -> int:
        """Floating-point operations: two for each multiply-add."""
        return 2 * self.macs

    @property
    def in_bounds_flops(self) -> int:
        """Those whose tap lies inside the map."""
        return 2 * self.in_bounds_macs

    @property
    def exact(self) -> bool:
        """Whether every layer says what it costs."""
        return not self.unpriced


@dataclass(frozen=True, slots=True)
class Summary:
    """A network's rows, the input first, and their totals."""

    settings: Settings
    rows: tuple[Row, ...]
    total: Total


def summarize(graph: Graph, settings: Settings = DEFAULT) -> Summary:
    """Count everything about a network, layer by layer."""
    seen = fields(graph)
    rows = (
        _input_row(graph, settings),
        *(_row(graph, node, field, settings) for node, field in zip(graph, seen, strict=True)),
    )
    return Summary(settings, rows, total(rows))


def total(rows: Iterable[Row]) -> Total:
    """The sums of rows."""
    several = tuple(rows)
    return Total(
        neurons=sum(row.neurons for row in several),
        weights=sum(row.weights for row in several),
        biases=sum(row.biases for row in several),
        statistics=sum(row.statistics for row in several),
        trainable=sum(row.trainable for row in several),
        macs=sum(row.macs or 0 for row in several),
        in_bounds_macs=sum(row.in_bounds_macs or 0 for row in several),
        activation_bytes=sum(row.activation_bytes for row in several),
        parameter_bytes=sum(row.parameter_bytes for row in several),
        moved_bytes=sum(row.moved_bytes for row in several),
        unpriced=tuple(row.name for row in several if row.macs is None),
    )


def _input_row(graph: Graph, settings: Settings) -> Row:
    shape = graph.input
    return Row(
        index=INPUT,
        name="input",
        kind="input",
        label="input",
        inputs=(),
        input_shapes=(),
        shape=shape,
        neurons=shape.elements,
        weights=0,
        biases=0,
        statistics=0,
        trainable=0,
        macs=0,
        in_bounds_macs=0,
        activation_bytes=value_bytes(shape, settings),
        parameter_bytes=0,
        moved_bytes=0,
        receptive_field=(1,) * shape.rank,
        effective_stride=(Fraction(1),) * shape.rank,
        effective_padding=(0,) * shape.rank,
        sees_all=False,
    )


def _row(graph: Graph, node: Node, field: Field, settings: Settings) -> Row:
    layer, owned = node.layer, node.parameters
    terms = _terms(layer, node.input_shapes)
    neurons = node.shape.elements if layer.own_values else 0
    return Row(
        index=node.index,
        name=node.name,
        kind=node.kind,
        label=label(layer),
        inputs=tuple("input" if i == INPUT else graph.nodes[i].name for i in node.inputs),
        input_shapes=node.input_shapes,
        shape=node.shape,
        neurons=neurons,
        weights=_values(owned, "weight"),
        biases=_values(owned, "bias"),
        statistics=_values(owned, "statistic"),
        trainable=sum(p.size for p in owned if p.trainable),
        macs=None if terms is None else sum(term.count for term in terms),
        in_bounds_macs=None if terms is None else sum(term.in_bounds for term in terms),
        activation_bytes=neurons * settings.bytes * settings.batch,
        parameter_bytes=sum(p.size for p in owned) * settings.bytes,
        moved_bytes=_moved(node, settings),
        receptive_field=None if field is None else tuple(axis.size for axis in field),
        effective_stride=None if field is None else tuple(axis.stride for axis in field),
        effective_padding=None if field is None else tuple(axis.padding for axis in field),
        sees_all=_sees_all(field, graph.input),
        shares=None if node.shares is None else graph.nodes[node.shares].name,
        head=_head(graph, node.index),
    )


def _head(graph: Graph, index: int) -> str | None:
    heads = (head.name for head in graph.outputs[1:] if head.start <= index < head.stop)
    return next(heads, None)


@lru_cache(maxsize=4096)
def _terms(layer: Layer, inputs: tuple[Shape, ...]) -> tuple[Macs, ...] | None:
    return layer.macs(inputs)


def _values(owned: Iterable[Parameter], role: str) -> int:
    return sum(parameter.size for parameter in owned if parameter.role == role)


def value_bytes(shape: Shape, settings: Settings) -> int:
    """Bytes of a batch of values of this shape."""
    width = settings.bytes if shape.tokens is None else TOKEN_BYTES
    return prod(shape.sizes) * width * settings.batch


def _moved(node: Node, settings: Settings) -> int:
    """Bytes that the layer reads and writes at least: inputs, parameters and output once each.

    What works in place is taken to be fused with the layer before, and moves its parameters only.
    """
    used = node.layer.parameters(node.input_shapes) if node.shares is not None else node.parameters
    own = sum(parameter.size for parameter in used) * settings.bytes
    if not node.layer.own_values:
        return own
    return own + sum(value_bytes(shape, settings) for shape in (*node.input_shapes, node.shape))


def _sees_all(field: Field, start: Shape) -> bool:
    if not field:
        return False
    return all(
        not axis.advance and (ends := axis.at(0)) and ends[0] <= 0 and ends[1] >= size - 1
        for axis, size in zip(field, start.spatial, strict=True)
    )
