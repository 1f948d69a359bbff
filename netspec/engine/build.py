"""Compiling a network ahead of time, for what it takes: seconds, bytes, operations."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import jax

from netspec.engine.memory import tree_bytes
from netspec.engine.model import Model


@dataclass(frozen=True)
class Program:
    """One compiled function: seconds to trace and compile, bytes by XLA's plan, FLOPs as XLA counts them."""

    seconds: float
    argument_bytes: int
    working_bytes: int
    output_bytes: int
    flops: int | None


@dataclass(frozen=True)
class Built:
    """The programs of a network at a batch size."""

    batch: int
    parameters: int
    parameter_bytes: int
    backend: str
    forward: Program
    step: Program


def build(model: Model, batch: int) -> Built:
    """Compile inference, and a training step up to its gradients."""
    params, state, labelled, _ = model.step_structs(batch)
    return Built(
        batch,
        sum(leaf.size for leaf in jax.tree.leaves(params)),
        tree_bytes(params),
        model.lowerings.backend,
        _program(lambda: jax.jit(model.apply).lower(params, state, labelled["x"]).compile()),
        _program(lambda: model.compiled_step(batch)),
    )


def _program(compiled: Callable[[], Any]) -> Program:
    start = perf_counter()
    program = compiled()
    seconds = perf_counter() - start
    planned, cost = program.memory_analysis(), program.cost_analysis() or {}
    flops = cost.get("flops")
    return Program(
        seconds,
        int(planned.argument_size_in_bytes),
        int(planned.temp_size_in_bytes),
        int(planned.output_size_in_bytes),
        None if flops is None else int(flops),
    )
