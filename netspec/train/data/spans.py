"""Where in a spec a finding about data points."""

from netspec.diagnostics import Span
from netspec.graph.node import Graph, Node
from netspec.language.spec import Spec
from netspec.language.yaml12 import Mapping


def of_key(spec: Spec, *keys: str) -> Span | None:
    """The value of a key, or of the deepest one above it that stands in the spec; None where not even the first does."""
    value, found = spec.tree, None
    for key in keys:
        inner = value.get(key) if isinstance(value, Mapping) else None
        if inner is None:
            break
        value = found = inner  # type: ignore[assignment]
    return found.span if found else None


def of_input(spec: Spec) -> Span:
    """The input's shape; where the chain begins with the input, the network."""
    return of_key(spec, "input", "shape") or of_key(spec, "network") or spec.text.span(0, 0)


def of_node(spec: Spec, node: Node) -> Span:
    """A use of a layer."""
    return node.span or of_key(spec, "network") or spec.text.span(0, 0)


def last_nodes(graph: Graph) -> list[Node]:
    """The node that gives each output; none where the output is the input itself."""
    return [graph.nodes[output.index] for output in graph.outputs if output.index >= 0]
