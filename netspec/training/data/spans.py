"""Where in a spec a finding about data points."""

from netspec.diagnostics import Span
from netspec.graph.node import Graph, Node
from netspec.language.spec import Spec
from netspec.language.yaml12 import Mapping, Value


def of_key(spec: Spec, *keys: str) -> Span | None:
    """The value of a key, such as `train`, `batch`; None where it does not stand in the spec."""
    value: Value | None = spec.tree
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value.span if value else None


def of_input(spec: Spec) -> Span:
    """The input's shape; where the chain begins with the input, the network."""
    found = of_key(spec, "input", "shape") or of_key(spec, "input") or of_key(spec, "network")
    return found or spec.text.span(0, 0)


def of_node(spec: Spec, node: Node) -> Span:
    """A use of a layer."""
    return node.span or of_key(spec, "network") or spec.text.span(0, 0)


def last_nodes(graph: Graph) -> list[Node]:
    """The node that gives each output; none where the output is the input itself."""
    return [graph.nodes[output.index] for output in graph.outputs if output.index >= 0]
