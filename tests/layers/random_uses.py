"""Random uses of every layer on small maps, the same ones on every machine: fields, and the shapes they are put on."""

import math
from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple

from netspec.diagnostics import Refused
from netspec.layers import KINDS, Layer, Shape

SEED: Final = 1998
Fields = dict[str, Any]
Sizes = tuple[int, ...]
Drawn = tuple[Fields, list[Sizes]]
MOST: Final = {0: (), 1: (12,), 2: (6, 7), 3: (4, 4, 5)}
"""The largest map, by the number of its axes."""


class Use(NamedTuple):
    """A layer with its bias decided, and the shapes of its inputs."""

    layer: Layer
    inputs: tuple[Shape, ...]

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.layer if value is not None)
        return f"{self.layer.name}({given}) on {' and '.join(map(str, self.inputs))}"

    @property
    def kind(self) -> str:
        """The layer's name."""
        return self.layer.name

    @property
    def rank(self) -> int:
        """The number of spatial axes of the first input."""
        return self.inputs[0].rank


def uses(kind: str, number: int, seed: int = SEED) -> list[Use]:
    """So many random uses of a layer that it accepts."""
    random = Random(f"{kind} {seed}")
    found: list[Use] = []
    while len(found) < number:
        fields, sizes = WRITERS[kind](random)
        tokens = 7 if kind == "embed" else None
        use = Use(KINDS[kind].model_validate(fields), tuple(Shape(one, tokens) for one in sizes))
        try:
            use.layer.infer(use.inputs)
        except Refused:
            continue
        found.append(use)
    return found


def sizes(random: Random, *, least: int = 2, rank: int | None = None) -> Sizes:
    """A map's sizes, on one axis to three unless the number is given."""
    rank = random.randint(1, 3) if rank is None else rank
    return tuple(random.randint(min(least, most), most) for most in MOST[rank])


def anywhere(random: Random, channels: int | None = None) -> list[Sizes]:
    """One input: a vector or a map."""
    c = channels or random.randint(1, 5)
    return [(*sizes(random, rank=random.randint(0, 3)), c)]


def on_map(random: Random, channels: int | None = None, *, least: int = 2) -> list[Sizes]:
    """One input: a map."""
    return [(*sizes(random, least=least), channels or random.randint(1, 5))]


def by_axis(random: Random, rank: int, low: int, high: int) -> int | Sizes:
    """One number for all axes, or one an axis."""
    each = tuple(random.randint(low, high) for _ in range(rank))
    return random.choice([each[0], each])


def padding(random: Random, rank: int, most: int = 3) -> Any:
    """A name, one number, one an axis, or low and high by axis."""
    sides = tuple((random.randint(0, most), random.randint(0, most)) for _ in range(rank))
    return random.choice(["same", "same_tf", "valid", by_axis(random, rank, 0, most), sides])


def switch(random: Random) -> bool:
    """True or false."""
    return random.random() < 0.5


def sliding(random: Random, rank: int) -> Fields:
    """Kernel, stride, dilation and padding; now and then as most networks have them."""
    if random.random() < 0.3:
        kernel, step = random.choice([1, 2, 3, 3]), random.choice([1, 1, 2])
        return {"kernel": kernel, "stride": step, "padding": random.choice(["same", "same_tf", "valid", 0])}
    wide = rank == 1
    return {
        "kernel": by_axis(random, rank, 1, 4 if wide else 3),
        "stride": by_axis(random, rank, 1, 3),
        "dilation": by_axis(random, rank, 1, 3 if wide else 2),
        "padding": padding(random, rank),
    }


def conv(random: Random) -> Drawn:
    """With groups, a table of connections, or neither; and every sort of bias."""
    x, kind = sizes(random), random.choice(["all", "groups", "groups", "connections"])
    groups = random.choice([2, 3]) if kind == "groups" else 1
    least = 2 if kind == "connections" else 1
    channels, filters = groups * random.randint(least, 3), groups * random.randint(least, 3)
    fields = sliding(random, len(x)) | {"filters": filters, "groups": groups}
    fields["bias"] = random.choice([True, False, "position"])
    if kind == "connections":
        fields["connections"] = tuple(
            tuple(random.sample(range(channels), random.randint(1, channels))) for _ in range(filters)
        )
    return fields, [(*x, channels)]


def dwconv(random: Random) -> Drawn:
    """With one output for each channel, or several."""
    x = sizes(random)
    more = {"multiplier": random.choice([1, 1, 2, 3]), "bias": switch(random)}
    return sliding(random, len(x)) | more, [(*x, random.randint(1, 5))]


