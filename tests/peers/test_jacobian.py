"""Receptive fields against the support of the Jacobian: what an output's gradient says that it depends on.

All weights are positive, so that nothing cancels, and a maximum counts as a sum: its gradient would show the
largest value alone.
"""

from itertools import product
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

jax = pytest.importorskip("jax")
numpy = pytest.importorskip("numpy")

from peers import jax_net  # noqa: E402
from peers.field_cases import CASES, THIN, Case  # noqa: E402
from peers.jax_layers import LAYERS  # noqa: E402

import netspec  # noqa: E402
from netspec.analysis.receptive import fields  # noqa: E402
from netspec.graph.node import Graph, Node  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

Place = tuple[int, ...]
Ends = tuple[int, int] | None
MOST = 64
"""Positions that are looked at where there are more."""


@pytest.fixture(autouse=True)
def sums_for_maxima(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a maximum looks at is what a mean looks at."""

    def mean(f: Any, p: Any, x: Any) -> Any:
        return LAYERS["avgpool"](SimpleNamespace(**dict(f), include_pad=True), p, x)

    def mean_of_pieces(f: Any, p: Any, x: Any) -> Any:
        return x.reshape(*x.shape[:-1], -1, f.pieces).mean(-1)

    monkeypatch.setitem(LAYERS, "pool", mean)
    monkeypatch.setitem(LAYERS, "gmp", LAYERS["gap"])
    monkeypatch.setitem(LAYERS, "adaptive_maxpool", LAYERS["adaptive_avgpool"])
    monkeypatch.setitem(LAYERS, "maxout", mean_of_pieces)


def positive(random: Any, name: str, shape: Place) -> Any:
    """Random weights around one over the values that are summed up, so that no sum grows; means are zero."""
    fan_in = max(1, numpy.prod(shape) // shape[-1])
    return (random.uniform(0.5, 1.5, shape) / fan_in * (name != "mean")).astype("float32")


def looked_at(node: Node) -> list[Place]:
    """Positions of the output: all, or some at random and the first, the middle and the last."""
    every = list(product(*map(range, node.shape.spatial)))
    if len(every) <= MOST:
        return every
    return [
        every[0],
        tuple(size // 2 for size in node.shape.spatial),
        every[-1],
        *Random(1).sample(every, MOST - 3),
    ]


def supports(graph: Graph, places: list[Place]) -> list[Any]:
    """For each place of the last value, the input positions whose change changes it."""
    random = numpy.random.default_rng(1)
    shapes = jax.eval_shape(lambda key: jax_net.init(graph, key), jax.random.key(0))
    params, state = jax.tree.map_with_path(lambda path, a: positive(random, path[-1].key, a.shape), shapes)
    x = random.uniform(0.5, 1.5, (1, *graph.input.sizes)).astype("float32")
    shape = graph.nodes[graph.outputs[0].index].shape
    factors = random.uniform(0.5, 1.5, shape.channels).astype("float32")
    chosen = numpy.zeros((len(places), *shape.spatial), "float32")
    for i, place in enumerate(places):
        chosen[i, *place] = 1

    @jax.jit
    def slopes(x: Any) -> Any:
        """The gradient of each chosen value, all its channels together."""
        _, back = jax.vjp(lambda x: (jax_net.apply(graph, params, state, x)[0]["output"] @ factors)[0], x)
        return jax.vmap(back)(chosen)[0]

    found = numpy.abs(numpy.asarray(slopes(x))[:, 0]).sum(-1)
    assert numpy.isfinite(found).all()
    return [numpy.argwhere(one > 0) for one in found]


def hull(rows: Any) -> Ends:
    """First and last; None where there are none."""
    return (int(rows.min()), int(rows.max())) if len(rows) else None


def clipped(ends: Ends, size: int) -> Ends:
    """The part of a field that lies inside the input."""
    if ends is None or ends[1] < 0 or ends[0] >= size:
        return None
    return max(0, ends[0]), min(size - 1, ends[1])


def assert_fields_are_supports(graph: Graph, margin: int) -> None:
    """A gradient is zero outside the field, and reaches both of its ends where no padding is near."""
    field = fields(graph)[graph.outputs[0].index]
    assert field is not None
    node, sizes = graph.nodes[graph.outputs[0].index], graph.input.spatial
    places = looked_at(node)
    exact = 0
    for place, support in zip(places, supports(graph, places), strict=True):
        said = [axis.at(place[i] if axis.advance else 0) for i, axis in enumerate(field)]
        seen = [hull(support[:, i]) for i in range(len(sizes))]
        inside = [clipped(ends, size) for ends, size in zip(said, sizes, strict=True)]
        far = all(
            margin <= ends[0] and ends[1] < size - margin
            for ends, size in zip(said, sizes, strict=True)
            if ends
        )
        if far or not margin:
            exact += 1
            assert seen == (inside if all(inside) else [None] * len(sizes)), place
        else:
            assert all(
                b is None or (a and a[0] <= b[0] and b[1] <= a[1]) for a, b in zip(inside, seen, strict=True)
            )
    assert exact


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_field_is_what_the_gradient_reaches(case: Case) -> None:
    """For every kind of layer that moves or widens fields, and the usual ways to join them."""
    assert_fields_are_supports(netspec.load(text=case.text).graph, case.margin)


def chain(seed: int) -> str:
    """A random chain of layers that widen and move fields, on one axis."""
    random = Random(seed)

    def number(high: int) -> int:
        return random.randint(1, high)

    def padding(*more: str) -> str:
        return random.choice(["same", "same_tf", "valid", "1", *more])

    writers: list[Callable[[], str]] = [
        lambda: f"conv{number(4)}-2/{number(2)}(padding={padding('[[0, 2]]')}, dilation={number(2)})",
        lambda: f"dwconv{number(4)}/{number(2)}(padding={padding()}, dilation={number(3)})",
        lambda: f"sepconv{number(3)}-2(padding={padding()})",
        lambda: (
            f"pool{2 * number(2)}/{number(3)}(padding={padding()}, ceil={random.choice(['true', 'false'])})"
        ),
        lambda: f"avgpool{2 * number(2)}/{number(3)}(padding={padding()})",
        lambda: f"upconv{number(4)}-2/{number(3)}(dilation={number(3)})",
        lambda: f"upconv{1 + number(3)}-2/{number(2)}(padding=same)",
        lambda: f"upsample({number(3)}, method={random.choice(['nearest', 'linear'])})",
        lambda: "conv1-6 -> pixel_shuffle(3)",
        lambda: f"crop([[{number(3)}, {number(3)}]]) -> pad([[{number(2)}, {number(2)}]])",
    ]
    return " -> ".join(random.choice(writers)() for _ in range(random.randint(2, 4)))


@pytest.mark.parametrize("seed", range(60))
def test_the_field_of_a_random_chain_is_what_the_gradient_reaches(seed: int) -> None:
    """On an input so long that fields stay further from its edges than they are wide or cut, so from all padding."""
    graph = netspec.load(text=f"input: 500x2\nnetwork: {chain(seed)}\n").graph
    ((field,),) = fields(graph)[-1:]
    assert_fields_are_supports(graph, margin=field.size + 9)


@pytest.mark.parametrize(("name", "place", "ends"), [("vgg16", 3, (6, 217)), ("resnet50", 8, (43, 469))])
def test_known_networks_see_212_and_427_rows(name: str, place: int, ends: tuple[int, int]) -> None:
    """A value of VGG-16's pool5 sees 212 rows, one of torchvision's ResNet-50 427: counted on the gradient, then said."""
    graph = netspec.load(text=THIN[name]).graph
    (support,) = supports(graph, [(place, place)])
    assert [hull(support[:, axis]) for axis in (0, 1)] == [ends, ends]
    assert [axis.at(place) for axis in fields(graph)[-1] or ()] == [ends, ends]
