"""A network on its way to the operations that XLA compiles its step to, as far as they store anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from netspec.analysis.memory.waves import Array, Program, Value
from netspec.analysis.settings import TOKEN_BYTES, Settings
from netspec.graph.node import INPUT, Graph, Node, Output
from netspec.layers.base import Parameter
from netspec.layers.facets import Keeps

ADDING: Final = ("momentum", "nesterov")
"""Optimizers with a slot that the gradient is added to; a look-up's gradient is scattered right into it."""


@dataclass(frozen=True, slots=True)
class Use:
    """One node with what its layer declares and the values it reads."""

    node: Node
    keeps: Keeps
    inputs: tuple[Value, ...]

    @property
    def x(self) -> Value:
        """The first input."""
        return self.inputs[0]


@dataclass(frozen=True, slots=True)
class Room:
    """A donated parameter's own array, and the waves in which it is free for others."""

    bytes: int
    start: int
    end: int


Backward = Callable[[Value], Sequence[Value | None]]
"""Tells the backward operations for the gradient of a node's value; gives those of its inputs, None for none."""
Rule = Callable[["Lowering", Use], tuple[Value, Backward]]
"""Tells the forward operations of one use of a layer."""


class Lowering:
    """One network, its program so far, and the values of its nodes."""

    def __init__(self, graph: Graph, settings: Settings, *, training: bool) -> None:
        self.graph = graph
        self.batch = settings.batch
        self.training = training
        self.scatters_into_slots = settings.optimizer in ADDING
        self.program = Program(settings.bytes)
        self.argument = Array(0, 0, "scratch", INPUT, backward=False)
        """Stands for everything that is there before the step, and is counted elsewhere."""
        self.values: dict[int, Value] = {}
        self.trained: dict[int, bool] = {INPUT: False}
        """Whether parameters are trained in a node or before it, so that its value has a gradient."""
        self.gradients: dict[int, list[Value]] = {}
        self.copies: dict[tuple[int, str], Array] = {}
        self.rooms: dict[tuple[int, str], Room] = {}
        self.outputs_bytes = 0

    def count(self, index: int) -> int:
        """Numbers in a node's value for the whole batch."""
        return self.batch * self.graph.shape_of(index).elements

    def sizes(self, index: int) -> tuple[int, ...]:
        """The shape of a node's value, batch first."""
        return self.batch, *self.graph.shape_of(index).sizes

    def parameters(self, node: Node) -> tuple[Parameter, ...]:
        """The parameters that a node uses, its own or those it shares."""
        return node.parameters if node.shares is None else self.graph.nodes[node.shares].parameters

    def biased(self, node: Node) -> bool:
        """Whether a bias is added."""
        return any(parameter.role == "bias" for parameter in self.parameters(node))

    def passes_on(self, node: Node) -> bool:
        """Whether a gradient has to go on to what is before the node."""
        return self.training and any(self.trained[i] for i in node.inputs)

    def weights(self, node: Node, parameter: Parameter, *, passes: bool) -> Array:
        """Trained weights are copied at the start where the input's gradient reads them.

        New weights are written over the old ones, and nothing that XLA sees would hold that back until the
        input's gradient is there.
        """
        if not passes:
            return self.argument
        key = (self._owner(node), parameter.name)
        if key not in self.copies:
            size = parameter.size * self.program.value_bytes
            self.copies[key] = self.program.operation(size, self.argument, purpose="gradient")
        return self.copies[key]

    def update(self, node: Node, parameter: Parameter, gradient: Array) -> None:
        """Slots, then weights, are written over the old ones; until then a copied parameter's own array is free."""
        key = (self._owner(node), parameter.name)
        copy = self.copies.get(key)
        slots = self.program.operation(0, gradient)
        done = self.program.operation(0, slots, copy or self.argument)
        if copy is not None:
            before = self.rooms.get(key)
            end = max(done.made - 1, before.end if before else 0)
            self.rooms[key] = Room(copy.bytes, copy.made + 1, end)

    def _owner(self, node: Node) -> int:
        return node.index if node.shares is None else node.shares

    def gradient(self, index: int) -> Value | None:
        """The sum of all gradients that were passed to a value so far."""
        parts = self.gradients.pop(index, [])
        return self.program.formula(self.count(index), *parts) if len(parts) > 1 else next(iter(parts), None)

    def run(self, rule: Callable[[Use], Rule]) -> None:
        """Tell all forward operations; in training then those of the losses, and all backward operations."""
        self.values[INPUT] = Value(self.count(INPUT), (self.argument,), self.argument)
        tape: list[tuple[Node, Backward]] = []
        for node in self.graph:
            self.program.node = node.index
            use = Use(node, node.layer.kept(), tuple(self.values[i] for i in node.inputs))
            own = any(parameter.trainable for parameter in self.parameters(node))
            self.trained[node.index] = own or any(self.trained[i] for i in node.inputs)
            self.values[node.index], backward = rule(use)(self, use)
            tape.append((node, backward))
        if self.training:
            self._backward(tape)
        else:
            self._outputs()

    def _outputs(self) -> None:
        """What an inference gives is counted as outputs."""
        for index in dict.fromkeys(output.index for output in self.graph.outputs):
            array = self.program.store(self.values[index])
            self.outputs_bytes += array.bytes
            array.bytes = 0

    def _backward(self, tape: list[tuple[Node, Backward]]) -> None:
        for output in self.graph.outputs:
            self.program.node = output.index
            self.gradients.setdefault(output.index, []).append(self._loss(output))
        self.program.backward = True
        while tape:
            node, backward = tape.pop()
            self.program.node = node.index
            gradient = self.gradient(node.index)
            if gradient is None or not self.trained[node.index]:
                continue
            for source, part in zip(node.inputs, backward(gradient), strict=True):
                if part is not None and self.trained[source]:
                    self.gradients.setdefault(source, []).append(part)

    def _loss(self, output: Output) -> Value:
        """Softmax cross-entropy, and the gradient of the logits.

        The labels' places are found twice, to read the probability there and to write into an array of zeros.
        """
        p, sizes, logits = self.program, self.sizes(output.index), self.count(output.index)
        labels = logits // sizes[-1]
        places = labels * len(sizes) * TOKEN_BYTES
        read, write = (p.operation(places, self.argument, purpose="scratch") for _ in range(2))
        ones = p.operation(labels * p.value_bytes, self.argument, purpose="scratch")
        zeros = p.operation(logits * p.value_bytes, self.argument, purpose="scratch")
        p.operation(0, zeros, write, ones)
        exponents = p.operation(logits * p.value_bytes, p.store(self.values[output.index]))
        total = p.operation(labels * p.value_bytes, exponents)
        p.operation(0, total, read)
        return p.formula(logits, exponents, total, zeros)
