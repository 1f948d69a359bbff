"""The table of an analysis: the lectures' table of VGG-16 as printed, golden tables, and columns that add up."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from analyzed_specs import NAMES, TARGETS, analyzed, analyzed_text, chain
from hypothesis import given, settings, strategies as st
from printed import Printed, tables, whole

from netspec.analysis.columns import COLUMNS, DEVICE, LECTURE, WIDER
from netspec.analysis.devices import device
from netspec.analysis.settings import Settings
from netspec.render.analysis import fitting, table, text
from netspec.render.grid import drawn
from netspec.render.text import Look
from netspec.render.units import seconds

GOLDEN = Path(__file__).parents[1] / "golden" / "tables"

# cs231n lecture notes, VGGNet in detail: each line's dimension and weights; neurons are the product of the dimension.
LECTURE_TABLE = """
INPUT      224x224x3     150,528            0     602,112
CONV3-64   224x224x64    3,211,264      1,728  12,845,056
CONV3-64   224x224x64    3,211,264     36,864  12,845,056
POOL2      112x112x64    802,816            0   3,211,264
CONV3-128  112x112x128   1,605,632     73,728   6,422,528
CONV3-128  112x112x128   1,605,632    147,456   6,422,528
POOL2      56x56x128     401,408            0   1,605,632
CONV3-256  56x56x256     802,816      294,912   3,211,264
CONV3-256  56x56x256     802,816      589,824   3,211,264
CONV3-256  56x56x256     802,816      589,824   3,211,264
POOL2      28x28x256     200,704            0     802,816
CONV3-512  28x28x512     401,408    1,179,648   1,605,632
CONV3-512  28x28x512     401,408    2,359,296   1,605,632
CONV3-512  28x28x512     401,408    2,359,296   1,605,632
POOL2      14x14x512     100,352            0     401,408
CONV3-512  14x14x512     100,352    2,359,296     401,408
CONV3-512  14x14x512     100,352    2,359,296     401,408
CONV3-512  14x14x512     100,352    2,359,296     401,408
POOL2      7x7x512       25,088             0     100,352
FC-4096    4096          4,096    102,760,448      16,384
FC-4096    4096          4,096     16,777,216      16,384
FC-1000    1000          1,000      4,096,000       4,000
"""


def printed(target: str, width: int = 80, **options: bool) -> str:
    """What `netspec analyze` prints of a bundled spec."""
    return "\n".join(text(analyzed(target), Look(width), **options))


def the_table(target: str, width: int = 80, **options: bool) -> Printed:
    """The table of the layers."""
    return tables(printed(target, width, **options))[0]


# -- the lectures' table ---------------------------------------------------------------------------------------------


def test_the_lectures_table_of_vgg_16() -> None:
    """Every line of the lectures, in the table that 80 columns show."""
    found = the_table("vgg16")
    assert found.titles[:5] == ["Layer", "Dimension", "Neurons", "Weights", "Memory"]
    assert [line[:5] for line in found.lines] == [line.split() for line in LECTURE_TABLE.strip().splitlines()]


def test_the_totals_of_vgg_16() -> None:
    """The sum of the lectures' rows, which is not the "24M" of their note; and the sentences around the table."""
    found = the_table("vgg16")
    assert found.totals[:5] == ["Total", "", "15,237,608", "138,344,128", "60,950,432"]
    said = " ".join(printed("vgg16").split())
    assert "VGG-16: 224x224x3 -> 1000 follows INPUT -> [[CONV -> RELU]*2 -> POOL]*2 -> [[CONV -> RELU]*3 -> POOL]*3 -> [FC -> RELU]*2 -> FC Layer" in said  # fmt: skip
    assert "138,357,544 = 138,344,128 weights + 13,416 biases; all trained" in said
    assert "60.95 MB for all activations of 1 example in float32" in said
    assert "most parameters sit late, in fc1: 74.3 %" in said
    assert "most memory sits early, in conv1, conv2 and conv3: 52.7 %" in said
    assert "15.47 G a forward pass of one example; FLOPs = 2 x MACs = 30.94 G" in said


def test_most_sits_where_it_is_said_to() -> None:
    """The shares of the sentences, from the lectures' numbers."""
    assert f"{100 * (102_760_448 + 4096) / 138_357_544:.1f}" == "74.3"
    assert f"{100 * (2 * 3_211_264 + 1_605_632) / 15_237_608:.1f}" == "52.7"


# -- all tables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_table_is_the_golden_one(name: str, update_golden: bool) -> None:  # noqa: FBT001  a fixture
    """What 80 columns show of each bundled spec, down to what is said of its totals; `--update-golden` renews it."""
    found = re.split(r"(?m)^Memory, ", printed(name))[0]
    path = GOLDEN / f"{name}.txt"
    if update_golden:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


ADDED = [column.title for column in COLUMNS.values() if column.total and column.unit in ("count", "bytes")]
SHARES = [column.title for column in COLUMNS.values() if column.unit == "share"]


