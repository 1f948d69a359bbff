"""What two networks differ in, as it is printed."""

import json
import re
from itertools import pairwise

import pytest
from analyzed_specs import NAMES, VARIANTS, analyzed, analyzed_text, chain
from printed import Printed, tables, whole

import netspec
from netspec.analysis.comparison import compare
from netspec.analysis.record import Record, record
from netspec.render.difference import as_json, difference
from netspec.render.text import Look

PAIRS = [(targets[0], other) for targets in VARIANTS.values() for other in targets[1:] if other != "vgg@D"]


def said(a: Record, b: Record, width: int = 80) -> list[str]:
    """The lines that are printed."""
    found = compare(a.graph, b.graph, a.summary, b.summary, same=a.hash == b.hash)
    return list(difference(a, b, found, Look(width)))


def changes(lines: list[str]) -> list[str]:
    """The lines about layers, without their head."""
    return lines[1 : lines.index("")]


def totals(lines: list[str]) -> Printed:
    """The table below them."""
    (found,) = tables("\n".join(lines))
    return found


def plain(a: Record, b: Record) -> dict[str, object]:
    """The comparison as JSON."""
    found = compare(a.graph, b.graph, a.summary, b.summary, same=a.hash == b.hash)
    document: dict[str, object] = json.loads(as_json(a, b, found))
    return document


def test_resnet_50_and_101() -> None:
    """17 bottlenecks more, in one line."""
    lines = said(analyzed("resnet50"), analyzed("resnet50@101"), 100)
    assert changes(lines) == [
        "+  +18,992,128  +3,712,221,184  +34,119,680  stage3/bottleneck7..23  bottleneck of 10 layers, x17"
    ]
    found = totals(lines)
    assert found.titles == ["", "ResNet-50", "ResNet-50@101", "Change"]
    parameters = next(line for line in lines if line.startswith("Parameters"))
    assert parameters.split() == ["Parameters", "25,557,032", "44,549,160", "+18,992,128", "(+74.3", "%)"]


def test_alexnet_with_one_tower_and_with_two() -> None:
    """Three convolutions whose groups differ, with what that saves."""
    assert changes(said(analyzed("alexnet@one-tower"), analyzed("alexnet"))) == [
        "~    -307,200  -223,948,800       0  conv2  groups 1 -> 2",
        "~    -663,552  -112,140,288       0  conv4  groups 1 -> 2",
        "~    -442,368   -74,760,192       0  conv5  groups 1 -> 2",
    ]


def test_vgg_d_and_e() -> None:
    """Three convolutions and their relus, each with its dimension."""
    lines = changes(said(analyzed("vgg@D"), analyzed("vgg@E")))
    assert [re.split(" {2,}", line)[-2:] for line in lines[::2]] == [
        ["CONV3-256", "56x56x256"],
        ["CONV3-512", "28x28x512"],
        ["CONV3-512", "14x14x512"],
    ]


def test_the_same_network_is_said_to_be() -> None:
    """In one line, with the hash."""
    a, b = analyzed("vgg16"), analyzed("vgg@D")
    assert said(a, b) == [f"the same network: {a.hash[:12]}"]
    assert plain(a, b)["same"] is True
    assert plain(a, b)["changes"] == []


@pytest.mark.parametrize(("one", "other"), [*PAIRS, *pairwise(NAMES)])
def test_nothing_is_wider_than_the_terminal(one: str, other: str) -> None:
    """80 columns hold every line, about variants and about strangers, in ASCII."""
    for line in said(analyzed(one), analyzed(other)):
        assert len(line) <= 80, line
        assert line.isascii()
        assert line.isprintable()
        assert line == line.rstrip()


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_printed_differences_add_up(one: str, other: str) -> None:
    """The numbers of the lines are the difference of the totals, also where many layers are one line."""
    a, b = analyzed(one), analyzed(other)
    lines = said(a, b, 300)
    found = [
        re.match(r"[-+~] +([-+]?[\d,]+) +([-+]?[\d,]+) +([-+]?[\d,]+) ", line) for line in changes(lines)
    ]
    numbers = [[whole(text.replace("+", "")) for text in line.groups()] for line in found if line]
    assert len(numbers) == len(changes(lines))
    for i, name in enumerate(("parameters", "macs", "activation_bytes")):
        assert sum(line[i] for line in numbers) == getattr(b.total, name) - getattr(a.total, name)


def test_what_does_not_differ_is_called_the_same() -> None:
    """In the table of totals."""
    lines = said(analyzed("unet"), analyzed("unet@padded"))
    parameters = next(line for line in lines if line.startswith("Parameters"))
    assert parameters.split() == ["Parameters", "31,030,658", "31,030,658", "same"]


