"""The memory of inference and of a training step, predicted from the typed graph before anything runs.

Each layer is lowered to the operations that XLA compiles it to, as far as they store an array (`rules`); the
operations run in waves, as XLA's scheduler on CPU has them (`waves`); the most that lives in one wave, with the
arguments of the step, is the figure. Nothing in it is fitted: docs/memory.md has the table of what XLA says.
"""

from netspec.analysis.memory.lowering import Lowering
from netspec.analysis.memory.peak import Peak, peak
from netspec.analysis.memory.records import (
    EXECUTION as EXECUTION,
    NARROW,
    Inference as Inference,
    Saved as Saved,
    Training as Training,
)
from netspec.analysis.memory.rules import lower, unknown_layers
from netspec.analysis.settings import TOKEN_BYTES, Settings
from netspec.graph.node import INPUT, Graph


def inference(graph: Graph, settings: Settings) -> Inference:
    """The peak memory of one forward pass."""
    lowering = lower(graph, settings, training=False)
    found = peak(lowering)
    return Inference(
        batch=settings.batch,
        parameters_bytes=_parameters(graph, statistics=False) * settings.bytes,
        statistics_bytes=_parameters(graph, statistics=True) * settings.bytes,
        input_bytes=_input(graph, settings),
        activations_bytes=found.bytes,
        outputs_bytes=lowering.outputs_bytes,
        peak_at=_name(graph, found),
        unknown=unknown_layers(graph),
        execution=_execution(settings),
    )


def training(graph: Graph, settings: Settings) -> Training:
    """The peak memory of one step: forward, softmax cross-entropy, backward, update."""
    lowering = lower(graph, settings, training=True)
    found = peak(lowering)
    trained = sum(p.size for node in graph for p in node.parameters if p.trainable)
    return Training(
        batch=settings.batch,
        parameters_bytes=_parameters(graph, statistics=False) * settings.bytes,
        statistics_bytes=_parameters(graph, statistics=True) * settings.bytes,
        gradients_bytes=found.gradients,
        optimizer_bytes=trained * settings.slots * settings.bytes,
        input_bytes=_input(graph, settings) + _labels(graph, settings),
        saved_bytes=found.saved,
        scratch_bytes=found.scratch,
        reused_bytes=found.reused,
        outputs_bytes=settings.bytes,
        peak_at=_name(graph, found),
        saved=_saved(lowering),
        unknown=unknown_layers(graph),
        execution=_execution(settings),
    )


def _execution(settings: Settings) -> str:
    return EXECUTION if settings.bytes >= TOKEN_BYTES else NARROW


def _parameters(graph: Graph, *, statistics: bool) -> int:
    roles = {"statistic"} if statistics else {"weight", "bias"}
    return sum(p.size for node in graph for p in node.parameters if p.role in roles)


def _input(graph: Graph, settings: Settings) -> int:
    one = TOKEN_BYTES if graph.input.tokens else settings.bytes
    return settings.batch * graph.input.elements * one


def _labels(graph: Graph, settings: Settings) -> int:
    """One integer a position of each output."""
    shapes = [graph.shape_of(output.index) for output in graph.outputs]
    return sum(settings.batch * shape.elements // shape.channels for shape in shapes) * TOKEN_BYTES


def _name(graph: Graph, found: Peak) -> str:
    return "input" if found.node == INPUT else graph.nodes[found.node].name


def _saved(lowering: Lowering) -> tuple[Saved, ...]:
    """What is kept from the forward to the backward pass, by layer, in the network's order."""
    kept: dict[int, int] = {}
    for array in lowering.program.arrays:
        if array.saved and array.purpose == "value":
            kept[array.node] = kept.get(array.node, 0) + array.bytes
    return tuple(Saved(lowering.graph.nodes[index].name, kept[index]) for index in sorted(kept))