def sepconv(random: Random) -> Drawn:
    """A depthwise convolution with a number of filters."""
    fields, x = dwconv(random)
    return fields | {"filters": random.randint(1, 4)}, x


def upconv(random: Random) -> Drawn:
    """Stamps side by side, overlapping, or apart."""
    x = tuple(-(-size // 2) for size in sizes(random))
    rank, groups = len(x), random.choice([1, 1, 2, 3])
    kernel, filters = by_axis(random, rank, 1, 4), groups * random.randint(1, 2)
    fields: Fields = {"filters": filters, "kernel": kernel, "groups": groups, "bias": switch(random)}
    if switch(random):
        fields |= {"stride": by_axis(random, rank, 1, 3), "dilation": by_axis(random, rank, 1, 2)}
    fields["padding"] = padding(random, rank, 2)
    if not isinstance(fields["padding"], str):
        fields["output_padding"] = by_axis(random, rank, 0, 2)
    return fields, [(*x, groups * random.randint(1, 3))]


def pool(random: Random) -> Drawn:
    """With windows that overlap, that reach over the edge, or that lie apart."""
    x = sizes(random)
    fields = sliding(random, len(x)) | {"ceil": switch(random)}
    if switch(random):
        del fields["stride"]
    return fields, [(*x, random.randint(1, 4))]


def avgpool(random: Random) -> Drawn:
    """As `pool`, and padding counts or does not."""
    fields, x = pool(random)
    return fields | {"include_pad": switch(random)}, x


def subsample(random: Random) -> Drawn:
    """Windows without padding."""
    x = sizes(random)
    fields: Fields = {"kernel": by_axis(random, len(x), 1, 3)}
    if switch(random):
        fields["stride"] = by_axis(random, len(x), 1, 3)
    return fields, [(*x, random.randint(1, 4))]


def adaptive(random: Random) -> Drawn:
    """A grid that divides the map, or does not, or is finer than it."""
    x = sizes(random)
    return {"size": by_axis(random, len(x), 1, 6)}, [(*x, random.randint(1, 4))]


def concat(random: Random) -> Drawn:
    """Of two or three inputs, vectors or maps, and most of the maps cropped."""
    first, crop = sizes(random, rank=random.randint(0, 3)), random.random() < 0.7
    found = []
    for _ in range(random.randint(2, 3)):
        grown = tuple(size + random.randint(0, 4) * crop for size in first)
        found.append((*grown, random.randint(1, 4)))
    return {"crop": crop}, found


def add(random: Random) -> Drawn:
    """Of two or three inputs."""
    return {}, anywhere(random) * random.randint(2, 3)


def multiply(random: Random) -> Drawn:
    """Of equal inputs, or with gates of one value a channel, in any order."""
    ((*full, channels),) = anywhere(random)
    gates = [(channels,), (*(1 for _ in full), channels), (*full, channels)]
    found = [(*full, channels), *(random.choice(gates) for _ in range(random.randint(1, 2)))]
    random.shuffle(found)
    return {}, found


def pad(random: Random) -> Drawn:
    """In each of its modes."""
    x, mode = sizes(random, least=3), random.choice(["constant", "reflect", "edge"])
    value = {"value": random.choice([0.0, -1.5])} if mode == "constant" else {}
    return {"by": sides(random, len(x)), "mode": mode, **value}, [(*x, random.randint(1, 3))]


def sides(random: Random, rank: int) -> Any:
    """A padding in numbers."""
    while isinstance(found := padding(random, rank), str):
        pass
    return found


def crop(random: Random) -> Drawn:
    """The same on every side, or another number on each, and some rows are left."""
    x = sizes(random, least=3)
    lows = [random.randint(0, size - 1) for size in x]
    each = tuple((low, random.randint(0, size - 1 - low)) for low, size in zip(lows, x, strict=True))
    return {"by": random.choice([1, each, each])}, [(*x, random.randint(1, 3))]


def pixel_shuffle(random: Random) -> Drawn:
    """By the same factor on each axis, or another."""
    x = sizes(random)
    factor = by_axis(random, len(x), 1, 3)
    block = factor ** len(x) if isinstance(factor, int) else math.prod(factor)
    return {"factor": factor}, [(*x, block * random.randint(1, 2))]


def upsample(random: Random) -> Drawn:
    """By repeating, or linearly."""
    x = sizes(random, least=1)
    fields = {"factor": by_axis(random, len(x), 1, 3), "method": random.choice(["nearest", "linear"])}
    return fields, [(*x, random.randint(1, 3))]


def reshape(random: Random) -> Drawn:
    """To the same sizes in another order, or to a vector."""
    (x,) = anywhere(random)
    return {"sizes": random.choice([math.prod(x), tuple(random.sample(x, len(x)))])}, [x]


def channel_shuffle(random: Random) -> Drawn:
    """Of two to four groups with as many channels, or more or fewer."""
    groups = random.randint(2, 4)
    return {"groups": groups}, on_map(random, groups * random.randint(1, 4))


def affine(random: Random) -> Fields:
    """Norms with a scale, an offset, both or none."""
    return {"scale": switch(random), "offset": switch(random), "eps": random.choice([1e-5, 1e-3, 0.1])}


def gn(random: Random) -> Drawn:
    """On maps and vectors: every group has some values to be normalized over."""
    groups = random.randint(1, 3)
    return affine(random) | {"groups": groups}, anywhere(random, groups * random.randint(4, 6))


def softmax(random: Random) -> Drawn:
    """Over each of what it can run over."""
    over = random.choice(["channels", "positions", "all"])
    return {"over": over}, on_map(random) if over == "positions" else anywhere(random)


def lrn(random: Random) -> Drawn:
    """With a size up to more than there are channels."""
    strong = {"alpha": random.uniform(0.05, 0.5), "beta": random.uniform(0.5, 1.2), "k": random.uniform(1, 2)}
    fields = {"size": random.randint(1, 6)} | random.choice([{}, strong])
    return fields, anywhere(random, random.randint(1, 8))


def maxout(random: Random) -> Drawn:
    """Of one piece to four."""
    pieces = random.randint(1, 4)
    return {"pieces": pieces}, anywhere(random, pieces * random.randint(1, 3))


def pad_channels(random: Random) -> Drawn:
    """By none, or some."""
    ((*x, channels),) = anywhere(random)
    return {"channels": channels + random.randint(0, 4)}, [(*x, channels)]


def number(random: Random) -> float:
    """A slope, an amplitude or a factor, now and then negative."""
    return round(random.uniform(-0.3, 2), 3)


WRITERS: Final[dict[str, Callable[[Random], Drawn]]] = {
    kind: lambda random: ({}, anywhere(random))
    for kind in ("relu", "relu6", "sigmoid", "hard_sigmoid", "silu", "hard_swish", "identity", "flatten")
} | {
    "leaky_relu": lambda random: ({"slope": number(random)}, anywhere(random)),
    "prelu": lambda random: ({"shared": switch(random)}, anywhere(random)),
    "elu": lambda random: ({"alpha": number(random)}, anywhere(random)),
    "tanh": lambda random: ({"amplitude": number(random), "slope": number(random)}, anywhere(random)),
    "gelu": lambda random: ({"approximate": switch(random)}, anywhere(random)),
    "scale": lambda random: ({"initial": number(random)}, anywhere(random)),
    "dropout": lambda random: ({"rate": random.uniform(0, 0.9)}, anywhere(random)),
    "drop_path": lambda random: ({"rate": random.uniform(0, 0.9)}, anywhere(random)),
    "gap": lambda random: ({}, on_map(random)),
    "gmp": lambda random: ({}, on_map(random)),
    "adaptive_avgpool": adaptive,
    "adaptive_maxpool": adaptive,
    "fc": lambda random: ({"units": random.randint(2, 6), "bias": switch(random)}, anywhere(random)),
    "rbf": lambda random: ({"units": random.randint(1, 6)}, anywhere(random)),
    "embed": lambda random: ({"width": random.randint(1, 5)}, [sizes(random)]),
    "bn": lambda random: (affine(random) | {"momentum": random.choice([0.9, 0.5, 0.0])}, anywhere(random)),
    "ln": lambda random: (affine(random), anywhere(random, random.randint(4, 7))),
    "gn": gn,
    "instance_norm": lambda random: ({"affine": switch(random)}, on_map(random, least=4)),
    "channel_shuffle": channel_shuffle,
    "conv": conv,
    "dwconv": dwconv,
    "sepconv": sepconv,
    "upconv": upconv,
    "pool": pool,
    "avgpool": avgpool,
    "subsample": subsample,
    "concat": concat,
    "add": add,
    "multiply": multiply,
    "pad": pad,
    "crop": crop,
    "pad_channels": pad_channels,
    "pixel_shuffle": pixel_shuffle,
    "upsample": upsample,
    "reshape": reshape,
    "softmax": softmax,
    "lrn": lrn,
    "maxout": maxout,
}
"""A random choice of fields and shapes of inputs for each layer; not all of them fit together."""
