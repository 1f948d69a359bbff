"""The drawing of chains as volumes, read back from the SVG."""

import re
from collections import Counter
from itertools import pairwise
from math import prod, sqrt

import pytest
from picture import SVG, Picture, conv, graph, layer, points

import netspec
from netspec.render.draw import svg

CHAINS = (
    "vgg16",
    "alexnet",
    "lenet5",
    "alphago",
    "c3d",
    "mobilenet",
    "dcgan",
    "espcn",
    "dilated",
    "nin",
    "keyword_spotting",
)
LARGEST, THINNEST = 22.0, 2.0


class Volume:
    """A drawn volume: its texts, and what its faces measure."""

    def __init__(self, group) -> None:
        self.title, self.shape, *self.extras = [text.text for text in group.findall(f"{SVG}text")]
        front, top, side = (points(face) for face in group.findall(f"{SVG}polygon"))
        self.front, self.top, self.side = front, top, side
        self.width = front[1][0] - front[0][0]
        self.height = front[2][1] - front[1][1]
        self.depth = (top[1][0] - top[0][0]) * 2 * sqrt(2)
        self.left, self.right = front[0][0], side[1][0]
        self.side_fill = group.findall(f"{SVG}polygon")[2].get("class")
        self.frames = len(group.findall(f"{SVG}path")) + 1


def drawn(name: str):
    """The drawing of a bundled network, and its volumes."""
    network = netspec.load(name)
    picture = Picture(svg(network.graph, title=network.name))
    return picture, [Volume(group) for group in picture.groups.values()]


def sizes(shape: str) -> tuple[int, int, int]:
    """Rows, columns, and channels of all frames, as the caption says."""
    numbers = [int(size) for size in shape.split(" ", 1)[0].split("x")]
    if "tokens" in shape:
        numbers.append(1)
    *spatial, channels = numbers
    rows, columns = {0: (1, 1), 1: (*spatial, 1)}.get(len(spatial), tuple(spatial[-2:]))
    return rows, columns, channels * prod(spatial[:-2])


@pytest.mark.parametrize("name", CHAINS)
def test_volumes_are_to_scale(name):
    """Height, depth and width are the square roots of rows, columns and channels in one unit each."""
    _, volumes = drawn(name)
    found = [(volume, *sizes(volume.shape)) for volume in volumes]
    side = min(LARGEST, 170 / sqrt(max(max(rows, columns) for _, rows, columns, _ in found)))
    channel = min(LARGEST, 150 / sqrt(max(channels for *_, channels in found)))
    for volume, rows, columns, channels in found:
        assert volume.height == pytest.approx(max(THINNEST, side * sqrt(rows)), abs=0.11)
        assert volume.depth == pytest.approx(max(THINNEST, side * sqrt(columns)), abs=0.35)
        assert volume.width == pytest.approx(max(THINNEST, channel * sqrt(channels)), abs=0.11)


def test_twice_as_large_is_four_times_as_many():
    """224 rows are drawn twice as high as 56, and 256 channels twice as wide as 64."""
    _, volumes = drawn("vgg16")
    by_shape = {volume.shape: volume for volume in volumes}
    large, small = by_shape["224x224x64"], by_shape["56x56x256"]
    assert large.height / small.height == pytest.approx(2, abs=0.01)
    assert small.width / large.width == pytest.approx(2, abs=0.02)


@pytest.mark.parametrize("name", CHAINS)
def test_every_shape_of_the_network_is_written(name):
    """The shapes below the volumes are those of the network's values, each layer's once."""
    network = netspec.load(name)
    picture, volumes = drawn(name)
    own = [node for node in network.nodes if node.layer.own_values or node.shape != node.input_shapes[0]]
    shapes = [str(network.input), *(str(node.shape) for node in own)]
    assert set(shapes) == {volume.shape for volume in volumes}
    braces = [text for text, _ in picture.texts if re.fullmatch(r"x\d+", text or "")]
    if not braces:
        repeated = Counter({volume.shape: 0 for volume in volumes})
        for volume in volumes:
            match = re.search(r" x(\d+)$", volume.title)
            repeated[volume.shape] += int(match[1]) if match else 1
        assert repeated == Counter(shapes)


