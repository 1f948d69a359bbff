"""Two networks layer by layer: what differs is told, nothing else is, and the differences add up."""

from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from analyzed_specs import NAMES, VARIANTS, analyzed, chain

from netspec.analysis.comparison import Change, Comparison, compare
from netspec.analysis.record import Record

PAIRS = [pair for targets in VARIANTS.values() for pair in combinations(targets, 2)]
STRANGERS = list(pairwise(NAMES))


def compared(a: Record, b: Record) -> Comparison:
    """The comparison of two analyses, as the command line makes it."""
    return compare(a.graph, b.graph, a.summary, b.summary, same=a.hash == b.hash)


def told(found: Comparison) -> list[tuple[str, str]]:
    """What was added, removed and changed, by name."""
    return [(change.kind, change.row.name) for change in found.changes]


def fields(change: Change) -> dict[str, tuple[object, object]]:
    """The fields of a changed layer with both values."""
    return {name: (before, after) for name, before, after in change.fields}


@pytest.mark.parametrize(("one", "other"), PAIRS + STRANGERS)
def test_the_changes_add_up_to_the_difference_of_the_totals(one: str, other: str) -> None:
    """Parameters, MACs and memory of what changed are the difference of the two totals, either way round."""
    for a, b in ((analyzed(one), analyzed(other)), (analyzed(other), analyzed(one))):
        found = compared(a, b)
        for number in ("parameters", "macs", "activation_bytes"):
            deltas = [change.delta(number) for change in found.changes]
            assert sum(delta or 0 for delta in deltas) == getattr(b.total, number) - getattr(a.total, number)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_the_other_way_round_the_same_is_told(one: str, other: str) -> None:
    """Between variants: what was added is removed, what was removed added, and changes have their values swapped."""
    there, back = compared(analyzed(one), analyzed(other)), compared(analyzed(other), analyzed(one))
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert sorted(
        (turned[c.kind], c.row.kind, -(c.delta("parameters") or 0)) for c in there.changes
    ) == sorted((c.kind, c.row.kind, c.delta("parameters") or 0) for c in back.changes)


@pytest.mark.parametrize("target", NAMES)
def test_a_network_does_not_differ_from_itself(target: str) -> None:
    """Nothing is told of it, with or without the hash to say so."""
    a = analyzed(target)
    assert compared(a, a).same
    assert compare(a.graph, a.graph, a.summary, a.summary, same=False).changes == ()


@pytest.mark.parametrize(("one", "other"), [("vgg16", "vgg@D"), ("vgg", "vgg16")])
def test_specs_that_read_differently_are_the_same_network(one: str, other: str) -> None:
    """VGG-16 and the variant D of VGG."""
    found = compared(analyzed(one), analyzed(other))
    assert (found.same, found.changes) == (True, ())


def test_vgg_d_and_e() -> None:
    """Three convolutions more, each with its relu. Source: Simonyan and Zisserman 2015, table 1."""
    found = compared(analyzed("vgg@D"), analyzed("vgg@E"))
    assert [(kind, name.rstrip("0123456789")) for kind, name in told(found)] == [
        ("added", "conv"), ("added", "relu"), ("added", "conv"), ("added", "relu"), ("added", "conv"), ("added", "relu"),
    ]  # fmt: skip
    added = [change.row.parameters for change in found.changes if change.row.parameters]
    assert added == [9 * 256 * 256 + 256, 9 * 512 * 512 + 512, 9 * 512 * 512 + 512]


def test_alexnet_with_one_tower_and_with_two() -> None:
    """The three layers that are divided between the towers, and no other."""
    found = compared(analyzed("alexnet@one-tower"), analyzed("alexnet"))
    assert told(found) == [("changed", "conv2"), ("changed", "conv4"), ("changed", "conv5")]
    assert [fields(change) for change in found.changes] == [{"groups": (1, 2)}] * 3
    assert [change.delta("parameters") for change in found.changes] == [
        -5 * 5 * 48 * 256,
        -3 * 3 * 192 * 384,
        -3 * 3 * 192 * 256,
    ]


