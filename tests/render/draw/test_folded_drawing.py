"""What is drawn once, what is merged into one box, and what is left out."""

import re
from collections import Counter
from math import prod

import pytest
from picture import Picture, conv, graph, layer

import netspec
from netspec.language.catalog import bundled
from netspec.layers import KINDS
from netspec.render.draw import DrawingError, dot, mermaid, svg


def counted(text: str) -> Counter[str]:
    """The layers that a Mermaid flowchart stands for: each as often as its box and the frames around it say."""
    around, found = [], Counter()
    for line in map(str.strip, text.splitlines()):
        if line.startswith("subgraph"):
            around.append(times(re.search(r'\["(.*)"\]', line)[1]))
        elif line == "end":
            around.pop()
        elif match := re.match(r'n\d+\["(.*?)<br>', line):
            title = match[1].replace("[", "").replace("]", "")
            bare = re.sub(r" x\d+$", "", title)
            for part in bare.split(" + "):
                if part != "input":
                    found[kind(part)] += prod(around) * times(title)
    return found


def times(title: str) -> int:
    """What the `x3` at the end of a title says."""
    match = re.search(r"(?:^| )x(\d+)$", title)
    return int(match[1]) if match else 1


def kind(label: str) -> str:
    """The layer that a label begins with."""
    return max((name for name in KINDS if label.startswith(name)), key=len)


@pytest.mark.parametrize("name", bundled())
def test_the_drawing_stands_for_every_layer(name):
    """Boxes and frames multiplied out are the network's layers, all but the identities."""
    network = netspec.load(name)
    kinds = Counter(node.kind for node in network.nodes if node.kind != "identity")
    assert counted(mermaid(network.graph)) == kinds


def test_repeated_blocks_are_drawn_once():
    """ResNet-152 has as many boxes as ResNet-50, with larger numbers of times."""
    one, other = (mermaid(netspec.load(name).graph) for name in ("resnet50", "resnet50@152"))
    assert one.count("<br>") == other.count("<br>") == 41
    assert re.findall(r'"bottleneck x(\d+)"', other) == ["2", "7", "35", "2"]


def test_a_dense_block_is_drawn_once_with_its_growth():
    """Layers that differ only in how many channels they read are one box that names the first and the last."""
    text = mermaid(netspec.load("densenet121").graph)
    assert re.findall(r'"dense x(\d+)"', text) == ["6", "12", "24", "16"]
    assert "concat<br>56x56x96..256" in text


def test_a_repeat_ends_where_something_else_reads_it():
    """A value that a head or a skip reads is never hidden in a repeat."""
    chain = [("a", conv(), (-1,)), ("b", conv(), (0,)), ("c", conv(), (1,)), ("d", conv(), (2,))]
    assert "x4" in mermaid(graph(*chain))
    text = mermaid(graph(*chain, ("head", layer("gap"), (1,))))
    assert text.count("] x2") == 0
    assert len(re.findall(r"conv3-4 x2", text)) == 2
    assert len(re.findall("conv3-4 x2", mermaid(graph(*chain, outputs=(3, 1))))) == 2


def test_a_repeat_that_reads_from_afar_is_drawn_in_full():
    """Layers that each add what was two before them cannot be one box, since the first reads something else."""
    layers = [("a", conv(2), (-1,)), ("b", conv(3), (0,))]
    layers += [(f"add{i}", layer("add"), (i - 1, i - 2)) for i in range(2, 8)]
    assert mermaid(graph(*layers)).count("-->") == 2 + 2 * 6


def test_nested_repeats_multiply():
    """A block that repeats a block is two frames, and nothing leads out of the inner one but its end."""
    text = mermaid(netspec.load("xception").graph)
    assert '"middle x8"' in text
    assert '"sep x3"' in text
    assert all(a < b for a, b in edges(text))


def edges(text: str) -> list[tuple[int, int]]:
    """The edges of a flowchart or digraph."""
    return [(int(a), int(b)) for a, b in re.findall(r"n(\d+) --?> n(\d+)", text)]


