"""What an analysis is made for: the batch, the type of the numbers, the optimizer."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netspec.analysis.device_records import Device

DTYPES: Final = MappingProxyType({"float32": 4, "bfloat16": 2, "float16": 2, "float64": 8})
"""Bytes of one number."""

TOKEN_BYTES: Final = 4
"""Token ids and labels are 32-bit integers."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Examples a batch, the type of values and parameters, the optimizer by its name in the language, and a device.

    Raises:
        ValueError: A batch below 1, or a name that does not exist.
    """

    batch: int = 1
    dtype: str = "float32"
    optimizer: str = "momentum"
    device: "Device | None" = None

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise ValueError(f"a batch has at least 1 example, not {self.batch}")
        if self.dtype not in DTYPES:
            raise ValueError(f"no dtype is called {self.dtype}; there are {', '.join(DTYPES)}")
        if self.optimizer not in optimizers():
            raise ValueError(f"no optimizer is called {self.optimizer}; there are {', '.join(optimizers())}")

    @property
    def bytes(self) -> int:
        """Bytes of one number."""
        return DTYPES[self.dtype]

    @property
    def slots(self) -> int:
        """Values the optimizer keeps for each trainable one, with its default settings."""
        from netspec.language.recipes.optimizers import Optimizer  # noqa: PLC0415  few commands train

        kind = Optimizer.kinds[self.optimizer]
        return int(kind.model_validate({"rate": 1.0}).slots)


def optimizers() -> tuple[str, ...]:
    """The names of the optimizers."""
    from netspec.language.recipes.optimizers import Optimizer  # noqa: PLC0415  few commands train

    return tuple(Optimizer.kinds)