def test_other_inputs_are_said() -> None:
    """Where a layer has the fields it had and reads something else."""
    wired = "conv3-4 @a -> relu @b -> conv3-4 -> add({}) -> relu"
    lines = changes(said(chain(wired.format("a")), chain(wired.format("b"))))
    assert [re.split(" {2,}", line)[-1] for line in lines] == ["other inputs"]


def test_other_sizes_are_said() -> None:
    """A layer of the same fields whose input became wider, and one whose output became so too."""
    lines = changes(said(chain("conv3-8 -> relu -> conv3-8"), chain("conv3-9 -> relu -> conv3-8")))
    assert [re.split(" {2,}", line)[-1] for line in lines] == [
        "filters 8 -> 9; 16x16x8 -> 16x16x9",
        "16x16x8 -> 16x16x9",
        "input 16x16x8 -> 16x16x9",
    ]


def test_long_names_stand_above_the_totals() -> None:
    """Where both do not fit beside each other, the columns are called before and after."""
    lines = said(analyzed("alphago"), analyzed("alphago@128"))
    assert "Before  AlphaGo policy network" in lines
    assert "After   AlphaGo policy network@128" in lines
    assert totals(lines).titles == ["", "Before", "After", "Change"]


def test_a_list_of_a_field_is_wrapped() -> None:
    """LeNet-5's partial connections take several lines, all under the first."""
    lines = said(analyzed("lenet5"), analyzed("lenet5_1998"))
    start = next(i for i, line in enumerate(lines) if "connections none -> [[0, 1, 2]," in line)
    indent = lines[start].index("connections")
    assert lines[start + 1].startswith(" " * indent)
    assert lines[start + 1][indent] != " "


def test_colour_adds_codes_and_nothing_else() -> None:
    """Without its codes the coloured comparison is the plain one."""
    a, b = analyzed("vgg@A"), analyzed("vgg@C")
    found = compare(a.graph, b.graph, a.summary, b.summary, same=False)
    coloured = list(difference(a, b, found, Look(80, colour=True)))
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in coloured] == said(a, b)
    assert any("\x1b[32m" in line for line in coloured)


def test_json_has_both_sides_and_every_change() -> None:
    """Exact, with the fields' values before and after, and null where a layer was not there."""
    found = plain(analyzed("alexnet@one-tower"), analyzed("alexnet"))
    assert found["same"] is False
    assert found["before"]["parameters"] == 62_378_344  # type: ignore[index]
    assert found["after"]["parameters"] == 60_965_224  # type: ignore[index]
    assert found["after"]["hash"] == analyzed("alexnet").hash  # type: ignore[index]
    assert found["changes"][0] == {  # type: ignore[index]
        "kind": "changed",
        "name": "conv2",
        "layer": "conv5-256",
        "shape_before": [27, 27, 256],
        "shape_after": [27, 27, 256],
        "fields": {"groups": {"before": 1, "after": 2}},
        "parameters": -307_200,
        "macs": -223_948_800,
        "activation_bytes": 0,
    }
    added = plain(analyzed("vgg@D"), analyzed("vgg@E"))["changes"][0]  # type: ignore[index]
    assert (added["kind"], added["shape_before"], added["shape_after"]) == ("added", None, [56, 56, 256])


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_json_adds_up(one: str, other: str) -> None:
    """The changes' numbers are the difference of the sides'."""
    found = plain(analyzed(one), analyzed(other))
    for number in ("parameters", "macs"):
        change = sum(one[number] for one in found["changes"])  # type: ignore[attr-defined]
        assert change == found["after"][number] - found["before"][number]  # type: ignore[index]


def test_hostile_names_are_shown_as_text() -> None:
    """Of specs and of layers."""
    a, b = (analyzed_text(f'name: "\\e[31m{i}"\ninput: 8x8x1\nnetwork: conv3-{i} -> fc-10\n') for i in (4, 5))
    assert all(line.isprintable() for line in said(a, b))


def test_a_few_equal_blocks_stay_lines_of_their_own() -> None:
    """Three bottlenecks more are three lines, four are one."""
    for more, expected in ((3, ["bottleneck of 10 layers"] * 3), (4, ["bottleneck of 10 layers, x4"])):
        net = netspec.load("resnet50", set={"depth": [3, 4, 6 + more, 3]})
        wider = record(net.spec, net.graph, analyzed("resnet50").settings)
        lines = changes(said(analyzed("resnet50"), wider, 100))
        assert [re.split(" {2,}", line)[-1] for line in lines] == expected
