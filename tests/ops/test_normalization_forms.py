"""Every form of normalization gives the reference's values, and keeps digits where the mean is large."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreement import agree, curvature, fitting, normal, pulled

from netspec.ops.normalization import BATCH_NORM, LOCAL_RESPONSE, NormCase

SHAPES = ((6, 5), (3, 7, 4), (2, 5, 6, 3), (2, 3, 4, 3, 2))
EPS = 1e-5


def case_of(x: jax.Array) -> NormCase:
    """Its case, on CPU."""
    return NormCase(x.shape, x.dtype.name, "cpu")


def variance(form: Any, x: jax.Array) -> np.ndarray:
    """That a form of batch norm finds."""
    return np.asarray(jax.jit(lambda x: form(x, None, None, EPS)[2])(x))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mean", [0.0, 3.0, 200.0])
def test_batch_norm_agrees_with_the_reference(shape: tuple[int, ...], mean: float) -> None:
    """In float64, on both sides of the guard, values and gradients to input, scale and offset are the reference's."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(len(shape))
        x = normal(rng, *shape) + mean
        arrays = x, normal(rng, shape[-1]), normal(rng, shape[-1])

        def value(run, x, scale, offset):
            return run(x, scale, offset, EPS)[0]

        wanted = pulled(lambda *a: value(BATCH_NORM.reference, *a), arrays, np.random.default_rng(1))
        for form in fitting(BATCH_NORM, case_of(x)).values():
            got = pulled(lambda *a, form=form: value(form, *a), arrays, np.random.default_rng(1))
            agree(got, wanted, 1e-11)  # a mean of 200 takes two digits of the input's own


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("moved", [True, False])
def test_batch_norm_statistics_and_missing_parameters(*, scaled: bool, moved: bool) -> None:
    """Without scale or offset too, the result, mean and biased variance are the reference's."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(2)
        x = normal(rng, 4, 5, 3)
        scale, offset = normal(rng, 3) if scaled else None, normal(rng, 3) if moved else None
        given = x, scale, offset, EPS
        wanted = list(map(np.asarray, jax.jit(BATCH_NORM.reference, static_argnums=3)(*given)))
        for form in fitting(BATCH_NORM, case_of(x)).values():
            agree(list(map(np.asarray, jax.jit(form, static_argnums=3)(*given))), wanted)
        np.testing.assert_allclose(wanted[2], np.var(np.asarray(x), (0, 1)), rtol=1e-12)


@pytest.mark.parametrize("mean", [0.0, 10.0, 1e3, 1e4])
def test_variance_keeps_its_digits(mean: float) -> None:
    """In float32 with a mean up to 10,000 times the spread the variance is right to 1e-5."""
    with jax.enable_x64(True):
        x = (normal(np.random.default_rng(0), 64, 32, 4) + mean).astype(jnp.float32)
        exact = np.var(np.asarray(x, np.float64), (0, 1))
    for form in fitting(BATCH_NORM, case_of(x)).values():
        np.testing.assert_allclose(variance(form, x), exact, rtol=1e-5)


@pytest.mark.parametrize("mean", [0.0, 3.0, 30.0, 1e3])
def test_gradients_keep_their_digits(mean: float) -> None:
    """In float32, on both sides of the guard, the gradients are those of float64."""
    rng = np.random.default_rng(4)
    x, g = ((rng.standard_normal((512, 8)) + add).astype(np.float32) for add in (mean, 0))

    def gradients(run, wide):
        values = [jnp.asarray(a, wide) for a in (x, np.ones(8), np.zeros(8))]

        def pulled_back(g, *values):
            return jax.vjp(lambda *a: run(*a, EPS)[0], *values)[1](g)

        return [np.asarray(a) for a in jax.jit(pulled_back)(jnp.asarray(g, wide), *values)]

    with jax.enable_x64(True):
        exact = gradients(BATCH_NORM.reference, np.float64)
    for form in fitting(BATCH_NORM, case_of(jnp.asarray(x))).values():
        for got, wanted in zip(gradients(form, np.float32), exact, strict=True):
            most = 2e-5 + mean * np.finfo(np.float32).eps
            assert np.abs(got - wanted).max() <= most * np.abs(wanted).max()


def test_one_far_channel_among_many() -> None:
    """The guard sees a single channel whose mean is large."""
    rng = np.random.default_rng(5)
    exact = rng.standard_normal((256, 8)) + np.where(np.arange(8) == 3, 1e4, 0)
    x = jnp.asarray(exact, jnp.float32)
    for form in fitting(BATCH_NORM, case_of(x)).values():
        np.testing.assert_allclose(variance(form, x), np.var(np.asarray(x, np.float64), 0), rtol=1e-5)


def test_constant_channels_have_no_variance() -> None:
    """A channel of one value has variance 0, never below, and gives its offset."""
    x = jnp.full((7, 5, 2), 0.1, jnp.float32).at[..., 1].set(0)
    for form in fitting(BATCH_NORM, case_of(x)).values():
        y, _, spread = jax.jit(form, static_argnums=3)(x, None, jnp.array([1.0, 2.0]), EPS)
        assert (np.asarray(spread) >= 0).all()
        np.testing.assert_allclose(np.asarray(y), np.broadcast_to([1.0, 2.0], y.shape), atol=1e-4)


def test_batch_norm_second_derivatives_agree() -> None:
    """The gradient of a squared gradient is the reference's."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(6)
        arrays = normal(rng, 5, 4, 3), normal(rng, 3), normal(rng, 3)
        wanted = curvature(lambda *a: BATCH_NORM.reference(*a, EPS)[0], arrays, np.random.default_rng(7))
        for form in fitting(BATCH_NORM, case_of(arrays[0])).values():
            got = curvature(lambda *a, form=form: form(*a, EPS)[0], arrays, np.random.default_rng(7))
            agree(got, wanted, 1e-9)


@pytest.mark.parametrize("shape", SHAPES[1:3])
@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("beta", [0.75, 0.6])
def test_local_response_agrees_with_the_reference(shape: tuple[int, ...], size: int, beta: float) -> None:
    """Even and odd windows, wider than the channels too, give the reference's values, gradients and curvature."""
    with jax.enable_x64(True):
        x = normal(np.random.default_rng(size), *shape)

        def value(run, x):
            return run(x, size, 0.3, beta, 1.5)

        for measure in (pulled, curvature):
            wanted = measure(lambda x: value(LOCAL_RESPONSE.reference, x), (x,), np.random.default_rng(1))
            for form in fitting(LOCAL_RESPONSE, case_of(x)).values():
                got = measure(lambda x, form=form: value(form, x), (x,), np.random.default_rng(1))
                agree(got, wanted)


@pytest.mark.parametrize("operation", [BATCH_NORM, LOCAL_RESPONSE], ids=lambda operation: operation.name)
def test_symbolic_batch_takes_the_reference(operation) -> None:
    """A batch that is a symbol, and another backend than the measured one, get the reference."""
    (batch,) = jax.export.symbolic_shape("b")
    case = NormCase((4, 8, 8, 32), "float32", "cpu")
    assert operation.choose(case).form != "reference"
    assert operation.choose(replace(case, x=(batch, 8, 8, 32))).form == "reference"
    assert operation.choose(replace(case, backend="gpu")).form == "reference"
