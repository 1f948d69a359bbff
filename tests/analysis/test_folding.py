"""Equal stretches are one row: which fold, what they are called, and that nothing is lost or added by it."""

import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import pytest
from analyzed_specs import TARGETS, analyzed, analyzed_text, chain
from hypothesis import given, settings, strategies as st
from spec_text import graph

from netspec.analysis import folding
from netspec.analysis.record import Record
from netspec.analysis.summary import Row, summarize


def repeats(record: Record) -> list[tuple[str, int, str]]:
    """What each folded row is called, how often it stands there, and its name."""
    return [(row.label, row.times, row.name) for row in record.folded if row.times > 1]


def opened(record: Record) -> tuple[Row, ...]:
    """The folded rows with every one opened again."""
    return tuple(part for row in record.folded for part in (row.parts or (row,)))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("vgg16", []),
        ("vgg@E", []),
        ("lenet5", []),
        ("googlenet", []),
        ("densenet121", []),
        ("unet", []),
        ("alphago", [("[conv3-192 -> relu]", 11, "conv2..relu12")]),
        ("mobilenet", [("separable", 5, "separable7..11")]),
        ("xception", [("middle", 8, "middle1..8")]),
        (
            "resnet50",
            [
                ("bottleneck", 2, "stage1/bottleneck2..3"),
                ("bottleneck", 3, "stage2/bottleneck2..4"),
                ("bottleneck", 5, "stage3/bottleneck2..6"),
                ("bottleneck", 2, "stage4/bottleneck2..3"),
            ],
        ),
        (
            "convnext_t",
            [
                ("unit", 3, "unit1..3"),
                ("unit", 3, "unit4..6"),
                ("unit", 9, "unit7..15"),
                ("unit", 3, "unit16..18"),
            ],
        ),
    ],
)
def test_what_folds_in_the_bundled_specs(target: str, expected: list[tuple[str, int, str]]) -> None:
    """Blocks that papers write as `x5` are one row; VGG's three convolutions in a row stay three."""
    assert repeats(analyzed(target)) == expected


SUMS = ("neurons", "weights", "biases", "statistics", "trainable", "activation_bytes", "moved_bytes", "macs")


@pytest.mark.parametrize("target", TARGETS)
def test_folding_loses_and_adds_nothing(target: str) -> None:
    """Opened again the rows are what they were, and each folded row is the sum of its equal stretches."""
    assert_faithful(analyzed(target))


def assert_faithful(record: Record) -> None:
    """Every layer is in exactly one row, in the same order, and what is one row is equal."""
    assert opened(record) == record.rows
    for row in record.folded:
        if row.times > 1:
            for number in SUMS:
                assert getattr(row, number) == sum(getattr(part, number) for part in row.parts)
            assert (row.shape, row.inputs) == (row.parts[-1].shape, row.parts[0].inputs)
            assert_equal_times(row, record)


def assert_equal_times(row: Row, record: Record) -> None:
    """The layers of each time have the same fields, shapes, numbers, and inputs equally far before them."""
    length = len(row.parts) // row.times
    assert length * row.times == len(row.parts)
    for one, next_ in zip(row.parts, row.parts[length:], strict=False):
        a, b = record.graph.nodes[one.index], record.graph.nodes[next_.index]
        assert (a.layer, a.input_shapes, a.shape) == (b.layer, b.input_shapes, b.shape)
        assert [i + length for i in a.inputs] == list(b.inputs)
        assert (one.weights, one.biases, one.macs) == (next_.weights, next_.biases, next_.macs)


@pytest.mark.parametrize(
    "network",
    [
        "conv3-8 -> relu -> conv3-16 -> relu -> conv3-24 -> relu -> conv3-32 -> relu -> conv3-40 -> relu",
        "[conv3-4 -> pool2]*4",
        "[conv3-4 -> relu]*4",
        "conv3-4 -> relu -> conv5-4 -> relu -> conv3-4 -> tanh -> conv5-4 -> relu -> conv3-4",
        "[relu -> tanh]*50",
    ],
)
def test_unequal_or_few_layers_stay_rows(network: str) -> None:
    """Other widths, other sizes, another activation, and what saves fewer than four rows."""
    assert repeats(chain(network)) == []


