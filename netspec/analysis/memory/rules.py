"""From what a layer declares to how it is lowered."""

from types import MappingProxyType
from typing import Final

from netspec.analysis.memory import elementwise, norms, products, reductions
from netspec.analysis.memory.lowering import Lowering, Rule
from netspec.analysis.settings import Settings
from netspec.graph.node import Graph
from netspec.layers.facets import Form

RULES: Final[MappingProxyType[Form, Rule]] = MappingProxyType(
    {
        "view": elementwise.view,
        "pointwise": elementwise.pointwise,
        "factor": elementwise.factor,
        "product": products.convolution,
        "stamped product": products.convolution,
        "matrix": products.matrix,
        "lookup": products.lookup,
        "largest of windows": reductions.largest_of_windows,
        "sum of windows": reductions.sum_of_windows,
        "mean": reductions.mean,
        "largest": reductions.largest,
        "batch norm": norms.batch_norm,
        "position norm": norms.position_norm,
        "neighbours": norms.neighbours,
        "softmax": elementwise.softmax,
        "dropout": elementwise.dropout,
        "drop path": elementwise.drop_path,
        "sum": elementwise.add,
        "gate": elementwise.gate,
        "join": elementwise.join,
        "part": elementwise.part,
        "shuffle": elementwise.shuffle,
        "unknown": elementwise.unknown,
    }
)


def lower(graph: Graph, settings: Settings, *, training: bool) -> Lowering:
    """The whole network as a program: one step, or one forward pass."""
    lowering = Lowering(graph, settings, training=training)
    lowering.run(lambda use: RULES[use.keeps.form])
    return lowering


def unknown_layers(graph: Graph) -> tuple[str, ...]:
    """The names of nodes whose layer does not say what it stores."""
    return tuple(node.name for node in graph if node.layer.kept().form == "unknown")
