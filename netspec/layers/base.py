"""What every layer says about itself: fields, notation, shape rule, parameters, advice, examples."""

import inspect
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, TypeVar, final

from pydantic import BaseModel, ConfigDict, Field

from netspec.diagnostics import Fault, Refused, rules
from netspec.layers.facets import SAME_POSITION, Formula, Keeps, Macs, Reach

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Tracked, Weights

LARGEST: Final = 2**63 - 1
"""Dimensions and element counts stay below 2^63, as in every framework's tensors."""

Positive = Annotated[int, Field(ge=1, le=LARGEST)]
NonNegative = Annotated[int, Field(ge=0, le=LARGEST)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Small = Annotated[float, Field(gt=0, lt=1)]
Rate = Annotated[float, Field(ge=0, lt=1)]

PerAxis = Positive | tuple[Positive, ...]
"""One number for every spatial axis, or one number an axis."""


def dims(sizes: tuple[int, ...]) -> str:
    """Sizes as people write them: `224x224x3`."""
    return "x".join(map(str, sizes)) if sizes else "scalar"


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a value without its batch: spatial sizes, then channels; `(4096,)` is a vector.

    With `tokens` the value holds ids of a vocabulary of that many tokens, and every size is spatial.
    """

    sizes: tuple[int, ...]
    tokens: int | None = None

    @property
    def spatial(self) -> tuple[int, ...]:
        """The sizes of the axes that windows slide over."""
        return self.sizes[:-1] if self.tokens is None else self.sizes

    @property
    def channels(self) -> int:
        """The last size: values at each position, or of a vector."""
        return self.sizes[-1]

    @property
    def rank(self) -> int:
        """The number of spatial axes: 0 for a vector, 2 for an image."""
        return len(self.spatial)

    @property
    def elements(self) -> int:
        """Values in one example: the lectures' number of neurons."""
        return prod(self.sizes)

    def with_channels(self, channels: int) -> "Shape":
        """The same map with another number of channels."""
        return Shape((*self.spatial, channels))

    def __str__(self) -> str:
        return dims(self.sizes) + (f" tokens of {self.tokens}" if self.tokens else "")


Role = Literal["weight", "bias", "statistic"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """An array that a layer owns. A statistic is updated by running averages, never by gradients.

    `initializer` is `auto` (the `train:` section's scheme, by fan-in), `zeros`, `ones`, or a call such as
    `constant(0.25)`.
    """

    name: str
    shape: tuple[int, ...]
    role: Role = "weight"
    initializer: str = "auto"
    trainable: bool = True
    reads: tuple[float, float] | None = None
    """Weights that add up to one output, and outputs that one input goes to; None where the shape tells."""
    symbols: str = ""
    """How the size comes about, in the letters of the layer's formula: `(F*F*C)*K`."""
    worked: str = ""
    """The same in numbers, where it is not the product of the shape."""

    @property
    def size(self) -> int:
        """The number of values."""
        return prod(self.shape)

    @property
    def fans(self) -> tuple[float, float]:
        """fan_in and fan_out of weights `[*taps, in, out]` (Glorot and Bengio 2010, section 4.2)."""
        if self.reads is not None:
            return self.reads
        *taps, inputs, outputs = (1, *self.shape) if len(self.shape) == 1 else self.shape
        return prod(taps) * inputs, prod(taps) * outputs


@dataclass(frozen=True, slots=True)
class Notation:
    """How the arrow notation's places map to fields: `NAME[SIZE][-WIDTH][/STRIDE](positional...)`."""

    size: str | None = None
    width: str | None = None
    stride: str | None = None
    positional: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A use of the layer: documentation in the manual and a test at once.

    Shapes as text: `32x32x3`, `56 tokens of 20000`; a merge's inputs are joined by ` and `.
    `params` counts weights and biases, not statistics.
    """

    arrow: str
    input: str
    output: str
    params: int = 0


class Layer(BaseModel):
    """A kind of layer. Its fields are the language's schema, its docstring is the manual entry.

    A subclass is concrete and final, decorated with `@layer("name")`, and overrides nothing concrete but
    the rules below. Numbers are per example; batch is never part of a shape. A rule that a layer leaves out
    leaves its number unknown, and the totals say so; it is never taken as zero.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True)

    name: ClassVar[str]
    family: ClassVar[str]
    notation: ClassVar[Notation] = Notation()
    elsewhere: ClassVar[tuple[str, ...]] = ()
    """Names of the same layer in other tools; used for "did you mean", never accepted."""
    cancels_bias: ClassVar[bool] = False
    """True where a bias right before this layer would be subtracted again (batch norm)."""
    merges: ClassVar[bool] = False
    """True for layers of several inputs, which join branches or take tags."""
    own_values: ClassVar[bool] = True
    """False where the output is no new neurons: what works on each value in place, or reads it as another shape."""
    without_macs: ClassVar[bool] = False
    """True where nothing is counted as a multiply-add: activations, normalization, pooling, what moves values."""
    pointwise: ClassVar[bool] = False
    """True where each position of the output reads the same position of each input, and no other."""
    random: ClassVar[bool] = False
    """True where training draws random numbers, for which it is given a key."""
    rectifies: ClassVar[bool] = False
    """True for activations that pass positive values on and hold negative ones back, before which He's scheme is right."""
    full_precision: ClassVar[bool] = False
    """True where parameters are used as they are stored: norms, whose factors near 1 do not survive 16 bits."""
    keeps: ClassVar[Keeps] = Keeps("unknown")
    """How it computes, and so what a training step stores for it."""
    examples: ClassVar[tuple[Example, ...]] = ()

    @abstractmethod
    def infer(self, inputs: tuple[Shape, ...]) -> Shape:
        """The output's shape. Raises `Refused` where the inputs do not fit."""

    @abstractmethod
    def forward(self, run: "Run", p: "Weights", *inputs: "Array") -> "Array | Tracked":
        """The value for a batch, `[batch, *sizes]` with the channels last, in the inputs' dtype.

        `p` holds the layer's parameters and statistics by name. A layer with running statistics gives in
        training the new ones too. jax is imported inside: checking and analyzing load none of it.
        """

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The arrays this layer owns, for inputs that `infer` has accepted and a `bias` already decided."""
        return ()

    def advice(self, inputs: tuple[Shape, ...]) -> Iterator[Fault]:
        """Warnings about a use that is allowed but probably not meant."""
        return iter(())

    def macs(self, inputs: tuple[Shape, ...]) -> tuple[Macs, ...] | None:
        """Multiply-adds of the forward pass of one example, as terms of a sum; None where they are not known."""
        return () if self.without_macs else None

    def reach(self, inputs: tuple[Shape, ...]) -> tuple[tuple[Reach, ...] | None, ...]:
        """For each input, what an output reads on each of its axes; None where that is not known."""
        return tuple((SAME_POSITION,) * x.rank if self.pointwise else None for x in inputs)

    def kept(self) -> Keeps:
        """`keeps`, or where it depends on fields, what it is with these."""
        return self.keeps

    def size_formulas(self, inputs: tuple[Shape, ...]) -> tuple[Formula, ...]:
        """How the sizes of the output come about, as far as they are not simply the input's or a field."""
        return ()


class Unary(Layer):
    """A layer of one input."""

    @final
    def infer(self, inputs: tuple[Shape, ...]) -> Shape:
        (x,) = inputs
        if x.tokens is not None and not self.reads_tokens:
            raise Refused(
                Fault(
                    rule=rules.TOKENS_WHERE_NUMBERS,
                    message=f"{self.name} computes with numbers, and its input is {x}",
                    help="put embed-WIDTH before it, which turns token ids into vectors",
                )
            )
        return self.shape(x)

    reads_tokens: ClassVar[bool] = False

    @abstractmethod
    def shape(self, x: Shape) -> Shape:
        """The output's shape for input `x`. Raises `Refused` where it does not fit."""

    @final
    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        return self.owns(inputs[0])

    @final
    def forward(self, run: "Run", p: "Weights", *inputs: "Array") -> "Array | Tracked":
        return self.computes(run, p, inputs[0])

    @abstractmethod
    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array | Tracked":
        """`forward` for the one input `x`."""

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        """The arrays this layer owns for input `x`."""
        return ()

    @final
    def advice(self, inputs: tuple[Shape, ...]) -> Iterator[Fault]:
        return self.warn(inputs[0])

    def warn(self, x: Shape) -> Iterator[Fault]:
        """Warnings about this use on input `x`."""
        return iter(())

    @final
    def macs(self, inputs: tuple[Shape, ...]) -> tuple[Macs, ...] | None:
        return self.works(inputs[0])

    def works(self, x: Shape) -> tuple[Macs, ...] | None:
        """Multiply-adds on input `x`, as terms of a sum; None where they are not known."""
        return () if self.without_macs else None

    @final
    def reach(self, inputs: tuple[Shape, ...]) -> tuple[tuple[Reach, ...] | None, ...]:
        return (self.reads(inputs[0]),)

    def reads(self, x: Shape) -> tuple[Reach, ...] | None:
        """What an output reads on each axis of input `x`; None where that is not known."""
        return (SAME_POSITION,) * x.rank if self.pointwise else None

    @final
    def size_formulas(self, inputs: tuple[Shape, ...]) -> tuple[Formula, ...]:
        return self.derives(inputs[0])

    def derives(self, x: Shape) -> tuple[Formula, ...]:
        """How sizes of the output come about for input `x`, where not simply the input's or a field."""
        return ()


class PerPosition(Unary):
    """A layer that works on the values of each position by itself and in place: its output has its input's shape."""

    own_values = False
    without_macs = True
    pointwise = True

    @final
    def shape(self, x: Shape) -> Shape:
        return x


KINDS: Final[dict[str, type[Layer]]] = {}
"""Every layer by its name; filled by `@layer`."""


Kind = TypeVar("Kind", bound=type[Layer])


def layer(name: str) -> Callable[[Kind], Kind]:
    """Register a layer class under its name; its family is the module it stands in."""

    def register(cls: Kind) -> Kind:
        if name in KINDS:
            raise TypeError(f"two layers are called {name}: {KINDS[name]} and {cls}")
        if inspect.isabstract(cls):
            raise TypeError(f"{cls.__name__} lacks a rule: {sorted(cls.__abstractmethods__)}")
        cls.name = name
        cls.family = cls.__module__.rpartition(".")[2]
        KINDS[name] = cls
        return cls

    return register


def image(x: Shape, name: str) -> tuple[int, ...]:
    """The spatial sizes of `x`; refuses a vector, on which there is nothing to slide over."""
    if x.rank < 1:
        raise Refused(
            Fault(
                rule=rules.WRONG_RANK,
                message=f"{name} works on a map with spatial axes, and its input is a vector of {x}",
                help="place it before the first fc, flatten or global pooling",
            )
        )
    return x.spatial


def biases(channels: int, *, wanted: bool | None, each: str = "filter") -> tuple[Parameter, ...]:
    """One bias a channel where a layer's `bias` says so, else nothing."""
    return (Parameter("bias", (channels,), "bias", "zeros", symbols=f"one a {each}"),) if wanted else ()


def biased(run: "Run", p: "Weights", y: "Array") -> "Array":
    """`y` plus the layer's bias, if it has one: one a channel, or one a position."""
    if "bias" not in p:
        return y
    from netspec.ops.elementwise import add_bias

    return add_bias(run, y, p["bias"]) if p["bias"].ndim == 1 else y + p["bias"]


def everywhere(x: Shape) -> tuple[Reach, ...]:
    """The reach of an output that reads every position of `x`."""
    return tuple(Reach(0, 1, 0, size - 1) for size in x.spatial)


def axis_names(rank: int) -> tuple[str, ...]:
    """What people call the spatial axes of a map: rows and columns of an image."""
    named = {1: ("positions",), 2: ("rows", "columns"), 3: ("frames", "rows", "columns")}
    return named.get(rank) or tuple(f"axis-{i + 1} places" for i in range(rank))


def per_axis(value: int | tuple[int, ...], rank: int, field: str) -> tuple[int, ...]:
    """One number an axis; refuses numbers for another number of axes than there are."""
    if isinstance(value, int):
        return (value,) * rank
    if len(value) != rank:
        raise wrong_axes(field, len(value), rank)
    return value


def wrong_axes(field: str, given: int, rank: int) -> Refused:
    """The refusal of a field that is given by axis for another number of axes."""
    return Refused(
        Fault(
            rule=rules.WRONG_RANK,
            message=f"{field} is given for {given}-D maps, and the input is {rank}-D",
            field=field,
            help=f"give one number for every axis, or {rank}" if rank > 1 else "give one number",
        )
    )


def divide(channels: int, groups: int, *, field: str, what: str) -> int:
    """`channels / groups`; refuses a remainder, naming what was to be divided."""
    if channels % groups:
        raise Refused(
            Fault(
                rule=rules.NOT_DIVISIBLE,
                message=f"{channels} {what} cannot be divided into {groups} equal groups",
                field=field,
                label=f"{channels} / {groups} leaves {channels % groups}",
            )
        )
    return channels // groups
