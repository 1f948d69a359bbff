"""Multiply-adds of random layers, against loops over every position, every tap and every pair of channels.

The loops follow the layers' definitions: a window starts at the low padding and moves as long as it fits; a
transposed convolution stamps its kernel once for each input position. Nothing is taken from netspec but the
field names.
"""

from dataclasses import dataclass
from itertools import count, product
from typing import Any

import pytest
from hypothesis import assume, given, settings, strategies as st

from netspec.diagnostics import Refused
from netspec.layers import KINDS, Shape
from netspec.layers.facets import Macs

Sides = tuple[int, int]


@dataclass(frozen=True)
class Use:
    """A layer with its fields, on a map of `sizes` with `channels`."""

    kind: str
    fields: dict[str, Any]
    sizes: tuple[int, ...]
    channels: int

    def one(self, field: str, axis: int) -> Any:
        """A field's value on one axis."""
        given = self.fields[field]
        return given[axis] if isinstance(given, tuple) else given

    def extent(self, axis: int) -> int:
        """How far the dilated kernel reaches."""
        return max(tap * self.one("dilation", axis) for tap in range(self.one("kernel", axis))) + 1

    def macs(self) -> tuple[int, int]:
        """What netspec says: all multiply-adds, and those whose tap lies inside the map."""
        try:
            layer = KINDS[self.kind].model_validate(self.fields)
            layer.infer((Shape((*self.sizes, self.channels)),))
        except Refused:
            assume(condition=False)
        terms = layer.macs((Shape((*self.sizes, self.channels)),))
        assert terms is not None
        return sum(term.count for term in terms), sum(term.in_bounds for term in terms)


