"""A network's inference as a StableHLO program, which runs without netspec."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike, fspath
from typing import Any, Final

import jax
from jax import export as jax_export

from netspec.engine.files import aside
from netspec.engine.initialize import Tree
from netspec.engine.model import Model, Outputs
from netspec.engine.program import Plan
from netspec.language.nearest import did_you_mean, one_of
from netspec.ops.forms import REFERENCE, Lowerings

PLATFORMS: Final = ("cpu", "cuda", "rocm", "tpu")
TEXT: Final = ".mlir"


def export(
    model: Model,
    path: str | PathLike[str] | None,
    *,
    params: Tree | None,
    state: Tree | None,
    batch: int | None,
    platforms: Sequence[str] | None,
    heads: bool,
) -> jax_export.Exported:
    """The program, written to a file where one is given; the arguments are those of `Model.export`."""
    text = path is not None and fspath(path).endswith(TEXT)
    chosen = _platforms(platforms, model.lowerings.backend) if platforms is not None or text else PLATFORMS
    function, structs = _function(model, params, state, batch, heads=heads)
    with _without_source_lines():
        found = jax_export.export(jax.jit(function), platforms=chosen)(*structs)
    if path is not None:
        content = found.mlir_module().encode() if text else bytes(found.serialize())
        with aside(path) as made:
            made.write_bytes(content)
    return found


def _platforms(wanted: Sequence[str] | None, backend: str) -> tuple[str, ...]:
    if wanted is None:
        return ("cuda",) if backend == "gpu" else (backend,)
    names = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    for name in names:
        if name not in PLATFORMS:
            hint = did_you_mean(name, PLATFORMS) or f"there are {one_of(PLATFORMS)}"
            raise ValueError(f"no platform is called {name}; {hint}")
    return names


def _function(
    model: Model, params: Tree | None, state: Tree | None, batch: int | None, *, heads: bool
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """What is exported, and the shapes of its arguments: the weights and the input, or the input alone."""
    # What `lax` does by itself is right on every platform and for every batch; inference rematerializes nothing.
    plain = replace(model, lowerings=Lowerings(default=REFERENCE), plan=Plan())
    x = _input(model, batch)
    if params is None:
        if state is not None:
            raise ValueError(
                "a state is given without params; give both, and they become part of the program"
            )
        weights = jax.eval_shape(model.init, jax.eval_shape(jax.random.key, 0))

        def network(params: Tree, state: Tree, x: jax.Array) -> Outputs:
            return plain.apply(params, state, x, heads=heads)

        return network, (*weights, x)

    def baked(x: jax.Array) -> Outputs:
        return plain.apply(params, state or {}, x, heads=heads)

    return baked, (x,)


def _input(model: Model, batch: int | None) -> jax.ShapeDtypeStruct:
    if batch is not None and batch < 1:
        raise ValueError(f"a batch has at least 1 example, not {batch}")
    size = jax_export.symbolic_shape("b")[0] if batch is None else batch
    one = model.input_struct(1)
    return jax.ShapeDtypeStruct((size, *one.shape[1:]), one.dtype)


@contextmanager
def _without_source_lines() -> Iterator[None]:
    """Programs name the layers, and not the files of the machine they were made on."""
    name = "jax_traceback_in_locations_limit"
    before = getattr(jax.config, name)
    jax.config.update(name, 0)
    try:
        yield
    finally:
        jax.config.update(name, before)
