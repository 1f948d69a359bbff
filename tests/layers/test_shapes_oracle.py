"""Shape rules against loops over window positions, which share no arithmetic with them."""

from itertools import count, takewhile
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings, strategies as st

from netspec.diagnostics import Refused, rules
from netspec.layers import KINDS, Shape

MAP_SIZES = st.lists(st.integers(1, 20), min_size=1, max_size=3)


class Window(NamedTuple):
    """A window over one axis of `size` rows, with `low` and `high` rows of padding."""

    size: int
    kernel: int
    stride: int
    low: int
    high: int
    dilation: int
    ceil: bool


def windows(over: Window) -> list[list[int]]:
    """The rows that each window looks at, one window after the other from the low padding on.

    With `ceil` a window may reach past the far padding if rows were left for it and it starts inside the map.
    """
    found: list[list[int]] = []
    for start in count(-over.low, over.stride):
        taps = [start + over.dilation * tap for tap in range(over.kernel)]
        fits = taps[-1] < over.size + over.high
        left_over = bool(found) and found[-1][-1] < over.size + over.high - 1
        if not fits and not (over.ceil and left_over and start < over.size):
            return found
        found.append(taps)
    raise AssertionError


def unread(over: Window) -> int:
    """Rows after the last one that is read, or that lies in a gap which the stride leaves at every step."""
    covered = {
        row for taps in windows(over) for row in range(taps[0], max(taps[-1] + 1, taps[0] + over.stride))
    }
    return len(list(takewhile(lambda row: row not in covered, reversed(range(over.size)))))


@st.composite
def sliding(draw: st.DrawFn, *, ceil: bool = False) -> tuple[list[int], dict[str, Any]]:
    """The sizes of a map, and a window over it with one value for every axis, one an axis, or one a side."""
    sizes = draw(MAP_SIZES)
    rank = len(sizes)
    side = st.integers(0, 5)

    def numbers(low: int, high: int) -> st.SearchStrategy[Any]:
        one = st.integers(low, high)
        return st.one_of(one, st.tuples(*[one] * rank))

    fields: dict[str, Any] = {
        "kernel": draw(numbers(1, 6)),
        "stride": draw(numbers(1, 5)),
        "dilation": draw(numbers(1, 3)),
        "padding": draw(st.one_of(numbers(0, 5), st.tuples(*[st.tuples(side, side)] * rank))),
    }
    if ceil:
        fields["ceil"] = draw(st.booleans())
    return sizes, fields


def by_axis(sizes: list[int], fields: dict[str, Any]) -> list[Window]:
    """The windows of a use, axis by axis."""
    found = []
    for axis, size in enumerate(sizes):
        one = {name: given[axis] if isinstance(given, tuple) else given for name, given in fields.items()}
        pad = one["padding"]
        low, high = pad if isinstance(pad, tuple) else (pad, pad)
        found.append(
            Window(size, one["kernel"], one["stride"], low, high, one["dilation"], one.get("ceil", False))
        )
    return found


def outcome(name: str, fields: dict[str, Any], sizes: list[int]) -> tuple[int, ...] | str:
    """The spatial sizes that a layer infers for a map of 4 channels, or the rule that refuses it."""
    try:
        return KINDS[name].model_validate(fields).infer((Shape((*sizes, 4)),)).spatial
    except Refused as refusal:
        return refusal.fault.rule.name


@pytest.mark.parametrize(
    ("name", "more"),
    [("conv", {"filters": 3}), ("dwconv", {"multiplier": 2}), ("sepconv", {"filters": 5})],
    ids=["conv", "dwconv", "sepconv"],
)
@settings(max_examples=60, deadline=None)
@given(use=sliding())
def test_convolutions_have_an_output_for_each_window_that_fits(
    name: str, more: dict[str, Any], use: tuple[list[int], dict[str, Any]]
) -> None:
    """The output's size is the number of windows that fit; where none does the layer is refused."""
    sizes, fields = use
    counts = tuple(len(windows(axis)) for axis in by_axis(sizes, fields))
    assert outcome(name, fields | more, sizes) == (counts if all(counts) else "window-too-large")


@pytest.mark.parametrize("name", ["pool", "avgpool"])
@settings(max_examples=80, deadline=None)
@given(use=sliding(ceil=True))
def test_pools_have_an_output_for_each_window(name: str, use: tuple[list[int], dict[str, Any]]) -> None:
    """The output's size is the number of windows, and each of them sees at least one row of the map."""
    sizes, fields = use
    found = [windows(axis) for axis in by_axis(sizes, fields)]
    result = outcome(name, fields, sizes)
    if result == "padding-too-large":
        assert any(
            2 * max(axis.low, axis.high) > axis.dilation * (axis.kernel - 1) + 1 or axis.dilation > axis.size
            for axis in by_axis(sizes, fields)
        )
    elif result == "window-too-large":
        assert not all(found)
    else:
        assert result == tuple(map(len, found))
        for size, rows in zip(sizes, found, strict=True):
            assert all(any(0 <= tap < size for tap in taps) for taps in rows)


