"""Budgets: what a network may not exceed is held exactly, at the limit itself and one beyond it."""

from typing import Any, ClassVar

import pytest
from analyzed_specs import analyzed_text
from spec_text import accepted, codes, the_finding

import netspec
from netspec.analysis.budget import over_budget
from netspec.analysis.settings import Settings
from netspec.diagnostics import Finding, Severity
from netspec.graph.node import INPUT, Graph, Node, Output
from netspec.layers import Shape
from netspec.layers.base import Unary

NETWORK = "input: 32x32x3\nnetwork: conv3-16 -> relu -> pool2 -> fc-10\n"
PARAMETERS = 9 * 3 * 16 + 16 + 16 * 16 * 16 * 10 + 10
MACS = 32 * 32 * 9 * 3 * 16 + 16 * 16 * 16 * 10


def within(budget: str, text: str = NETWORK) -> str:
    """The spec with a budget."""
    return f"budget: {{{budget}}}\n{text}"


def over(budget: str, text: str = NETWORK) -> Finding:
    """The one finding about a network beyond its budget."""
    finding = the_finding(within(budget, text))
    assert (finding.code, finding.severity) == ("E301", Severity.ERROR)
    return finding


@pytest.mark.parametrize(("key", "number"), [("params", PARAMETERS), ("macs", MACS)])
def test_counts_are_held_exactly(key: str, number: int) -> None:
    """The number itself is allowed, one less is not; both numbers are told."""
    assert codes(within(f"{key}: {number}")) == []
    message = over(f"{key}: {number - 1}").message
    assert f"{number:,} " in message
    assert message.endswith(f"the budget allows {number - 1:,}")


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("purpose", ["inference", "training"])
def test_memory_is_held_exactly(purpose: str, batch: int) -> None:
    """The predicted bytes for the batch that the budget names, and one less."""
    record = analyzed_text(NETWORK, Settings(batch))
    number = getattr(record, purpose).total_bytes
    assert codes(within(f"{purpose}_memory: {number}B at batch {batch}")) == []
    message = over(f"{purpose}_memory: {number - 1}B at batch {batch}").message
    assert message == (
        f"{purpose} takes {number:,} bytes at batch {batch}, and the budget allows {number - 1:,}"
    )


def test_memory_without_a_batch_is_for_one_example() -> None:
    """As a size alone says."""
    number = analyzed_text(NETWORK).inference.total_bytes
    assert codes(within(f"inference_memory: {number}B")) == []
    assert "at batch 1," in over(f"inference_memory: {number - 1}B").message


def test_limits_in_units() -> None:
    """K and M are thousands, KiB is 1,024 bytes."""
    assert (
        codes(within("params: 42k, macs: 1M, inference_memory: 1MiB, training_memory: 3MB at batch 4")) == []
    )
    assert "allows 41,000" in over("params: 41k").message
    assert "allows 102,400" in over("inference_memory: 100KiB").message


def test_every_limit_is_told_at_its_place() -> None:
    """All that are exceeded come in one run, in order, each with the limit marked."""
    text = within("training_memory: 1kB at batch 2, macs: 10, params: 1, inference_memory: 1kB")
    found = [finding for finding in netspec.check(text=text) if finding.severity is Severity.ERROR]
    assert [finding.span.text for finding in found if finding.span] == ["1kB at batch 2", "10", "1", "1kB"]
    assert {finding.code for finding in found} == {"E301"}


def test_the_layers_that_take_most_are_named() -> None:
    """With their numbers, and the largest is marked where it stands."""
    finding = over("params: 1k")
    assert finding.notes == ("most of it: fc1 40,970, conv1 448",)
    (related,) = finding.related
    assert (related.span.text, related.text) == ("fc-10", "`fc1` takes most: 40,970")
    macs = over("macs: 1k")
    assert macs.notes == ("most of it: conv1 442,368, fc1 40,960",)
    assert macs.related[0].span.text == "conv3-16"


