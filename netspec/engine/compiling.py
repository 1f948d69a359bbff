"""From a checked network and its options to a model."""

from collections.abc import Iterable, Mapping

import jax

from netspec.engine.memory import fitting
from netspec.engine.model import Model
from netspec.engine.precision import PRECISIONS, Precision
from netspec.engine.program import Plan
from netspec.engine.remat import budget_of, chosen
from netspec.graph.node import Graph
from netspec.language.nearest import did_you_mean
from netspec.language.spec import Spec
from netspec.ops import forms
from netspec.ops.forms import AUTO, OPERATIONS, REFERENCE, Lowerings


def compile_network(
    name: str,
    spec: Spec,
    graph: Graph,
    *,
    precision: str | None = None,
    remat: str | Iterable[str] = "none",
    scan: bool = False,
    lowerings: str | Mapping[str, str] = "auto",
    backend: str | None = None,
) -> Model:
    """A model of a graph; the options are those of `Network.compile`. Raises ValueError for one that does not exist."""
    from netspec.language.train_section import Train  # noqa: PLC0415  its models take long to load

    train = spec.train or Train()
    stored = _precision(precision or train.precision)
    budget = budget_of(remat)
    model = Model(
        name,
        graph,
        stored,
        train.loss,
        train.initialization,
        _lowerings(lowerings, backend or jax.default_backend()),
        Plan(frozenset() if budget else chosen(graph, remat), scan),
    )
    return fitting(model, budget.bytes, budget.batch, train.optimizer.slots) if budget else model


def _precision(name: str) -> Precision:
    if name not in PRECISIONS:
        raise ValueError(f"no precision is called {name}; there are {', '.join(PRECISIONS)}")
    if name == "float64" and jax.dtypes.canonicalize_dtype(name).name != name:
        raise ValueError('float64 needs `jax.config.update("jax_enable_x64", True)` before arrays are made')
    return PRECISIONS[name]


def allow_float64() -> None:
    """Let JAX make 64-bit arrays, which it does not by itself; for programs, not for libraries."""
    jax.config.update("jax_enable_x64", val=True)


def out_of_memory(error: BaseException) -> bool:
    """Whether Python or JAX ran out of memory."""
    ours = isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" in str(error)
    return ours or isinstance(error, MemoryError)


def _lowerings(wanted: str | Mapping[str, str], backend: str) -> Lowerings:
    backend = "gpu" if backend in ("cuda", "rocm") else backend
    if isinstance(wanted, str):
        if wanted not in (AUTO, REFERENCE):
            raise ValueError(f"lowerings are {AUTO}, {REFERENCE}, or given by operation, not {wanted}")
        return Lowerings(default=wanted, backend=backend)
    for operation, form in wanted.items():
        _check_form(operation, form)
    return Lowerings(dict(wanted), backend=backend)


def _check_form(operation: str, form: str) -> None:
    forms.load()
    families = {name.partition(".")[0] for name in OPERATIONS}
    members = [op for name, op in OPERATIONS.items() if operation in (name, name.partition(".")[0])]
    if not members:
        known = sorted({*OPERATIONS, *families})
        hint = did_you_mean(operation, known) or f"there are {', '.join(known)}"
        raise ValueError(f"no operation is called {operation}; {hint}")
    names = dict.fromkeys([AUTO, REFERENCE, *(f.name for op in members for f in op.forms)])
    if form not in names:
        raise ValueError(f"{operation} has no form called {form}; it has {', '.join(names)}")
