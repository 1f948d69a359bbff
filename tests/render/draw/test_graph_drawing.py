"""The drawing of networks with branches, read back from the SVG."""

import random
from itertools import accumulate, combinations, pairwise

import pytest
from picture import SVG, Picture, conv, graph, layer, tangled

import netspec
from netspec.graph.node import INPUT
from netspec.render.draw import DrawingError, svg
from netspec.render.draw.breaks import even_breaks
from netspec.render.draw.layering import Layering
from netspec.render.draw.pillars import pillars_of

BRANCHED = (
    "resnet50",
    "googlenet",
    "unet",
    "unet@padded",
    "densenet121",
    "inception_v3",
    "efficientnet_b0",
    "kim_text",
    "xception",
)


def drawn(name: str) -> Picture:
    """The drawing of a bundled network."""
    network = netspec.load(name)
    return Picture(svg(network.graph, title=network.name))


@pytest.mark.parametrize("seed", range(60))
def test_every_edge_of_a_tangled_graph_is_drawn_and_no_other(seed):
    """Lines followed from box to box are the inputs of the nodes."""
    tangle = tangled(seed, 4 + seed % 37)
    names = {INPUT: "the network's input", **{node.index: node.name for node in tangle}}
    wanted = {(names[source], node.name) for node in tangle for source in node.inputs}
    assert Picture(svg(tangle, style="graph")).edges() == wanted


@pytest.mark.parametrize("seed", range(60))
def test_boxes_of_a_tangled_graph_stand_apart_and_lines_go_around_them(seed):
    """No two boxes meet, and a line touches no box but where it begins and ends."""
    check_apart(Picture(svg(tangled(seed, 4 + seed % 37), style="graph")))


@pytest.mark.parametrize("name", BRANCHED)
def test_boxes_and_lines_of_bundled_networks_stand_apart(name):
    """No two boxes meet, no line runs through a box or a text, and everything lies in the picture."""
    picture = drawn(name)
    check_apart(picture)
    for one in picture.lines:
        for x, y in one.points:
            assert picture.area.holds(x, y)
            assert not any(area.holds(x, y, -0.5) for _, area in picture.texts)


def check_apart(picture: Picture) -> None:
    """Boxes meet neither one another nor lines."""
    boxes = picture.boxes
    for (name, box), (other, area) in combinations(boxes.items(), 2):
        assert not box.meets(area), f"{name} and {other}"
    for one in picture.lines:
        for x, y in one.points:
            assert not any(box.holds(x, y, -1) for box in boxes.values())
    assert all(box.within(picture.area) for box in boxes.values())


@pytest.mark.parametrize("name", BRANCHED)
def test_frames_hold_boxes_whole_or_not_at_all(name):
    """A frame's border runs through no box and no other frame but that of a repeat's second card."""
    picture = drawn(name)
    for frame in picture.frames:
        for box in picture.boxes.values():
            assert box.within(frame) or not box.meets(frame)


@pytest.mark.parametrize("name", [name for name in BRANCHED if "unet" not in name])
def test_values_go_downwards_within_a_column(name):
    """A box stands below what it reads, or in a column to the right of it."""
    picture = drawn(name)
    for source, target in picture.edges():
        above, below = picture.boxes[source], picture.boxes[target]
        assert below.top > above.bottom or below.left > above.right


def test_u_net_is_drawn_as_a_u():
    """The ends of its four skips stand at the same height, and the way up is to the right of the way down."""
    picture = drawn("unet")
    boxes = picture.boxes
    skips = {(a, b) for a, b in picture.edges() if "concat" in b and "upconv" not in a}
    assert len(skips) == 4
    for a, b in skips:
        assert boxes[a].top == pytest.approx(boxes[b].top, abs=0.2)
        assert boxes[a].right < boxes[b].left
    assert boxes["up4/twice1/conv2, up4/twice1/relu2"].bottom < boxes["up4/concat1"].top


def test_the_main_way_of_a_residual_block_is_straight():
    """The body of a block with an identity shortcut stands on one axis with what is before and after it."""
    network = graph(
        ("a", conv(2), (-1,)), ("b", conv(3), (0,)), ("c", conv(4), (1,)), ("d", layer("add"), (2, 0))
    )
    boxes = Picture(svg(network)).boxes
    middles = {(box.left + box.right) / 2 for box in boxes.values()}
    assert max(middles) - min(middles) < 0.2


def test_the_main_way_is_straight_beside_skips():
    """Lines that pass boxes give way to them, so that a chain with overlapping skips stays on one axis."""
    layers = [(f"n{i}", conv(i + 2), (i - 1,)) for i in range(3)]
    layers += [("n3", layer("add"), (2, 0)), ("n4", layer("add"), (3, 1)), ("n5", conv(9), (4,))]
    boxes = Picture(svg(graph(*layers))).boxes
    middles = {(box.left + box.right) / 2 for box in boxes.values()}
    assert max(middles) - min(middles) < 0.5


def test_lines_cross_no_more_than_they_must():
    """Branches are put into an order in which their lines do not cross, whatever their order in the spec."""
    layers = [("a", conv(2), (-1,)), ("b", conv(3), (-1,)), ("c", conv(4), (1,)), ("d", conv(5), (0,))]
    boxes = Picture(svg(graph(*layers, ("e", layer("add"), (2, 3))))).boxes
    assert (boxes["a"].left < boxes["b"].left) == (boxes["d"].left < boxes["c"].left)