def test_memory_of_parameters_is_named_too() -> None:
    """A layer of many parameters takes most of the memory, however few its activations are."""
    text = "input: 8\nnetwork: fc-1000 -> relu -> fc-1000\n"
    finding = over("inference_memory: 1kB", text)
    assert finding.notes[0].startswith(f"most of it: fc2 {4 * (1000 * 1000 + 1000) + 4 * 1000:,}, fc1 ")
    trained = over("training_memory: 1kB", text)
    assert trained.notes[0].startswith(f"most of it: fc2 {3 * 4 * (1000 * 1000 + 1000) + 4 * 1000:,}, fc1 ")


def test_values_that_are_not_trained_are_no_part_of_params() -> None:
    """The budget's `params` are trainable ones: LeNet-5 of 1998 has 60,000, beside 840 fixed prototypes."""
    assert codes(netspec.load("lenet5_1998").show() + "budget: {params: 60000}\n") == []
    assert (
        "60,000 trainable"
        in the_finding(netspec.load("lenet5_1998").show() + "budget: {params: 59999}\n").message
    )


def test_the_optimizer_of_the_train_section_counts() -> None:
    """A limit that SGD keeps is too small for Adam's two values a parameter."""
    train = "train: {{optimizer: {}}}\n"
    sgd, adam = (memory(NETWORK + train.format(one)) for one in ("sgd(0.1)", "adam(0.001)"))
    assert adam > sgd
    budget = f"training_memory: {sgd}B"
    assert codes(within(budget, NETWORK + train.format("sgd(0.1)"))) == []
    over(budget, NETWORK + train.format("adam(0.001)"))


def memory(text: str) -> int:
    """The predicted memory of training, with the spec's own optimizer."""
    return netspec.load(text=text).analyze().training.total_bytes


def test_a_network_beyond_its_budget_is_still_a_network() -> None:
    """`load` gives it with the finding, and the analysis is that of the network without a budget."""
    net = netspec.load(text=within("params: 1k"))
    assert [finding.code for finding in net.findings] == ["E301"]
    assert net.graph == netspec.load(text=NETWORK).graph
    assert net.analyze().total == netspec.load(text=NETWORK).analyze().total


def test_a_budget_is_set_from_outside() -> None:
    """A key with dots, also where the spec has no budget."""
    for text in (NETWORK, within("params: 1M")):
        assert codes(text, settings={"budget.params": str(PARAMETERS)}) == []
        assert codes(text, settings={"budget.params": "1k"}) == ["E301"]


def test_a_wrong_network_is_not_held_to_its_budget() -> None:
    """What does not fit together has no size."""
    assert codes(within("params: 1").replace("conv3-16", "conv99-16(padding=valid)")) == ["E203"]


def test_a_budget_cannot_be_allowed_away() -> None:
    """`allow:` silences warnings, not errors."""
    assert codes(within("params: 1") + "allow: [E301]\n") != []


class Unpriced(Unary):
    """A layer from outside that does not say what it costs."""

    name: ClassVar[str] = "unpriced"
    family: ClassVar[str] = "outside"

    def shape(self, x: Shape) -> Shape:
        """As the input."""
        return x

    def computes(self, run: object, p: object, x: Any) -> Any:
        """As the input."""
        return x


def test_what_has_no_price_cannot_be_held_to_a_budget_of_macs() -> None:
    """However large the budget is, it is told that the MACs are not known; other limits hold as ever."""
    x = Shape((4, 4, 3))
    graph = Graph(x, (Node(0, "odd", Unpriced(), (INPUT,), (x,), x),), (Output("output", 0),))
    budgeted = accepted(within("macs: 1T, params: 1M", "input: 4x4x3\nnetwork: relu\n"))
    assert budgeted.spec is not None
    (finding,) = over_budget(budgeted.spec, graph)
    assert finding.message == "the network's MACs are not known: no cost is known for `odd`"
    assert finding.code == "E301"


def test_a_bundled_spec_within_its_own_size() -> None:
    """VGG-16 at its published 138,357,544, and one below it."""
    text = netspec.load("vgg16").show()
    assert codes(text + "budget: {params: 138357544}\n") == []
    assert codes(text + "budget: {params: 138357543}\n") == ["E301"]
