"""What a step needs, as frozen records of bytes whose lines add up to the total."""

from dataclasses import dataclass
from typing import Final

EXECUTION: Final = "XLA on CPU: one jitted step, default flags, state donated, no rematerialization"
"""The model of execution that all figures assume."""

NARROW: Final = f"{EXECUTION}, were it to compute in 16 bits, which it widens to 32"
"""The same for 16-bit numbers: right for a device that computes in them, too little for a CPU."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What is kept of one layer from its forward to its backward pass."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Inference:
    """Peak memory of one forward pass, in bytes.

    `activations_bytes` is the most that is stored at one time beside parameters, input and outputs, which is at
    the layer `peak_at`. `unknown` names the layers that do not say what they store; they are taken to store their
    output, which may be too little.
    """

    batch: int
    parameters_bytes: int
    statistics_bytes: int
    input_bytes: int
    activations_bytes: int
    outputs_bytes: int
    peak_at: str
    unknown: tuple[str, ...] = ()
    execution: str = EXECUTION

    @property
    def total_bytes(self) -> int:
        """All lines together."""
        return (
            self.parameters_bytes
            + self.statistics_bytes
            + self.input_bytes
            + self.activations_bytes
            + self.outputs_bytes
        )

    @property
    def exact(self) -> bool:
        """False where a layer does not say what it stores."""
        return not self.unknown


@dataclass(frozen=True, slots=True)
class Training:
    """Peak memory of one training step, in bytes, at the moment when most is stored.

    `gradients_bytes` are gradients of parameters, or copies of parameters in whose place gradients are written.
    `optimizer_bytes` are the optimizer's own values. `input_bytes` has the labels too. `saved_bytes` are
    activations, and what was computed from them, that the backward pass will read; `saved` has all that is ever
    kept, by layer. `scratch_bytes` is everything else that is stored at that moment: index maps, transposed
    arrays, gradients of activations. `reused_bytes` of these lie in the place of parameters that are no longer
    needed there, and count once. `unknown` names the layers that do not say what they store.
    """

    batch: int
    parameters_bytes: int
    statistics_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    input_bytes: int
    saved_bytes: int
    scratch_bytes: int
    reused_bytes: int
    outputs_bytes: int
    peak_at: str
    saved: tuple[Saved, ...] = ()
    unknown: tuple[str, ...] = ()
    execution: str = EXECUTION

    @property
    def total_bytes(self) -> int:
        """All lines together, less what lies in the place of something else."""
        return (
            self.parameters_bytes
            + self.statistics_bytes
            + self.gradients_bytes
            + self.optimizer_bytes
            + self.input_bytes
            + self.saved_bytes
            + self.scratch_bytes
            - self.reused_bytes
            + self.outputs_bytes
        )

    @property
    def exact(self) -> bool:
        """False where a layer does not say what it stores."""
        return not self.unknown
