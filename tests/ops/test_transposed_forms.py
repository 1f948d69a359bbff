"""Every form of transposed convolution gives what `lax` gives, and `lax` what the definition says."""

from dataclasses import replace
from itertools import product

import jax
import numpy as np
import pytest
from agreement import agree, curvature, fitting, normal, pulled

from netspec.ops.run import Run
from netspec.ops.transposed import CONV_TRANSPOSE
from netspec.ops.transposed_case import TransposedCase

RUN = Run(train=True)


def random_case(rng: np.random.Generator, *, plain: bool) -> TransposedCase:
    """A transposed convolution of rank 1 to 3; a plain one has neither groups nor dilation."""
    rank = int(rng.integers(1, 4))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(int(n) for n in rng.integers(low, high, rank))

    groups = 1 if plain else int(rng.integers(1, 4))
    inside, filters = int(rng.integers(1, 4)), groups * int(rng.integers(1, 4))
    taps, strides, sizes = each(1, 5), each(1, 4), each(2, 5)
    cuts = tuple((int(low), int(high)) for low, high in rng.integers(-2, 2, (rank, 2)))
    return TransposedCase(
        (int(rng.integers(1, 4)), *sizes, groups * inside),
        (*taps, inside, filters),
        strides,
        tuple((min(low, s - 1), min(high, s - 1)) for (low, high), s in zip(cuts, strides, strict=True)),
        each(0, 2),
        (1,) * rank if plain else each(1, 3),
        groups,
        "float64",
        "cpu",
    )


def stamped(x: np.ndarray, kernel: np.ndarray, case: TransposedCase) -> np.ndarray:
    """The definition in loops: every input value stamps the kernel at `i * stride + t * dilation - low`."""
    y = np.zeros((x.shape[0], *case.out, kernel.shape[-1]))
    channels, filters = kernel.shape[-2], kernel.shape[-1] // case.groups
    for i, t, group in product(np.ndindex(*case.x[1:-1]), np.ndindex(*case.taps), range(case.groups)):
        axes = zip(i, case.strides, t, case.dilations, case.cuts, strict=True)
        place = tuple(a * s + b * d - low for a, s, b, d, (low, _) in axes)
        if all(0 <= p < n for p, n in zip(place, case.out, strict=True)):
            mine = slice(group * filters, (group + 1) * filters)
            given = x[(slice(None), *i, slice(group * channels, (group + 1) * channels))]
            y[(slice(None), *place, mine)] += given @ kernel[(*t, slice(None), mine)]
    return y


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_forms_agree_with_the_reference(seed: int, *, plain: bool) -> None:
    """In float64 loops, reference and every form that fits agree, gradients to input and kernel included."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(seed)
        case = random_case(rng, plain=plain)
        arrays = normal(rng, *case.x), normal(rng, *case.kernel)
        wanted = pulled(
            lambda *a: CONV_TRANSPOSE.reference(RUN, *a, case), arrays, np.random.default_rng(seed)
        )
        agree([wanted[0]], [stamped(*map(np.asarray, arrays), case)])
        forms = fitting(CONV_TRANSPOSE, case)
        assert forms or not plain
        for form in forms.values():
            got = pulled(lambda *a, form=form: form(RUN, *a, case), arrays, np.random.default_rng(seed))
            agree(got, wanted)


def test_second_derivatives_agree() -> None:
    """The gradient of a squared gradient is the reference's."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(9)
        case = random_case(rng, plain=True)
        arrays = normal(rng, *case.x), normal(rng, *case.kernel)
        wanted = curvature(
            lambda *a: CONV_TRANSPOSE.reference(RUN, *a, case), arrays, np.random.default_rng(1)
        )
        for form in fitting(CONV_TRANSPOSE, case).values():
            got = curvature(lambda *a, form=form: form(RUN, *a, case), arrays, np.random.default_rng(1))
            agree(got, wanted)


def test_symbolic_batch_takes_the_reference() -> None:
    """A batch that is a symbol, and another backend than the measured one, get the reference."""
    (batch,) = jax.export.symbolic_shape("b")
    case = TransposedCase(
        (4, 8, 8, 32), (2, 2, 32, 16), (2, 2), ((0, 0),) * 2, (0, 0), (1, 1), 1, "float32", "cpu"
    )
    assert CONV_TRANSPOSE.choose(case).form == "stamps"
    assert CONV_TRANSPOSE.choose(replace(case, x=(batch, 8, 8, 32))).form == "reference"
    assert CONV_TRANSPOSE.choose(replace(case, backend="gpu")).form == "reference"
