"""The bundled specs as the tests of this folder look at them."""

from collections.abc import Iterable
from functools import cache
from itertools import takewhile
from pathlib import Path

from netspec.checking import Report, check
from netspec.diagnostics import Severity
from netspec.graph.node import INPUT, Graph, Node

SPECS = Path(__file__).parents[2] / "specs"


@cache
def report(target: str, **settings: str) -> Report:
    """What netspec finds about a bundled spec, `vgg@A` the variant A of vgg."""
    name, _, variant = target.partition("@")
    return check(str(SPECS / f"{name}.yaml"), variant=variant or None, settings=settings)


def graph(target: str, **settings: str) -> Graph:
    """The checked graph of a bundled spec."""
    found = report(target, **settings).graph
    assert found is not None
    return found


def trainable(node: Node) -> int:
    """The number of a node's trainable parameters."""
    return sum(parameter.size for parameter in node.parameters if parameter.trainable)


def total(nodes: Iterable[Node]) -> int:
    """The trainable parameters of several nodes."""
    return sum(map(trainable, nodes))


def layers(nodes: Iterable[Node]) -> list[tuple[str, int]]:
    """Output and trainable parameters of each node that has any."""
    return [(str(node.shape), trainable(node)) for node in nodes if trainable(node)]


def of_kind(target: str, *kinds: str) -> list[Node]:
    """The layers of some kinds."""
    return [node for node in graph(target) if node.kind in kinds]


def shapes(target: str, *kinds: str) -> list[str]:
    """The outputs of all layers of some kinds."""
    return [str(node.shape) for node in of_kind(target, *kinds)]


def inside(target: str, block: str) -> list[Node]:
    """The nodes of one block or head."""
    return [node for node in graph(target) if node.name.startswith(f"{block}/")]


def field(target: str, kind: str, name: str) -> list[object]:
    """A field's value in all layers of a kind."""
    return [node.layer.model_dump()[name] for node in of_kind(target, kind)]


def complaints(found: Report) -> list[str]:
    """The findings that are more than a note."""
    return [str(finding) for finding in found.findings if finding.severity >= Severity.WARNING]


def classifiers(found: Graph) -> set[int]:
    """For each output its last layer with parameters, and what follows that."""
    chains: set[int] = set()
    for output in found.outputs:
        index = output.index
        while index != INPUT:
            chains.add(index)
            if found.nodes[index].parameters:
                break
            (index,) = found.nodes[index].inputs
    return chains


def lines(name: str) -> list[str]:
    """A spec's lines."""
    return (SPECS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()


def body(name: str) -> list[str]:
    """The lines of a spec's `network: |`."""
    text = lines(name)
    return list(takewhile(lambda line: line.startswith("  "), text[text.index("network: |") + 1 :]))


def header(name: str) -> str:
    """The comment that a spec begins with."""
    return " ".join(takewhile(lambda line: line.startswith("#"), lines(name)))