VIEWS = ({}, {"expand": True}, {"every": True}, {"expand": True, "every": True})


@pytest.mark.parametrize("target", TARGETS)
def test_printed_columns_add_up_to_the_printed_totals(target: str) -> None:
    """Read back from the text: every column of counts and bytes, narrow and wide, folded and opened, all rows and not."""
    for width in (80, 200):
        for view in VIEWS:
            found = the_table(target, width, **view)
            assert {"Neurons", "Weights", "Memory"} <= set(found.titles)
            assert_adds_up(found)


def assert_adds_up(found: Printed) -> None:
    """The numbers below each other give the number below the rule; parts of a whole give it as far as they are rounded."""
    for title in found.titles:
        if title in ADDED:
            assert sum(map(whole, found.column(title))) == whole(found.total(title)), title
        elif title in SHARES:
            parts = [float(cell.removesuffix(" %")) for cell in found.column(title)]
            assert abs(sum(parts) - 100) <= 0.05 * len(parts) + 1e-6
            assert found.total(title) == "100.0 %"
        elif title != "Layer":
            assert found.total(title) == ""


@pytest.mark.parametrize(
    "target", ["vgg16", "resnet50", "googlenet", "kim_text", "lenet5_1998", "dcgan", "c3d"]
)
def test_all_columns_add_up(target: str) -> None:
    """Also those that no terminal is wide enough for."""
    names = [name for name in COLUMNS if name not in DEVICE]
    found = tables("\n".join(text(analyzed(target), Look(80), names=names)))[0]
    assert found.titles == [COLUMNS[name].title for name in names]
    assert_adds_up(found)


@pytest.mark.parametrize("target", NAMES)
def test_predicted_memory_adds_up(target: str) -> None:
    """Line by line, of inference and of training."""
    found = tables(printed(target))[1]
    assert found.titles[1:] == ["Inference", f"Training, {analyzed(target).settings.optimizer}"]
    for title in found.titles[1:]:
        assert sum(map(whole, found.column(title))) == whole(found.total(title))
    record = analyzed(target)
    assert [whole(cell) for cell in found.totals[1:]] == [
        record.inference.total_bytes,
        record.training.total_bytes,
    ]


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_wider_than_the_terminal(target: str) -> None:
    """80 columns hold every bundled spec, in ASCII, without a code for colour or a space at a line's end."""
    for view in VIEWS:
        for line in printed(target, **view).splitlines():
            assert len(line) <= 80, line
            assert line.isascii()
            assert line.isprintable()
            assert line == line.rstrip()


# -- what is shown ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 80, 100, 120, 160, 240])
def test_a_wider_terminal_shows_more_columns(width: int) -> None:
    """The lectures' five always, then as many of the others, in their order, as there is room for."""
    names = fitting(analyzed("vgg16"), width, expand=False, every=False)
    assert names == (*LECTURE, *WIDER)[: len(names)]
    assert len(names) >= len(LECTURE)
    longest = max(map(len, tables_of("vgg16", names)))
    assert longest <= max(width, *map(len, tables_of("vgg16", LECTURE)))
    if len(names) < len((*LECTURE, *WIDER)):
        assert max(map(len, tables_of("vgg16", (*LECTURE, *WIDER)[: len(names) + 1]))) > width


def tables_of(target: str, names: tuple[str, ...]) -> list[str]:
    """The lines of a table with these columns."""
    return list(drawn(table(analyzed(target), names), Look()))


def test_repeats_are_one_row_until_opened() -> None:
    """ResNet-50's bottlenecks by name and times; opened, each layer stands under the blocks it is in."""
    folded, opened = printed("resnet50"), printed("resnet50", expand=True)
    assert re.findall(r"(?m)^  (bottleneck x\d)  ", folded) == [
        "bottleneck x2",
        "bottleneck x3",
        "bottleneck x5",
        "bottleneck x2",
    ]
    assert "--expand opens them" in folded
    assert " x5 " not in opened
    assert "--expand" not in opened
    assert re.findall(r"(?m)^  (bottleneck\d)$", opened) == [
        f"bottleneck{i}" for count in (3, 4, 6, 3) for i in range(1, count + 1)
    ]


def test_layers_in_place_are_shown_when_asked_for() -> None:
    """A relu has no neurons of its own, and no row until all are wanted."""
    assert "RELU" not in the_table("vgg16").column("Layer")
    assert "--all shows them" in " ".join(printed("vgg16").split())
    every = the_table("vgg16", every=True)
    assert every.column("Layer").count("RELU") == 15
    assert len(every.lines) == 1 + len(analyzed("vgg16").rows) - 1


