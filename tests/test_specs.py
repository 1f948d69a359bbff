"""The bundled specs, against what their papers and public definitions of the same networks say.

Every number here is a literal with its source; none is taken from netspec. "Caffe" is the network's public
prototxt, counted layer by layer by a program that shares no code with netspec.
"""

from collections.abc import Callable, Iterable
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest

from netspec.diagnostics import Severity, rules
from netspec.graph.check import Report, check, check_text
from netspec.graph.node import Graph, Node
from netspec.graph.show import arrows, structured
from netspec.language.spec import Spec

SPECS = Path(__file__).parent.parent / "specs"

TOTALS = {
    "lenet5": 61_706,  # 156 + 2,416 + 48,120 + 10,164 + 850, the layers below
    "lenet5_1998": 60_000,  # LeCun et al. 1998, section II.B: "60,000 trainable free parameters"
    "alexnet": 60_965_224,  # Caffe (bvlc_alexnet)
    "alexnet@one-tower": 62_378_344,  # pytorchcv's AlexNet, which has one tower
    "zfnet": 62_357_608,  # pytorchcv's ZFNet
    "vgg16": 138_357_544,  # Caffe (VGG_ILSVRC_16_layers), Keras and torchvision
    "vgg": 138_357_544,
    "vgg@A": 132_863_336,  # torchvision's vgg11
    "vgg@A-LRN": 132_863_336,  # A: response normalization has no parameters
    "vgg@B": 133_047_848,  # torchvision's vgg13
    "vgg@C": 133_638_952,  # B and 1x1 kernels with biases: 65,792 + 2 * 262,656 more
    "vgg@D": 138_357_544,  # torchvision's vgg16
    "vgg@E": 143_667_240,  # torchvision's vgg19
    "resnet50": 25_557_032,  # torchvision's resnet50
    "resnet50@101": 44_549_160,  # torchvision's resnet101
    "resnet50@152": 60_192_808,  # Caffe (ResNet-152) and torchvision
    "googlenet": 13_378_280,  # Caffe's 6,998,552 and the heads' 3,188,840 + 3,190,888
    "unet": 31_030_658,  # counted from figure 1 of the paper, below
    "unet@padded": 31_030_658,  # padding has no parameters
    "mobilenet": 4_231_976,  # Keras (trainable) and pytorchcv's mobilenet_w1
    "mobilenet@0.75": 2_585_560,  # pytorchcv's mobilenet_w3d4
    "mobilenet@0.5": 1_331_592,  # pytorchcv's mobilenet_wd2
    "mobilenet@0.25": 470_072,  # pytorchcv's mobilenet_wd4
    "mobilenet@192": 4_231_976,  # the resolution changes no kernel
    "mobilenet@160": 4_231_976,
    "mobilenet@128": 4_231_976,
}
"""Trainable parameters with 1000 classes (LeNet-5: 10, U-Net: 2); statistics of batch norm do not count."""

BASES = [target for target in TOTALS if "@" not in target]

VGG16 = [  # cs231n lecture notes, "VGGNet in detail": output, weights without biases
    *(("224x224x64", 1_728), ("224x224x64", 36_864)),
    *(("112x112x128", 73_728), ("112x112x128", 147_456)),
    *(("56x56x256", 294_912), ("56x56x256", 589_824), ("56x56x256", 589_824)),
    *(("28x28x512", 1_179_648), ("28x28x512", 2_359_296), ("28x28x512", 2_359_296)),
    *(("14x14x512", 2_359_296), ("14x14x512", 2_359_296), ("14x14x512", 2_359_296)),
    *(("4096", 102_760_448), ("4096", 16_777_216), ("1000", 4_096_000)),
]
VGG16_POOLS = ["112x112x64", "56x56x128", "28x28x256", "14x14x512", "7x7x512"]  # the same notes