def test_a_skip_goes_around_what_stands_in_its_way():
    """Where a box is beside the end of a skip, the drawing is no U, and all lines are there."""
    layers = [("in", conv(2), (-1,))]
    for block in ("x", "y"):
        last = len(layers) - 1
        layers += [(f"{block}/a", conv(10 + last), (last,)), (f"{block}/b", conv(20 + last), (last,))]
        layers += [(f"{block}/c", layer("add"), (last + 1, last + 2))]
    layers += [("low", conv(3), (6,)), ("up1", layer("add"), (7, 4)), ("mid", conv(4), (8,))]
    layers += [("up2", layer("add"), (9, 1))]
    network = graph(*layers)
    picture = Picture(svg(network))
    check_apart(picture)
    assert len(picture.edges()) == sum(len(node.inputs) for node in network)


@pytest.mark.parametrize("seed", range(40))
def test_networks_that_shrink_and_grow_are_drawn_whole(seed):
    """Whatever stands in the blocks of an encoder and a decoder, all lines are there and go around the boxes."""
    network = hourglass(seed)
    picture = Picture(svg(network))
    check_apart(picture)
    names = {INPUT: "the network's input", **{node.index: node.name for node in network}}
    assert picture.edges() == {(names[source], node.name) for node in network for source in node.inputs}


def hourglass(seed):
    """A network with nested skips between random blocks, which sometimes hand on two values."""
    draw = random.Random(seed)
    layers = []

    def block(name, first, size, second=None):
        """A few layers, the first of which read what is given."""
        begin = len(layers)
        layers.append((f"{name}/0", layer("add") if second else conv(begin + 2), (first, *(second or ()))))
        for i in range(1, size):
            source = draw.choice([len(layers) - 1, max(begin, len(layers) - 2)])
            layers.append((f"{name}/{i}", conv(len(layers) + 2), (source,)))
        ends = [i for i in range(begin, len(layers)) if not any(i in one[2] for one in layers)]
        if len(ends) > 1 and draw.random() < 0.8:
            layers.append((f"{name}/end", layer("add"), tuple(ends)))
            return [len(layers) - 1]
        return ends

    depth, ends, skips = draw.choice([2, 3]), [INPUT], []
    for level in range(depth):
        ends = block(f"down{level}", ends[0], draw.randint(1, 5), tuple(ends[1:]))
        skips.append(len(layers) - 1)
    ends = block("low", ends[0], draw.randint(1, 3), tuple(ends[1:]))
    for level in range(depth):
        ends = block(f"up{level}", ends[0], draw.randint(1, 4), (*ends[1:], skips.pop()))
    return graph(*layers)


@pytest.mark.parametrize("name", BRANCHED)
def test_frames_are_titled_where_nothing_else_is(name):
    """The title of a frame lies in a frame and on no box."""
    picture = drawn(name)
    inside = {id(text) for group in picture.groups.values() for text in group}
    for text, (title, area) in zip(picture.root.iter(f"{SVG}text"), picture.texts, strict=True):
        if id(text) not in inside and text.get("font-weight") and area.top > 40:
            assert not any(box.meets(area) for box in picture.boxes.values()), title
            assert any(area.within(frame) for frame in picture.frames), title


@pytest.mark.parametrize("name", BRANCHED)
def test_no_line_runs_along_another(name):
    """Lines that go straight down or up for long have an axis of their own, also from column to column."""
    runs = []
    for one in drawn(name).lines:
        for (x, y), (to, end) in pairwise(one.points[::20]):
            if x == to and abs(end - y) > 60:
                runs.append((x, min(y, end), max(y, end)))
    for (x, top, bottom), (other, above, below) in combinations(runs, 2):
        assert abs(x - other) > 4 or top >= below or above >= bottom


def test_pillars_do_not_cross():
    """Of two chains that cross between ranks only one is kept straight, so that left and right have an order."""
    crossing = Layering([[0, 1], [2, 3]], [[0, 3], [1, 2]], 4, [[], [], [1], [0]], [[3], [2], [], []])
    assert sorted(pillar.vertices for pillar in pillars_of(crossing, range(4))) == [[0, 3], [1], [2]]


@pytest.mark.parametrize("seed", range(20))
def test_parts_are_as_even_as_can_be(seed):
    """The longest of the parts is the shortest that any choice of breaks gives."""
    draw = random.Random(seed)
    begins = [0.0, *accumulate(draw.randint(1, 9) for _ in range(9))]
    allowed = sorted(draw.sample(range(8), draw.randint(1, 8)))
    number = draw.randint(1, 4)
    choices = [
        breaks for parts in range(number) for breaks in combinations(allowed, min(parts, len(allowed)))
    ]
    best = min(longest(begins, breaks) for breaks in choices)
    assert longest(begins, even_breaks(begins, allowed, number)) == best


def longest(begins, breaks):
    """The longest part between breaks."""
    return max(b - a for a, b in pairwise([0.0, *(begins[item + 1] for item in breaks), begins[-1]]))


def test_branches_that_nobody_reads_stand_beside_the_main_way():
    """A head leaves the main chain on its axis."""
    picture = drawn("googlenet")
    boxes = picture.boxes
    a, b = (boxes[f"{name}/concat1"] for name in ("i4a", "inception4"))
    assert (a.left + a.right) / 2 == pytest.approx((b.left + b.right) / 2, abs=0.2)


def test_volumes_are_refused_for_branches():
    """Asked for volumes, a network with branches is refused with a reason."""
    with pytest.raises(DrawingError, match="branches"):
        svg(netspec.load("resnet18").graph, style="volumes")


def test_an_unknown_style_is_refused():
    """A misspelt style is an error and not a drawing in another."""
    with pytest.raises(ValueError, match="no style 'boxes'"):
        svg(netspec.load("vgg16").graph, style="boxes")
