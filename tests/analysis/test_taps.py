"""The closed form for taps inside a map, against counting them one by one."""

from hypothesis import given, settings, strategies as st

from netspec.layers.facets import sum_floor, taps_inside

few = st.integers(1, 24)
HUGE = 10**18


def taps_one_by_one(size: int, out: int, kernel: int, stride: int, low: int, dilation: int) -> int:
    """Every position and every tap of it."""
    found = 0
    for position in range(out):
        for tap in range(kernel):
            row = position * stride - low + tap * dilation
            if 0 <= row < size:
                found += 1
    return found


@settings(max_examples=1000)
@given(
    size=few,
    out=few,
    kernel=few,
    stride=st.integers(1, 9),
    low=st.integers(0, 40),
    dilation=st.integers(1, 9),
)
def test_taps_are_those_found_one_by_one(
    size: int, out: int, kernel: int, stride: int, low: int, dilation: int
) -> None:
    """The count is that of a loop, whatever the numbers, also where the whole window lies outside."""
    found = taps_inside(size=size, out=out, kernel=kernel, stride=stride, low=low, dilation=dilation)
    assert found == taps_one_by_one(size, out, kernel, stride, low, dilation)


@settings(max_examples=300)
@given(
    size=st.integers(1, HUGE),
    out=st.integers(1, HUGE),
    kernel=st.integers(1, 12),
    stride=st.integers(1, 10**6),
    low=st.integers(0, HUGE),
    dilation=st.integers(1, 10**6),
)
def test_long_axes_are_counted_tap_by_tap(
    size: int, out: int, kernel: int, stride: int, low: int, dilation: int
) -> None:
    """On axes that no loop could walk along, the count is the sum over the taps of their positions inside."""
    expected = 0
    for tap in range(kernel):
        rows = range(tap * dilation - low, tap * dilation - low + out * stride, stride)
        before = len(range(rows.start, min(0, rows.stop), stride))
        upto = len(range(rows.start, min(size, rows.stop), stride))
        expected += upto - before
    found = taps_inside(size=size, out=out, kernel=kernel, stride=stride, low=low, dilation=dilation)
    assert found == expected


@settings(max_examples=300)
@given(
    size=st.integers(1, HUGE),
    out=st.integers(1, 12),
    kernel=st.integers(1, HUGE),
    stride=st.integers(1, 10**6),
    low=st.integers(0, HUGE),
    dilation=st.integers(1, 10**6),
)
def test_huge_kernels_are_counted_position_by_position(
    size: int, out: int, kernel: int, stride: int, low: int, dilation: int
) -> None:
    """With more taps than a loop could try, the count is the sum over the positions of their taps inside."""
    expected = 0
    for position in range(out):
        rows = range(position * stride - low, position * stride - low + kernel * dilation, dilation)
        before = len(range(rows.start, min(0, rows.stop), dilation))
        upto = len(range(rows.start, min(size, rows.stop), dilation))
        expected += upto - before
    found = taps_inside(size=size, out=out, kernel=kernel, stride=stride, low=low, dilation=dilation)
    assert found == expected


@settings(max_examples=500)
@given(count=st.integers(0, 60), by=st.integers(1, 40), step=st.integers(0, 80), start=st.integers(0, 200))
def test_sums_of_floors_are_those_of_a_loop(count: int, by: int, step: int, start: int) -> None:
    """The sum of floor((step*i + start)/by) is the loop's."""
    assert sum_floor(count, by, step, start) == sum((step * i + start) // by for i in range(count))
