"""Random layers, the same ones on every machine: an arrow string and the input that it is put on.

They are what other frameworks can do as well: one axis to three, strides, dilation, groups, padding by side.
"""

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

import netspec
from netspec.graph.node import Node

SEED: Final = 1998
COUNT: Final = 40
"""Layers of each kind."""


class Drawn(NamedTuple):
    """A layer as the language writes it, and the shape of its input."""

    input: str
    arrow: str

    @property
    def node(self) -> Node:
        """The layer in netspec's graph."""
        (node,) = netspec.load(text=f"input: {self.input}\nnetwork: {self.arrow}\n").nodes
        return node


def layers(*kinds: str, seed: int = SEED, count: int = COUNT) -> Iterator[Drawn]:
    """So many random layers of each kind."""
    for kind in kinds:
        random = Random(f"{kind} {seed}")
        for _ in range(count):
            yield WRITERS[kind](random)


def sizes(random: Random, least: int) -> list[int]:
    """A map's sizes, on one axis to three."""
    rank = random.randint(1, 3)
    return [random.randint(least, least + 24 // rank**2) for _ in range(rank)]


def by_axis(random: Random, rank: int, high: int) -> str:
    """One number for all axes, or one an axis: `5x20`."""
    one = str(random.randint(1, high))
    each = "x".join(str(random.randint(1, high)) for _ in range(rank))
    return random.choice([one, each])


def padding(random: Random, rank: int, most: int) -> str:
    """A name, one number, or low and high by axis."""
    side = [[random.randint(0, most), random.randint(0, most)] for _ in range(rank)]
    return random.choice(["same", "same_tf", "valid", str(random.randint(0, most)), str(side)])


def bias(random: Random) -> str:
    """With or without."""
    return random.choice(["true", "false"])


def written(shape: list[int], channels: int, arrow: str) -> Drawn:
    """On a map of this shape."""
    return Drawn("x".join(map(str, [*shape, channels])), arrow)


def conv(random: Random) -> Drawn:
    """A convolution."""
    shape, groups = sizes(random, 13), random.choice([1, 1, 2, 3])
    rank, filters = len(shape), groups * random.randint(1, 6)
    fields = f"padding={padding(random, rank, 3)}, dilation={by_axis(random, rank, 3)}, groups={groups}"
    kernel, stride = by_axis(random, rank, 5), by_axis(random, rank, 3)
    return written(
        shape,
        groups * random.randint(1, 6),
        f"conv{kernel}-{filters}/{stride}({fields}, bias={bias(random)})",
    )


def dwconv(random: Random) -> Drawn:
    """A depthwise convolution."""
    shape = sizes(random, 13)
    rank = len(shape)
    fields = f"padding={padding(random, rank, 3)}, dilation={by_axis(random, rank, 3)}"
    more = f"multiplier={random.randint(1, 3)}, bias={bias(random)}"
    kernel, stride = by_axis(random, rank, 5), by_axis(random, rank, 3)
    return written(shape, random.randint(1, 8), f"dwconv{kernel}/{stride}({fields}, {more})")


def sepconv(random: Random) -> Drawn:
    """A depthwise and a pointwise convolution."""
    one = dwconv(random)
    filters = random.randint(1, 9)
    kernel, rest = one.arrow.removeprefix("dwconv").split("/", 1)
    return Drawn(one.input, f"sepconv{kernel}-{filters}/{rest}")


def upconv(random: Random) -> Drawn:
    """A transposed convolution; what is cut is less than what the stamps make."""
    shape, groups = sizes(random, 3), random.choice([1, 1, 2, 3])
    rank, filters = len(shape), groups * random.randint(1, 6)
    cut = padding(random, rank, 1)
    fields = f"padding={cut}, dilation={by_axis(random, rank, 2)}, groups={groups}, bias={bias(random)}"
    stride = random.randint(1, 4)
    if not cut.startswith(("same", "valid")):
        fields += f", output_padding={random.randint(0, stride - 1)}"
    kernel = by_axis(random, rank, 5)
    return written(shape, groups * random.randint(1, 6), f"upconv{kernel}-{filters}/{stride}({fields})")


def fc(random: Random) -> Drawn:
    """A fully connected layer, on a map or a vector."""
    shape = sizes(random, 1) if random.random() < 0.5 else []
    return written(shape, random.randint(1, 99), f"fc-{random.randint(1, 99)}(bias={bias(random)})")


WRITERS: Final = {"conv": conv, "dwconv": dwconv, "sepconv": sepconv, "upconv": upconv, "fc": fc}
CONTRACTIONS: Final = tuple(WRITERS)