LENET5 = [  # full connections of C3: 5*5*6*16 + 16; output: 84*10 + 10
    *(("28x28x6", 156), ("10x10x16", 2_416), ("120", 48_120), ("84", 10_164), ("10", 850)),
]
LENET5_1998 = [  # LeCun et al. 1998, section II.B: C1, S2, C3, S4, C5, F6
    *(
        ("28x28x6", 156),
        ("14x14x6", 12),
        ("10x10x16", 1_516),
        ("5x5x16", 32),
        ("1x1x120", 48_120),
        ("84", 10_164),
    ),
]
LENET5_TABLE_1 = (  # LeCun et al. 1998, table I: a row for each map of S2, a column for each map of C3
    "X...XXX..XXXX.XX",
    "XX...XXX..XXXX.X",
    "XXX...XXX..X.XXX",
    ".XXX..XXXX..X.XX",
    "..XXX..XXXX.XX.X",
    "...XXX..XXXX.XXX",
)
ALEXNET = [  # Caffe (bvlc_alexnet)
    *(("55x55x96", 34_944), ("27x27x256", 307_456), ("13x13x384", 885_120), ("13x13x384", 663_936)),
    *(("13x13x256", 442_624), ("4096", 37_752_832), ("4096", 16_781_312), ("1000", 4_097_000)),
]
ALEXNET_ONE_TOWER = [  # pytorchcv's AlexNet at 227x227
    *(("55x55x96", 34_944), ("27x27x256", 614_656), ("13x13x384", 885_120), ("13x13x384", 1_327_488)),
    *(("13x13x256", 884_992), ("4096", 37_752_832), ("4096", 16_781_312), ("1000", 4_097_000)),
]
ZFNET = [  # pytorchcv's ZFNet; sizes also Zeiler and Fergus 2014, figure 3
    *(("110x110x96", 14_208), ("26x26x256", 614_656), ("13x13x384", 885_120), ("13x13x384", 1_327_488)),
    *(("13x13x256", 884_992), ("4096", 37_752_832), ("4096", 16_781_312), ("1000", 4_097_000)),
]
LAYERS = {
    "lenet5": LENET5,
    "lenet5_1998": LENET5_1998,
    "alexnet": ALEXNET,
    "alexnet@one-tower": ALEXNET_ONE_TOWER,
    "zfnet": ZFNET,
}
"""Output and trainable parameters of each layer that has any."""

POOLS = {
    "alexnet": ["27x27x96", "13x13x256", "6x6x256"],  # Caffe (bvlc_alexnet)
    "zfnet": ["55x55x96", "13x13x256", "6x6x256"],  # Zeiler and Fergus 2014, figure 3
    "vgg16": VGG16_POOLS,
}

INPUTS = {
    "lenet5": "28x28x1",  # MNIST's images
    "lenet5_1998": "32x32x1",  # LeCun et al. 1998, section II.B
    "alexnet": "227x227x3",  # Caffe (bvlc_alexnet)
    "zfnet": "225x225x3",  # Zeiler and Fergus 2014, figure 3
    "vgg16": "224x224x3",  # Simonyan and Zisserman 2015, section 2.1
    "vgg": "224x224x3",
    "resnet50": "224x224x3",  # He et al. 2016, section 3.4
    "googlenet": "224x224x3",  # Szegedy et al. 2015, section 5
    "unet": "572x572x1",  # Ronneberger et al. 2015, figure 1
    "mobilenet": "224x224x3",  # Howard et al. 2017, table 1
}

LRN = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 2.0}  # Krizhevsky et al. 2012, section 3.3
CONSTANTS = {
    "lenet5": [("pool", {"kernel": 2, "stride": 2})],
    "lenet5_1998": [  # LeCun et al. 1998, appendix A; section II.B
        ("tanh", {"amplitude": 1.7159, "slope": 2 / 3}),
        ("subsample", {"kernel": 2, "stride": 2}),
    ],
    "alexnet": [  # Krizhevsky et al. 2012, sections 3.3, 3.4 and 4.2
        *(("lrn", LRN), ("pool", {"kernel": 3, "stride": 2}), ("dropout", {"rate": 0.5})),
    ],
    "zfnet": [  # Zeiler and Fergus 2014, figure 3 and section 3; its normalization is Krizhevsky's
        *(("lrn", LRN), ("pool", {"kernel": 3, "stride": 2}), ("dropout", {"rate": 0.5})),
    ],
    "vgg@A-LRN": [  # Simonyan and Zisserman 2015, sections 2.1 and 3.1
        *(("lrn", LRN), ("pool", {"kernel": 2, "stride": 2}), ("dropout", {"rate": 0.5})),
    ],
    "resnet50": [("pool", {"kernel": 3, "stride": 2})],  # He et al. 2016, table 1
    "googlenet": [("lrn", LRN), ("avgpool", {"kernel": 5, "stride": 3})],  # Szegedy et al. 2015, section 5
    "unet": [("pool", {"kernel": 2, "stride": 2})],  # Ronneberger et al. 2015, section 2
}
"""Fields of the layers that own no parameters; they are the same in every layer of the kind."""

