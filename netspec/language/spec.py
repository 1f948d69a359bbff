"""A spec: pydantic models of the keys that hold values, records of the rest, which the reader has checked.

Networks are syntax until they are unrolled.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from netspec.diagnostics import Source
from netspec.language.quantities import Count, Memory
from netspec.language.syntax import Chain, Place
from netspec.language.yaml12 import Mapping

_LARGEST = 2**63 - 1


class Section(BaseModel):
    """A part of a spec: strict, immutable, without unknown keys."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        defer_build=True,
        allow_inf_nan=False,
    )


def _as_sizes(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError("sizes such as 224x224x3")  # noqa: TRY004  pydantic makes a fault of a ValueError only
    return (value,) if isinstance(value, int) and not isinstance(value, bool) else value


Sizes = Annotated[
    tuple[Annotated[int, Field(ge=1, le=_LARGEST)], ...],
    BeforeValidator(_as_sizes, json_schema_input_type=str | int | list[int | str]),
    Field(min_length=1, max_length=4),
]
"""Sizes as text, `224x224x3`: spatial axes first, channels last."""


Spread = Annotated[float, Field(gt=0)]


def _has_width(ends: tuple[float, ...]) -> tuple[float, ...]:
    if ends[0] == ends[1]:
        raise ValueError("two numbers that differ")
    return ends


class Input(Section):
    """What one example is, and how it is preprocessed."""

    shape: Sizes
    """Sizes without the batch: `224x224x3`, `56x300`, `16x112x112x3`; `784` is a vector."""
    tokens: Annotated[int, Field(ge=1, le=_LARGEST)] | None = None
    """The values are ids of a vocabulary of this many tokens; every size is then spatial."""
    mean: float | tuple[float, ...] | None = None
    """Subtracted first: one number, or one a channel."""
    std: Spread | tuple[Spread, ...] | None = None
    """Divided by, after the mean: one number, or one a channel."""
    range: (
        Annotated[tuple[float, ...], Field(min_length=2, max_length=2), AfterValidator(_has_width)] | None
    ) = None
    """Lowest and highest value that the raw values are mapped to, such as [-1, 1]."""


@dataclass(frozen=True)
class InputNotation:
    """`input32x32x3` and `input(32x32x3)`."""

    size: str = "shape"
    width: None = None
    stride: None = None
    positional: tuple[str, ...] = ("shape",)


class Budget(Section):
    """Limits that `netspec check` holds the network to."""

    params: Count | None = None
    """Trainable parameters: `5M`."""
    macs: Count | None = None
    """Multiply-adds of one example: `600M`."""
    inference_memory: Memory | None = None
    """Peak memory of a forward pass: `512MiB`, `2GiB at batch 64`."""
    training_memory: Memory | None = None
    """Peak memory of a training step: `2GiB at batch 64`."""


@dataclass(frozen=True)
class Parameter:
    """A block's parameter; `default` counts where `required` is false."""

    name: str
    required: bool = True
    default: Any = None


@dataclass(frozen=True)
class Block:
    """A named function over networks."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Chain
    place: Place = field(repr=False)


class HeadSettings(Section):
    """What a head has besides its place and its network."""

    loss_weight: float = Field(default=1.0, ge=0)
    """Factor of this head's loss in the sum."""


@dataclass(frozen=True)
class Head:
    """A second output: a network that hangs on a tagged value."""

    name: str
    origin: str | None
    """The tag it hangs on (`from:`); the end of the main network where not given."""
    network: Chain
    loss_weight: float
    """Factor of this head's loss in the sum."""
    place: Place = field(repr=False)
    origin_place: Place | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A spec for one variant, with its variables computed. `network` and block bodies are syntax with places."""

    netspec: int = 1
    name: str
    source: str
    """The citation."""
    input: Input | None
    variables: dict[str, Any]
    variants: tuple[str, ...]
    variant: str | None
    blocks: dict[str, Block]
    unread_blocks: frozenset[str]
    """Blocks whose heading could not be read, so that calls of them are no second fault."""
    network: Chain
    heads: dict[str, Head]
    budget: Budget | None
    train: Any
    """A `netspec.language.train.Train`, or None; not imported here, for few commands train."""
    allow: tuple[str, ...]
    """Codes of warnings that are meant."""
    text: Source = field(repr=False)
    tree: Mapping = field(repr=False)
    """The keys as they stand in the file."""
