"""LeNet, AlexNet, VGG, GoogLeNet, U-Net and MobileNet: what is peculiar to each of them."""

from math import ceil, floor

import pytest
from bundled import body, graph, header, inside, layers, of_kind, report, shapes, total
from published import PARAMETERS
from published_layers import (
    ALEXNET_NEURONS,
    GOOGLENET,
    GOOGLENET_CLASSIFIER,
    GOOGLENET_HEADS,
    GOOGLENET_STEM,
    GOOGLENET_TABLE_1,
    LENET5_TABLE_1,
    MOBILENET_MAC_SHARES,
    MOBILENET_SHARES,
    UNET_CONVOLUTIONS,
    UNET_SIDES,
    VGG16,
    VGG16_POOLS,
)

from netspec.analysis.summary import summarize
from netspec.diagnostics import rules


def test_lenet_says_how_it_is_trained() -> None:
    """LeNet-5 brings a `train:` section for MNIST, whose images and classes are its input and output."""
    spec = report("lenet5").spec
    assert spec is not None
    assert spec.train is not None
    assert spec.train.data.name == "mnist"
    assert (str(graph("lenet5").input), str(graph("lenet5").nodes[-1].shape)) == ("28x28x1", "10")


@pytest.mark.parametrize("target", ["vgg16", "vgg", "vgg@D"])
def test_vgg16_has_the_weights_of_the_lecture_notes(target: str) -> None:
    """Each layer of VGG-16 has the notes' shape and number of weights; biases come on top, one a filter."""
    weighted = [node for node in graph(target) if node.parameters]
    found = [(str(n.shape), sum(p.size for p in n.parameters if p.role == "weight")) for n in weighted]
    assert found == VGG16
    assert sum(p.size for n in weighted for p in n.parameters if p.role == "bias") == 13_416


def test_vgg16_is_five_lines() -> None:
    """VGG-16 is what one writes on a whiteboard: five arrow lines."""
    assert len(body("vgg16")) == 5


def test_vgg16_follows_the_lecture_grammar() -> None:
    """VGG-16 is told its numbers in the lectures' grammar."""
    assert report("vgg16").grammar == (
        "INPUT -> [[CONV -> RELU]*2 -> POOL]*2 -> [[CONV -> RELU]*3 -> POOL]*3 -> [FC -> RELU]*2 -> FC"
    )


@pytest.mark.parametrize(
    ("column", "threes", "ones", "norms"),
    [
        ("A", 8, 0, 0),
        ("A-LRN", 8, 0, 1),
        ("B", 10, 0, 0),
        ("C", 10, 3, 0),
        ("D", 13, 0, 0),
        ("E", 16, 0, 0),
    ],
)
def test_vgg_has_the_columns_of_table_1(column: str, threes: int, ones: int, norms: int) -> None:
    """Each variant has its column's convolutions (Simonyan and Zisserman 2015, table 1) and five pools."""
    convolutions = [node for node in graph(f"vgg@{column}") if node.kind == "conv"]
    pointwise = [n for n in convolutions if n.parameters[0].shape[:2] == (1, 1)]
    assert (len(convolutions) - len(pointwise), len(pointwise)) == (threes, ones)
    assert len(shapes(f"vgg@{column}", "lrn")) == norms
    assert shapes(f"vgg@{column}", "pool") == VGG16_POOLS


def test_vgg16_keeps_as_many_values_as_the_notes_list() -> None:
    """The notes' column of values has 15,237,608 in all: the input and each layer, ReLU in place."""
    values = [graph("vgg16").input, *(node.shape for node in of_kind("vgg16", "conv", "pool", "fc"))]
    assert sum(shape.elements for shape in values) == 15_237_608
    assert "15,237,608" in header("vgg16")


def test_lenet_of_1998_sees_table_1() -> None:
    """Each map of C3 sees the maps of S2 that the paper's table I marks."""
    third = [node for node in graph("lenet5_1998") if node.kind == "conv"][1]
    seen = third.layer.model_dump()["connections"]
    table = ["".join("X" if row in column else "." for column in seen) for row in range(6)]
    assert table == list(LENET5_TABLE_1)


def test_lenet_of_1998_has_fixed_prototypes() -> None:
    """The output's 84*10 prototypes are there and not trained (LeCun et al. 1998, section II.B)."""
    output = graph("lenet5_1998").nodes[-1]
    assert [(p.size, p.trainable) for p in output.parameters] == [(840, False)]


def test_alexnet_does_not_fit_the_printed_input() -> None:
    """The paper's 224x224 leaves rows that the first layer never reads, as the file's header says."""
    found = report("alexnet", input="224x224x3").findings
    assert rules.ROWS_NEVER_READ.code in {finding.code for finding in found}


def test_alexnet_has_the_printed_neurons() -> None:
    """Each layer has the neurons of figure 2's caption, but for the first, printed as 55*48*96."""
    counted = [node.shape.elements for node in of_kind("alexnet", "conv", "fc")]
    assert counted == [290_400, *ALEXNET_NEURONS[1:]]
    assert ALEXNET_NEURONS[0] == 55 * 48 * 96
    assert {f"{sum(counted):,}", f"{sum(ALEXNET_NEURONS):,}"} <= set(header("alexnet").split())


def test_googlenet_modules() -> None:
    """Each inception module has the output and, kernel by kernel, the parameters of Caffe's definition."""
    joins = [node for node in graph("googlenet") if node.kind == "concat"]
    modules = [inside("googlenet", join.name.partition("/")[0]) for join in joins]
    found = [(str(m[-1].shape), [parameters for _, parameters in layers(m)]) for m in modules]
    assert found == GOOGLENET