GOOGLENET = [  # Caffe (bvlc_googlenet): output and parameters of each convolution
    ("28x28x256", [12_352, 18_528, 110_720, 3_088, 12_832, 6_176]),
    ("28x28x480", [32_896, 32_896, 221_376, 8_224, 76_896, 16_448]),
    ("14x14x512", [92_352, 46_176, 179_920, 7_696, 19_248, 30_784]),
    ("14x14x512", [82_080, 57_456, 226_016, 12_312, 38_464, 32_832]),
    ("14x14x512", [65_664, 65_664, 295_168, 12_312, 38_464, 32_832]),
    ("14x14x528", [57_456, 73_872, 373_536, 16_416, 51_264, 32_832]),
    ("14x14x832", [135_424, 84_640, 461_120, 16_928, 102_528, 67_712]),
    ("7x7x832", [213_248, 133_280, 461_120, 26_656, 102_528, 106_624]),
    ("7x7x1024", [319_872, 159_936, 663_936, 39_984, 153_728, 106_624]),
]
GOOGLENET_STEM = [9_472, 4_160, 110_784]  # the same: conv1, and conv2 with its reduction
GOOGLENET_CLASSIFIER = 1_025_000  # the same
GOOGLENET_HEADS = {  # Szegedy et al. 2015, section 5: 4x4 average, 128 1x1 filters, 1024 units, 1000 classes
    "aux1": [512 * 128 + 128, 4 * 4 * 128 * 1024 + 1024, 1024 * 1000 + 1000],
    "aux2": [528 * 128 + 128, 4 * 4 * 128 * 1024 + 1024, 1024 * 1000 + 1000],
}

RESNET_STAGES = {  # Caffe's ResNet-50 and ResNet-152: output, convolutions, their weights and those of batch norm
    "resnet50": [
        *(("56x56x256", 10, 212_992 + 2_816), ("28x28x512", 13, 1_212_416 + 7_168)),
        *(("14x14x1024", 19, 7_077_888 + 20_480), ("7x7x2048", 10, 14_942_208 + 22_528)),
    ],
    "resnet50@152": [
        *(("56x56x256", 10, 212_992 + 2_816), ("28x28x512", 25, 2_326_528 + 13_312)),
        *(("14x14x1024", 109, 40_501_248 + 112_640), ("7x7x2048", 10, 14_942_208 + 22_528)),
    ],
}

UNET_CONVOLUTIONS = [  # Ronneberger et al. 2015, figure 1: kernel, channels before, channels after
    *((3, 1, 64), (3, 64, 64), (3, 64, 128), (3, 128, 128), (3, 128, 256), (3, 256, 256)),
    *((3, 256, 512), (3, 512, 512), (3, 512, 1024), (3, 1024, 1024)),
    *((2, 1024, 512), (3, 1024, 512), (3, 512, 512), (2, 512, 256), (3, 512, 256), (3, 256, 256)),
    *((2, 256, 128), (3, 256, 128), (3, 128, 128), (2, 128, 64), (3, 128, 64), (3, 64, 64), (1, 64, 2)),
]
UNET_SIDES = [  # the same figure, from the second map on
    *(570, 568, 284, 282, 280, 140, 138, 136, 68, 66, 64, 32, 30, 28),
    *(56, 54, 52, 104, 102, 100, 200, 198, 196, 392, 390, 388),
]

