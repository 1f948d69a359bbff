"""The largest batch, resolution or width whose predicted memory stays within a limit."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from netspec.analysis.memory import Inference, Training, inference, training
from netspec.analysis.settings import Settings
from netspec.graph.node import Graph

Purpose = Literal["training", "inference"]
Network = Callable[[int], Graph | None]
"""The network for a value, or None where there is none (a size that its arithmetic does not allow)."""

_LARGEST: Final = 2**31
_TRIES: Final = 64
"""Values in a row that are tried where some give no network."""


Memory = Training | Inference
_Predicted = Callable[[int], Memory | None]


@dataclass(frozen=True, slots=True)
class Fit:
    """The largest value that fits, with its predicted memory; `value` is None where none does.

    `memory` is the prediction for `value`, or where nothing fits for the smallest value that was tried. `next_value`
    and `next_bytes` are of the first value that does not fit, None where nothing is too large.
    """

    limit_bytes: int
    value: int | None
    memory: Memory
    next_value: int | None
    next_bytes: int | None


def largest_batch(graph: Graph, settings: Settings, limit_bytes: int, purpose: Purpose) -> Fit:
    """The largest batch within a limit."""
    found = _search(lambda batch: _predict(graph, replace(settings, batch=batch), purpose), limit_bytes, 1)
    assert found is not None
    return found


def largest_network(
    network: Network, start: int, settings: Settings, limit_bytes: int, purpose: Purpose
) -> Fit | None:
    """The largest value, such as a resolution, whose network stays within a limit; None where `start` has none."""

    def predicted(value: int) -> Memory | None:
        graph = network(value)
        return None if graph is None else _predict(graph, settings, purpose)

    return _search(predicted, limit_bytes, start)


def _predict(graph: Graph, settings: Settings, purpose: Purpose) -> Memory:
    return training(graph, settings) if purpose == "training" else inference(graph, settings)


def _search(predicted: _Predicted, limit_bytes: int, start: int) -> Fit | None:
    """Double until it is too much, then halve the gap; memory grows with the value."""
    memory = predicted(start)
    if memory is None:
        return None
    if memory.total_bytes > limit_bytes:
        return _halved(predicted, limit_bytes, (0, None), (start, memory))
    low, held = start, memory
    while low < _LARGEST:
        upper = _from(predicted, 2 * low, _TRIES)
        if upper is None:
            break
        if upper[1].total_bytes > limit_bytes:
            return _halved(predicted, limit_bytes, (low, held), upper)
        low, held = upper
    return Fit(limit_bytes, low, held, None, None)


def _halved(
    predicted: _Predicted, limit_bytes: int, fits: tuple[int, Memory | None], beyond: tuple[int, Memory]
) -> Fit:
    (low, held), (high, over) = fits, beyond
    end = high  # no value from here up to `high` is both possible and small enough
    while end - low > 1:
        middle = (low + end) // 2
        found = _from(predicted, middle, end - middle)
        if found is None:
            end = middle
        elif found[1].total_bytes > limit_bytes:
            end, (high, over) = middle, found
        else:
            low, held = found
    if held is None:
        return Fit(limit_bytes, None, over, high, over.total_bytes)
    return Fit(limit_bytes, low, held, high, over.total_bytes)


def _from(predicted: _Predicted, value: int, tries: int) -> tuple[int, Memory] | None:
    """The first value from here on that has a network, and its memory."""
    for candidate in range(value, value + min(tries, _TRIES)):
        found = predicted(candidate)
        if found is not None:
            return candidate, found
    return None
