"""What a layer's `forward` is told besides its parameters and inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import jax

from netspec.ops.forms import Lowerings

Array = jax.Array
Weights = Mapping[str, Array]
"""A layer's parameters and statistics by name."""


class Tracked(NamedTuple):
    """A value together with the new running statistics of the layer that made it."""

    value: Array
    statistics: dict[str, Array]


@dataclass(frozen=True)
class Run:
    """How one layer is run: for training or inference, with which random key, and which forms its operations take."""

    train: bool = False
    key: Array | None = None
    """The layer's own key; given in training where the layer is random."""
    lowerings: Lowerings = field(default_factory=Lowerings)

    def own_key(self) -> Array:
        """The layer's random key. Raises ValueError where training was given none."""
        if self.key is None:
            raise ValueError("training with dropout or drop_path needs a random key, and got none")
        return self.key

    @property
    def backend(self) -> str:
        """What the program is compiled for: `cpu`, `gpu` or `tpu`."""
        return self.lowerings.backend
