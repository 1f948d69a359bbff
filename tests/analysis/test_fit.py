"""What fits into memory: the largest value that does, and the next one that does not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from analyzed_specs import analyzed
from hypothesis import given, settings, strategies as st

import netspec
from netspec.analysis.fit import Fit, Purpose, _search, largest_batch, largest_network
from netspec.analysis.memory import inference, training
from netspec.analysis.settings import Settings
from netspec.graph.node import Graph

PURPOSES: dict[Purpose, Callable[[Graph, Settings], Any]] = {"training": training, "inference": inference}
LARGEST = 3_000
"""The brute-force search of the tests tries every value up to this one."""


@dataclass(frozen=True)
class Needs:
    """A prediction for the search alone."""

    total_bytes: int


@given(
    st.integers(0, 50), st.integers(0, 2000), st.integers(1, 20), st.integers(1, 30), st.integers(0, 20_000)
)
@settings(max_examples=300)
def test_the_search_finds_the_largest(each: int, fixed: int, step: int, start: int, limit: int) -> None:
    """Against every value in turn: networks exist for multiples of `step`, and memory never falls."""

    def predicted(value: int) -> Any:
        return Needs(fixed + each * value) if value % step == 0 else None

    found = _search(predicted, limit, start * step)
    assert found is not None
    values = range(step, LARGEST * step, step)
    fits = [value for value in values if fixed + each * value <= limit]
    if not fits:
        assert (found.value, found.next_value) == (None, step)
    elif each == 0:
        assert found.next_value is None
        assert found.value is not None
        assert found.value > 10**9
    elif len(fits) < len(values):
        assert (found.value, found.next_value) == (fits[-1], fits[-1] + step)
        assert found.next_bytes == fixed + each * (fits[-1] + step)


def test_where_the_beginning_has_no_network_there_is_no_answer() -> None:
    """Nothing is known of what cannot be built."""
    assert _search(lambda _: None, 1000, 5) is None


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("target", ["lenet5", "alexnet", "resnet18", "kim_text"])
@pytest.mark.parametrize("limit", [2**30, 2**33])
def test_the_batch_is_the_largest(target: str, purpose: Purpose, limit: int) -> None:
    """It fits, the next does not, and both predictions are those of an analysis at that batch."""
    record = analyzed(target)
    found = largest_batch(record.graph, record.settings, limit, purpose)
    predict = PURPOSES[purpose]
    optimizer = record.settings.optimizer
    assert found.value is not None
    assert found.next_value == found.value + 1
    assert found.memory == predict(record.graph, Settings(found.value, optimizer=optimizer))
    assert (
        found.next_bytes == predict(record.graph, Settings(found.next_value, optimizer=optimizer)).total_bytes
    )
    assert found.memory.total_bytes <= limit < found.next_bytes


def test_a_limit_that_is_met_exactly_is_kept() -> None:
    """As many bytes as there are is not too many."""
    record = analyzed("lenet5")
    limit = training(record.graph, Settings(17, optimizer=record.settings.optimizer)).total_bytes
    assert largest_batch(record.graph, record.settings, limit, "training").value == 17
    assert largest_batch(record.graph, record.settings, limit - 1, "training").value == 16


def test_a_smaller_type_fits_more() -> None:
    """Half the bytes a number, nearly twice the batch."""
    graph = analyzed("resnet18").graph
    full, half = (
        largest_batch(graph, Settings(dtype=dtype), 2**34, "inference") for dtype in ("float32", "bfloat16")
    )
    assert full.value is not None
    assert half.value is not None
    assert half.value > full.value


def test_nothing_fits() -> None:
    """The answer has no value, and says what a batch of one would take."""
    record = analyzed("vgg16")
    found = largest_batch(record.graph, record.settings, 2**20, "training")
    assert found == Fit(2**20, None, record.training, 1, record.training.total_bytes)


@pytest.mark.parametrize("name", ["classes", "width"])
def test_a_variable_is_the_largest(name: str) -> None:
    """The network of the next value is too large, that of the value is not."""
    text = "input: 8x8x3\nvariables: {width: 4, classes: 3}\nnetwork: conv3-{width} -> relu -> fc-{classes}\n"

    def network(value: int) -> Graph:
        return netspec.load(text=text, set={name: value}).graph

    found = largest_network(network, 3, Settings(batch=2), 10**6, "training")
    assert found is not None
    assert found.value is not None
    assert found.next_value == found.value + 1
    assert training(network(found.value), Settings(batch=2)) == found.memory
    assert (
        found.memory.total_bytes <= 10**6 < training(network(found.next_value), Settings(batch=2)).total_bytes
    )


def test_values_without_a_network_are_passed_over() -> None:
    """Channels that must be even: the largest even number that fits, and the next even one."""
    text = "input: 8x8x4\nvariables: {n: 2}\nnetwork: conv3-{n}(groups=2) -> gap\n"

    def network(value: int) -> Graph | None:
        return None if value % 2 else netspec.load(text=text, set={"n": value}).graph

    found = largest_network(network, 2, Settings(), 50_000, "inference")
    assert found is not None
    assert found.value is not None
    assert (found.value % 2, found.next_value) == (0, found.value + 2)