def test_in_place_layers_join_the_box_before_them():
    """Batch norm and ReLU stand in the box of their convolution, unless something else reads in between."""
    layers = [("c", conv(), (-1,)), ("n", layer("bn"), (0,)), ("r", layer("relu"), (1,))]
    assert "conv3-4 + bn + relu<br>" in mermaid(graph(*layers))
    text = mermaid(graph(*layers, ("s", layer("add"), (2, 0))))
    assert '"conv3-4<br>' in text
    assert '"bn + relu<br>' in text
    assert '"conv3-4<br>' in mermaid(graph(*layers, outputs=(2, 0)))


def test_an_identity_is_not_drawn():
    """A branch that passes its input on is a line."""
    layers = [
        ("c", conv(2), (-1,)),
        ("i", layer("identity"), (0,)),
        ("d", conv(3), (0,)),
        ("s", layer("add"), (1, 2)),
    ]
    text = mermaid(graph(*layers))
    assert "identity" not in text
    assert edges(text) == [(0, 1), (1, 2), (1, 3), (2, 3)]


def test_many_in_place_layers_are_counted():
    """A box with many layers names the first and says how many more there are."""
    layers = [("c", conv(), (-1,)), *((f"r{i}", layer("relu"), (i,)) for i in range(40))]
    assert "conv3-4 + relu + relu + relu + relu + 36 more<br>" in mermaid(graph(*layers))


@pytest.mark.parametrize("name", ["resnet50", "inception_v3", "unet", "vgg16", "efficientnet_b0"])
def test_mermaid_dot_and_svg_have_the_same_edges(name):
    """The three writings of a graph tell the same."""
    network = netspec.load(name).graph
    flowchart, digraph = mermaid(network), dot(network)
    assert edges(flowchart) == edges(digraph)
    picture = Picture(svg(network, style="graph"))
    labels = dict(re.findall(r'n(\d+)\["(.*)"\]', flowchart))
    shown = {
        title: "<br>".join(t.text for t in group if t.tag.endswith("text"))
        for title, group in picture.groups.items()
    }
    wanted = sorted((labels[str(a)], labels[str(b)]) for a, b in edges(flowchart))
    assert sorted((shown[a], shown[b]) for a, b in picture.edges()) == wanted


def blocks(size: int, per_block: int):
    """Residual units that are all different, some to a block."""
    layers = []
    for i in range(size):
        merges = i % 3 == 2
        one = layer("add") if merges else conv(i + 2)
        layers.append((f"block{i // per_block}/n{i}", one, (i - 1, i - 3) if merges else (i - 1,)))
    return graph(*layers)


def test_blocks_stay_closed_where_there_would_be_too_many_boxes():
    """Above 400 boxes the innermost blocks are one box each that says how many layers are in it."""
    text = mermaid(blocks(12_000, 48))
    assert text.count("-->") == 250
    assert '"block7 (48 layers)<br>8x8x4"' in text


def test_too_many_boxes_are_refused_with_a_reason():
    """Thousands of different layers without blocks are no drawing, for chains and for graphs."""
    chain = graph(*((f"n{i}", conv(i + 1), (i - 1,)) for i in range(1000)))
    for draw in (svg, mermaid, dot):
        with pytest.raises(DrawingError, match="1,001 boxes, and more than 400"):
            draw(chain)


def test_too_many_lines_are_refused_with_a_reason():
    """Layers that all read all before them have too many lines to follow."""
    dense = graph(*((f"n{i}", layer("add"), tuple(range(-1, i))) for i in range(60)))
    with pytest.raises(DrawingError, match="1,830 lines"):
        svg(dense)
    longer = graph(*((f"n{i}", layer("add"), tuple(range(-1, i))) for i in range(50)))
    with pytest.raises(DrawingError, match="side by side"):
        svg(longer)


def test_a_long_equal_chain_is_one_volume():
    """Ten thousand equal layers are one, with its number of times."""
    chain = graph(*((f"n{i}", conv(), (i - 1,)) for i in range(10_000)))
    assert "conv3-4 x10000" in svg(chain)
    assert "conv3-4 x10000" in mermaid(chain)


def test_deeply_nested_blocks_are_drawn():
    """Blocks hundreds deep end in no recursion error."""
    layers = [
        (
            "/".join(["b"] * (i + 1)),
            conv(i + 1) if i % 2 else layer("add"),
            (i - 1, max(-1, i - 2)) if i % 2 == 0 else (i - 1,),
        )
        for i in range(300)
    ]
    assert svg(graph(*layers)).count("<g>") == 301