@settings(max_examples=80, deadline=None)
@given(use=sliding(), name=st.sampled_from(["conv", "dwconv", "sepconv", "pool", "avgpool"]))
def test_rows_that_nothing_reads_are_counted(use: tuple[list[int], dict[str, Any]], name: str) -> None:
    """The warning names exactly the rows at the far end that no window covers, and comes only for such."""
    sizes, fields = use
    if name in ("conv", "sepconv"):
        fields |= {"filters": 1}
    if isinstance(outcome(name, fields, sizes), str):
        return
    missed = [unread(axis) for axis in by_axis(sizes, fields)]
    faults = KINDS[name].model_validate(fields).advice((Shape((*sizes, 4)),))
    texts = [fault.message for fault in faults if fault.rule is rules.ROWS_NEVER_READ]
    assert len(texts) == any(missed)
    for axis, rows in enumerate(missed if texts else ()):
        what = {1: ["position"], 2: ["row", "column"], 3: ["frame", "row", "column"]}[len(sizes)][axis]
        said = f"the last {rows} {what}s" if rows > 1 else f"the last {what}"
        assert (f"{said} " in texts[0]) == bool(rows)


@settings(max_examples=100, deadline=None)
@given(
    size=st.integers(1, 40), kernel=st.integers(1, 9), stride=st.integers(1, 5), dilation=st.integers(1, 3)
)
def test_same_gives_an_output_for_every_step_of_the_stride(
    size: int, kernel: int, stride: int, dilation: int
) -> None:
    """`same` and `same_tf` give ceil(W/S) outputs for every kernel, in convolutions and pools alike."""
    fields = {"kernel": kernel, "stride": stride, "dilation": dilation}
    steps = (len(range(0, size, stride)),)
    for padding in ("same", "same_tf"):
        assert outcome("conv", fields | {"filters": 1, "padding": padding}, [size]) == steps
        assert outcome("pool", fields | {"padding": padding}, [size]) in (steps, "padding-too-large")


@settings(max_examples=100, deadline=None)
@given(
    size=st.integers(1, 12), kernel=st.integers(1, 6), stride=st.integers(1, 5), dilation=st.integers(1, 3)
)
def test_same_of_an_upconv_undoes_same_of_a_conv(size: int, kernel: int, stride: int, dilation: int) -> None:
    """`same` and `same_tf` of a transposed convolution give W*S, from which the convolution gives W again."""
    fields = {"kernel": kernel, "stride": stride, "dilation": dilation, "filters": 2}
    for padding in ("same", "same_tf"):
        assert outcome("upconv", fields | {"padding": padding}, [size]) == (size * stride,)
        assert outcome("conv", fields | {"padding": padding}, [size * stride]) == (size,)


def stamped(over: Window, extra: int) -> int:
    """The length of the output that stamps reach, with rows added at its end, less the rows cut from both."""
    rows = {at * over.stride + over.dilation * tap for at in range(over.size) for tap in range(over.kernel)}
    full = list(range(max(rows) + 1 + extra))
    return len(full[over.low : max(over.low, len(full) - over.high)])


@settings(max_examples=80, deadline=None)
@given(use=sliding(), extra=st.integers(0, 4))
def test_an_upconv_reaches_as_far_as_its_stamps(use: tuple[list[int], dict[str, Any]], extra: int) -> None:
    """The output ends with the last stamp, plus output_padding, less what padding cuts; never below 1."""
    sizes, fields = use
    result = outcome("upconv", fields | {"filters": 3, "output_padding": extra}, sizes)
    axes = by_axis(sizes, fields)
    if any(extra >= axis.stride and extra >= axis.dilation for axis in axes):
        assert result == "wrong-value"
        return
    lengths = tuple(stamped(axis, extra) for axis in axes)
    assert result == (lengths if all(lengths) else "nothing-left")


@settings(max_examples=100, deadline=None)
@given(use=sliding())
def test_cropping_and_padding_are_slices(use: tuple[list[int], dict[str, Any]]) -> None:
    """`pad` adds its rows to each axis and `crop` cuts them; a crop that leaves nothing is refused."""
    sizes, fields = use
    rows = [([1] * axis.size, axis.low, axis.high) for axis in by_axis(sizes, fields)]
    padded = tuple(len([0] * low + line + [0] * high) for line, low, high in rows)
    cropped = tuple(len(line[low : max(low, len(line) - high)]) for line, low, high in rows)
    assert outcome("pad", {"by": fields["padding"]}, sizes) == padded
    assert outcome("crop", {"by": fields["padding"]}, sizes) == (cropped if all(cropped) else "nothing-left")


@settings(max_examples=100, deadline=None)
@given(sizes=MAP_SIZES, factor=st.integers(1, 4), groups=st.integers(1, 12), channels=st.integers(1, 48))
def test_layers_that_move_values_keep_their_number(
    sizes: list[int], factor: int, groups: int, channels: int
) -> None:
    """Pixel shuffle, channel shuffle and flatten lose no value; channels that do not divide are refused."""
    x = Shape((*sizes, channels))
    for name, fields, parts in (
        ("pixel_shuffle", {"factor": factor}, factor ** len(sizes)),
        ("channel_shuffle", {"groups": groups}, groups),
        ("flatten", {}, 1),
    ):
        layer = KINDS[name].model_validate(fields)
        if channels % parts:
            with pytest.raises(Refused, match="cannot be divided"):
                layer.infer((x,))
        else:
            assert layer.infer((x,)).elements == x.elements
