"""The values and gradients of layers for given numbers, computed by netspec."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple
from zlib import crc32

import jax
import jax.numpy as jnp
import numpy as np
from layers.random_uses import Use

from netspec.ops.forms import Lowerings
from netspec.ops.run import Run, Tracked

Array = np.ndarray[Any, np.dtype[Any]]
Weights = dict[str, Array]
AUTO: Final = Lowerings()
QUICK: Final = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}
"""For XLA: each program runs once, on a few numbers, and takes a sixth of the time to compile so."""


class Given(NamedTuple):
    """Numbers that float32 can hold, as float64: parameters, inputs, and a cotangent of the output."""

    params: Weights
    inputs: tuple[Array, ...]
    cotangent: Array


class Values(NamedTuple):
    """What a layer gives for some numbers: output, gradients, and new running statistics."""

    output: Any
    params: dict[str, Any]
    inputs: tuple[Any, ...]
    statistics: dict[str, Any]


def numbers(random: np.random.Generator, *shape: int) -> Array:
    """Normal numbers that float32 can hold."""
    return random.standard_normal(shape).astype("float32").astype("float64")


def given(use: Use, batch: int | None = None) -> Given:
    """Random numbers for a use, the same ones on every machine; variances are positive, a batch has up to three."""
    random = np.random.default_rng(crc32(str(use).encode()))
    batch = batch or int(random.integers(1, 4))
    params = {p.name: numbers(random, *p.shape) for p in use.layer.parameters(use.inputs)}
    if "variance" in params:
        params["variance"] = np.abs(params["variance"]) + 0.5
    inputs = tuple(
        2 * numbers(random, batch, *x.sizes)
        if x.tokens is None
        else random.integers(x.tokens, size=(batch, *x.sizes))
        for x in use.inputs
    )
    return Given(params, inputs, numbers(random, batch, *use.layer.infer(use.inputs).sizes))


def trained(use: Use) -> set[str]:
    """The names of the parameters that have gradients."""
    return {p.name for p in use.layer.parameters(use.inputs) if p.trainable}


def values(use: Use, numbers: Given, run: Run) -> Values:
    """Output and gradients of one use."""
    names = trained(use)
    fixed = {name: value for name, value in numbers.params.items() if name not in names}
    real = [i for i, x in enumerate(numbers.inputs) if jnp.issubdtype(x.dtype, jnp.floating)]

    def forward(params: Any, inputs: Any) -> Any:
        every = dict(enumerate(numbers.inputs)) | dict(zip(real, inputs, strict=True))
        found = use.layer.forward(run, fixed | params, *(every[i] for i in range(len(every))))
        return tuple(found) if isinstance(found, Tracked) else (found, {})

    params = {name: numbers.params[name] for name in names}
    inputs = tuple(numbers.inputs[i] for i in real)
    output, back, statistics = jax.vjp(forward, params, inputs, has_aux=True)
    return Values(output, *back(numbers.cotangent), statistics)


def program(uses: Sequence[Use], run: Run) -> Callable[[list[Given]], list[Values]]:
    """All uses in one function, because each compilation has a cost of its own."""
    return lambda every: [values(use, one, run) for use, one in zip(uses, every, strict=True)]


def computed(
    uses: Sequence[Use],
    every: Sequence[Given],
    *,
    dtype: str,
    train: bool = False,
    lowerings: Lowerings = AUTO,
) -> list[Values]:
    """All uses in float32 or float64."""
    run = Run(train=train, lowerings=lowerings)
    with jax.enable_x64(dtype == "float64"):
        numbers = jax.tree.map(
            lambda a: np.asarray(a, dtype if a.dtype.kind == "f" else "int32"), list(every)
        )
        found = jax.jit(program(uses, run), compiler_options=QUICK)(numbers)
        assert {a.dtype.name for a in jax.tree.leaves(found)} <= {dtype}
        return jax.tree.map(np.asarray, found)


def trace(use: Use, numbers: Given, lowerings: Lowerings) -> None:
    """Run a use forward on shapes alone, for what the lowerings are asked."""
    with jax.enable_x64(new_val=True):
        jax.eval_shape(partial(use.layer.forward, Run(lowerings=lowerings)), numbers.params, *numbers.inputs)


def error(found: Array, wanted: Array) -> float:
    """The largest difference, relative to the largest magnitude of what is wanted; 0 where both are zero."""
    assert found.shape == wanted.shape
    difference = np.max(np.abs(found.astype("float64") - wanted), initial=0.0)
    with np.errstate(divide="ignore"):
        return float(difference / np.max(np.abs(wanted))) if difference else 0.0


def worst(found: Values, wanted: Values) -> float:
    """The largest error of output, gradients and statistics."""
    pairs = zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True)
    return max(error(one, other) for one, other in pairs)
