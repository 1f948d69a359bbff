"""Files of weights that come from anywhere: whatever is in them, a fault is told in one line that names the file."""

import json
import os
import struct
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from safetensors.numpy import save, save_file
from small_networks import model

from netspec import load_weights
from netspec.engine.checks import MismatchError
from netspec.engine.weights_file import HEADER_LIMIT, WeightsError

CHAIN = model("name: Chain\ninput: 6\nnetwork: fc-2\n")
NAME = "params/fc1/bias"
GOOD = save(
    {"params/fc1/kernel": np.ones((6, 2), np.float32), NAME: np.ones(2, np.float32)},
    {"netspec.format": "1", "netspec.network": "Chain"},
)


def raw(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    """A file of a header, as text or to be written as JSON, and data."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(shape: list[int], start: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    """What the header says of one array."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


BROKEN = {
    "empty": b"",
    "seven bytes": GOOD[:7],
    "header cut": GOOD[:60],
    "data cut": GOOD[:-1],
    "data too long": GOOD + b"\0",
    "text": b"network: conv3-8 -> relu\n" * 9,
    "pickle": b"\x80\x04\x95" + b"\0" * 99,
    "zip": b"PK\x03\x04" + b"\0" * 99,
    "huge header": raw(b" " * (HEADER_LIMIT + 1)),
    "header of 2^63 bytes": raw(b"{}", length=2**63),
    "no JSON": raw(b"nonsense"),
    "a list": raw(b"[]"),
    "deep": raw(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "overlapping": raw({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, bytes(12)),
    "a hole": raw({"a": entry([2], 0, 8), "b": entry([2], 12, 20)}, bytes(20)),
    "backwards": raw({"a": entry([2], 8, 0)}, bytes(8)),
    "overflow": raw({"a": entry([2**62, 2**62], 0, 8)}, bytes(8)),
    "negative size": raw({"a": entry([-2], 0, 8)}, bytes(8)),
    "size not a number": raw(b'{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}', bytes(8)),
    "unknown type": raw({"a": entry([2], 0, 8, "\x1b[31m")}, bytes(8)),
    "metadata no text": raw({"__metadata__": {"a": 3}}),
    "later format": raw({"__metadata__": {"netspec.format": "2\x1b[0m"}}),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused(content: bytes, tmp_path: Path) -> None:
    """One printable line with the file's name, and no exception of the library behind it."""
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        load_weights(path, CHAIN)
    assert str(caught.value).startswith(f"{path} ")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500 + len(str(path))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("name", ["folder", "pipe"])
def test_what_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    """A pipe would be waited for, and a folder cannot be read."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WeightsError, match=f"{name} is no ordinary file"):
        load_weights(tmp_path / name, CHAIN)


def test_types_that_nothing_is_stored_in_are_named(tmp_path: Path) -> None:
    """An array of a type that NumPy lacks is a difference, and its bytes are not touched."""
    header = {"params/fc1/kernel": entry([6, 2], 0, 12, "F8_E5M2"), NAME: entry([2], 12, 20)}
    (tmp_path / "w").write_bytes(raw(header, bytes(20)))
    with pytest.raises(MismatchError, match="F8_E5M2 instead of float32: params/fc1/kernel"):
        load_weights(tmp_path / "w", CHAIN)


def test_names_of_a_file_do_not_steer_the_terminal(tmp_path: Path) -> None:
    """Escapes are shown as such, and long names are cut."""
    arrays = {
        "params/\x1b[2J/\u202ekernel": np.ones(1),
        "params/" + "n" * 10_000 + "/k": np.ones(1),
        "": np.ones(1),
    }
    save_file(arrays, tmp_path / "w", {"netspec.network": "\x1b]0;title\x07"})
    with pytest.raises(MismatchError) as caught:
        load_weights(tmp_path / "w", CHAIN)
    assert all(line.isprintable() and len(line) < 2000 for line in str(caught.value).splitlines())


def outcome(path: Path) -> tuple[Any, str]:
    """What is loaded, or the fault that is told."""
    try:
        return load_weights(path, CHAIN), ""
    except (WeightsError, MismatchError) as fault:
        return None, str(fault)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(GOOD)),
    st.binary(max_size=8),
)
def test_a_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], kept: int, tail: bytes
) -> None:
    """Any bytes changed, cut or added: arrays of the right shapes come back, or a fault that names the file."""
    content = bytearray(GOOD)
    for place, byte in changes:
        content[place] = byte
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content[: kept or None] + tail)
    trees, fault = outcome(path)
    if fault:
        assert str(path) in fault
    else:
        assert jax.tree.map(np.shape, trees) == ({"fc1": {"bias": (2,), "kernel": (6, 2)}}, {})
