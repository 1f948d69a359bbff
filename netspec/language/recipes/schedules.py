"""Schedules: factors of the optimizer's rate. Lengths are in steps (updates of the parameters) or in epochs."""

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from netspec.language.recipes.base import NonNegativeReal, Notation, Positive, PositiveReal, Recipe, recipe


class Schedule(Recipe):
    """A phase of the run: by which factor the optimizer's rate is multiplied, from step to step.

    A chain is phases one after the other; only the last may go on to the end of the run.
    """

    noun = "schedule"

    leads_up: ClassVar[bool] = False
    """True for a phase that only makes sense before another."""

    @property
    def ends(self) -> bool:
        """True where the phase has a length of its own."""
        return False

    @classmethod
    def misplaced(cls, chain: tuple[Self, ...]) -> tuple[int, str] | None:
        """A phase without an end before another, or one that leads up to nothing."""
        for i, phase in enumerate(chain[1:], 1):
            if phase.leads_up:
                return i, f"{phase.name} stands first in a schedule"
        for i, (phase, following) in enumerate(pairwise(chain)):
            if not phase.ends:
                return i, f"{phase.name} goes on to the end of the run, and `{following.name}` follows it"
        if chain and chain[-1].leads_up:
            return len(chain) - 1, f"{chain[-1].name} leads up to another schedule, and none follows"
        return None


def unless(other: str, default: int) -> Any:
    """A default that holds where the other field is not given."""
    return Field(default_factory=lambda fields: None if fields.get(other) else default)


def left_out_beside_steps(value: Any, info: ValidationInfo) -> Any:
    """Refuses a value in epochs beside one in steps."""
    if value is not None and info.data.get("steps") is not None:
        raise ValueError("left out where `steps` is given")
    return value


def needed_without_steps(value: Any, info: ValidationInfo) -> Any:
    """Refuses nothing in epochs beside nothing in steps."""
    if value is None and "steps" in info.data and info.data["steps"] is None:
        raise ValueError("a whole number where `steps` is not given")
    return value


def _rising(values: tuple[int, ...]) -> tuple[int, ...]:
    if not values or sorted(set(values)) != list(values):
        raise ValueError("a number, or a list of numbers that rise")
    return values


Moments = Positive | Annotated[tuple[Positive, ...], AfterValidator(_rising)]
"""A number: every so many; a list: at each of these, counted from the start of the phase."""


class _Phase(Schedule):
    """A phase that may have a length."""

    steps: Positive | None = None
    """How long it lasts, in steps; not given: in epochs, or to the end of the run."""
    epochs: Positive | None = None
    """How long it lasts, in epochs."""

    _one_length = field_validator("epochs")(left_out_beside_steps)

    @property
    def ends(self) -> bool:
        return self.steps is not None or self.epochs is not None


@recipe("constant")
class Constant(_Phase):
    """The rate times a fixed factor."""

    factor: PositiveReal = 1.0
    """What the rate is multiplied by."""

    notation = Notation(("factor",))
    elsewhere = ("fixed", "none")


@recipe("warmup")
class Warmup(_Phase):
    """From `start` up to the full rate in a straight line; another schedule follows it.

    Source: Goyal et al. 2017, arXiv:1706.02677, section 2.2, whose warm-up takes 5 epochs.
    """

    epochs: Positive | None = unless("steps", 5)
    """How long it lasts, in epochs."""
    start: NonNegativeReal = 0.0
    """The factor at the first step."""

    leads_up = True
    notation = Notation(("steps",))
    elsewhere = ("warm_up", "linear_warmup")

    _has_length = field_validator("epochs")(needed_without_steps)


@recipe("linear")
class Linear(_Phase):
    """From factor `start` to factor `end` in a straight line."""

    start: NonNegativeReal = 1.0
    """The first factor."""
    end: NonNegativeReal = 0.0
    """The last factor."""

    notation = Notation(("start", "end"))
    elsewhere = ("linear_decay",)


@recipe("polynomial")
class Polynomial(_Phase):
    """end + (start - end) * (1 - t/T)^power, with t of T steps gone.

    Source: Chen et al. 2017, arXiv:1606.00915, section 4.1 ("poly", power 0.9).
    """

    power: PositiveReal = 0.9
    """The exponent; 1 is `linear`."""
    start: NonNegativeReal = 1.0
    """The first factor."""
    end: NonNegativeReal = 0.0
    """The last factor."""

    notation = Notation(("power",))
    elsewhere = ("poly", "polynomial_decay")


@recipe("cosine")
class Cosine(_Phase):
    """end + (1 - end) * (1 + cos(pi * t/T)) / 2, with t of a cycle's T steps gone; a restart begins the next cycle.

    Source: Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5; one snapshot a cycle makes an ensemble (Huang
    et al. 2017, arXiv:1704.00109).
    """

    end: NonNegativeReal = 0.0
    """The factor that a cycle ends with."""
    restarts: Annotated[int, Field(ge=0, le=1000)] = 0
    """How often the rate jumps back to its full value within the phase."""
    growth: Annotated[float, Field(ge=1, le=10)] = 1.0
    """How many times as long each cycle is as the one before; cycles fill the phase."""

    notation = Notation(("end",))
    elsewhere = ("cosine_decay", "cosine_annealing", "sgdr", "cosine_restarts")


@recipe("step")
class Step(Schedule):
    """The rate times `factor`, again and again, at given moments.

    Source: He et al. 2016, arXiv:1512.03385, section 3.4 (divided by 10).
    """

    steps: Moments | None = None
    """Every so many steps, or at each step of a list."""
    epochs: Moments | None = None
    """Every so many epochs, or after each number of epochs in a list."""
    factor: PositiveReal = 0.1
    """What the rate is multiplied by each time."""

    elsewhere = ("step_decay", "multistep", "piecewise_constant", "steplr")

    _one_unit = field_validator("epochs")(left_out_beside_steps)

    @model_validator(mode="after")
    def _has_moments(self) -> Self:
        if self.steps is None and self.epochs is None:
            raise ValueError("`epochs` or `steps` says when the rate drops, as in `step(epochs=30)`")
        return self


@recipe("exponential")
class Exponential(Schedule):
    """max(end, factor^(t/T)), with t steps gone; T is one epoch unless given."""

    factor: PositiveReal
    """What the rate is multiplied by in T."""
    steps: Positive | None = None
    """T in steps."""
    epochs: Positive | None = unless("steps", 1)
    """T in epochs."""
    staircase: bool = False
    """Drop at the end of each T instead of a little at each step."""
    end: NonNegativeReal = 0.0
    """The factor stays above this."""

    notation = Notation(("factor",))
    elsewhere = ("exponential_decay", "exp")

    _one_unit = field_validator("epochs")(left_out_beside_steps)
    _has_unit = field_validator("epochs")(needed_without_steps)