def test_resnet_50_and_101() -> None:
    """17 bottlenecks of the third stage, 170 layers of 18,992,128 parameters, and nothing else."""
    found = compared(analyzed("resnet50"), analyzed("resnet50@101"))
    assert {change.kind for change in found.changes} == {"added"}
    assert len(found.changes) == 170
    assert sum(change.delta("parameters") or 0 for change in found.changes) == 18_992_128
    assert {change.row.name.split("/")[0] for change in found.changes} == {"stage3"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("conv3-8 -> relu -> fc-10", "conv3-8 -> bn -> relu -> fc-10", [("added", "bn1")]),
        ("conv3-8 -> relu -> dropout -> fc-10", "conv3-8 -> relu -> fc-10", [("removed", "dropout1")]),
        ("conv3-8 -> relu -> fc-10", "conv3-8 -> tanh -> fc-10", [("removed", "relu1"), ("added", "tanh1")]),
        ("conv3-4 -> relu -> conv3-8", "conv3-4 -> relu -> conv3-8 -> softmax", [("added", "softmax1")]),
        ("conv3-4 -> conv5-4", "conv3-4 -> conv5-4(bias=false)", [("changed", "conv2")]),
    ],
)
def test_one_change_is_one_change(before: str, after: str, expected: list[tuple[str, str]]) -> None:
    """What stands around a layer that came or went is not told."""
    found = compared(chain(before), chain(after))
    ignored = ("conv1",) if "bn" in after else ()  # its bias goes where batch norm comes
    assert [pair for pair in told(found) if pair[1] not in ignored] == expected


def test_a_layer_whose_size_changes_with_another_is_told_with_its_shapes() -> None:
    """A wider convolution makes the weights behind it more: same fields, other numbers."""
    wider, behind = compared(chain("conv3-8 -> conv3-8"), chain("conv3-16 -> conv3-8")).changes
    assert fields(wider) == {"filters": (8, 16)}
    assert (behind.fields, behind.delta("parameters")) == ((), 9 * 8 * 8)


def test_another_input_is_told_first() -> None:
    """With both shapes, and no fields."""
    found = compared(chain("conv3-8 -> gap", "32x32x3"), chain("conv3-8 -> gap", "64x64x3"))
    assert told(found)[0] == ("changed", "input")
    assert found.changes[0].delta("activation_bytes") == 4 * 3 * (64 * 64 - 32 * 32)


WIRED = "conv3-4 @a -> relu @b -> conv3-4 @c -> add({}) -> conv3-4"


def test_the_same_layers_wired_otherwise_differ() -> None:
    """An addition that takes another layer has no other fields and other inputs."""
    (change,) = compared(chain(WIRED.format("a")), chain(WIRED.format("b"))).changes
    assert (change.kind, change.row.kind, change.fields) == ("changed", "add", ())
    assert change.before is not None
    assert change.after is not None
    assert change.before.inputs != change.after.inputs


def test_a_layer_that_does_not_say_its_cost_has_no_difference() -> None:
    """Unknown on one side is unknown, not zero."""
    row = chain("conv3-1").rows[1]
    change = Change("changed", row, replace(row, macs=None))
    assert (change.delta("macs"), change.delta("parameters")) == (None, 0)


def test_networks_of_many_layers_are_compared() -> None:
    """Where nothing is equal at either end of 800 layers, most of what is equal between is found all the same."""
    middle = "[conv3-4 -> relu]*400"
    found = compared(
        chain(f"bn -> {middle} -> tanh", "4x4x4"), chain(f"ln -> {middle} -> bn -> elu", "4x4x4")
    )
    assert {("removed", "bn1"), ("removed", "tanh1"), ("added", "ln1"), ("added", "elu1")} <= set(told(found))
    assert len(found.changes) < 20
