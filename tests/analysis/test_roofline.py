"""The roofline model against values computed by hand."""

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from netspec.analysis.device_records import Device
from netspec.analysis.roofline import Bound, bound

# Ten FLOPs a byte at the ridge: 10 TFLOP/s over 1 TB/s.
ROUND = Device(name="round", full_name="Round numbers", memory=2**30, bandwidth=10**12, float32=10**13)

counts = st.integers(0, 10**18)


@pytest.mark.parametrize(
    ("flops", "moved", "kind", "seconds", "intensity"),
    [
        # 2e13 FLOPs take 2 s, 1e12 bytes 1 s: 20 FLOPs a byte, beyond the ridge.
        (2 * 10**13, 10**12, "compute", Fraction(2), Fraction(20)),
        # 1e13 FLOPs take 1 s, 4e12 bytes 4 s: 2.5 FLOPs a byte.
        (10**13, 4 * 10**12, "memory", Fraction(4), Fraction(5, 2)),
        # At the ridge both take a second.
        (10**13, 10**12, "compute", Fraction(1), Fraction(10)),
        # A reshape in place, a copy, and arithmetic on nothing.
        (0, 0, "memory", Fraction(0), None),
        (0, 3, "memory", Fraction(3, 10**12), Fraction(0)),
        (3, 0, "compute", Fraction(3, 10**13), None),
    ],
)
def test_hand_computed(
    flops: int, moved: int, kind: str, seconds: Fraction, intensity: Fraction | None
) -> None:
    """Kind, time and intensity of each side of the ridge, of the ridge itself, and of no work at all."""
    assert bound(flops, moved, ROUND, "float32") == Bound(
        kind="compute" if kind == "compute" else "memory",
        seconds=seconds,
        intensity=intensity,
        ridge=Fraction(10),
    )


def test_a_layer_of_vgg16_on_an_a100() -> None:
    """conv3-512 on 14x14x512 at batch 1: 924,844,032 FLOPs over 10,242,048 bytes in float32, by hand.

    FLOPs: 2 x 14 x 14 x 512 x (3 x 3 x 512). Bytes: 4 x (14 x 14 x 512 in, as many out, 3 x 3 x 512 x 512 + 512
    parameters) = 4 x (100,352 + 100,352 + 2,359,808).
    """
    from netspec.analysis.devices import device

    a100 = device("a100-80g")
    flops, moved = 924_844_032, 10_242_048
    assert flops == 2 * 14 * 14 * 512 * 3 * 3 * 512
    wide = bound(flops, moved, a100, "float32")
    assert wide is not None
    # 924,844,032 / 10,242,048 = 90.30 FLOPs a byte against 156e12 / 2039e9 = 76.51: arithmetic.
    assert (wide.kind, wide.seconds) == ("compute", Fraction(924_844_032, 156 * 10**12))
    assert float(wide.intensity or 0) == pytest.approx(90.30, abs=0.005)
    assert float(wide.ridge) == pytest.approx(76.51, abs=0.005)
    # Half the bytes and twice the rate: 180.60 against 312e12 / 2039e9 = 153.02, still arithmetic.
    narrow = bound(flops, moved // 2, a100, "bfloat16")
    assert narrow is not None
    assert (narrow.kind, narrow.seconds) == ("compute", Fraction(924_844_032, 312 * 10**12))


def test_an_unknown_rate_gives_no_bound() -> None:
    """What cannot be priced is None and never zero."""
    assert bound(10, 10, ROUND, "float64") is None


@pytest.mark.parametrize(("flops", "moved"), [(-1, 0), (0, -1)])
def test_negative_counts_are_refused(flops: int, moved: int) -> None:
    """They are an error of the caller."""
    with pytest.raises(ValueError, match="no negative counts"):
        bound(flops, moved, ROUND, "float32")


@given(counts, counts)
def test_the_time_is_the_larger_of_both(flops: int, moved: int) -> None:
    """It is never below either bound, equals one of them, and the kind says which side of the ridge the work is on."""
    found = bound(flops, moved, ROUND, "float32")
    assert found is not None
    computing, moving = Fraction(flops, 10**13), Fraction(moved, 10**12)
    assert found.seconds in (computing, moving)
    assert found.seconds >= computing
    assert found.seconds >= moving
    if flops and found.intensity is not None:
        assert (found.kind == "compute") == (found.intensity >= found.ridge)


@given(counts, counts, st.integers(1, 1000))
def test_work_scales(flops: int, moved: int, times: int) -> None:
    """So many times the work takes exactly so many times the time, and is of the same kind."""
    one, many = bound(flops, moved, ROUND, "float32"), bound(flops * times, moved * times, ROUND, "float32")
    assert one is not None
    assert many is not None
    assert (many.seconds, many.kind, many.intensity) == (one.seconds * times, one.kind, one.intensity)
