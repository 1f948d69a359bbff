"""ResNet, Xception, DenseNet, EfficientNet and ConvNeXt: networks of sums and joins."""

from itertools import groupby

import pytest
from bundled import field, graph, inside, lines, of_kind, shapes, total
from published_layers import CONVNEXT_T, DENSENET, EFFICIENTNET_B0, RESNET_STAGES

from netspec.graph.node import Node

DEPTHS = {
    "resnet18": 18,
    "resnet18@34": 34,
    "resnet50": 50,
    "resnet50@101": 101,
    "resnet50@152": 152,
    "resnet_cifar": 20,
    "resnet_cifar@32": 32,
    "resnet_cifar@44": 44,
    "resnet_cifar@56": 56,
    "resnet_cifar@110": 110,
    "resnet_cifar@20B": 20,
    "resnet_cifar@56B": 56,
    "resnet_cifar@110B": 110,
    "densenet121": 121,
    "densenet121@169": 169,
    "densenet121@201": 201,
    "xception": 36 + 1,  # Chollet 2017, section 3: "36 convolutional layers", and the classifier
}
"""The layers with weights, as the name or the paper counts them."""


def side(node: Node) -> int:
    """The side of a convolution's kernel."""
    return node.parameters[0].shape[0]


def rates(target: str) -> list[list[float]]:
    """The rates of stochastic depth, those of one size of map together."""
    dropped = of_kind(target, "drop_path")
    return [
        [node.layer.model_dump()["rate"] for node in nodes]
        for _, nodes in groupby(dropped, lambda n: n.shape)
    ]


def test_resnet50_is_short() -> None:
    """ResNet-50, -101 and -152 with their citation take at most 25 lines in all."""
    assert len(lines("resnet50")) <= 25


@pytest.mark.parametrize("target", DEPTHS)
def test_as_deep_as_its_name(target: str) -> None:
    """The layers with weights, projections aside, number as many as the name says."""
    weighted = [node for node in of_kind(target, "conv", "sepconv", "fc") if "shortcut" not in node.name]
    assert len(weighted) == DEPTHS[target]


@pytest.mark.parametrize("target", RESNET_STAGES)
def test_resnet_stages(target: str) -> None:
    """Each stage has the published output, number of convolutions and parameters."""
    stages = [inside(target, f"stage{i}") for i in range(1, 5)]
    found = [(str(s[-1].shape), sum(node.kind == "conv" for node in s), total(s)) for s in stages]
    assert found == RESNET_STAGES[target]


@pytest.mark.parametrize("target", [target for target in DEPTHS if target.startswith("resnet")])
def test_resnet_convolutions_have_no_bias(target: str) -> None:
    """No convolution has a bias, since batch norm follows each (He et al. 2016, section 3.4)."""
    assert {p.role for node in of_kind(target, "conv") for p in node.parameters} == {"weight"}


@pytest.mark.parametrize("target", ["resnet_cifar", "resnet_cifar@110"])
def test_cifar_resnet_has_shortcuts_without_parameters(target: str) -> None:
    """Two shortcuts take every second position and add channels of zeros (He et al. 2016, section 4.2)."""
    added = [node for node in graph(target) if "/shortcut" in node.name]
    assert [(node.kind, str(node.shape)) for node in added] == [
        *(("pool", "16x16x16"), ("pad_channels", "16x16x32"), ("pool", "8x8x32"), ("pad_channels", "8x8x64")),
    ]
    assert set(field(target, "pool", "kernel")) == {1}
    assert total(added) == 0


@pytest.mark.parametrize("target", ["resnet_cifar@20B", "resnet_cifar@110B"])
def test_cifar_resnet_with_projections(target: str) -> None:
    """In option B two 1x1 convolutions with batch norm take the place of the zeros."""
    added = [node for node in graph(target) if "/shortcut" in node.name]
    assert [(node.kind, str(node.shape)) for node in added] == [
        *(("conv", "16x16x32"), ("bn", "16x16x32"), ("conv", "8x8x64"), ("bn", "8x8x64")),
    ]


def test_xception_flows() -> None:
    """The flows have the maps of figure 5 (Chollet 2017): 19x19x728 in the middle, 2048 values last."""
    assert shapes("xception", "add") == ["74x74x128", "37x37x256", *["19x19x728"] * 9, "10x10x1024"]
    assert shapes("xception", "gap") == ["2048"]


@pytest.mark.parametrize("target", DENSENET)
def test_densenet_blocks(target: str) -> None:
    """Blocks, transitions and sizes are those of table 1 (Huang et al. 2017); each layer adds 32 maps."""
    depths, channels = DENSENET[target]
    joins = [node.shape for node in of_kind(target, "concat")]
    assert [sum(shape.spatial == (size, size) for shape in joins) for size in (56, 28, 14, 7)] == depths
    assert joins[-1].channels == channels
    assert [node.shape.spatial for node in of_kind(target, "avgpool")] == [(28, 28), (14, 14), (7, 7)]
    assert {node.shape.channels for node in of_kind(target, "conv") if side(node) == 3} == {32}


def test_efficientnet_stages() -> None:
    """Stages 2 to 8 have the kernel, output and number of layers of table 1 (Tan and Le 2019)."""
    depthwise = of_kind("efficientnet_b0", "dwconv")
    projections = [str(node.shape) for node in of_kind("efficientnet_b0", "conv") if side(node) == 1]
    ends = [shape for shape in projections if shape in {output for _, output, _ in EFFICIENTNET_B0}]
    found = zip(map(side, depthwise), ends, strict=True)
    assert [(*key, len(list(same))) for key, same in groupby(found)] == EFFICIENTNET_B0
    assert shapes("efficientnet_b0", "conv")[-1] == "7x7x1280"


def test_efficientnet_squeezes_to_a_quarter_of_what_enters() -> None:
    """Each gate has a quarter of the channels before the expansion by 6, as in the authors' code."""
    gates = [node.shape.channels for node in of_kind("efficientnet_b0", "fc")][:-1]
    before = [32, 16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112, 192, 192, 192, 192]
    assert gates[::2] == [channels // 4 for channels in before]
    assert gates[1::2] == [32, *(6 * channels for channels in before[1:])]


def test_efficientnet_drops_residuals() -> None:
    """The residuals of a stage share the mean of 0.2*i/16 over their blocks (the first is block 0)."""
    blocks = [[2], [4], [6, 7], [9, 10], [12, 13, 14]]
    means = [[sum(stage) / len(stage) * 0.2 / 16] * len(stage) for stage in blocks]
    assert [pytest.approx(stage) for stage in means] == rates("efficientnet_b0")


def test_convnext_stages() -> None:
    """Each stage has the output and number of blocks of table 9 (Liu et al. 2022)."""
    assert [(key, len(list(same))) for key, same in groupby(shapes("convnext_t", "add"))] == CONVNEXT_T
    assert set(field("convnext_t", "dwconv", "kernel")) == {7}


def test_convnext_drops_residuals() -> None:
    """The residuals of a stage share the mean of 0.1*i/17 over their blocks, 0 to 17."""
    blocks = [range(3), range(3, 6), range(6, 15), range(15, 18)]
    means = [[sum(stage) / len(stage) * 0.1 / 17] * len(stage) for stage in blocks]
    assert [pytest.approx(stage) for stage in means] == rates("convnext_t")