MOBILENET_SHARES = {  # Howard et al. 2017, table 2, in percent: weights without batch norm and the last bias
    "pointwise": 74.59,
    "dwconv": 1.06,
    "conv": 0.02,
    "fc": 24.33,
}


@cache
def report(target: str, **settings: str) -> Report:
    """What netspec finds about a bundled spec."""
    name, _, variant = target.partition("@")
    return check(str(SPECS / f"{name}.yaml"), variant=variant or None, settings=settings)


def graph(target: str, **settings: str) -> Graph:
    """The checked graph of a bundled spec."""
    found = report(target, **settings).graph
    assert found is not None
    return found


def trainable(node: Node) -> int:
    """The number of a node's trainable parameters."""
    return sum(parameter.size for parameter in node.parameters if parameter.trainable)


def total(nodes: Iterable[Node]) -> int:
    """The trainable parameters of several nodes."""
    return sum(map(trainable, nodes))


def layers(nodes: Iterable[Node]) -> list[tuple[str, int]]:
    """Output and trainable parameters of each node that has any."""
    return [(str(node.shape), trainable(node)) for node in nodes if trainable(node)]


def shapes(target: str, kind: str) -> list[str]:
    """The outputs of all layers of a kind."""
    return [str(node.shape) for node in graph(target) if node.kind == kind]


def inside(target: str, block: str) -> list[Node]:
    """The nodes of one block or head."""
    return [node for node in graph(target) if node.name.startswith(f"{block}/")]


def complaints(found: Report) -> list[str]:
    """The findings that are more than a note."""
    return [str(finding) for finding in found.findings if finding.severity >= Severity.WARNING]