def test_a_row_stands_under_the_blocks_it_is_in() -> None:
    """Headings once, indented by depth, and back out again."""
    record = analyzed_text(
        "input: 8x8x3\nblocks:\n  inner(): conv3-4\n  outer(): inner -> conv5-4\n"
        "network: conv3-2 -> outer -> conv3-3\n"
    )
    lines = "\n".join(text(record, Look())).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("INPUT"))
    assert [re.split(r"(?<=\S)  ", line)[0] for line in lines[start : start + 7]] == [
        "INPUT",
        "CONV3-2",
        "outer1",
        "  inner1",
        "    CONV3-4",
        "  CONV5-4",
        "CONV3-3",
    ]


def test_what_is_beyond_the_grammar_is_said() -> None:
    """Where the lectures' grammar is left, in place of its instance."""
    assert "goes beyond the lecture grammar: the grammar has no bn\n" in printed("resnet50")


def test_every_output_is_named() -> None:
    """GoogLeNet has three, and its heads' parameters are told apart."""
    said = " ".join(printed("googlenet").split())
    assert said.startswith("GoogLeNet: 224x224x3 -> 1000 and 1000 and 1000 ")
    assert "the heads aux1 and aux2 hold 6,379,728 of them" in said


def test_statistics_stand_beside_the_parameters() -> None:
    """Those of batch norm are no parameters, and what is not trained is told."""
    assert "all trained; 53,120 statistics beside them" in " ".join(printed("resnet50").split())
    assert "60,840 = " in printed("lenet5_1998")
    assert "; 60,000 trained" in " ".join(printed("lenet5_1998").split())


def test_a_view_of_everything_is_called_so() -> None:
    """A fully connected layer behind global pooling sees all of the input; a convolution has a number."""
    names = ("layer", "receptive_field", "effective_stride", "effective_padding")
    found = tables("\n".join(text(analyzed("resnet50"), Look(), names=names)))[0]
    assert found.lines[-1] == ["FC-1000", "all", "-", "-"]
    assert found.lines[1] == ["CONV7-64/2", "7", "2", "3"]


def test_columns_without_sums_have_no_line_of_totals() -> None:
    """Nothing stands below names and dimensions."""
    shown = table(analyzed("lenet5"), ("layer", "name", "dimension"))
    assert shown.totals == ()


def test_totals_stand_below_their_columns_in_any_order() -> None:
    """Also where the layers' names are not the first column."""
    found = table(analyzed("lenet5"), ("macs", "layer", "biases"))
    assert found.totals == ("416,520", "", "236")


def test_a_network_without_parameters() -> None:
    """Nothing is said of where they are."""
    said = "\n".join(text(chain("pool2 -> relu", "8x8x4"), Look()))
    assert "Parameters  0 = 0 weights + 0 biases; all trained\nMACs        0 " in said


def test_the_batch_and_the_type_are_told() -> None:
    """Bytes are for the whole batch in its type."""
    said = " ".join("\n".join(text(analyzed("vgg16", Settings(batch=64, dtype="bfloat16")), Look())).split())
    assert "1.950 GB for all activations of 64 examples in bfloat16" in said
    assert "Memory, 64 examples" in said


def test_a_device_has_its_columns_and_a_sentence() -> None:
    """The least time is the sum of the rows', and it is called a model."""
    record = analyzed("resnet50", Settings(batch=8, device=device("a100-80g")))
    found = "\n".join(text(record, Look(100), names=("layer", *DEVICE)))
    assert record.roofline_seconds is not None
    said = " ".join(found.split())
    assert f"at least {seconds(record.roofline_seconds)} for a forward pass of the batch" in said
    assert "a model, not a measurement" in said
    assert set(tables(found)[0].column("Bound")) == {"compute", "memory", "-"}


def test_a_rate_that_is_not_known_is_said() -> None:
    """A card without a rate of float64 has no times in float64."""
    record = analyzed("lenet5", Settings(dtype="float64", device=device("tpu-v4")))
    assert record.roofline_seconds is None
    said = "\n".join(text(record, Look(), names=("layer", "time")))
    assert "the rate of float64 on " in said
    assert set(tables(said)[0].column("Time")) == {"?"}


@given(st.text(min_size=1, max_size=20))
@settings(max_examples=30)
def test_no_name_steers_the_terminal(name: str) -> None:
    """Whatever a spec is called, only what can be seen is printed."""
    quoted = "".join(f"\\U{ord(char):08x}" for char in name)
    record = analyzed_text(f'name: "{quoted}"\ninput: 8x8x1\nnetwork: conv3-4 -> fc-10\n')
    assert all(line.isprintable() for line in text(record, Look()))


def test_what_has_no_price_makes_a_total_a_lower_bound() -> None:
    """It is named, and the sums that it belongs to are marked; others are exact."""
    record = analyzed("lenet5")
    doubtful = replace(record, total=replace(record.total, unpriced=("odd",)))
    said = "\n".join(text(doubtful, Look(), names=("layer", "neurons", "macs", "flops", "in_bounds_flops")))
    assert "no cost is known for `odd`: the MACs are a lower bound" in " ".join(said.split())
    assert tables(said)[0].totals == ["Total", "8,878", ">=416,520", ">=833,040", ">=813,312"]
