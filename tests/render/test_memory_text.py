"""Predicted memory and what fits, as it is printed."""

import json
from dataclasses import asdict, replace

import pytest
from analyzed_specs import NAMES, analyzed, chain
from printed import tables, whole

from netspec.analysis.devices import device
from netspec.analysis.fit import Fit, Purpose, largest_batch
from netspec.analysis.memory import EXECUTION
from netspec.analysis.settings import Settings
from netspec.render.memory import Question, as_json, basis, fitted, parts, predicted
from netspec.render.text import Look
from netspec.render.units import binary, size


def answer(limit: int, purpose: Purpose = "training", **settings: object) -> tuple[str, Fit]:
    """What `netspec fit` says of LeNet-5, and the answer itself."""
    record = analyzed("lenet5", Settings(**settings))  # type: ignore[arg-type]
    found = largest_batch(record.graph, record.settings, limit, purpose)
    at = analyzed("lenet5", replace(record.settings, batch=found.value or 1))
    asked = Question("batch", purpose, None if record.settings.device else binary(limit))
    return "\n".join(fitted(at, found, asked, Look())), found


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_are_the_total(name: str) -> None:
    """Of inference and of training: nothing is left out, and what is zero is not named."""
    record = analyzed(name)
    for memory in (record.inference, record.training):
        assert sum(bytes_ for _, bytes_ in parts(memory)) == memory.total_bytes
        assert all(bytes_ for _, bytes_ in parts(memory))
        assert len({title for title, _ in parts(memory)}) == len(parts(memory))


def test_a_line_stands_for_both() -> None:
    """Inference and training side by side, a zero where one of them has no such part."""
    shown = predicted(analyzed("vgg16"))
    assert [column.title for column in shown.columns] == [
        "Memory, 1 example",
        "Inference",
        "Training, momentum",
    ]
    lines = {line.cells[0]: line.cells[1:] for line in shown.lines}
    assert lines["parameters"] == ("553,430,176", "553,430,176")  # 138,357,544 of 4 bytes
    assert lines["optimizer"] == ("0", "553,430,176")
    assert lines["input"][0] == "602,112"


def test_several_examples_are_named() -> None:
    """The head says for how many, and the optimizer is the one that was chosen."""
    shown = predicted(analyzed("lenet5", Settings(batch=32, optimizer="sgd")))
    assert [column.title for column in shown.columns] == ["Memory, 32 examples", "Inference", "Training, sgd"]


def test_the_basis_says_what_it_assumes() -> None:
    """The totals in short, the places of the peaks, the growth of one example, and the model of execution."""
    record = analyzed("resnet50")
    said = basis(record)
    assert size(record.inference.total_bytes) in said
    assert size(record.training.total_bytes) in said
    assert f"most at {record.inference.peak_at} and at {record.training.peak_at}" in said
    assert EXECUTION in said
    more = analyzed("resnet50", replace(record.settings, batch=2))
    growth = more.training.total_bytes - record.training.total_bytes
    assert (
        f"takes {size(more.inference.total_bytes - record.inference.total_bytes)} and {size(growth)}" in said
    )


def test_what_fits_is_said() -> None:
    """The largest batch, what the next would take, and a table whose lines add up."""
    said, found = answer(2**26)
    assert found.value is not None
    assert found.next_bytes is not None
    assert found.memory.total_bytes <= 2**26 < found.next_bytes
    text = " ".join(said.split())
    assert text.startswith(
        f"LeNet-5 (float32, momentum) trains with batch {found.value:,} in 64 MiB; batch {found.value + 1:,} "
        f"would take {binary(found.next_bytes)} "
    )
    (table,) = tables(said)
    assert sum(map(whole, table.column("Bytes"))) == whole(table.total("Bytes")) == found.memory.total_bytes
    assert EXECUTION in text


def test_what_does_not_fit_is_said() -> None:
    """With the least that is wanted."""
    said, found = answer(1000, "inference")
    assert found.value is None
    least = analyzed("lenet5", Settings()).inference.total_bytes
    assert " ".join(said.split()).startswith(
        f"LeNet-5 (float32) does not fit into 1,000 bytes: batch 1 takes {size(least)} "
    )


@pytest.mark.parametrize("purpose", ["training", "inference"])
def test_a_device_adds_its_bound(purpose: Purpose) -> None:
    """The device is named, and the time is called what it is."""
    card = device("l4")
    said, _ = answer(card.memory, purpose, device=card)
    text = " ".join(said.split())
    assert f"in the {binary(card.memory)} of {card.full_name}" in text
    assert "By the roofline model a " in text
    assert "A bound, not a measurement." in text


@pytest.mark.parametrize("limit", [1000, 2**26, 2**40])
def test_nothing_is_wider_than_the_terminal(limit: int) -> None:
    """80 columns of ASCII."""
    said, _ = answer(limit)
    assert all(len(line) <= 80 and line.isascii() for line in said.splitlines())


def test_json_is_exact() -> None:
    """The answer with its memory, line by line; null where nothing fits."""
    record = analyzed("lenet5")
    found = largest_batch(record.graph, record.settings, 2**26, "training")
    plain = json.loads(as_json(record, found, Question("batch", "training", "64MiB")))
    assert plain["value"] == found.value
    assert (plain["purpose"], plain["quantity"], plain["limit_bytes"]) == ("training", "batch", 2**26)
    assert (plain["next_value"], plain["next_bytes"]) == (found.next_value, found.next_bytes)
    memory = plain["memory"]
    assert memory.pop("total_bytes") == found.memory.total_bytes
    assert memory == json.loads(json.dumps(asdict(found.memory)))
    nothing = largest_batch(record.graph, record.settings, 1, "training")
    assert json.loads(as_json(record, nothing, Question("batch", "training", "1B")))["value"] is None


def test_memory_without_parameters() -> None:
    """A network of pooling has no line for what it does not have."""
    shown = predicted(chain("pool2"))
    assert "parameters" not in [line.cells[0] for line in shown.lines]
    assert "optimizer" not in [line.cells[0] for line in shown.lines]
