"""A computing device and the documents that describe it, as records."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from netspec.language.model_errors import LARGEST
from netspec.language.quantities import Count, Memory

_RATES: Final[Mapping[str, tuple[str, ...]]] = {
    "float32": ("tf32", "float32", "bfloat16"),
    "bfloat16": ("bfloat16", "tf32", "float32"),
    "float16": ("float16", "tf32", "float32", "bfloat16"),
    "float64": ("float64",),
}
"""For each dtype the rates that may count; the first that the device has does."""


def _whole(value: Any) -> Any:
    """`312e12` is a whole number too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return _whole(value)
    try:
        size = Memory.model_validate(value)
    except ValidationError:
        size = None
    if size is None or size.batch != 1:
        raise ValueError("a size, such as 80GiB")
    return size.bytes


def _bandwidth(value: Any) -> Any:
    try:
        return _bytes(value.removesuffix("/s") if isinstance(value, str) else value)
    except ValueError:
        raise ValueError("bytes a second, such as 900GB/s") from None


def _https(value: str) -> str:
    if not value.startswith("https://"):
        raise ValueError("an address that begins with https://")
    return value


# The least that each may be keeps a forgotten unit from being read as bytes or FLOP/s.
Bytes = Annotated[int, BeforeValidator(_bytes), Field(ge=2**20, le=LARGEST)]
"""Bytes of memory: `80GiB`."""
Bandwidth = Annotated[int, BeforeValidator(_bandwidth), Field(ge=10**6, le=LARGEST)]
"""Bytes a second: `900GB/s`."""
Rate = Annotated[Count, BeforeValidator(_whole), Field(ge=10**6, le=LARGEST)]
"""FLOP/s: `312T`, `312e12`."""
Label = Annotated[str, Field(min_length=1, max_length=200)]


class DeviceRecord(BaseModel):
    """What a mapping in a file of devices becomes."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True)


class DeviceSource(DeviceRecord):
    """A document with figures of a device, and whether it was seen."""

    title: Label
    """What the document is called."""
    date: Label
    """When it was published, or read where it has no date: `2020-05-14`, `2026`."""
    url: Annotated[Label, AfterValidator(_https)]
    """Where it can be read."""
    seen: Literal["read", "recalled"]
    """Whether the figures were read, in the document or where it is quoted, or written from memory."""
    figures: tuple[Label, ...]
    """The figures that stand in it."""


class Device(DeviceRecord):
    """A computing device as JAX shows it. Memory in bytes, bandwidth in bytes a second, rates in FLOP/s.

    Rates are dense (without sparsity), and a fused multiply-add counts as 2. None where the device lacks the type or
    its rate is not known.
    """

    name: Label
    """The short name: `a100-80g`."""
    full_name: Label
    """The name people know it by."""
    memory: Bytes
    """What programs can get, in bytes."""
    bandwidth: Bandwidth
    """Bytes a second between memory and chip."""
    float32: Rate | None = None
    """The rate of full float32."""
    tf32: Rate | None = None
    """The rate of float32 that matrix units round to tf32."""
    bfloat16: Rate | None = None
    """The rate of bfloat16 with sums in float32."""
    float16: Rate | None = None
    """The rate of float16 with sums in float32."""
    float64: Rate | None = None
    """The rate of float64."""
    note: str = Field(default="", max_length=1_000)
    """What must be known about the figures."""
    sources: tuple[DeviceSource, ...] = ()
    """Where the figures stand."""

    def runs_as(self, dtype: str) -> str | None:
        """The type whose rate counts for layers that compute in `dtype`, or None where no such rate is known.

        It is what JAX does unless told otherwise (`jax.lax.Precision.DEFAULT`): convolutions and matrix products of
        float32 run as tf32 on GPUs that have it, and as bfloat16 on TPUs, which have no rate of float32. A 16-bit
        type that the device lacks is computed as float32 (XLA's pass FloatNormalization), and so by the same rule.

        Raises:
            KeyError: netspec has no such dtype.
        """
        return next((rate for rate in _RATES[dtype] if getattr(self, rate) is not None), None)

    def peak(self, dtype: str) -> int | None:
        """The highest rate of layers that compute in `dtype`, in FLOP/s, by the rule of `runs_as`.

        Raises:
            KeyError: netspec has no such dtype.
        """
        rate = self.runs_as(dtype)
        return None if rate is None else int(getattr(self, rate))