def test_equal_layers_wired_otherwise_stay_rows() -> None:
    """A layer that reads further back than its like is another one."""
    wired = analyzed_text(
        "input: 8x8x4\nnetwork: |\n"
        "  conv3-4 @a -> conv3-4 -> conv3-4 -> add(a) @b\n"
        "  conv3-4 -> conv3-4 -> conv3-4 -> add(b) @c\n"
        "  conv3-4 -> conv3-4 -> conv3-4 -> add(a)\n"
    )
    assert max((row.times for row in wired.folded), default=1) == 1


BODY = "input: 8x8x4\nblocks:\n  body(): {body}\nnetwork: {network}\n"


@pytest.mark.parametrize(
    ("body", "network", "expected"),
    [
        ("relu -> conv3-4 -> bn", '"[body]*4"', [("body", 4, "body1..4")]),
        ("conv3-4 -> bn -> relu", '"[body]*4"', [("body", 4, "body1..4")]),
        ("bn -> relu -> conv3-4", '"conv3-4 -> bn -> relu -> [body]*4 -> bn"', [("body", 4, "body1..4")]),
        ('"[conv3-4 -> relu]*6"', "body", [("[conv3-4 -> relu]", 6, "body1/conv1..relu6")]),
        ('"[conv3-4 -> relu]*6 -> conv1-4"', '"[body]*3"', [("body", 3, "body1..3")]),
        (
            "conv3-4 -> bn -> relu",
            '"[body -> conv1-4 -> relu]*4"',
            [("[body -> conv1-4 -> relu]", 4, "body1..relu4")],
        ),
    ],
)
def test_a_folded_row_is_named_by_the_block_it_is(
    body: str, network: str, expected: list[tuple[str, int, str]]
) -> None:
    """By the block that stands there as often, wherever activations stand in it; else by its layers."""
    assert repeats(analyzed_text(BODY.format(body=body, network=network))) == expected


def test_blocks_inside_blocks_fold_at_the_outermost() -> None:
    """Equal stages are one row, not their equal units several."""
    staged = analyzed_text(
        "input: 8x8x4\nblocks:\n  unit(): conv3-4 -> bn -> relu\n  stage(): '[unit]*2 -> conv1-4 -> relu'\n"
        "network: '[stage]*3 -> fc-10'\n"
    )
    assert repeats(staged) == [("stage", 3, "stage1..3")]


def test_ten_thousand_layers_fold() -> None:
    """Into the one row that they are."""
    net = graph('input: 8x8x4\nnetwork: "[conv3-4 -> relu]*5000"\n')
    _, row = folding.fold(summarize(net).rows, net)
    assert (row.label, row.times, row.name) == ("[conv3-4 -> relu]", 5000, "conv1..relu5000")
    assert row.weights == 5000 * 144


@pytest.mark.parametrize("network", ["[relu]*{}", "[relu -> tanh]*{}", "conv3-4 -> [[relu]*3 -> dropout]*{}"])
def test_folding_takes_steps_in_proportion(network: str) -> None:
    """Three times the layers take about three times the steps, also where equal layers have no row to fold."""
    few, many = (steps(chain(network.format(times), "4x4x4")) for times in (100, 300))
    assert many < 4 * few


def steps(record: Record) -> int:
    """The lines of the module that folding runs through."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace if frame.f_code.co_filename == folding.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        folding.fold(record.rows, record.graph)
    finally:
        sys.settrace(before)
    return count


UNITS = (
    *(
        "conv3-4",
        "conv3-4 -> relu",
        "conv1-4 -> bn -> relu",
        "relu",
        "avgpool3/1(padding=same)",
        "bn -> relu",
    ),
    *("block", "other", "block -> conv1-4", "nested"),
)
BLOCKS = """\
input: 8x8x4
blocks:
  block():
    - residual: relu -> conv3-4 -> relu -> conv3-4
  other(): conv3-4 -> bn -> relu -> conv1-4
  nested(): other -> [block]*2 -> relu
"""


@given(st.lists(st.tuples(st.sampled_from(UNITS), st.integers(1, 6)), min_size=1, max_size=6))
@settings(max_examples=50)
def test_any_repeats_fold_without_loss(parts: Sequence[tuple[str, int]]) -> None:
    """Opened again the rows are what they were, what is one row is equal, and what repeats often enough folds."""
    network = " -> ".join(f"[{unit}]*{times}" for unit, times in parts)
    record = analyzed_text(f'{BLOCKS}network: "{network}"\n')
    assert_faithful(record)
    if any(times == 6 and unit != "relu" for unit, times in parts):
        assert repeats(record)
