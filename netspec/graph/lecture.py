"""The lectures' grammar: does a network follow it, with which numbers, and where does it go beyond?

INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC, with N >= 0 (usually <= 3), M >= 0, K >= 0 (usually < 3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from netspec.graph.node import INPUT, Graph, Node

GRAMMAR: Final = "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC"

# What changes no architecture is set aside: dropout acts in training only, softmax turns scores into probabilities.
_SET_ASIDE: Final = ("dropout", "identity", "flatten")
_SYMBOLS: Final = {"conv": "CONV", "relu": "RELU", "pool": "POOL", "avgpool": "POOL", "fc": "FC"}


_NO_FC: Final = "it does not end with FC"

Stage = tuple[int, bool, Node]
"""N, whether a POOL follows, and the first node."""


@dataclass(frozen=True)
class Instance:
    """A network that follows the grammar: (N, pooled?) of each stage with its first node, and the FC layers before the last."""

    stages: tuple[Stage, ...]
    hidden: tuple[Node, ...]

    def __str__(self) -> str:
        runs = [(stage, len(list(same))) for stage, same in groupby(self.stages, key=lambda s: s[:2])]
        parts = [_stage(n, times, pooled=pooled) for (n, pooled), times in runs]
        if self.hidden:
            parts.append("FC -> RELU" if len(self.hidden) == 1 else f"[FC -> RELU]*{len(self.hidden)}")
        return " -> ".join(["INPUT", *parts, "FC"])


@dataclass(frozen=True)
class Beyond:
    """Where a network leaves the grammar, and what stands there."""

    node: Node | None
    reason: str


def _stage(convolutions: int, times: int, *, pooled: bool) -> str:
    convs = {0: "", 1: "CONV -> RELU"}.get(convolutions, f"[CONV -> RELU]*{convolutions}")
    stage = " -> ".join(filter(None, (convs, "POOL" if pooled else "")))
    return stage if times == 1 else f"[{stage}]*{times}"


def recognize(graph: Graph) -> Instance | Beyond:
    """The grammar's instance that the network is, or the first place where it is none."""
    if len(graph.outputs) > 1:
        return Beyond(None, "it has heads beside its output")
    nodes = [node for node in graph if node.kind not in _SET_ASIDE]
    if nodes and nodes[-1].kind == "softmax":
        nodes.pop()
    return _parse(_Symbols(graph, nodes))


@dataclass
class _Symbols:
    graph: Graph
    nodes: list[Node]
    at: int = 0

    def peek(self) -> str:
        """The symbol that stands next, or an empty text at the end and at what has no symbol."""
        node = self.node
        return "" if node is None or not self._goes_on(node) else _SYMBOLS.get(node.kind, "")

    @property
    def node(self) -> Node | None:
        return self.nodes[self.at] if self.at < len(self.nodes) else None

    def _goes_on(self, node: Node) -> bool:
        """Whether a node reads the one before it, and nothing else."""
        return node.inputs == ((node.index - 1,) if node.index else (INPUT,))

    def take(self, *symbols: str) -> bool:
        """Go past these symbols if they stand next, all of them."""
        start = self.at
        for symbol in symbols:
            if self.peek() != symbol:
                self.at = start
                return False
            self.at += 1
        return True


def _parse(symbols: _Symbols) -> Instance | Beyond:
    stages = tuple(_stages(symbols))
    dense: list[Node] = []
    while symbols.peek() == "FC" and (node := symbols.node) is not None:
        dense.append(node)
        if not symbols.take("FC", "RELU"):
            symbols.take("FC")
            return _ended(symbols, stages, dense)
    if symbols.node is not None:
        return _unexpected(symbols)
    return Beyond(symbols.nodes[-1], "the last FC is followed by RELU") if dense else Beyond(None, _NO_FC)


def _ended(symbols: _Symbols, stages: tuple[Stage, ...], dense: list[Node]) -> Instance | Beyond:
    if symbols.node is not None:
        return _unexpected(symbols)
    return Instance(stages, tuple(dense[:-1]))


def _stages(symbols: _Symbols) -> Iterator[Stage]:
    while (first := symbols.node) is not None:
        convolutions = 0
        while symbols.take("CONV", "RELU"):
            convolutions += 1
        pooled = symbols.take("POOL")
        if not convolutions and not pooled:
            return
        yield convolutions, pooled, first


def _unexpected(symbols: _Symbols) -> Beyond:
    while symbols.peek() == "CONV" and symbols.at + 1 < len(symbols.nodes):
        symbols.at += 1  # the convolution is not what is at fault, but what follows it
        if symbols.peek() == "CONV":
            return Beyond(symbols.node, "two convolutions without a RELU between them")
    node = symbols.node
    assert node is not None
    if len(node.inputs) > 1:
        return Beyond(node, f"`{node.name}` merges branches")
    if node.kind in _SYMBOLS:
        return Beyond(node, f"{_SYMBOLS[node.kind]} stands where the grammar does not have it")
    return Beyond(node, f"the grammar has no {node.kind}")