@pytest.mark.parametrize("name", CHAINS)
def test_nothing_overlaps(name):
    """No text meets another, no volume meets the next, and all lie in the picture."""
    picture, volumes = drawn(name)
    areas = [area for _, area in picture.texts]
    for i, area in enumerate(areas):
        assert area.within(picture.area)
        assert not any(area.meets(other) for other in areas[i + 1 :])
    for before, after in pairwise(volumes):
        assert before.right < after.left or after.front[0][1] > before.front[3][1]


@pytest.mark.parametrize("name", CHAINS)
def test_arrows_join_each_volume_to_the_next(name):
    """There is one arrow from every volume to the one behind it."""
    picture, volumes = drawn(name)
    for before, after in pairwise(volumes):
        assert any(
            abs(line.start[0] - before.right) < 5 and abs(line.end[0] - after.left) < 5
            for line in picture.lines
        )


def test_a_repeat_of_several_volumes_has_a_brace():
    """MobileNet's five equal blocks are drawn once, from depthwise to pointwise, above `x5`."""
    picture, volumes = drawn("mobilenet")
    ((left, top), (right, _)) = next(
        (line.start, line.end) for line in picture.lines if len(line.points) == 1 + 3 * 20
    )
    (place,) = [area for text, area in picture.texts if text == "x5"]
    assert left < place.left < place.right < right
    assert top < place.bottom < top + 30
    under = [one for one in volumes if left <= (one.left + one.right) / 2 <= right and one.front[2][1] < top]
    assert [(one.title, one.shape) for one in under[-2:]] == [
        ("dwconv3", "14x14x512"),
        ("conv1-512", "14x14x512"),
    ]


def test_activations_colour_the_side():
    """A volume whose values go through an activation says so below it and has a side of that colour."""
    _, volumes = drawn("vgg16")
    for volume in volumes:
        assert (volume.side_fill.split()[0] == "f-activation") == volume.title.startswith(("conv", "fc-4096"))
        assert bool(volume.extras) == volume.title.startswith(("conv", "fc-4096"))


def test_frames_of_a_film_stand_side_by_side():
    """A map with time is divided into as many slices as it has frames, where they can be told apart."""
    _, volumes = drawn("c3d")
    assert [volume.frames for volume in volumes][:4] == [1, 16, 16, 16]
    assert [volume.frames for volume in volumes if volume.shape.startswith("2x")] == [2, 2]
    assert volumes[-1].frames == 1


@pytest.mark.parametrize(
    ("given", "network", "shape", "thick"),
    [
        ("784", "fc-10", "784", True),
        ("16000x1", "conv80-64/4 -> gap", "4000x64", False),
        ("{shape: 256, tokens: 70}", "embed-16 -> gap", "256 tokens of 70", False),
        ("1x1x1", "conv1-1", "1x1x1", True),
    ],
)
def test_vectors_signals_and_tokens_are_drawn(given, network, shape, thick):
    """A vector is a bar, a signal a sheet as deep as one column, and everything has a size."""
    found = netspec.load(text=f"input: {given}\nnetwork: {network}\n")
    picture = Picture(svg(found.graph))
    volumes = [Volume(group) for group in picture.groups.values()]
    (volume,) = [one for one in volumes if one.shape == shape][:1]
    assert min(volume.width, volume.height, volume.depth) >= THINNEST - 0.2
    assert (volume.height == pytest.approx(volume.depth, abs=0.4)) == thick
    assert picture.area.bottom < 600


def test_long_chains_are_broken_into_rows():
    """No row is much longer than a page is wide, and rows are of about equal length."""
    chain = graph(*((f"n{i}", conv(i + 1), (i - 1,)) for i in range(60)))
    picture = Picture(svg(chain))
    volumes = [Volume(group) for group in picture.groups.values()]
    rows = Counter(volume.front[3][1] for volume in volumes)
    assert picture.area.right < 1800
    assert sum(rows.values()) == 61
    assert max(rows.values()) - min(rows.values()) <= 4


def test_the_caption_says_what_sizes_mean():
    """The compressed scale is told, and frames and activations where there are any."""
    captions = {name: " ".join(text for text, _ in drawn(name)[0].texts) for name in ("c3d", "vgg16")}
    assert all("square root of rows and columns" in caption for caption in captions.values())
    assert "of all frames" in captions["c3d"]
    assert "of all frames" not in captions["vgg16"]
    plain = Picture(svg(graph(("a", conv(), (-1,)), ("b", layer("gap"), (0,)))))
    assert "activations" not in " ".join(text for text, _ in plain.texts)