def body(name: str) -> list[str]:
    """The lines of a spec's `network: |`."""
    lines = (SPECS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    return list(takewhile(lambda line: line.startswith("  "), lines[lines.index("network: |") + 1 :]))


def header(name: str) -> str:
    """The comment that a spec begins with."""
    lines = (SPECS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    return " ".join(takewhile(lambda line: line.startswith("#"), lines))


every_spec = pytest.mark.parametrize("name", BASES)
every_target = pytest.mark.parametrize("target", TOTALS)


def test_every_spec_and_variant_has_a_published_total() -> None:
    """A spec or a variant cannot be added without its total and where that comes from."""
    found = []
    for path in sorted(SPECS.glob("*.yaml")):
        spec = report(path.stem).spec
        assert spec is not None
        found += [path.stem, *(f"{path.stem}@{variant}" for variant in spec.variants)]
    assert sorted(found) == sorted(TOTALS)


@every_target
def test_no_complaint(target: str) -> None:
    """A bundled spec gives no error and no warning; notes about the lectures' grammar may stand."""
    assert complaints(report(target)) == []


@every_target
def test_total(target: str) -> None:
    """The trainable parameters add up to the published total."""
    assert total(graph(target)) == TOTALS[target]


@every_target
@pytest.mark.parametrize("notation", [structured, arrows])
def test_show_is_a_round_trip(target: str, notation: Callable[[Spec, Graph], str]) -> None:
    """What `show` prints is a spec of the same graph, and printing that one changes nothing."""
    spec = report(target).spec
    assert spec is not None
    printed = notation(spec, graph(target))
    again = check_text(printed)
    assert again.spec is not None
    assert again.graph == graph(target)
    assert notation(again.spec, again.graph) == printed


@pytest.mark.parametrize("notation", [structured, arrows])
@pytest.mark.parametrize("target", TOTALS)
def test_what_show_prints_gives_no_complaint(target: str, notation: Callable[[Spec, Graph], str]) -> None:
    """A spec that is printed expanded is as clean as the one it was made of."""
    spec = report(target).spec
    assert spec is not None
    assert complaints(check_text(notation(spec, graph(target)))) == []


@every_target
def test_classes_can_be_set(target: str) -> None:
    """`--set classes=7` changes the outputs, the heads' too, and no other layer."""
    usual, other = graph(target), graph(target, classes="7")
    outputs = {output.index for output in usual.outputs}
    assert {usual.nodes[index].shape.channels for index in outputs}.isdisjoint({7})
    assert {other.nodes[index].shape.channels for index in outputs} == {7}
    assert [n for n in usual if n.index not in outputs] == [n for n in other if n.index not in outputs]


@every_target
def test_header_states_the_total(target: str) -> None:
    """The comment at the top of the file says what netspec counts, for each variant."""
    assert f"{TOTALS[target]:,}" in header(target.partition("@")[0])


@every_spec
def test_fits_the_screen(name: str) -> None:
    """No line of a bundled spec is longer than 110 characters."""
    lines = (SPECS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= 110


@pytest.mark.parametrize("target", LAYERS)
def test_layers(target: str) -> None:
    """Each layer's output and parameters are those of the paper or the public definition."""
    assert layers(graph(target)) == LAYERS[target]


@pytest.mark.parametrize("name", INPUTS)
def test_input(name: str) -> None:
    """The input is the paper's, or what its maps need."""
    assert str(graph(name).input) == INPUTS[name]


@pytest.mark.parametrize("target", CONSTANTS)
def test_constants(target: str) -> None:
    """What no parameter count shows has the paper's values: windows, rates, normalization."""
    for kind, fields in CONSTANTS[target]:
        found = [node.layer.model_dump() for node in graph(target) if node.kind == kind]
        assert found
        assert [{key: layer[key] for key in fields} for layer in found] == [fields] * len(found)


@pytest.mark.parametrize("target", POOLS)
def test_pools(target: str) -> None:
    """Each pool's output is that of the paper or the public definition."""
    assert shapes(target, "pool") == POOLS[target]


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


def test_resnet50_is_short() -> None:
    """ResNet-50, -101 and -152 with their citation take at most 25 lines in all."""
    assert len((SPECS / "resnet50.yaml").read_text(encoding="utf-8").splitlines()) <= 25


@pytest.mark.parametrize("target", RESNET_STAGES)
def test_resnet_stages(target: str) -> None:
    """Each stage has Caffe's output, number of convolutions and parameters."""
    stages = [inside(target, f"stage{i}") for i in range(1, 5)]
    found = [(str(s[-1].shape), sum(node.kind == "conv" for node in s), total(s)) for s in stages]
    assert found == RESNET_STAGES[target]


@pytest.mark.parametrize(
    ("target", "depth"), [("resnet50", 50), ("resnet50@101", 101), ("resnet50@152", 152)]
)
def test_resnet_is_as_deep_as_its_name(target: str, depth: int) -> None:
    """The layers with weights, projections aside, number as many as the name says."""
    weighted = [n for n in graph(target) if n.kind in ("conv", "fc") and "/shortcut" not in n.name]
    assert len(weighted) == depth


def test_resnet_convolutions_have_no_bias() -> None:
    """No convolution has a bias, since batch norm follows each (He et al. 2016, section 3.4)."""
    roles = [p.role for n in graph("resnet50") if n.kind == "conv" for p in n.parameters]
    assert set(roles) == {"weight"}


def test_googlenet_modules() -> None:
    """Each inception module has the output and, kernel by kernel, the parameters of Caffe's definition."""
    joins = [node for node in graph("googlenet") if node.kind == "concat"]
    modules = [inside("googlenet", join.name.partition("/")[0]) for join in joins]
    found = [(str(m[-1].shape), [parameters for _, parameters in layers(m)]) for m in modules]
    assert found == GOOGLENET


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
    assert total(convolutions) == sum(k * k * a * b + b for k, a, b in UNET_CONVOLUTIONS) == TOTALS["unet"]


def test_padded_unet_keeps_the_size() -> None:
    """With padding the mask is as large as the image."""
    assert str(graph("unet@padded").nodes[-1].shape) == "512x512x2"


def test_mobilenet_shares() -> None:
    """The shares of the weights by kind of layer are those of the paper's table 2."""
    weights = dict.fromkeys(MOBILENET_SHARES, 0)
    for node in graph("mobilenet"):
        for kernel in [p for p in node.parameters if p.name == "kernel"]:
            weights["pointwise" if kernel.shape[:2] == (1, 1) else node.kind] += kernel.size
    shares = {kind: round(100 * count / sum(weights.values()), 2) for kind, count in weights.items()}
    assert shares == MOBILENET_SHARES


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
