"""A network as the operations that XLA compiles its step to, as far as they store anything.

A layer's rule (`netspec.analysis.memory.rules`) tells its forward operations to the program and gives back its
value, with a function that tells the backward operations when the gradient of that value is known.
"""

from collections.abc import Callable, Sequence
from typing import Final

from netspec.analysis.memory.waves import Array, Program, Value
from netspec.analysis.settings import Settings
from netspec.graph.node import INPUT, Graph, Node

Backward = Callable[[Value], Sequence[Value | None]]
"""From the gradient of a node's value to the gradients of its inputs; None where there is none."""

ADDING: Final = ("momentum", "nesterov")
"""Optimizers with a slot that the gradient is added to."""

INTEGER: Final = 4
"""Bytes of an index, a label or a random number."""


class Lowering:
    """One network on its way into a program."""

    def __init__(self, graph: Graph, settings: Settings, *, training: bool) -> None:
        self.graph = graph
        self.batch = settings.batch
        self.training = training
        self.into_slots = settings.optimizer in ADDING
        self.program = Program(settings.bytes)
        self.argument = Array(0, 0, "scratch", INPUT, None, backward=False)
        self.values: dict[int, Value] = {}
        self.trained: dict[int, bool] = {INPUT: False}
        self.gradients: dict[int, list[Value]] = {}
        self.copies: dict[int, Array] = {}
        self.outputs_bytes = 0
        self.hosts: list[tuple[int, int, int]] = []

    def count(self, index: int) -> int:
        """Numbers in a node's value for the whole batch."""
        return self.batch * self.graph.shape_of(index).elements

    def owner(self, node: Node) -> Node:
        """The node whose parameters this one uses."""
        return node if node.shares is None else self.graph.nodes[node.shares]

    def passes_on(self, node: Node) -> bool:
        """Whether a gradient has to go on to what is before the node."""
        return self.training and any(self.trained[i] for i in node.inputs)

    def kernel(self, node: Node, size: int) -> Array:
        """The weights of a node. Trained weights whose gradient passes through are copied at the start.

        The new weights are to be written over the old ones, and XLA sees nothing that would hold the update back
        until the input's gradient, which reads the old ones too, is computed.
        """
        if not self.passes_on(node):
            return self.argument
        owner = self.owner(node).index
        if owner not in self.copies:
            self.copies[owner] = self.program.operation(size, self.argument, purpose="gradient")
        return self.copies[owner]

    def update(self, weights: Array, gradient: Array) -> None:
        """Slots, then weights, are written over the old ones."""
        slots = self.program.operation(0, gradient)
        done = self.program.operation(0, slots, weights)
        if weights is not self.argument:
            self.hosts.append((weights.bytes, weights.made + 1, done.made - 1))

    def gradient(self, index: int) -> Value | None:
        """The sum of all that was passed to a value."""
        parts = self.gradients.pop(index, [])
        return self.program.formula(self.count(index), *parts) if len(parts) > 1 else next(iter(parts), None)

    def forward(self, rule: Callable[["Lowering", Node, list[Value]], tuple[Value, Backward]]) -> None:
        """Tell all forward operations, then, in training, the losses and all backward operations."""
        given = Value(self.count(INPUT), (self.argument,), self.argument)
        self.values[INPUT] = given
        tape: list[tuple[Node, Backward]] = []
        for node in self.graph:
            self.program.node = node.index
            trained = any(p.trainable for p in self.owner(node).parameters)
            self.trained[node.index] = trained or any(self.trained[i] for i in node.inputs)
            self.values[node.index], backward = rule(self, node, [self.values[i] for i in node.inputs])
            tape.append((node, backward))
        if self.training:
            self.backward(tape)
        else:
            self.finish()

    def finish(self) -> None:
        """What an inference gives is no scratch of its own."""
        for index in dict.fromkeys(output.index for output in self.graph.outputs):
            array = self.program.store(self.values[index])
            self.outputs_bytes += array.bytes
            array.bytes = 0

    def backward(self, tape: list[tuple[Node, Backward]]) -> None:
        """Tell the losses, then all backward operations, last layer first."""
        for output in self.graph.outputs:
            self.program.node = output.index
            self.program.backward = False
            self.gradients.setdefault(output.index, []).append(self.loss(output.index))
        self.program.backward = True
        while tape:
            node, backward = tape.pop()
            self.program.node = node.index
            total = self.gradient(node.index)
            if total is None or not self.trained[node.index]:
                continue
            for source, part in zip(node.inputs, backward(total), strict=True):
                if part is not None and self.trained[source]:
                    self.gradients.setdefault(source, []).append(part)

    def loss(self, index: int) -> Value:
        """Softmax cross-entropy of one output, and the gradient of its logits."""
        program = self.program
        shape = self.graph.shape_of(index)
        labels = self.batch * shape.elements // shape.channels
        axes = len(shape.sizes)
        where = [program.operation(labels * axes * INTEGER, self.argument, purpose="scratch") for _ in range(2)]
        ones = program.operation(labels * program.value_bytes, self.argument, purpose="scratch")
        size = labels * shape.channels * program.value_bytes
        chosen = program.operation(size, self.argument, purpose="scratch")
        chosen = program.operation(0, chosen, where[0], ones)
        exponents = program.operation(size, program.store(self.values[index]))
        total = program.operation(labels * program.value_bytes, exponents)
        program.operation(0, total, where[1])
        return program.formula(labels * shape.channels, exponents, total, chosen)
