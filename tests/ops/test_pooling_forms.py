"""Every form of pooling gives what `lax` gives."""

from dataclasses import replace
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import agree, curvature, fitting, pulled

from netspec.ops.forms import Lowerings, Operation
from netspec.ops.pooling import MAX_POOL, SUM_POOL, max_pool
from netspec.ops.run import Run
from netspec.ops.windows import WindowCase

BOTH = pytest.mark.parametrize("operation", [MAX_POOL, SUM_POOL], ids=lambda operation: operation.name)


def random_case(rng: np.random.Generator, *, tiled: bool) -> WindowCase:
    """A pooling of rank 1 to 3; its padding stays below the window, and may be uneven as `ceil` makes it."""
    rank = int(rng.integers(1, 4))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(int(n) for n in rng.integers(low, high, rank))

    window, dilations = each(1, 4), (1,) * rank if tiled else each(1, 3)
    reach = [d * (k - 1) for k, d in zip(window, dilations, strict=True)]
    pads = tuple((int(rng.integers(0, n // 2 + 1)), int(rng.integers(0, n // 2 + 2))) for n in reach)
    pads = ((0, 0),) * rank if tiled else pads
    x = (int(rng.integers(1, 5)), *(n + 1 + int(rng.integers(1, 6)) for n in reach), int(rng.integers(1, 4)))
    return WindowCase(x, window, window if tiled else each(1, 5), pads, dilations, "float64", "cpu")


def few_values(rng: np.random.Generator, shape: tuple[int, ...]) -> jax.Array:
    """Whole numbers from 0 to 3, so that most windows have several largest values."""
    return jnp.asarray(rng.integers(0, 4, shape), jnp.float64)


@BOTH
@pytest.mark.parametrize("tiled", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_forms_agree_with_the_reference(operation: Operation[WindowCase], seed: int, *, tiled: bool) -> None:
    """In float64 every form that fits gives the reference's values and gradients, equal values included."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(seed)
        case = random_case(rng, tiled=tiled)
        x = few_values(rng, case.x)
        wanted = pulled(lambda x: operation.reference(x, case), (x,), np.random.default_rng(seed))
        forms = fitting(operation, case)
        assert ("tiles" in forms) == (tiled and operation is MAX_POOL)
        for form in forms.values():
            got = pulled(lambda x, form=form: form(x, case), (x,), np.random.default_rng(seed))
            agree(got, wanted)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_first_of_equal_values_takes_the_gradient(stride: int) -> None:
    """In every form, and in the reference for dilated windows, a window's gradient goes to its first largest value."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(stride)
        case = WindowCase((1, 7, 8, 1), (3, 3), (stride,) * 2, ((1, 1),) * 2, (1, 1), "float64", "cpu")
        x, g = few_values(rng, case.x), rng.standard_normal((1, *case.out, 1))
        wanted = np.zeros(case.x)
        for i, j in product(*map(range, case.out)):
            best: tuple[float, tuple[int, int]] | None = None
            for r, c in product(*(range(max(0, o * stride - 1), o * stride + 2) for o in (i, j))):
                if r < 7 and c < 8 and (best is None or x[0, r, c, 0] > best[0]):
                    best = float(x[0, r, c, 0]), (r, c)
            assert best is not None
            wanted[0, best[1][0], best[1][1], 0] += g[0, i, j, 0]
        for run in (MAX_POOL.reference, *fitting(MAX_POOL, case).values()):
            got = jax.jit(jax.grad(lambda x, run=run: (run(x, case) * g).sum()))(x)
            agree([np.asarray(got)], [wanted])


@BOTH
def test_second_derivatives_agree(operation: Operation[WindowCase]) -> None:
    """The gradient of a squared gradient is the reference's: forms can be differentiated twice."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(3)
        case = WindowCase((2, 6, 6, 2), (2, 2), (2, 2), ((0, 0),) * 2, (1, 1), "float64", "cpu")
        x = few_values(rng, case.x)

        def squared(run, x):
            return jnp.square(run(x, case))

        wanted = curvature(lambda x: squared(operation.reference, x), (x,), np.random.default_rng(4))
        for form in fitting(operation, case).values():
            agree(curvature(lambda x, form=form: squared(form, x), (x,), np.random.default_rng(4)), wanted)


@BOTH
def test_symbolic_batch_takes_the_reference(operation: Operation[WindowCase]) -> None:
    """A batch that is a symbol fits no form."""
    (batch,) = jax.export.symbolic_shape("b")
    case = WindowCase((4, 8, 8, 32), (2, 2), (2, 2), ((0, 0),) * 2, (1, 1), "float32", "cpu")
    assert operation.choose(case).form != "reference"
    assert operation.choose(replace(case, x=(batch, 8, 8, 32))).form == "reference"
    assert operation.choose(replace(case, backend="gpu")).form == "reference"


def test_long_windows_count_past_a_byte() -> None:
    """A window of 130 values keeps the place of its winner, the last one."""
    with jax.enable_x64(True):
        x = jnp.arange(130.0)[None, :, None]
        case = WindowCase(x.shape, (130,), (130,), ((0, 0),), (1,), "float64", "cpu")
        for form in fitting(MAX_POOL, case).values():
            got = jax.jit(jax.grad(lambda x, form=form: form(x, case).sum()))(x)
            assert int(jnp.argmax(got)) == 129


def test_half_precision_stays() -> None:
    """A bfloat16 map gives a bfloat16 result and gradient, equal to the reference's."""
    x = jax.random.normal(jax.random.key(0), (2, 9, 9, 3)).astype(jnp.bfloat16)

    def pooled(x, wanted):
        run = Run(lowerings=Lowerings(default=wanted))
        return max_pool(run, x, window=(3, 3), strides=(2, 2), pads=((1, 1),) * 2, dilations=(1, 1))

    @jax.jit
    def computed(x):
        y, back = jax.vjp(lambda x: pooled(x, "by_axis"), x)
        return y, *back(y), (y == pooled(x, "reference")).all()

    y, to_x, same = computed(x)
    assert y.dtype == to_x.dtype == jnp.bfloat16
    assert same
