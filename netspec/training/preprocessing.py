"""Preprocessing: one straight line a channel, whatever the steps, with numbers given or computed from examples."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final, NamedTuple, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from netspec.diagnostics import rules
from netspec.language.recipes.preprocessing import Preprocessing, Rescale, Standardize, SubtractMean
from netspec.language.spec import Input
from netspec.training.channels import Statistics, statistics
from netspec.training.data.dataset import Examples
from netspec.training.faults import fault

Values = TypeVar("Values")


class _Plain(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    center: float | list[float]
    scale: float | list[float]
    ids: bool


@dataclass(frozen=True, eq=False)
class Affine:
    """What is done to the values of every example: (x - center) * scale.

    A product of a difference, and not x * scale + shift: it does not cancel where values are large beside their spread,
    and no compiler turns it into a fused multiply-add, so that every program gives the same bits.

    Attributes:
        center: float32, one number `[]` or one a channel `[channels]`.
        scale: As `center`.
        ids: The values are token ids and stay as they are.
    """

    center: np.ndarray
    scale: np.ndarray
    ids: bool = False

    def apply(self, x: Any) -> Any:
        """Raw values `[..., channels]` of numpy or jax as float32; token ids as int32."""
        if self.ids:
            return x.astype(np.int32)
        return (x.astype(np.float32) - self.center) * self.scale

    def undo(self, x: Any) -> Any:
        """The raw values that became `x`, as float32."""
        return x / self.scale + self.center

    def plain(self) -> dict[str, Any]:
        """What JSON can hold; `of` gives the same numbers back."""
        return {"center": self.center.tolist(), "scale": self.scale.tolist(), "ids": self.ids}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """What `plain` wrote. Raises ValueError where it is anything else."""
        read = _Plain.model_validate(plain)
        return cls(np.asarray(read.center, np.float32), np.asarray(read.scale, np.float32), read.ids)


class _Line(NamedTuple):
    """(x - center) * scale in float64, while steps are put together."""

    center: np.ndarray
    scale: np.ndarray

    def then(self, other: "_Line") -> "_Line":
        return _Line(self.center + other.center / self.scale, self.scale * other.scale)

    def seen(self, raw: Statistics) -> Statistics:
        """The statistics of what this makes of raw values."""
        ends = (raw.lowest - self.center) * self.scale, (raw.highest - self.center) * self.scale
        return raw._replace(
            mean=(raw.mean - self.center) * self.scale,
            std=raw.std * abs(self.scale),
            lowest=np.minimum(*ends),
            highest=np.maximum(*ends),
        )


_Seen = Callable[[], Statistics]
"""The statistics of what reaches a step, computed where they are asked for."""


def fitted(steps: tuple[Preprocessing, ...] | None, given: Input | None, train: Examples) -> Affine:
    """The preprocessing of a spec.

    What a step does not say is computed from the training examples as they reach it, channel by channel, of a vector
    feature by feature. A channel that never changes is divided by 1. Statistics take one pass, and none where everything
    is given.

    Args:
        steps: The `preprocessing` of the `train:` section; None: what `input:` says, or else `standardize`.
        given: The `input:` section, if there is one. Token ids are left alone.
        train: The training examples.

    Raises:
        TrainError: Values are not finite.
    """
    if given is not None and given.tokens is not None:
        return Affine(np.zeros((), np.float32), np.ones((), np.float32), ids=True)
    raw = cache(partial(_finite_statistics, train))
    line = _Line(np.zeros(()), np.ones(()))
    chosen = written_out(steps, given)
    if chosen is None:
        assert given is not None
        chosen = _of_input(given, train)
    for step in chosen:
        line = line.then(_LINES[step.name](step, partial(_after, line, raw)))
    center, scale = np.broadcast_arrays(*line)
    return Affine(center.astype(np.float32), scale.astype(np.float32))


def value_range(examples: Examples) -> tuple[float, float]:
    """Lowest and highest value that raw values can have: 0 and 255 in bytes, else what the examples have."""
    if _are_bytes(examples):
        return 0.0, 255.0
    seen = statistics(examples)
    return float(seen.lowest.min()), float(seen.highest.max())


def written_out(
    steps: tuple[Preprocessing, ...] | None, given: Input | None
) -> tuple[Preprocessing, ...] | None:
    """The `preprocessing` of the `train:` section, the default one in full; None where `input:` says what is done."""
    told = given is not None and any(
        part is not None for part in (given.tokens, given.mean, given.std, given.range)
    )
    return (Standardize(),) if steps is None and not told else steps


def _of_input(given: Input, train: Examples) -> tuple[Preprocessing, ...]:
    """The steps that an `input:` section stands for, its mean first."""
    mean, std = _or(given.mean, 0.0), _or(given.std, 1.0)
    first = Standardize(mean=mean, std=std)
    if given.range is None:
        return (first,)
    raw = None
    if _are_bytes(train):
        ends = -np.asarray(mean) / std, (255 - np.asarray(mean)) / std
        raw = float(ends[0].min()), float(ends[1].max())
    return first, Rescale(low=given.range[0], high=given.range[1], raw=raw)


def _or(value: Any, otherwise: float) -> Any:
    return otherwise if value is None else value


def _after(line: _Line, raw: _Seen) -> Statistics:
    return line.seen(raw())


def _are_bytes(examples: Examples) -> bool:
    return examples[0][0].dtype == np.uint8


def _finite_statistics(train: Examples) -> Statistics:
    seen = statistics(train)
    if not np.isfinite(seen.std).all():
        raise fault(
            rules.UNREADABLE_DATA,
            "training examples",
            "some values are infinite or no number, so that they have no mean and no spread",
            help="mend these values, or give the numbers, such as preprocessing: standardize(0, 1)",
        )
    return seen


def _mean(step: SubtractMean | Standardize, seen: _Seen) -> np.ndarray:
    return seen().mean if step.mean is None else np.asarray(step.mean, np.float64)


def _subtract_mean(step: SubtractMean, seen: _Seen) -> _Line:
    return _Line(_mean(step, seen), np.ones(()))


def _standardize(step: Standardize, seen: _Seen) -> _Line:
    std = _spread(seen()) if step.std is None else np.asarray(step.std, np.float64)
    return _Line(_mean(step, seen), 1 / std)


def _spread(seen: Statistics) -> np.ndarray:
    """The standard deviation; 1 where nothing changes, whatever rounding says."""
    return np.where(seen.highest > seen.lowest, seen.std, 1.0)


def _rescale(step: Rescale, seen: _Seen) -> _Line:
    lowest, highest = np.asarray(step.raw or seen().ends)
    scale = (step.high - step.low) / np.where(highest > lowest, highest - lowest, 1.0)
    return _Line(lowest - step.low / scale, scale)


_LINES: Final[dict[str, Callable[[Any, _Seen], _Line]]] = {
    "subtract_mean": _subtract_mean,
    "standardize": _standardize,
    "rescale": _rescale,
}
"""The steps of `netspec.language.recipes.preprocessing`, whose documentation has their formulas and sources."""