@st.composite
def uses(draw: st.DrawFn, kind: str) -> Use:
    """A layer whose fields are one number, one an axis, or low and high of each axis; groups divide the channels."""
    rank = draw(st.integers(1, 3))
    sizes = tuple(draw(st.integers(1, 12 // rank)) for _ in range(rank))
    groups = draw(st.integers(1, 3)) if kind in ("conv", "upconv") else 1
    channels = groups * draw(st.integers(1, 3))

    def numbers(low: int, high: int) -> Any:
        one = st.integers(low, high)
        return draw(st.one_of(one, st.tuples(*[one] * rank)))

    side = st.integers(0, 3)
    sides = st.tuples(*[st.tuples(side, side)] * rank)
    padding = draw(st.one_of(st.sampled_from(["same", "valid", "same_tf"]), st.just(0), side, sides))
    fields = {"kernel": numbers(1, 4), "stride": numbers(1, 4), "dilation": numbers(1, 3), "padding": padding}
    if kind == "upconv" and not isinstance(padding, str):
        fields["output_padding"] = numbers(0, 2)
    if kind in ("conv", "upconv"):
        fields |= {"filters": groups * draw(st.integers(1, 3)), "groups": groups}
    if kind in ("dwconv", "sepconv"):
        fields["multiplier"] = draw(st.integers(1, 2))
    if kind == "sepconv":
        fields["filters"] = draw(st.integers(1, 5))
    return Use(kind, fields, sizes, channels)


def padded(use: Use, axis: int) -> Sides:
    """Low and high padding of a window's axis: `same` as torch pads at stride 1, `same_tf` as TensorFlow does."""
    size, extent, stride = use.sizes[axis], use.extent(axis), use.one("stride", axis)
    if use.fields["padding"] == "valid":
        return 0, 0
    if use.fields["padding"] == "same":
        total = extent - 1
    elif use.fields["padding"] == "same_tf":
        windows = len(range(0, size, stride))
        total = max(0, (windows - 1) * stride + extent - size)
    else:
        side = use.one("padding", axis)
        return side if isinstance(side, tuple) else (side, side)
    return total // 2, total - total // 2


def windows(use: Use, axis: int) -> list[list[int]]:
    """The rows under each tap, window by window, as long as the window fits."""
    low, high = padded(use, axis)
    found = []
    for start in count(-low, use.one("stride", axis)):
        if start + use.extent(axis) > use.sizes[axis] + high:
            return found
        found.append([start + tap * use.one("dilation", axis) for tap in range(use.one("kernel", axis))])
    raise AssertionError


def looped(axes: list[list[list[int]]], kept: list[range]) -> tuple[int, int]:
    """All combinations of position and tap, and those that lie in the kept rows on every axis."""
    every = inside = 0
    for position in product(*axes):
        for tap in product(*position):
            every += 1
            inside += all(row in rows for row, rows in zip(tap, kept, strict=True))
    return every, inside


def slid(use: Use) -> tuple[int, int]:
    """Positions and taps of a window that slides over the map."""
    axes = [windows(use, axis) for axis in range(len(use.sizes))]
    return looped(axes, [range(size) for size in use.sizes])


def stamped(use: Use) -> tuple[int, int]:
    """Positions and taps of a kernel that every input position stamps into the output."""
    axes, kept = [], []
    for axis, size in enumerate(use.sizes):
        stride, dilation = use.one("stride", axis), use.one("dilation", axis)
        rows = [
            [at * stride + tap * dilation for tap in range(use.one("kernel", axis))] for at in range(size)
        ]
        axes.append(rows)
        kept.append(rows_kept(use, axis, end=max(map(max, rows)) + 1))
    return looped(axes, kept)


def rows_kept(use: Use, axis: int, end: int) -> range:
    """The rows of the full output, up to `end`, that padding leaves; `same` leaves `stride` for each input row."""
    padding, length = use.fields["padding"], use.sizes[axis] * use.one("stride", axis)
    if padding == "valid":
        return range(end)
    if padding in ("same", "same_tf"):
        spare = max(0, end - length)
        low = spare // 2 if padding == "same_tf" else spare - spare // 2
        return range(low, low + length)
    side = use.one("padding", axis)
    low, high = side if isinstance(side, tuple) else (side, side)
    return range(low, end + use.one("output_padding", axis) - high)


def pairs(channels: int, filters: int, groups: int) -> list[tuple[int, int]]:
    """Every input channel with every filter of its own group."""
    return [
        (i, o)
        for i in range(channels)
        for o in range(filters)
        if i * groups // channels == o * groups // filters
    ]


@settings(max_examples=300)
@given(use=uses("conv"))
def test_a_convolution_multiplies_at_every_position_and_tap(use: Use) -> None:
    """Each filter takes one multiply-add for each position, tap and channel of its group."""
    found = use.macs()
    each = len(pairs(use.channels, use.fields["filters"], use.fields["groups"]))
    every, inside = slid(use)
    assert found == (each * every, each * inside)


@settings(max_examples=200)
@given(use=uses("dwconv"))
def test_a_depthwise_convolution_multiplies_channel_by_channel(use: Use) -> None:
    """Each channel takes `multiplier` multiply-adds for each position and tap, whatever other channels there are."""
    found = use.macs()
    each = sum(1 for _ in range(use.channels) for _ in range(use.fields["multiplier"]))
    every, inside = slid(use)
    assert found == (each * every, each * inside)


@settings(max_examples=200)
@given(use=uses("sepconv"))
def test_a_separable_convolution_is_a_depthwise_and_a_pointwise_one(use: Use) -> None:
    """The second step has one tap a position, and none of them lies outside."""
    found = use.macs()
    middle = use.channels * use.fields["multiplier"]
    every, inside = slid(use)
    positions = sum(1 for _ in product(*(windows(use, axis) for axis in range(len(use.sizes)))))
    mixing = positions * len(pairs(middle, use.fields["filters"], 1))
    assert found == (middle * every + mixing, middle * inside + mixing)


@settings(max_examples=300)
@given(use=uses("upconv"))
def test_a_transposed_convolution_multiplies_at_every_input_position(use: Use) -> None:
    """Each input position stamps every tap; inside are the stamps that padding does not cut away."""
    found = use.macs()
    each = len(pairs(use.channels, use.fields["filters"], use.fields["groups"]))
    every, inside = stamped(use)
    assert found == (each * every, each * inside)


@settings(max_examples=100)
@given(use=uses("conv"), data=st.data())
def test_a_table_of_connections_is_what_multiplies(use: Use, data: st.DataObject) -> None:
    """A filter takes multiply-adds for the channels it sees and for no other."""
    channels = st.lists(st.integers(0, use.channels - 1), min_size=1, unique=True).map(tuple)
    table = data.draw(st.tuples(*[channels] * use.fields["filters"]))
    partial = Use("conv", use.fields | {"groups": 1, "connections": table}, use.sizes, use.channels)
    each = sum(1 for row in table for _ in row)
    every, inside = slid(use)
    assert partial.macs() == (each * every, each * inside)


@pytest.mark.parametrize("kind", ["fc", "rbf"])
@given(sizes=st.lists(st.integers(1, 6), min_size=1, max_size=4), units=st.integers(1, 7))
def test_a_fully_connected_layer_multiplies_every_input_by_every_unit(
    kind: str, sizes: list[int], units: int
) -> None:
    """There is one multiply-add for each value and unit, and no padding."""
    terms = KINDS[kind].model_validate({"units": units}).macs((Shape(tuple(sizes)),))
    assert terms is not None
    expected = sum(1 for _ in product(*map(range, sizes)) for _ in range(units))
    assert [(term.count, term.in_bounds) for term in terms] == [(expected, expected)]


def test_every_layer_of_the_language_is_priced() -> None:
    """A layer has multiply-adds or says that it has none; for none of them is the number unknown."""
    for kind in KINDS.values():
        if kind.without_macs:
            assert kind.macs(kind.model_construct(), (Shape((4, 4, 4)),)) == ()
        else:
            assert {"works", "macs"} & vars(kind).keys()


def test_the_first_layers_of_the_lectures_networks() -> None:
    """224*224 positions of 1,728 weights in VGG-16; 55*55 of 34,848 in AlexNet (Caffe's 227x227 input)."""
    vgg = KINDS["conv"].model_validate({"filters": 64, "kernel": 3}).macs((Shape((224, 224, 3)),))
    assert vgg == (Macs(1_728, (224, 224), (3, 3), (670, 670)),)
    alexnet = KINDS["conv"].model_validate({"filters": 96, "kernel": 11, "stride": 4, "padding": 0})
    (term,) = alexnet.macs((Shape((227, 227, 3)),)) or ()
    assert (term.count, term.in_bounds) == (105_415_200, 105_415_200)