def test_googlenet_follows_table_1_but_for_the_rows_that_its_header_names() -> None:
    """Parameters and operations are those printed, rounded either way, but for what the header says."""
    names = ["conv1", "conv2", "3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b", "fc"]
    rows = dict.fromkeys(names, (0, 0))
    places = {"conv1": "conv1", "conv2": "conv2", "conv3": "conv2", "fc1": "fc"}
    joins = [node.name.partition("/")[0] for node in of_kind("googlenet", "concat")]
    places |= dict(zip(joins, names[2:-1], strict=True))
    for row in summarize(graph("googlenet")).rows:
        if name := places.get(row.name.partition("/")[0]):
            rows[name] = rows[name][0] + row.trainable, rows[name][1] + (row.macs or 0)
    printed = dict(zip(names, GOOGLENET_TABLE_1, strict=True))
    wrong = {name for name in names if not _rounds(rows[name][0] / 1024, printed[name][0])}
    slow = {name for name in names if not _rounds(rows[name][1] / 10**6, printed[name][1])}
    assert wrong == {"conv1", "4a", "4b", "4c", "4d", "4e", "5a", "5b"}
    assert slow == {"conv1", "5a"}


def _rounds(counted: float, printed: float) -> bool:
    return printed in (floor(counted), ceil(counted))


def test_googlenet_without_its_heads_has_the_parameters_of_caffe() -> None:
    """The stem's, the modules' and the classifier's parameters, and their published total of 6,998,552."""
    main = [node for node in graph("googlenet") if not node.name.startswith("aux")]
    counts = [parameters for _, parameters in layers(main)]
    assert counts[:3] == GOOGLENET_STEM
    assert counts[-1] == GOOGLENET_CLASSIFIER
    assert sum(counts) == 6_998_552


@pytest.mark.parametrize("head", GOOGLENET_HEADS)
def test_googlenet_heads(head: str) -> None:
    """Each auxiliary classifier has the paper's layers, and its loss counts 0.3."""
    assert [parameters for _, parameters in layers(inside("googlenet", head))] == GOOGLENET_HEADS[head]
    assert [o.loss_weight for o in graph("googlenet").outputs if o.name == head] == [0.3]


def test_googlenet_dropout() -> None:
    """The output drops 40 % (table 1), the heads 70 % (Szegedy et al. 2015, section 5)."""
    rates = {n.name: n.layer.model_dump()["rate"] for n in graph("googlenet") if n.kind == "dropout"}
    assert sorted(rates.values()) == [0.4, 0.7, 0.7]
    assert all((rate == 0.7) == name.startswith("aux") for name, rate in rates.items())


def test_googlenet_reads_like_table_1() -> None:
    """Nine lines of the body are an inception module each."""
    assert sum(line.startswith("  inception(") for line in body("googlenet")) == 9


def test_unet_sides() -> None:
    """Every map between 572x572 and 388x388 has the size that the paper's figure 1 prints."""
    moving = [n for n in graph("unet") if n.kind in ("conv", "pool", "upconv")]
    assert [n.shape.spatial for n in moving] == [(side, side) for side in [*UNET_SIDES, 388]]


def test_unet_convolutions() -> None:
    """The 23 convolutions have the paper's channels, and a bias for each filter."""
    convolutions = [n for n in graph("unet") if n.kind in ("conv", "upconv")]
    assert [n.parameters[0].shape for n in convolutions] == [(k, k, a, b) for k, a, b in UNET_CONVOLUTIONS]
    assert len(UNET_CONVOLUTIONS) == 23
    assert (
        total(convolutions) == sum(k * k * a * b + b for k, a, b in UNET_CONVOLUTIONS) == PARAMETERS["unet"]
    )


def test_padded_unet_keeps_the_size() -> None:
    """With padding the mask is as large as the image."""
    assert str(graph("unet@padded").nodes[-1].shape) == "512x512x2"


def test_mobilenet_shares() -> None:
    """The shares of weights and multiply-adds by kind of layer are those of the paper's table 2."""
    rows = {row.name: row.macs for row in summarize(graph("mobilenet")).rows}
    weights, macs = dict.fromkeys(MOBILENET_SHARES, 0), dict.fromkeys(MOBILENET_SHARES, 0)
    for node in graph("mobilenet"):
        for kernel in [p for p in node.parameters if p.name == "kernel"]:
            kind = "pointwise" if kernel.shape[:2] == (1, 1) else node.kind
            weights[kind] += kernel.size
            macs[kind] += rows[node.name]
    assert _percent(weights) == MOBILENET_SHARES
    assert _percent(macs) == MOBILENET_MAC_SHARES


def _percent(counts: dict[str, int]) -> dict[str, float]:
    return {kind: round(100 * count / sum(counts.values()), 2) for kind, count in counts.items()}


@pytest.mark.parametrize("target", ["mobilenet", "mobilenet@192", "mobilenet@160", "mobilenet@128"])
def test_mobilenet_ends_at_a_thirty_second(target: str) -> None:
    """Five strides of 2 take the resolution to its thirty-second part (Howard et al. 2017, table 1)."""
    resolution = int(target.partition("@")[2] or 224)
    last = [node for node in graph(target) if node.kind == "conv"][-1]
    assert last.shape.spatial == (resolution // 32, resolution // 32)


@pytest.mark.parametrize(("alpha", "filters"), [("1", 1024), ("0.75", 768), ("0.5", 512), ("0.25", 256)])
def test_mobilenet_width(alpha: str, filters: int) -> None:
    """The width multiplier scales every layer's channels (Howard et al. 2017, section 3.3)."""
    last = [node for node in graph("mobilenet", alpha=alpha) if node.kind == "conv"][-1]
    assert last.shape.channels == filters
