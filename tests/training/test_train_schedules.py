"""Schedules against their formulas in plain Python, step by step."""

from collections.abc import Callable
from math import cos, pi

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from netspec.language.recipes.schedules import (
    Constant,
    Cosine,
    Exponential,
    Linear,
    Polynomial,
    Schedule,
    Step,
    Warmup,
)
from netspec.training.schedules import cycle_ends, factor, unreached

STEPS, EPOCH = 60, 7
NEAR = 3e-7
"""A few roundings in float32, of numbers near 1."""


def factors(*chain: Schedule, steps: int = STEPS, upto: int = STEPS) -> np.ndarray:
    """The factor at every step, compiled as in a run."""
    turned = jax.jit(jax.vmap(factor(chain, steps, EPOCH)))(jnp.arange(upto))
    assert turned.dtype == jnp.float32
    return np.asarray(turned, np.float64)


@pytest.mark.parametrize(
    ("phase", "formula"),
    [
        (Constant(factor=0.3), lambda _: 0.3),
        (Linear(), lambda t: 1 - t / 60),
        (Linear(start=0.5, end=2.0, steps=10), lambda t: 0.5 + 1.5 * min(t, 10) / 10),
        (Linear(epochs=3), lambda t: 1 - min(t, 21) / 21),
        (Polynomial(end=0.1), lambda t: 0.1 + 0.9 * (1 - t / 60) ** 0.9),
        (Polynomial(power=2.0, start=2.0, steps=49), lambda t: 2 * (1 - min(t, 49) / 49) ** 2),
        (Cosine(end=0.2), lambda t: 0.2 + 0.8 * (1 + cos(pi * t / 60)) / 2),
        (Cosine(epochs=5), lambda t: (1 + cos(pi * min(t, 35) / 35)) / 2),
        (Cosine(restarts=2), lambda t: (1 + cos(pi * (t % 20) / 20)) / 2),
        (Step(steps=10), lambda t: 0.1 ** (t // 10)),
        (Step(epochs=2, factor=0.5), lambda t: 0.5 ** (t // 14)),
        (Step(steps=(5, 30, 10**12)), lambda t: 0.1 ** ((t >= 5) + (t >= 30))),
        (Step(epochs=(1, 4), factor=3.0), lambda t: 3.0 ** ((t >= 7) + (t >= 28))),
        (Exponential(factor=0.9), lambda t: 0.9 ** (t / 7)),
        (Exponential(factor=0.5, steps=20, end=0.4), lambda t: max(0.4, 0.5 ** (t / 20))),
        (Exponential(factor=0.5, epochs=2, staircase=True), lambda t: 0.5 ** (t // 14)),
        (Exponential(factor=1.05, steps=2), lambda t: 1.05 ** (t / 2)),
        (Exponential(factor=1.0, end=0.5), lambda _: 1.0),
    ],
    ids=lambda value: value.written() if isinstance(value, Schedule) else "",
)
def test_a_phase_follows_its_formula(phase: Schedule, formula: Callable[[int], float]) -> None:
    """At every step of a run of 60 steps in epochs of 7."""
    wanted = [formula(t) for t in range(STEPS)]
    np.testing.assert_allclose(factors(phase), wanted, rtol=2e-6, atol=NEAR)


def test_no_schedule_leaves_the_rate_as_it_is() -> None:
    """The factor of an empty chain is 1."""
    np.testing.assert_array_equal(factors(), np.ones(STEPS))


def test_phases_follow_one_another() -> None:
    """Each counts its steps from its own start, and one without a length fills what is left of the run."""
    chain = (Warmup(epochs=1, start=0.25), Constant(factor=0.8, steps=3), Cosine(end=0.1))
    found = factors(*chain)
    np.testing.assert_allclose(found[:7], [0.25 + 0.75 * t / 7 for t in range(7)], atol=NEAR)
    np.testing.assert_allclose(found[7:10], 0.8, atol=NEAR)
    wanted = [0.1 + 0.9 * (1 + cos(pi * t / 50)) / 2 for t in range(50)]
    np.testing.assert_allclose(found[10:], wanted, atol=NEAR)


def test_moments_are_counted_from_the_start_of_the_phase() -> None:
    """A drop after 2 epochs comes 2 epochs after the warm-up."""
    found = factors(Warmup(steps=4), Step(epochs=(2,)))
    np.testing.assert_allclose(found[4:18], 1, atol=NEAR)
    np.testing.assert_allclose(found[18:], 0.1, atol=NEAR)


@pytest.mark.parametrize(
    ("chain", "last"),
    [
        ((Linear(end=0.25),), 0.25),
        ((Cosine(),), 0.0),
        ((Step(steps=20),), 0.001),
        ((Exponential(factor=0.5, steps=30),), 0.25),
        ((Warmup(steps=STEPS), Constant(factor=0.5)), 1.0),
        ((Warmup(steps=2 * STEPS), Cosine()), 0.5),
    ],
    ids=["linear", "cosine", "step", "exponential", "warmup alone", "half a warmup"],
)
def test_behind_the_end_of_the_run_the_last_value_holds(chain: tuple[Schedule, ...], last: float) -> None:
    """Also that of a phase which would have gone on; one that would have begun there never comes."""
    found = factors(*chain, upto=3 * STEPS)
    np.testing.assert_allclose(found[STEPS:], last, rtol=1e-6, atol=NEAR)


def test_a_line_ends_where_it_should_at_every_length() -> None:
    """Whatever the rounding of t/T: at T nothing is left of it, also to a fractional power."""
    for length in (1, 3, 7, 41, 47, 49, 55, 61, 82, 83, 97, 103, 107):
        for phase in (Polynomial(power=0.5, end=0.25), Linear(end=0.25)):
            found = factors(phase, steps=length, upto=2 * length)
            np.testing.assert_array_equal(found[length:], 0.25)


def test_stairs_drop_at_whole_periods() -> None:
    """For periods whose reciprocal is rounded down, at which t * (1/T) in float32 comes out below a whole number."""
    for period in (41, 47, 49, 55, 61, 82, 83, 94, 97, 98):
        found = factors(Exponential(factor=0.5, steps=period, staircase=True), steps=10**6, upto=6 * period)
        np.testing.assert_array_equal(found, 0.5 ** (np.arange(6 * period) // period))


@pytest.mark.parametrize(
    ("phase", "ends"),
    [
        (Cosine(), [60]),
        (Cosine(restarts=3), [15, 30, 45, 60]),
        (Cosine(restarts=2, growth=2.0), [9, 26, 60]),  # 60/7, 180/7, 60
        (Cosine(restarts=1, growth=3.0, steps=40), [10, 40]),
        (Cosine(restarts=6, epochs=1), [1, 2, 3, 4, 5, 6, 7]),
        (Cosine(restarts=3, steps=2), [1, 2]),  # a step is never parted
        (Cosine(restarts=1000, growth=10.0), [1, 6, 60]),  # 60/100, 60/10, 60
    ],
    ids=lambda value: value.written() if isinstance(value, Schedule) else "",
)
def test_cosine_cycles_fill_their_phase_with_whole_steps(phase: Cosine, ends: list[int]) -> None:
    """Each as many times as long as the one before as `growth` says; a cycle begins at the full rate."""
    assert list(cycle_ends((phase,), STEPS, EPOCH)) == ends
    found, starts = factors(phase), [0, *ends[:-1]]
    for start, end in zip(starts, ends, strict=True):
        wanted = [(1 + cos(pi * t / (end - start))) / 2 for t in range(end - start)]
        np.testing.assert_allclose(found[start:end], wanted, atol=NEAR)
    np.testing.assert_allclose(found[ends[-1] :], 0, atol=NEAR)


def test_cycles_end_within_the_run_only() -> None:
    """Those of each cosine phase, counted from the start of the run; other schedules have none."""
    chain = (Warmup(steps=10), Cosine(steps=20, restarts=1), Cosine(steps=40, restarts=1))
    assert cycle_ends(chain, STEPS, EPOCH) == (20, 30, 50)
    assert cycle_ends((Warmup(), Linear()), STEPS, EPOCH) == ()


@pytest.mark.parametrize(
    ("chain", "found"),
    [
        ((), None),
        ((Warmup(steps=60),), None),
        ((Warmup(steps=59), Cosine()), None),
        ((Warmup(steps=60), Cosine()), (Cosine, 60)),
        ((Warmup(epochs=100), Linear(steps=5), Cosine()), (Linear, 700)),
        ((Warmup(steps=10), Linear(epochs=8), Cosine()), (Cosine, 66)),
        ((Warmup(steps=10**12), Cosine()), (Cosine, 10**12)),
    ],
)
def test_a_phase_that_the_run_never_reaches_is_known(
    chain: tuple[Schedule, ...], found: tuple[type[Schedule], int] | None
) -> None:
    """The first one that would begin with the run's end or later, and when it would."""
    late = unreached(chain, STEPS, EPOCH)
    assert (late and (type(late[0]), late[1])) == found


def test_lengths_beyond_any_run_are_only_long() -> None:
    """The language allows up to 2^63 - 1 steps, of which a run counts 2^31 - 1."""
    most = 2**63 - 1
    chain = (
        Constant(factor=0.5, steps=3),
        Cosine(restarts=1, steps=most),
        Exponential(factor=0.5, steps=most),
    )
    found = factors(*chain, steps=most, upto=10)
    np.testing.assert_allclose(found, [0.5] * 3 + [1.0] * 7, atol=NEAR)
    for phase in (
        Linear(steps=most),
        Polynomial(),
        Step(steps=most),
        Step(steps=(most,)),
        Exponential(factor=0.5, epochs=most, staircase=True),
    ):
        np.testing.assert_allclose(factors(phase, steps=most, upto=3), 1, atol=NEAR)
