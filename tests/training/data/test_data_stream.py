"""Batches in order, from threads and from processes; faults arrive as they were raised."""

import threading
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import pytest

from netspec.diagnostics import rules
from netspec.training.data.dataset import Arrays
from netspec.training.data.stream import batches
from netspec.training.faults import TrainError, fault

PLACES = np.random.default_rng(0).permutation(60).astype(np.int32).reshape(12, 5)
ARRAYS = Arrays(np.arange(120, dtype=np.float32).reshape(60, 2), np.arange(60, dtype=np.int32))


@dataclass
class Read:
    """Examples that are read one by one; one of them cannot be."""

    bad: int = -1

    def __len__(self) -> int:
        return 60

    def __getitem__(self, index: int) -> Any:
        if index == self.bad:
            raise fault(rules.UNREADABLE_DATA, "some/file.png", f"`{index}` is cut short", help="mend it")
        return ARRAYS[index]


def assert_are(found: list[Any], places: np.ndarray) -> None:
    """The batches hold the examples of these places, in order."""
    assert len(found) == len(places)
    for (x, y, taken), wanted in zip(found, places, strict=True):
        assert np.array_equal(taken, wanted)
        assert np.array_equal(x, ARRAYS.x[wanted])
        assert np.array_equal(y, wanted)
        assert (x.dtype, y.dtype) == (np.float32, np.int32)


@pytest.mark.parametrize("examples", [ARRAYS, Read()])
def test_batches_come_in_order(examples):
    """Each batch holds the examples of its places; the rest of an epoch is the end of the whole."""
    assert_are(list(batches(examples, PLACES)), PLACES)
    assert_are(list(batches(examples, PLACES[7:])), PLACES[7:])
    assert list(batches(examples, PLACES[:0])) == []


def test_worker_processes_give_the_same():
    """Two processes give what one does, in the same order, and a fault with all that it says."""
    bad = int(PLACES[10, 2])
    found = batches(Read(bad), PLACES, workers=2)
    assert_are([next(found) for _ in range(10)], PLACES[:10])
    assert_fault(found, bad)


def assert_fault(found: Any, bad: int) -> None:
    """The next batch is the fault of this example."""
    with pytest.raises(TrainError) as raised:
        next(found)
    (finding,) = raised.value.findings
    assert (finding.rule, finding.file, finding.help) == (rules.UNREADABLE_DATA, "some/file.png", "mend it")
    assert finding.message == f"`{bad}` is cut short"


def test_fault_comes_at_its_batch():
    """The batches before an example that cannot be read are given, then its fault."""
    bad = int(PLACES[3, 2])
    found = batches(Read(bad), PLACES)
    assert_are([next(found) for _ in range(3)], PLACES[:3])
    assert_fault(found, bad)


def test_reading_is_ahead_and_ends():
    """Batches are read before they are asked for, and no thread reads on after the last one is given up."""
    seen, three = [], threading.Event()

    class Seen(Read):
        def __getitem__(self, index: int) -> Any:
            seen.append(index)
            if len(seen) == 15:
                three.set()
            return super().__getitem__(index)

    found = batches(Seen(), PLACES)
    next(found)
    assert three.wait(30)
    found.close()
    before = {thread for thread in threading.enumerate() if thread.name.startswith("grain-prefetch")}
    for thread in before:
        thread.join(30)
        assert not thread.is_alive()


def test_every_process_reads_its_part(monkeypatch):
    """Of several training processes each reads its part of every batch; together they read it all, once."""
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    parts = []
    for index in range(2):
        monkeypatch.setattr(jax, "process_index", lambda index=index: index)
        parts.append([taken for _, _, taken in batches(ARRAYS, PLACES[:, :4])])
    assert np.array_equal(np.concatenate([np.stack(part) for part in parts], axis=1), PLACES[:, :4])
