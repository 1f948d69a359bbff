"""Counts and sizes as people write them: `5M`, `2GiB at batch 64`."""

import re
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

_COUNT: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kKMGTBP]?)")
_COUNT_UNITS: Final = {
    "": 1,
    "k": 10**3,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "B": 10**9,
    "T": 10**12,
    "P": 10**15,
}
_MEMORY: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kKMGT]?i?)B(?:\s+at\s+batch\s+([0-9]{1,12}))?")
_MEMORY_UNITS: Final = {
    "": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
    "Ki": 2**10, "ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
}  # fmt: skip


def _scaled(number: str, unit: int) -> int:
    """Exact: `2.5M` is 2,500,000, without a float in between."""
    whole, _, fraction = number.partition(".")
    shift: int = 10 ** len(fraction)
    return int(whole + fraction) * unit // shift


def _count(value: Any) -> Any:
    if isinstance(value, str):
        found = _COUNT.fullmatch(value.strip())
        if not found or len(value) > 30:
            raise ValueError("a count, such as 5M, 600M or 1.2G")
        return _scaled(found[1], _COUNT_UNITS[found[2]])
    return value


Count = Annotated[int, BeforeValidator(_count, json_schema_input_type=int | str), Field(ge=1)]
"""A number of things: `5M` is 5,000,000."""


class Memory(BaseModel):
    """A limit on memory, for a batch of so many examples: `2GiB at batch 64`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True)

    bytes: int = Field(ge=1)
    """The limit in bytes; GiB is 2^30, GB 10^9."""
    batch: int = Field(default=1, ge=1)
    """Examples in the batch it holds for."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": ["string", "object"], "description": "a size, such as 2GiB at batch 64"}

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        found = _MEMORY.fullmatch(value.strip())
        if not found or len(value) > 60:
            raise ValueError("a size, such as 512MiB or `2GiB at batch 64`")
        return {"bytes": _scaled(found[1], _MEMORY_UNITS[found[2]]), "batch": int(found[3] or 1)}
