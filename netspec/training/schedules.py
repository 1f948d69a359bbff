"""Schedules: by what the optimizer's rate is multiplied at each step. The formulas are in the recipes' documentation."""

from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from netspec.language.recipes.schedules import Schedule

Array = jax.Array
Curve = Callable[[Any], Any]
"""The factor after so many steps of a phase."""


def factor(chain: tuple[Schedule, ...], steps: int, steps_per_epoch: int) -> Callable[[Array], Array]:
    """The factor of the rate as a function of the step, for use inside `jax.jit` too.

    Args:
        chain: Phases, one after the other; none: 1 throughout. A phase without a length goes on to the end of the run,
            and what begins behind that end is left out.
        steps: Length of the run. From its end on the factor stays as it is then.
        steps_per_epoch: For lengths that are given in epochs.

    Returns:
        A function of the steps done before, int32, to the factor, float32.
    """
    phases = list(_placed(chain, steps, steps_per_epoch))
    curves = [_CURVES[phase.name](phase, length, steps_per_epoch) for phase, _, length in phases]
    starts = [start for _, start, _ in phases]
    whole = optax.join_schedules(curves, starts[1:]) if phases else optax.constant_schedule(1.0)
    last = min(steps, _MOST_STEPS)
    return lambda step: jnp.asarray(whole(jnp.minimum(step, last)), jnp.float32)


def cycle_ends(chain: tuple[Schedule, ...], steps: int, steps_per_epoch: int) -> tuple[int, ...]:
    """How many steps are done when each cosine cycle of a run ends: the moments of a snapshot ensemble's snapshots.

    A cycle that the run's end cuts short is none of them.

    Source: Huang et al. 2017, Snapshot Ensembles, arXiv:1704.00109, section 3.
    """
    placed = _placed(chain, steps, steps_per_epoch)
    ends = (start + end for p, start, length in placed if p.name == "cosine" for end in _cycles(p, length))
    return tuple(end for end in ends if end <= steps)


def unreached(chain: tuple[Schedule, ...], steps: int, steps_per_epoch: int) -> tuple[Schedule, int] | None:
    """The first phase that the run ends before, and after how many steps it would begin; None where each begins."""
    placed = list(_placed(chain, steps, steps_per_epoch))
    if len(placed) == len(chain):
        return None
    _, start, length = placed[-1]
    return chain[len(placed)], start + length


_MOST_STEPS: Final = 2**31 - 1
"""Steps are counted in int32; a moment behind this never comes."""


def _placed(
    chain: tuple[Schedule, ...], steps: int, steps_per_epoch: int
) -> Iterator[tuple[Schedule, int, int]]:
    """Each phase that begins within the run, the step it begins at, and its length."""
    start = 0
    for phase in chain:
        if start >= min(steps, _MOST_STEPS):
            return
        length = _in_steps(phase, steps_per_epoch) if phase.ends else steps - start
        yield phase, start, length
        start += length


def _in_steps(recipe: Any, steps_per_epoch: int) -> int:
    length: int = recipe.steps or recipe.epochs * steps_per_epoch
    return length


def _polynomial(start: float, end: float, length: int, power: float = 1.0) -> Curve:
    """The factor end + (start - end) * (1 - t/T)^power.

    Not `optax.polynomial_schedule`: XLA multiplies with the rounded 1/T, and t/T may come out above 1, whose rest to a
    fractional power is no number. T - t ends in 0.
    """
    whole = float(length)
    return lambda t: end + (start - end) * (jnp.maximum(whole - t, 0) / whole) ** power


def _cosine(recipe: Any, length: int, _: int) -> Curve:
    cycles = [(start, end) for start, end in pairwise((0, *_cycles(recipe, length))) if start <= _MOST_STEPS]
    starts = np.array([start for start, _ in cycles], np.int32)
    lengths = np.array([end - start for start, end in cycles], np.float32)
    fall = optax.cosine_decay_schedule(1.0, 1.0, recipe.end)

    def curve(t: Any) -> Any:
        # A table, and not curves that are joined: of a thousand cycles those would take 12 s to compile.
        cycle = (starts <= t).sum() - 1
        return fall((t - jnp.asarray(starts)[cycle]) / jnp.asarray(lengths)[cycle])

    return curve


def _cycles(recipe: Any, length: int) -> list[int]:
    """The ends of a cosine phase's cycles, counted from its start; cycles of less than half a step fall away."""
    # Relative to the last cycle, so that nothing grows without bounds.
    sizes = list(accumulate(recipe.growth ** (i - recipe.restarts) for i in range(recipe.restarts + 1)))
    return sorted({round(length * (size / sizes[-1])) for size in sizes} - {0})


def _step(recipe: Any, length: int, steps_per_epoch: int) -> Curve:
    moments, unit = (recipe.steps, 1) if recipe.steps is not None else (recipe.epochs, steps_per_epoch)
    if isinstance(moments, int):
        return _stairs(recipe.factor, moments * unit)
    last = min(length, _MOST_STEPS)
    drops = {moment * unit: recipe.factor for moment in moments if moment * unit <= last}
    curve: Curve = optax.piecewise_constant_schedule(1.0, drops)
    return curve


def _exponential(recipe: Any, _: int, steps_per_epoch: int) -> Curve:
    period = _in_steps(recipe, steps_per_epoch)
    fall = (
        _stairs(recipe.factor, period)
        if recipe.staircase
        else optax.exponential_decay(1.0, float(period), recipe.factor)
    )
    # optax reads an end value as an upper bound where the factor is not below 1.
    return lambda t: jnp.maximum(fall(t), recipe.end)


def _stairs(factor: float, period: int) -> Curve:
    """factor^k at the k-th full period. The division is one of integers: of floats it may come out just below k."""
    fall = optax.exponential_decay(1.0, 1, factor)
    return lambda t: fall(t // min(period, _MOST_STEPS))


_CURVES: Final[dict[str, Callable[[Any, int, int], Curve]]] = {
    "constant": lambda r, *_: optax.constant_schedule(r.factor),
    "warmup": lambda r, length, _: _polynomial(r.start, 1.0, length),
    "linear": lambda r, length, _: _polynomial(r.start, r.end, length),
    "polynomial": lambda r, length, _: _polynomial(r.start, r.end, length, r.power),
    "cosine": _cosine,
    "step": _step,
    "exponential": _exponential,
}
"""The phases of `netspec.language.recipes.schedules`, from their length and the steps of an epoch."""
