"""The same network at another resolution or width, for `netspec fit`."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import gcd

from netspec.checking import check_text
from netspec.graph.node import Graph, Node
from netspec.graph.show import structured
from netspec.language.spec import Spec
from netspec.layers.base import Layer

_EVEN = 8
"""Widths that are multiples of this, or of a divisor of it, stay multiples of it: groups go on dividing them."""


def widened(spec: Spec, graph: Graph, percent: int) -> Graph | None:
    """The network with so many percent of every width but those of its outputs; None where it has no such form.

    It is the width multiplier of Howard et al. 2017, MobileNets, arXiv:1704.04861, section 3.3, for any network.
    """
    last = set(_classifiers(graph))
    nodes = tuple(
        node if node.index in last else replace(node, layer=_scaled(node.layer, percent)) for node in graph
    )
    return check_text(structured(spec, replace(graph, nodes=nodes))).graph


def _scaled(layer: Layer, percent: int) -> Layer:
    field = layer.notation.width or ("channels" if layer.name == "pad_channels" else None)
    if field is None:
        return layer
    width = getattr(layer, field)
    step = gcd(width, _EVEN)
    return layer.model_copy(update={field: max(1, round(Fraction(width * percent, 100 * step))) * step})


def _classifiers(graph: Graph) -> Iterator[int]:
    """For each output the last layer that has a width: its width is the number of classes."""
    for output in graph.outputs:
        index = output.index
        while index >= 0 and not _sets_width(graph.nodes[index]):
            index = graph.nodes[index].inputs[0]
        yield index


def _sets_width(node: Node) -> bool:
    return node.layer.notation.width is not None


def resized(spec: Spec, graph: Graph, size: int) -> Graph | None:
    """The network for inputs whose first spatial axis has this size and the others in proportion; None if it has none."""
    sizes = graph.input.spatial
    scaled = tuple(max(1, round(Fraction(other * size, sizes[0]))) for other in sizes)
    if spec.input is None:
        return None
    given = spec.input.model_copy(update={"shape": (*scaled, graph.input.channels)})
    return check_text(structured(replace(spec, input=given), graph)).graph
