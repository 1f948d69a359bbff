"""Receptive field, effective stride and effective padding, against the published table.

Source of every figure: Araujo, Norris and Sim 2019, Computing Receptive Fields of Convolutional Neural
Networks, Distill, doi 10.23915/distill.00021; the table of its code, google-research/receptive_field,
RECEPTIVE_FIELD_TABLE.md. The models are TF-Slim's, which pad as TensorFlow does; effective padding is
compared where that is the same, or with `same_tf`.
"""

import pytest

import netspec
from netspec.analysis.summary import Row, summarize
from netspec.graph.node import Graph

Figures = tuple[int, int, int]
"""Receptive field, effective stride and effective padding, on both axes."""

VGG_16: list[tuple[str, Figures]] = [
    *(("conv1", (3, 1, 1)), ("pool1", (6, 2, 2))),
    *(("conv3", (10, 2, 4)), ("pool2", (16, 4, 6))),
    *(("conv5", (24, 4, 10)), ("conv6", (32, 4, 14)), ("pool3", (44, 8, 18))),
    *(("conv8", (60, 8, 26)), ("conv9", (76, 8, 34)), ("pool4", (100, 16, 42))),
    *(("conv11", (132, 16, 58)), ("conv12", (164, 16, 74)), ("pool5", (212, 32, 90))),
]
VGG_A: list[tuple[str, Figures]] = [
    *(("conv1", (3, 1, 1)), ("pool1", (4, 2, 1)), ("conv2", (8, 2, 3)), ("pool2", (10, 4, 3))),
    *(("conv3", (18, 4, 7)), ("conv4", (26, 4, 11)), ("pool3", (30, 8, 11))),
    *(("conv5", (46, 8, 19)), ("conv6", (62, 8, 27)), ("pool4", (70, 16, 27))),
    *(("conv7", (102, 16, 43)), ("conv8", (134, 16, 59)), ("pool5", (150, 32, 59))),
]
ALEXNET_V2: list[tuple[str, Figures]] = [
    *(("conv1", (11, 4, 0)), ("pool1", (19, 8, 0)), ("conv2", (51, 8, 16)), ("conv3", (99, 16, 32))),
    *(("conv4", (131, 16, 48)), ("conv5", (163, 16, 64)), ("pool3", (195, 32, 64))),
]
INCEPTION_V3: list[tuple[str, Figures]] = [
    *(
        ("unit1/conv1", (3, 2, 0)),
        ("unit2/conv1", (7, 2, 0)),
        ("unit3/conv1", (11, 2, 2)),
        ("pool1", (15, 4, 2)),
    ),
    *(("unit4/conv1", (15, 4, 2)), ("unit5/conv1", (23, 4, 2)), ("pool2", (31, 8, 2))),
    *(("fine1/concat1", (63, 8, 18)), ("fine2/concat1", (95, 8, 34)), ("fine3/concat1", (127, 8, 50))),
    *(
        ("shrink1/concat1", (159, 16, 58)),
        ("rows1/concat1", (351, 16, 154)),
        ("rows2/concat1", (543, 16, 250)),
    ),
    *(("rows3/concat1", (735, 16, 346)), ("last17/concat1", (927, 16, 442))),
    *(("shrink_again1/concat1", (1055, 32, 490)), ("coarse1/concat1", (1183, 32, 554))),
    ("coarse2/concat1", (1311, 32, 618)),
]
TABLES = {"vgg16": VGG_16, "vgg@A": VGG_A, "alexnet": ALEXNET_V2, "inception_v3": INCEPTION_V3}

MOBILENET_V1: list[Figures] = [  # Conv2d_1_pointwise to Conv2d_13_pointwise, at 224x224
    *((7, 2, 2), (11, 4, 2), (19, 4, 6), (27, 8, 6), (43, 8, 14), (59, 16, 14)),
    *(
        (91, 16, 30),
        (123, 16, 46),
        (155, 16, 62),
        (187, 16, 78),
        (219, 16, 94),
        (251, 32, 94),
        (315, 32, 126),
    ),
]

