"""Games, speech, text, segmentation, video and small networks: what is peculiar to each of them."""

import pytest
from bundled import field, graph, header, inside, of_kind, shapes, total
from published import PARAMETERS
from published_layers import INCEPTION_V3, SQUEEZENET


@pytest.mark.parametrize("target", ["alphago", "alphago@128", "alphago@256", "alphago@384"])
def test_alphago_filters(target: str) -> None:
    """Twelve convolutions have k filters, the last one, and none shrinks the board (Silver et al. 2016)."""
    filters = int(target.partition("@")[2] or 192)
    assert shapes(target, "conv") == [f"19x19x{filters}"] * 12 + ["19x19x1"]
    assert field(target, "conv", "kernel") == [5, *[3] * 11, 1]


def test_alphago_has_a_bias_for_each_point() -> None:
    """The last layer has 361 biases, and the softmax runs over the 361 points."""
    last = of_kind("alphago", "conv")[-1]
    assert [(p.role, p.size) for p in last.parameters] == [("weight", 192), ("bias", 361)]
    assert str(graph("alphago").nodes[-1].shape) == "361"


def test_keyword_spotting_counts_weights_alone() -> None:
    """With its biases the network has one more for each filter and unit."""
    assert total(graph("keyword_spotting", bias="true")) - 244_224 == 64 + 64 + 32 + 128 + 4 == 292
    assert f"{244_224 + 292:,}" in header("keyword_spotting")


def test_kim_text_without_its_embedding() -> None:
    """Behind the vectors are 3 windows of 100 filters and 2 units on their 300 largest values."""
    embedded = of_kind("kim_text", "embed")
    assert PARAMETERS["kim_text"] - total(embedded) == 360_902
    assert shapes("kim_text", "concat") == ["300"]


@pytest.mark.parametrize(("target", "side"), [("espcn", 3), ("espcn@x2", 2), ("espcn@x4", 4)])
def test_espcn_enlarges(target: str, side: int) -> None:
    """The image is r times as large, by r*r channels of the last layer (Shi et al. 2016, section 3.2)."""
    assert shapes(target, "conv")[-1] == f"17x17x{side**2}"
    assert str(graph(target).nodes[-1].shape) == f"{17 * side}x{17 * side}x1"


@pytest.mark.parametrize("size", ["31", "48", "224"])
def test_nin_takes_any_size(size: str) -> None:
    """Another size of the image changes neither the parameters nor the output."""
    found = graph("nin", size=size)
    assert total(found) == PARAMETERS["nin"]
    assert str(found.nodes[-1].shape) == "10"


@pytest.mark.parametrize(
    ("target", "widths"), [("dilated", [1] * 7), ("dilated@large", [2, 2, 4, 8, 16, 32, 32])]
)
def test_dilated_has_the_module_of_table_1(target: str, widths: list[int]) -> None:
    """The context module has the dilations and channels of table 1 (Yu and Koltun 2016)."""
    module = [node for node in of_kind(target, "conv") if node.name.startswith("context")]
    assert [node.layer.model_dump()["dilation"] for node in module] == [1, 1, 2, 4, 8, 16, 1]
    assert [node.shape.channels for node in module] == [21 * width for width in widths]
    assert str(graph(target).nodes[-1].shape) == "66x66x21"


@pytest.mark.parametrize("classes", [2, 19, 21])
def test_dilated_module_has_64_c_squared_weights(classes: int) -> None:
    """The basic module has 64*C*C weights, and C biases in each of its eight layers."""
    nodes = graph("dilated", classes=str(classes)).nodes
    module = [node for node in nodes if node.name.startswith("context")] + [nodes[-1]]
    assert total(module) == 64 * classes**2 + 8 * classes


def test_dilated_front_end_is_vgg16() -> None:
    """The front end has VGG-16's layers, those of the fifth stage dilated by 2, the first dense one by 4."""
    front = [node for node in of_kind("dilated", "conv") if not node.name.startswith("context")][:-1]
    vgg = [node for node in graph("vgg16", classes="21") if node.parameters]
    assert [total([node]) for node in front] == [total([node]) for node in vgg]
    assert [node.layer.model_dump()["dilation"] for node in front] == [*[1] * 10, 2, 2, 2, 4, 1, 1]


def test_c3d_keeps_the_frames_in_its_first_pool() -> None:
    """The first pool is 1x2x2, the others 2x2x2, and all kernels are 3x3x3 (Tran et al. 2015, section 3)."""
    assert field("c3d", "pool", "kernel") == [(1, 2, 2), 2, 2, 2, 2]
    assert set(field("c3d", "conv", "kernel")) == {3}


@pytest.mark.parametrize(("target", "width"), [("dcgan", 64), ("dcgan@paper", 128)])
def test_dcgan_doubles(target: str, width: int) -> None:
    """Each layer doubles the map and halves its channels, from 4x4 to 64x64 (Radford et al. 2016)."""
    sides = [(4, 8 * width), (8, 4 * width), (16, 2 * width), (32, width), (64, 3)]
    assert shapes(target, "upconv") == [f"{side}x{side}x{channels}" for side, channels in sides]


def test_squeezenet_has_the_rows_of_table_1() -> None:
    """Each module of version 1.0 has the parameters of table 1 (Iandola et al. 2016)."""
    first, *_, last = of_kind("squeezenet@1.0", "conv")
    modules = [[first], *(inside("squeezenet@1.0", f"fire{i}") for i in range(1, 9)), [last]]
    assert list(map(total, modules)) == SQUEEZENET


def test_squeezenet_needs_another_input_for_the_printed_maps() -> None:
    """At 227x227 version 1.0 has table 1's 111, 55, 27 and 13."""
    found = graph("squeezenet@1.0", size="227")
    assert next(iter(found)).shape.spatial == (111, 111)
    assert [n.shape.spatial[0] for n in found if n.kind == "pool"] == [55, 27, 13]


def test_inception_v3_modules() -> None:
    """Each module has the output of torchvision's."""
    joins = [node for node in of_kind("inception_v3", "concat") if node.name.count("/") == 1]
    assert [str(node.shape) for node in joins] == INCEPTION_V3


def test_inception_v3_without_its_head() -> None:
    """The main network has torchvision's 23,834,568 parameters, and Keras' less a scale a channel."""
    main = [node for node in graph("inception_v3") if not node.name.startswith("aux")]
    scales = sum(p.size for node in main for p in node.parameters if p.name == "scale")
    assert total(main) == 23_834_568
    assert total(main) - scales == 23_851_784 - 34_432
    assert f"{scales:,}" in header("inception_v3")
