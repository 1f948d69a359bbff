"""The rows of a network and their totals: they add up, count what is owned once, and say what is not known."""

from pathlib import Path
from typing import Any, ClassVar

import pytest
from spec_text import graph

import netspec
from netspec.analysis.folding import fold
from netspec.analysis.settings import Settings
from netspec.analysis.summary import Summary, summarize, total
from netspec.graph.node import INPUT, Graph, Node, Output
from netspec.layers import Shape
from netspec.layers.base import Parameter, Unary
from netspec.layers.facets import Macs

SPECS = Path(__file__).parents[2] / "specs"
SUMS = (
    *("neurons", "weights", "biases", "parameters", "statistics", "trainable", "fixed"),
    *("macs", "flops", "in_bounds_macs", "in_bounds_flops"),
    *("activation_bytes", "parameter_bytes", "moved_bytes"),
)


def targets() -> list[str]:
    """Every bundled spec and every variant of it."""
    found = []
    for path in sorted(SPECS.glob("*.yaml")):
        found += [path.stem, *(f"{path.stem}@{name}" for name in netspec.load(path.stem).spec.variants)]
    return found


every_target = pytest.mark.parametrize("target", targets())


def summary(target: str, settings: Settings | None = None) -> Summary:
    """The summary of a bundled spec."""
    return summarize(netspec.load(target).graph, settings or Settings())


@every_target
def test_rows_add_up_to_the_totals(target: str) -> None:
    """Each column, summed by hand over all rows, gives the total; folded rows give the same."""
    net = netspec.load(target).graph
    found = summarize(net)
    for rows in (found.rows, fold(found.rows, net)):
        for column in SUMS:
            assert sum(getattr(row, column) for row in rows) == getattr(found.total, column), column
    assert found.total.exact


@every_target
def test_taps_inside_the_map_are_some_of_all(target: str) -> None:
    """No row has more multiply-adds in bounds than in all, and one without padding has as many."""
    for row in summary(target).rows:
        assert row.macs is not None
        assert row.in_bounds_macs is not None
        assert 0 <= row.in_bounds_macs <= row.macs
        if row.kind in ("fc", "rbf"):
            assert row.in_bounds_macs == row.macs


@every_target
def test_trained_and_fixed_values_are_all_values(target: str) -> None:
    """Statistics of batch norm are no parameters and not trained; what is trained is a parameter."""
    for row in summary(target).rows:
        assert row.fixed == row.weights + row.biases + row.statistics - row.trainable
        assert 0 <= row.trainable <= row.parameters
        if row.kind == "bn":
            channels = row.shape.channels
            assert (row.statistics, row.fixed) == (2 * channels, 2 * channels)