RESNET_V1_50: list[Figures] = [
    (35, 8, 15),
    (99, 16, 47),
    (291, 32, 143),
    (483, 32, 239),
]  # blocks, at 224x224
SLIM_RESNET_50 = """
input: 224x224x3
blocks:
  unit(width, stride=1):
    - residual: conv1-{width} -> relu -> conv3-{width}/{stride} -> relu -> conv1-{4*width}
      shortcut: conv1-{4*width}/{stride}
    - relu
  block(width, count, stride): "[unit({width})]*{count-1} -> unit({width}, stride={stride})"
network: |
  conv7-64/2 -> relu -> pool3/2(padding=same_tf)
  block(64, 3, 2) -> block(128, 4, 2) -> block(256, 6, 2) -> block(512, 3, 1)
"""
"""TF-Slim strides in the last unit of each block, not in the first of the next."""


def figures(row: Row) -> Figures:
    """The numbers of a row, which are the same on both axes."""
    assert row.receptive_field
    assert row.effective_stride
    assert row.effective_padding
    ((size,), (stride,), (padding,)) = map(
        set, (row.receptive_field, row.effective_stride, row.effective_padding)
    )
    assert stride is not None
    assert padding is not None
    assert stride.denominator == 1
    return size, int(stride), padding


def rows(graph: Graph) -> dict[str, Row]:
    """Every row by its name."""
    return {row.name: row for row in summarize(graph).rows}


@pytest.mark.parametrize("target", TABLES)
def test_bundled_networks_have_the_published_fields(target: str) -> None:
    """VGG-16 ends with 212/32/90, and every layer of the table has its numbers."""
    found = rows(netspec.load(target).graph)
    assert {name: figures(found[name]) for name, _ in TABLES[target]} == dict(TABLES[target])


def test_mobilenet_has_the_published_fields_with_tensorflows_padding() -> None:
    """315/32/126: every strided layer pads after the map, not before it, and so the padding is less than half."""
    strides = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    pairs = [f"dwconv3/{stride}(padding=same_tf) -> conv1-8" for stride in strides]
    layers = ["conv3-8/2(padding=same_tf)", *pairs]
    found = rows(netspec.load(text=f"input: 224x224x3\nnetwork: {' -> '.join(layers)}\n").graph)
    assert figures(found["conv1"]) == (3, 2, 0)
    assert [figures(found[f"conv{i}"]) for i in range(2, 15)] == MOBILENET_V1


def test_the_bundled_mobilenet_differs_in_padding_alone() -> None:
    """Its own `same` puts the odd row of padding after, so that sizes and strides are those of the table."""
    found = rows(netspec.load("mobilenet").graph)
    ours = [figures(found[f"separable{i}/conv1"])[:2] for i in range(1, 14)]
    assert ours == [(size, stride) for size, stride, _ in MOBILENET_V1]


def test_resnet_50_as_tf_slim_strides() -> None:
    """483/32/239, block by block."""
    found = rows(netspec.load(text=SLIM_RESNET_50).graph)
    last = [f"block{i + 1}/unit{count}/add1" for i, count in enumerate((3, 4, 6, 3))]
    assert [figures(found[name]) for name in last] == RESNET_V1_50


def test_resnet_50_as_torchvision_strides() -> None:
    """427/32/213 with the stride in each stage's first 3x3, as torchvision has it: on finer maps a 3x3 sees less.

    Counted by hand with the same recurrence: 11 after the stem; 3x3 convolutions of (3, 4, 6, 3) units then
    add 2 rows of the map that they read: 11 + 2*4*3 + 2*(4 + 8*3) + 2*(8 + 16*5) + 2*(16 + 32*2) = 427.
    """
    found = rows(netspec.load("resnet50").graph)
    assert figures(found["stage4/bottleneck3/add1"]) == (427, 32, 213)


def test_the_whole_input_is_seen_after_global_pooling() -> None:
    """The table ends before it; behind it there is no stride and no padding, and the row says that all is seen."""
    row = rows(netspec.load("resnet50").graph)["gap1"]
    assert row.sees_all
    assert row.effective_stride == row.effective_padding == (None, None)
