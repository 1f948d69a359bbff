"""Which form each operation of a network gets, and why."""

from dataclasses import dataclass, field, replace
from typing import Any

import jax

from netspec.engine.model import Model
from netspec.ops.forms import Case, Choice, Lowerings, Operation


@dataclass(frozen=True)
class Use:
    """One use of an operation: the layer, the operation, its form and the reason."""

    node: str
    operation: str
    form: str
    why: str


@dataclass(frozen=True, eq=False)
class _Recorder(Lowerings):
    """Notes every choice with the layer it was made for.

    It equals nothing but itself: what was traced for an equal layer would not be traced, and noted, again.
    """

    node: str = ""
    uses: list[Use] = field(default_factory=list)

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def pick(self, operation: Operation[Any], case: Case) -> Choice[Any]:
        choice = super().pick(operation, case)
        self.uses.append(Use(self.node, choice.operation, choice.form, choice.why))
        return choice

    def at(self, node: str) -> Lowerings:
        return replace(self, node=node)


def uses(model: Model, batch: int) -> tuple[Use, ...]:
    """Every choice that a training step at a batch size makes, in the order of the layers; nothing is compiled."""
    kept = model.lowerings
    recorder = _Recorder(kept.wanted, kept.default, kept.backend)
    params, state, labelled, key = model.step_structs(batch)
    jax.eval_shape(replace(model, lowerings=recorder).forward, params, state, labelled["x"], key)
    place = {node.name: node.index for node in model.graph}
    return tuple(sorted(recorder.uses, key=lambda use: place[use.node]))
