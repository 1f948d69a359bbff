"""Every layer computes what it says: against plain loops, finite differences of these, and one form against another."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Final

import numpy as np
import pytest
from layers.layer_values import Array, Given, Values, computed, error, given, trace, worst
from layers.plain_loops import LOOPS, bn_training
from layers.random_uses import Use, uses
from layers.small_examples import examples

from netspec.layers import KINDS, Shape
from netspec.ops.forms import OPERATIONS, REFERENCE, Choice, Lowerings, Operation
from netspec.ops.normalization import BATCH_NORM
from netspec.ops.pooling import MAX_POOL

SIMPLE: Final = 3
MANY: Final = {
    "conv": 12,
    "dwconv": 5,
    "sepconv": 4,
    "upconv": 8,
    "pool": 6,
    "avgpool": 6,
    "subsample": 4,
    "adaptive_avgpool": 4,
    "adaptive_maxpool": 4,
    "lrn": 6,
    "softmax": 5,
    "gn": 4,
    "maxout": 4,
    "concat": 5,
    "multiply": 4,
    "pad": 6,
    "crop": 4,
    "pixel_shuffle": 4,
    "upsample": 5,
}
"""Random uses of the layers that have many fields; others get `SIMPLE` of them."""
EACH: Final = 2
"""Uses that each form is tried on."""
EXACT: Final = 1e-10
CLOSE: Final = 1e-5
STEP: Final = 1e-5
SLOPE: Final = 1e-7
"""Errors of a central difference with that step in float64: its square, and rounding over the step."""

OPERATED: Final = ("conv", "dwconv", "sepconv", "upconv", "fc", "pool", "avgpool", "subsample", "lrn")
"""The layers whose operations may have several forms."""


def forms(operation: Operation[Any]) -> list[str]:
    """The names of an operation's forms, the reference first."""
    return [REFERENCE, *(form.name for form in operation.forms)]


every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
def test_a_layer_computes_what_its_loops_do(kind: str) -> None:
    """Outputs are those of the loops, gradients those of their differences, and float32 is float64 rounded."""
    chosen = uses(kind, MANY.get(kind, SIMPLE))
    exact = assert_computed([*chosen, *examples(kind)])
    close = computed(chosen, list(map(given, chosen)), dtype="float32")
    for use, found, wanted in zip(chosen, close, exact, strict=False):
        assert worst(found, wanted) < CLOSE, use


def assert_computed(chosen: list[Use]) -> list[Values]:
    """What netspec computes in float64, after it was compared with the loops."""
    numbers = [given(use) for use in chosen]
    exact = computed(chosen, numbers, dtype="float64")
    for use, one, found in zip(chosen, numbers, exact, strict=True):
        wanted = LOOPS[use.kind](use.layer, one.params, *one.inputs)
        assert found.output.shape == (len(one.inputs[0]), *use.layer.infer(use.inputs).sizes)
        assert error(found.output, wanted) < EXACT, use
        assert_slopes(use, one, found)
    return exact


def assert_slopes(use: Use, numbers: Given, found: Values, loop: Any = None) -> None:
    """Along random directions the gradients are the central differences of the loops."""
    loop = loop or LOOPS[use.kind]
    random = np.random.default_rng(1)
    for name, gradient in found.params.items():
        direction = random.standard_normal(gradient.shape)
        moved = [numbers.params | {name: numbers.params[name] + way * direction} for way in (STEP, -STEP)]
        ends = [loop(use.layer, params, *numbers.inputs) for params in moved]
        assert_slope(ends, numbers.cotangent, gradient * direction, f"{use}: {name}")
    for i, gradient in enumerate(found.inputs):
        direction = random.standard_normal(gradient.shape)
        ends = []
        for way in (STEP, -STEP):
            inputs = list(numbers.inputs)
            inputs[i] = inputs[i] + way * direction
            ends.append(loop(use.layer, numbers.params, *inputs))
        assert_slope(ends, numbers.cotangent, gradient * direction, f"{use}: input {i}")


def assert_slope(ends: list[Array], cotangent: Array, terms: Array, what: str) -> None:
    """The sum of a gradient's terms is the slope between two values, relative to the magnitudes that are added."""
    slopes = cotangent * (ends[0] - ends[1]) / (2 * STEP)
    size = np.abs(terms).sum() + np.abs(slopes).sum()
    assert abs(slopes.sum() - terms.sum()) <= SLOPE * size, what


