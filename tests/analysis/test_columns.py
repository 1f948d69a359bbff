"""The columns: each is defined and sourced, and holds what its definition says."""

from fractions import Fraction

import pytest
from analyzed_specs import NAMES, TARGETS, analyzed, chain

from netspec.analysis.columns import COLUMNS, DEVICE, LECTURE, WIDER, Column
from netspec.analysis.devices import device
from netspec.analysis.record import Record
from netspec.analysis.settings import DTYPES, Settings
from netspec.analysis.summary import Row

every_column = pytest.mark.parametrize("column", COLUMNS.values(), ids=list(COLUMNS))

KINDS_OF_VALUES = {
    "text": str,
    "shape": tuple,
    "count": int,
    "bytes": int,
    "share": Fraction,
    "ratio": Fraction,
    "seconds": Fraction,
    "sizes": tuple,
}


def value(record: Record, name: str, row: Row) -> object:
    """A column's value in a row."""
    return COLUMNS[name].of(row, record.summary)


@every_column
def test_a_column_is_defined_and_sourced(column: Column) -> None:
    """In a sentence, with a source and a title of its own."""
    assert column.definition[0].isupper() or column.definition[0].isdigit()
    assert column.definition.endswith(".")
    assert column.source
    assert sum(other.title == column.title for other in COLUMNS.values()) == 1
    assert COLUMNS[column.name] is column


@every_column
def test_a_column_holds_values_of_its_unit(column: Column) -> None:
    """In every row of every bundled spec; what depends on a device is unknown without one."""
    for name in NAMES:
        record = analyzed(name)
        found = {column.of(row, record.summary) for row in (*record.rows, *record.folded)}
        if column.name in DEVICE:
            assert found == {None}
        else:
            assert {type(one) for one in found} <= {KINDS_OF_VALUES[column.unit], type(None)}
            assert None not in found or column.unit == "sizes"


@pytest.mark.parametrize("target", TARGETS)
def test_columns_with_a_total_add_up(target: str) -> None:
    """Summed by hand over the rows, folded or not, shares too."""
    record = analyzed(target)
    for column in COLUMNS.values():
        if column.total:
            for rows in (record.rows, record.folded):
                found = [column.of(row, record.summary) for row in rows]
                assert sum(found) == column.total(record.total), column.name  # type: ignore[arg-type]


def test_the_columns_that_are_shown_exist() -> None:
    """The lectures' first, what a wider terminal adds, and what needs a device; none twice."""
    assert LECTURE == ("layer", "dimension", "neurons", "weights", "memory")
    shown = (*LECTURE, *WIDER, *DEVICE)
    assert len(set(shown)) == len(shown)
    assert set(shown) <= set(COLUMNS)


@pytest.mark.parametrize("dtype", DTYPES)
def test_memory_is_neurons_times_bytes_times_examples(dtype: str) -> None:
    """The lectures' `neurons x 4 or 8 bytes`, for each type and a batch."""
    record = analyzed("vgg16", Settings(batch=6, dtype=dtype))
    bytes_ = {"float32": 4, "bfloat16": 2, "float16": 2, "float64": 8}[dtype]
    for row in record.rows:
        assert value(record, "memory", row) == row.neurons * bytes_ * 6


def test_derived_columns_are_what_they_say() -> None:
    """Parameters, FLOPs, shares and intensity of VGG-16's third row, worked by hand."""
    record = analyzed("vgg16")
    row = record.rows[3]
    weights, macs = 9 * 64 * 64, 224 * 224 * 9 * 64 * 64
    inside = 2 * 64 * 64 * (3 * 224 - 2) ** 2
    moved = 4 * (2 * 224 * 224 * 64 + weights + 64)
    assert value(record, "layer", row) == "conv3-64"
    assert value(record, "parameters", row) == weights + 64
    assert value(record, "flops", row) == 2 * macs
    assert value(record, "in_bounds_flops", row) == inside
    assert value(record, "share_macs", row) == Fraction(macs, 15_470_264_320)
    assert value(record, "share_parameters", row) == Fraction(weights + 64, 138_357_544)
    assert value(record, "share_memory", row) == Fraction(224 * 224 * 64, 15_237_608)
    assert value(record, "intensity", row) == Fraction(inside, moved)


def test_shares_of_nothing_are_nothing() -> None:
    """A network without parameters and multiply-adds has shares of 0, which add up to 0."""
    record = chain("pool2")
    for name in ("share_parameters", "share_macs"):
        total = COLUMNS[name].total
        assert total is not None
        assert [value(record, name, row) for row in record.rows] == [0, 0]
        assert total(record.total) == 0


def test_the_roofline_by_hand() -> None:
    """The larger of FLOPs / peak and bytes / bandwidth, on a card of 312 TFLOP/s in bfloat16 and 2,039 GB/s."""
    card = device("a100-80g")
    assert (card.bfloat16, card.bandwidth) == (312 * 10**12, 2_039 * 10**9)
    record = analyzed("vgg16", Settings(dtype="bfloat16", device=card))
    for row in record.rows:
        assert row.in_bounds_flops is not None
        computing = Fraction(row.in_bounds_flops, 312 * 10**12)
        moving = Fraction(row.moved_bytes, 2_039 * 10**9)
        assert value(record, "time", row) == max(computing, moving)
        if row.moved_bytes:
            assert value(record, "bound", row) == (
                "compute" if computing and computing >= moving else "memory"
            )


def test_times_of_folded_rows_add_up_to_the_whole() -> None:
    """A folded row takes the sum of its layers' times, and the rows take the time that is told of the network."""
    record = analyzed("resnet50", Settings(batch=8, device=device("a100-80g")))
    times = [value(record, "time", row) for row in record.folded]
    assert sum(times) == record.roofline_seconds  # type: ignore[arg-type]
    assert record.roofline_seconds == sum(value(record, "time", row) for row in record.rows)  # type: ignore[misc]
