"""A drawn SVG read back as geometry, without any code of what drew it, and graphs to draw."""

import random
import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from PIL import ImageFont

from netspec.graph.node import INPUT, Graph, Node, Output
from netspec.layers import KINDS
from netspec.layers.base import Layer, Shape

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Area:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float, slack: float = 0.0) -> bool:
        """Whether a point lies in it, or outside by no more than the slack."""
        return self.left - slack <= x <= self.right + slack and self.top - slack <= y <= self.bottom + slack

    def meets(self, other: "Area") -> bool:
        """Whether the two have more than borders in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def within(self, other: "Area") -> bool:
        """Whether it lies in another as a whole."""
        return other.holds(self.left, self.top) and other.holds(self.right, self.bottom)


@dataclass(frozen=True)
class Line:
    """A path as the points on it, a twentieth of each of its parts apart."""

    points: tuple[tuple[float, float], ...]

    @property
    def start(self) -> tuple[float, float]:
        """Its first point."""
        return self.points[0]

    @property
    def end(self) -> tuple[float, float]:
        """Its last point."""
        return self.points[-1]


class Picture:
    """What an SVG shows: groups by their titles, lines, texts."""

    def __init__(self, text: str) -> None:
        self.root = ET.fromstring(text)
        self.area = Area(0, 0, float(self.root.get("width")), float(self.root.get("height")))
        self.groups = {g.find(f"{SVG}title").text: g for g in self.root.iter(f"{SVG}g")}
        self.lines = [line(path) for path in self.root.findall(f"{SVG}path")]
        self.texts = [(text.text, written(text)) for text in self.root.iter(f"{SVG}text")]
        legend = {
            id(rect) for rect in self.root.findall(f"{SVG}rect") if float(rect.get("x", "0")) and small(rect)
        }
        self.frames = [
            area(rect)
            for rect in self.root.findall(f"{SVG}rect")
            if rect.get("x") is not None and id(rect) not in legend
        ]

    @property
    def boxes(self) -> dict[str, Area]:
        """The rectangle of each group of a graph's drawing; of a repeat the one in front."""
        return {title: area(group.findall(f"{SVG}rect")[-1]) for title, group in self.groups.items()}

    def edges(self) -> set[tuple[str, str]]:
        """The pairs of boxes that lines lead from and to, followed from piece to piece."""
        found = set()
        for title, box in self.boxes.items():
            waiting = [one for one in self.lines if box.holds(*one.start, 0.2)]
            while waiting:
                end = waiting.pop().end
                targets = [name for name, other in self.boxes.items() if other.holds(*end, 0.2)]
                following = [one for one in self.lines if near(one.start, end)]
                assert bool(targets) != bool(following), f"a line from {title} ends at {end}"
                found.update((title, name) for name in targets)
                waiting += following
        return found


def near(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether two points are the same but for rounding."""
    return abs(a[0] - b[0]) < 0.25 and abs(a[1] - b[1]) < 0.25


def small(rect: ET.Element) -> bool:
    """Whether a rectangle is a swatch of the legend."""
    return float(rect.get("width")) < 20


def area(rect: ET.Element) -> Area:
    """What a rectangle covers."""
    x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
    return Area(x, y, x + width, y + height)


def points(polygon: ET.Element) -> list[tuple[float, float]]:
    """The corners of a polygon."""
    return [tuple(map(float, pair.split(","))) for pair in polygon.get("points").split()]


def written(text: ET.Element) -> Area:
    """The area of a text in Pillow's font, which is about as wide as Arial."""
    size, x, y = (float(text.get(key)) for key in ("font-size", "x", "y"))
    width = ImageFont.load_default(size).getlength(text.text or "")
    left = x - {"middle": width / 2, "end": width}.get(text.get("text-anchor"), 0.0)
    return Area(left, y - 0.72 * size, left + width, y + 0.2 * size)


def line(path: ET.Element) -> Line:
    """A path's line."""
    found: list[tuple[float, float]] = []
    for command, numbers in re.findall(r"([MLC])([^MLC]*)", path.get("d")):
        part = [tuple(map(float, pair.split(","))) for pair in numbers.split()]
        found += [part[0]] if command == "M" else sampled(found[-1], part)
    return Line(tuple(found))


def sampled(start, part):
    """Points on a straight or cubic part of a path (SVG 1.1, section 8.3)."""
    if len(part) == 1:
        part = [start, part[0], part[0]]
        part[0] = start
    a, b, c, d = (start, *part)
    steps = [i / 20 for i in range(1, 21)]
    return [
        tuple(
            (1 - t) ** 3 * a[k] + 3 * (1 - t) ** 2 * t * b[k] + 3 * (1 - t) * t**2 * c[k] + t**3 * d[k]
            for k in (0, 1)
        )
        for t in steps
    ]


MAP = Shape((8, 8, 4))


def graph(
    *layers: tuple[str, Layer, tuple[int, ...]], shape: Shape = MAP, outputs: tuple[int, ...] = ()
) -> Graph:
    """A graph of layers that keep the shape, each with its name and what it reads."""
    nodes = tuple(
        Node(index, name, layer, inputs, (shape,) * len(inputs), shape)
        for index, (name, layer, inputs) in enumerate(layers)
    )
    read = {source for node in nodes for source in node.inputs}
    ends = outputs or tuple(node.index for node in reversed(nodes) if node.index not in read)
    return Graph(shape, nodes, tuple(Output(f"end{end}", end) for end in ends))


def conv(dilation: int = 1) -> Layer:
    """A convolution that keeps the shape; with another dilation it is another layer."""
    return KINDS["conv"](filters=4, kernel=3, dilation=dilation)


def layer(name: str) -> Layer:
    """A layer without settings."""
    return KINDS[name]()


def tangled(seed: int, size: int) -> Graph:
    """A random graph in random blocks in which no two layers that follow one another are equal."""
    draw = random.Random(seed)
    reach = draw.choice([2, 3, 6, 30])
    blocks: list[str] = []
    layers = []
    for index in range(size):
        if blocks and draw.random() < 0.25:
            blocks.pop()
        if len(blocks) < 4 and draw.random() < 0.2:
            blocks.append(f"{draw.choice(['unit', 'branch', 'stage'])}{draw.randint(1, 3)}")
        lowest = max(INPUT, index - reach)
        merges = index > 1 and layers[-1][1].name != "add" and draw.random() < 0.4
        count = draw.choice([2, 2, 3, 4]) if merges else 1
        sources = {draw.randrange(lowest, index) for _ in range(count)}
        sources |= {index - 1} if draw.random() < 0.6 and len(sources) < 4 else set()
        one = tuple(sorted(sources)) if merges else (draw.choice([index - 1, max(sources)]),)
        layers.append(("/".join([*blocks, f"n{index}"]), layer("add") if merges else conv(index + 2), one))
    return graph(*layers)