def test_every_layer_has_its_loops() -> None:
    """There is a loop for each kind, and none besides."""
    assert LOOPS.keys() == KINDS.keys()


@pytest.mark.parametrize("form", forms(BATCH_NORM))
def test_batch_norm_trains_on_its_own_statistics(form: str) -> None:
    """In training the batch is normalized by its mean and variance, and running ones move towards them."""
    lowerings = Lowerings({BATCH_NORM.name: form})
    chosen = [use for use in uses("bn", 8) if use.rank]
    numbers = [given(use, batch=3) for use in chosen]
    exact = computed(chosen, numbers, dtype="float64", train=True, lowerings=lowerings)
    close = computed(chosen, numbers, dtype="float32", train=True, lowerings=lowerings)
    for use, one, found, rounded in zip(chosen, numbers, exact, close, strict=True):
        wanted, statistics = bn_training(use.layer, one.params, *one.inputs)
        assert error(found.output, wanted) < EXACT, use
        assert found.statistics.keys() == statistics.keys()
        assert all(error(found.statistics[name], value) < EXACT for name, value in statistics.items())
        assert_slopes(use, one, found, lambda f, p, x: bn_training(f, p, x)[0])
        assert worst(rounded, found) < CLOSE, use


@dataclass(frozen=True)
class Recorder(Lowerings):
    """Lowerings that note the forms they pick."""

    picked: set[tuple[str, str]] = field(default_factory=set)

    def pick(self, operation: Operation[Any], case: Any) -> Choice[Any]:
        """The form for one use of an operation, noted."""
        choice = super().pick(operation, case)
        self.picked.add((choice.operation, choice.form))
        return choice


def rounds(use: Use) -> Iterator[Lowerings]:
    """The first form of each operation that the layer has, then the second, and so on; those that fit the use."""
    recorder = Recorder(default=REFERENCE)
    trace(use, given(use), recorder)
    operations = [OPERATIONS[name] for name, _ in sorted(recorder.picked)]
    for forms in zip_longest(*(operation.forms for operation in operations)):
        asked = {one.name: form.name for one, form in zip(operations, forms, strict=True) if form}
        recorder = Recorder(asked, default=REFERENCE)
        trace(use, given(use), recorder)
        if recorder.picked & asked.items():
            yield Lowerings(asked, default=REFERENCE)


def by_round(kind: str) -> dict[tuple[tuple[str, str], ...], list[Use]]:
    """For each round the first few random uses that it fits."""
    found: dict[tuple[tuple[str, str], ...], list[Use]] = {}
    for use in uses(kind, MANY.get(kind, SIMPLE)):
        for lowerings in rounds(use):
            found.setdefault(tuple(sorted(lowerings.wanted.items())), []).append(use)
    return {asked: chosen[:EACH] for asked, chosen in found.items()}


@pytest.mark.parametrize("kind", OPERATED)
def test_every_form_gives_what_the_reference_gives(kind: str) -> None:
    """Whichever forms the operations take, outputs and gradients differ by rounding alone."""
    for asked, chosen in by_round(kind).items():
        numbers = [given(use) for use in chosen]
        wanted = computed(chosen, numbers, dtype="float64", lowerings=Lowerings(default=REFERENCE))
        lowerings = Lowerings(dict(asked), default=REFERENCE)
        for dtype, tolerance in (("float64", EXACT), ("float32", CLOSE)):
            found = computed(chosen, numbers, dtype=dtype, lowerings=lowerings)
            for use, one, other in zip(chosen, found, wanted, strict=True):
                assert worst(one, other) < tolerance, (use, asked, dtype)


@pytest.mark.parametrize("form", forms(MAX_POOL))
def test_the_gradient_of_equal_values_goes_to_the_first(form: str) -> None:
    """Where values of a window are equal, the first in the order of rows gets its whole gradient, as in PyTorch."""
    use = Use(KINDS["pool"].model_validate({"kernel": 2}), (Shape((4, 4, 1)),))
    numbers = Given({}, (np.ones((1, 4, 4, 1)),), np.ones((1, 2, 2, 1)))
    (found,) = computed([use], [numbers], dtype="float64", lowerings=Lowerings({MAX_POOL.name: form}))
    assert found.inputs[0][0, :, :, 0].tolist() == [[1, 0, 1, 0], [0, 0, 0, 0]] * 2