@pytest.mark.parametrize("target", ["vgg16", "resnet50", "kim_text"])
def test_bytes_follow_the_settings_and_counts_do_not(target: str) -> None:
    """A batch multiplies the bytes of values, a type all bytes; neurons, parameters and multiply-adds stay."""
    one, many = summary(target).total, summary(target, Settings(batch=8, dtype="bfloat16")).total
    for column in SUMS[:-3]:
        assert getattr(one, column) == getattr(many, column)
    assert many.parameter_bytes * 2 == one.parameter_bytes
    tokens = (
        one.activation_bytes - 4 * (one.neurons - 64) if target == "kim_text" else 0
    )  # ids keep their 4 bytes
    assert many.activation_bytes == 8 * ((one.activation_bytes - tokens) // 2 + tokens)


def test_the_lectures_table_of_vgg_16() -> None:
    """The note's rows hold 15,237,608 values, and this is the sum that is told: not its "24M * 4 bytes".

    Source: cs231n, "VGGNet in detail"; values layer by layer from the input's 224*224*3 to the 1000 scores.
    """
    found = summary("vgg16")
    values = [
        *(224 * 224 * 3, 224 * 224 * 64, 224 * 224 * 64, 112 * 112 * 64),
        *(112 * 112 * 128, 112 * 112 * 128, 56 * 56 * 128),
        *(56 * 56 * 256, 56 * 56 * 256, 56 * 56 * 256, 28 * 28 * 256),
        *(28 * 28 * 512, 28 * 28 * 512, 28 * 28 * 512, 14 * 14 * 512),
        *(14 * 14 * 512, 14 * 14 * 512, 14 * 14 * 512, 7 * 7 * 512),
        *(4096, 4096, 1000),
    ]
    assert [row.neurons for row in found.rows if row.neurons] == values
    assert (found.total.neurons, found.total.activation_bytes) == (15_237_608, 60_950_432)
    assert (found.total.weights, found.total.biases, found.total.parameters) == (
        138_344_128,
        13_416,
        138_357_544,
    )


def test_transposed_convolutions_multiply_at_their_inputs_positions() -> None:
    """DCGAN's generator: 1, 16, 64, 256 and 1024 input positions, 104,628,224 in all.

    Counted at output positions it would be 428,343,296, 4.1 times as much, as some tools print.
    """
    found = summary("dcgan")
    stamps = [row.macs for row in found.rows if row.kind == "upconv"]
    assert stamps == [
        1 * 4 * 4 * 100 * 512,
        16 * 4 * 4 * 512 * 256,
        64 * 4 * 4 * 256 * 128,
        256 * 4 * 4 * 128 * 64,
        1024 * 4 * 4 * 64 * 3,
    ]
    assert found.total.macs == sum(stamps) == 104_628_224


def test_shared_parameters_count_once_and_work_twice() -> None:
    """The second use owns nothing and names the owner; its multiply-adds are its own."""
    found = summarize(
        graph("input: 8x8x4\nnetwork: conv3-4 @a -> relu -> conv3-4(share=a) -> pool2 -> conv3-4(share=a)\n")
    )
    one, *others = (row for row in found.rows if row.kind == "conv")
    assert (one.parameters, [row.parameters for row in others]) == (3 * 3 * 4 * 4 + 4, [0, 0])
    assert [row.shares for row in (one, *others)] == [None, "a", "a"]
    assert [row.macs for row in (one, *others)] == [64 * 144, 64 * 144, 16 * 144]
    assert found.total.parameters == found.total.trainable == 148
    assert found.total.parameter_bytes == 4 * 148


def test_prototypes_that_are_not_trained_are_parameters_all_the_same() -> None:
    """LeNet-5 has 60,000 trainable parameters and 84*10 fixed prototypes. Source: LeCun et al. 1998, section II.B."""
    found = summary("lenet5_1998").total
    assert (found.trainable, found.fixed, found.parameters, found.statistics) == (60_000, 840, 60_840, 0)


def test_a_head_is_counted_and_named() -> None:
    """GoogLeNet's auxiliary classifiers own 3,188,840 and 3,190,888 parameters (Caffe's bvlc_googlenet)."""
    rows = summary("googlenet").rows
    owned = {head: sum(row.parameters for row in rows if row.head == head) for head in ("aux1", "aux2")}
    assert owned == {"aux1": 3_188_840, "aux2": 3_190_888}


class Guess(Unary):
    """A layer from outside that gives its shape and its parameters, and not what it costs."""

    name: ClassVar[str] = "guess"
    family: ClassVar[str] = "outside"

    def shape(self, x: Shape) -> Shape:
        """As the input."""
        return x

    def computes(self, run: object, p: object, x: Any) -> Any:
        """As the input."""
        return x

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        """Two values a channel."""
        return (Parameter("kernel", (x.channels, 2)),)


class Told(Guess):
    """The same, with its price."""

    def works(self, x: Shape) -> tuple[Macs, ...]:
        """Both at every position."""
        return (Macs(x.channels * 2, x.spatial, (1, 1), x.spatial),)


def chained(*layers: Unary) -> Graph:
    """A graph of custom layers behind one another."""
    x = Shape((4, 4, 3))
    nodes = tuple(
        Node(i, f"{layer.name}{i + 1}", layer, (i - 1 if i else INPUT,), (x,), x, layer.owns(x))
        for i, layer in enumerate(layers)
    )
    return Graph(x, nodes, (Output("output", len(nodes) - 1),))


def test_what_a_layer_does_not_say_is_unknown_and_not_zero() -> None:
    """The row has no multiply-adds, the total is a lower bound that names the layer, and its field is unknown."""
    found = summarize(chained(Told(), Guess(), Told()))
    assert [row.macs for row in found.rows] == [0, 96, None, 96]
    assert [row.flops for row in found.rows] == [0, 192, None, 192]
    assert (found.total.macs, found.total.exact, found.total.unpriced) == (192, False, ("guess2",))
    assert [row.parameters for row in found.rows] == [0, 6, 6, 6]
    assert [row.receptive_field for row in found.rows] == [(1, 1), None, None, None]


def test_priced_layers_from_outside_make_an_exact_total() -> None:
    """Only what is missing makes a total inexact."""
    found = summarize(chained(Told(), Told()))
    assert (found.total.macs, found.total.exact, found.total.unpriced) == (192, True, ())


def test_folding_keeps_what_is_not_known() -> None:
    """A folded row of layers without a price has none either."""
    net = chained(*(layer() for _ in range(6) for layer in (Told, Guess)))
    found = summarize(net)
    folded = fold(found.rows, net)
    assert [(row.times, row.macs) for row in folded[1:]] == [(6, None)]
    assert not total(folded).exact
