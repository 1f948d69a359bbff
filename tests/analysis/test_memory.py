"""Predicted memory against what XLA says of the compiled step, and what must hold for any network."""

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec.analysis.memory import EXECUTION, NARROW, Inference, Training, inference, training
from netspec.analysis.memory.rules import RULES, lower
from netspec.analysis.memory.waves import Program, write_in_place
from netspec.analysis.settings import Settings
from netspec.checking import check_text
from netspec.graph.node import Graph, Node
from netspec.layers import KINDS, Shape
from netspec.layers.base import Unary

GOLDEN = Path(__file__).parents[1] / "golden" / "xla_memory.json"
CASES: list[dict[str, Any]] = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
SPECS = sorted(path.stem for path in (Path(__file__).parents[2] / "specs").glob("*.yaml"))
BOUND = 0.1
"""How far a prediction may be from what XLA says, as a part of it."""
CONSTANTS = {("convnext_t", 2), ("convnext_t", 16), ("resnet_cifar", 128)}
"""Inferences for which YNNPACK is given constants, or the values of erf, as arrays as large as a map."""


def named(case: dict[str, Any]) -> str:
    """A case in a test's name."""
    return f"{case['spec']}-{case['mode']}-{case['batch']}"


def measured(case: dict[str, Any]) -> int:
    """Arguments, outputs and temporaries, where what is aliased counts once."""
    parts = ("arguments_bytes", "outputs_bytes", "temporaries_bytes")
    return sum(case[part] for part in parts) - case["aliased_bytes"]


@cache
def load(target: str) -> Graph:
    """The graph of `name[@variant] [variable=value ...]`."""
    name, *settings = target.split()
    return netspec.load(name, set=dict(text.split("=", 1) for text in settings)).graph


def predicted(case: dict[str, Any]) -> Training | Inference:
    """The prediction for a case."""
    if case["mode"].startswith("inference"):
        return inference(load(case["spec"]), Settings(case["batch"]))
    return training(load(case["spec"]), Settings(case["batch"], optimizer=case["mode"]))


def off(case: dict[str, Any]) -> float:
    """How far the prediction lies from what XLA says, as a part of it."""
    return abs(predicted(case).total_bytes / measured(case) - 1)


TRAINING = [case for case in CASES if not case["mode"].startswith("inference")]
INFERENCE = {(case["spec"], case["batch"]): case for case in CASES if case["mode"] == "inference"}
WHOLE = {(case["spec"], case["batch"]): case for case in CASES if case["mode"].endswith("YNNPACK")}
BLIND = {key for key, case in INFERENCE.items() if case["hidden_bytes"] > case["temporaries_bytes"]}
"""Where the network's arrays lie in a call of YNNPACK, so that XLA does not see them."""


@pytest.mark.parametrize("case", TRAINING, ids=named)
def test_training_is_within_a_tenth_of_what_xla_says(case: dict[str, Any]) -> None:
    """Every measured training step takes what was predicted, within a tenth."""
    assert off(case) < BOUND


@pytest.mark.parametrize("key", INFERENCE, ids=str)
def test_inference_is_within_a_tenth_of_what_xla_says(key: tuple[str, int]) -> None:
    """So does every inference; where XLA does not see the arrays, it is asked without YNNPACK."""
    assert (off(WHOLE[key] if key in BLIND else INFERENCE[key]) < BOUND) == (key not in CONSTANTS)


@pytest.mark.parametrize("key", sorted(BLIND), ids=str)
def test_what_xla_does_not_see_is_predicted_exactly(key: tuple[str, int]) -> None:
    """Plain chains are predicted to the byte, which is what XLA says once it sees them."""
    assert predicted(WHOLE[key]).total_bytes == measured(WHOLE[key])


def test_many_networks_are_measured() -> None:
    """Ten networks are asked for; there are more, most at several batches, with three optimizers."""
    batches = defaultdict(set)
    for case in TRAINING:
        batches[case["spec"].split()[0]].add(case["batch"])
    assert len(batches) >= 25
    assert sum(len(found) > 1 for found in batches.values()) >= 20
    assert {case["mode"] for case in TRAINING} == {"sgd", "momentum", "adam"}


@pytest.mark.parametrize("case", CASES, ids=named)
def test_what_is_there_before_the_step_is_counted_exactly(case: dict[str, Any]) -> None:
    """Parameters, slots, input and outputs are XLA's, but for a key, a count of steps and pointers to arrays."""
    found = predicted(case)
    if isinstance(found, Training):
        work = found.gradients_bytes + found.saved_bytes + found.scratch_bytes - found.reused_bytes
    else:
        work = found.activations_bytes
    arrays = sum(len(node.parameters) for node in load(case["spec"]))
    rest = measured(case) - case["temporaries_bytes"] - (found.total_bytes - work)
    assert 0 <= rest <= 8 * 4 * arrays + 64


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("batch", [1, 7])
def test_the_lines_add_up(name: str, batch: int) -> None:
    """The total is the sum of the lines, less what lies in the place of others; no line is negative."""
    for found in (training(load(name), Settings(batch)), inference(load(name), Settings(batch))):
        lines = {key: getattr(found, key) for key in found.__dataclass_fields__ if key.endswith("_bytes")}
        assert min(lines.values()) >= 0
        assert found.total_bytes == sum(lines.values()) - 2 * lines.get("reused_bytes", 0)
        assert found.exact
        assert found.execution == EXECUTION


@pytest.mark.parametrize("name", SPECS)
def test_the_peak_holds_the_largest_product_and_no_more_than_everything(name: str) -> None:
    """What a convolution gives is stored while it is written; and nothing is counted twice."""
    graph = load(name)
    largest = max(node.shape.elements for node in graph if node.kind in ("conv", "fc", "upconv"))
    for purpose in (True, False):
        arrays = lower(graph, Settings(2), training=purpose).program.arrays
        found = training(graph, Settings(2)) if purpose else inference(graph, Settings(2))
        work = (
            found.saved_bytes + found.scratch_bytes
            if isinstance(found, Training)
            else found.activations_bytes + found.outputs_bytes
        )
        everything = sum(array.bytes for array in arrays)
        assert 2 * 4 * largest <= work <= everything + (0 if purpose else found.outputs_bytes)


@pytest.mark.parametrize("name", SPECS)
def test_more_examples_take_more_memory(name: str) -> None:
    """Training and inference grow with the batch, and from some batch on by the same amount for each example.

    A batch of one is left out: its gradients need no turning, so kernels' gradients run earlier, beside others.
    """
    graph = load(name)
    for predict in (training, inference):
        totals = [predict(graph, Settings(batch)).total_bytes for batch in (2, 3, 4, 6, 8, 16, 31, 64)]
        assert totals == sorted(totals)
        assert len(set(totals)) == len(totals)
        at = [predict(graph, Settings(2**30 + more)).total_bytes for more in range(3)]
        assert at[1] - at[0] == at[2] - at[1]


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "unet", "mobilenet"])
def test_optimizers_differ_by_their_slots(name: str) -> None:
    """Momentum takes one more value for each trained one than plain descent, Adam two."""
    graph = load(name)
    sgd, momentum, adam = (training(graph, Settings(4, optimizer=o)) for o in ("sgd", "momentum", "adam"))
    trained = sum(p.size for node in graph for p in node.parameters if p.trainable)
    assert sgd.optimizer_bytes == 0
    assert momentum.total_bytes - sgd.total_bytes == adam.total_bytes - momentum.total_bytes == 4 * trained


def test_wider_numbers_take_more_memory() -> None:
    """64-bit numbers double the lines that hold numbers; 16-bit ones are told to be a device's, not the CPU's."""
    graph = load("vgg16")
    narrow, single, wide = (
        training(graph, Settings(8, dtype)) for dtype in ("bfloat16", "float32", "float64")
    )
    assert narrow.total_bytes < single.total_bytes < wide.total_bytes
    for line in ("parameters_bytes", "optimizer_bytes"):
        assert 4 * getattr(narrow, line) == 2 * getattr(single, line) == getattr(wide, line)
    assert (narrow.execution, single.execution, wide.execution) == (NARROW, EXECUTION, EXECUTION)


def test_saved_activations_are_told_by_layer() -> None:
    """Layers come in the network's order; ReLU of LeNet-5 keeps nothing of its own, convolutions what they give."""
    graph = load("lenet5")
    found = training(graph, Settings(3)).saved
    names = [node.name for node in graph]
    assert [one.name for one in found] == sorted((one.name for one in found), key=names.index)
    kept = {one.name: one.bytes for one in found}
    assert not [name for name in kept if name.startswith("relu")]
    assert kept["conv2"] == 3 * 4 * (10 * 10 * 16 + 14 * 14 * 6)


def network(chain: str, shape: str = "16x16x8") -> Graph:
    """The graph of an arrow string on an input."""
    graph = check_text(f"input: {shape}\nnetwork: {chain}\n").graph
    assert graph is not None
    return graph


def test_inference_of_a_chain_holds_two_maps() -> None:
    """A convolution's input and output live at once; its ReLU is written in place."""
    found = inference(network("conv3-8 -> relu -> conv3-8 -> relu -> conv3-8 -> relu -> gap"), Settings(5))
    assert found.activations_bytes == 2 * 5 * 4 * 16 * 16 * 8
    assert found.peak_at.startswith("conv")
    assert (found.input_bytes, found.outputs_bytes) == (5 * 4 * 16 * 16 * 8, 5 * 4 * 8)


def test_a_skip_is_held_until_it_is_used() -> None:
    """The value that a skip carries lives beside input and output of each convolution that it passes over."""
    plain = inference(network("conv3-8 -> relu -> conv3-8 -> relu -> conv3-8 -> gap"), Settings())
    skip = inference(network("conv3-8 -> relu @a -> conv3-8 -> relu -> conv3-8 -> add(a) -> gap"), Settings())
    assert skip.activations_bytes - plain.activations_bytes == 4 * 16 * 16 * 8


def test_views_take_nothing() -> None:
    """Flattening, reshaping and passing on change no figure."""
    bare = training(network("conv3-8 -> relu -> fc-10"), Settings(4))
    seen = training(network("conv3-8 -> identity -> relu -> flatten -> reshape(2048) -> fc-10"), Settings(4))
    assert (bare.total_bytes, bare.scratch_bytes) == (seen.total_bytes, seen.scratch_bytes)


def test_dropout_keeps_random_numbers() -> None:
    """Two 32-bit integers a value are kept from the forward to the backward pass, and none at inference."""
    chain = "conv3-8 -> relu -> {}conv3-8 -> relu -> gap"
    with_, without = network(chain.format("dropout(0.5) -> ")), network(chain.format(""))
    kept = {one.name: one.bytes for one in training(with_, Settings(2)).saved}
    assert kept["dropout1"] >= 2 * 2 * 4 * 16 * 16 * 8
    assert inference(with_, Settings(2)) == inference(without, Settings(2))


def test_shared_parameters_count_once() -> None:
    """A layer that shares its weights adds activations and no parameters, gradients or slots."""
    two = training(network("conv3-8 @a -> relu -> conv3-8(share=a) -> relu -> gap"), Settings(2))
    assert two.parameters_bytes == two.optimizer_bytes == 4 * (3 * 3 * 8 * 8 + 8)
    assert two.gradients_bytes <= 2 * two.parameters_bytes


def test_what_is_not_trained_has_no_gradient() -> None:
    """LeNet-5's fixed prototypes are parameters without slots."""
    found = training(load("lenet5_1998"), Settings())
    assert (found.parameters_bytes, found.optimizer_bytes) == (4 * 60_840, 4 * 60_000)


def test_operations_run_as_soon_as_what_they_read_is_there() -> None:
    """What reads nothing runs at once, and lives until it is read however late that is."""
    program = Program(4)
    maps = program.operation(8)
    first = program.operation(8)
    second = program.operation(8, first)
    third = program.operation(8, maps, second)
    assert [array.made for array in program.arrays] == [0, 0, 1, 2]
    assert [array.last for array in (maps, first, second, third)] == [2, 1, 2, 2]


def test_a_result_takes_the_place_of_what_only_it_reads_last() -> None:
    """An array that is read for the last time by one operation on its numbers ends before the result begins."""
    for readers, last in ((1, 0), (2, 1)):
        program = Program(4)
        x = program.operation(8)
        for _ in range(readers):
            program.operation(8, x, in_place=True)
        write_in_place(program.arrays)
        assert x.last == last


def test_what_is_made_of_several_arrays_is_stored_once() -> None:
    """Readers of a formula over one array compute it anew; a formula over two is read where it was stored."""
    program = Program(4)
    a, b = program.stored(2), program.stored(2)
    unary, joint = program.formula(2, a), program.formula(2, a, b)
    for value in (unary, joint):
        program.store(value)
    assert unary.reads == a.reads
    assert joint.reads == (joint.array,)
    assert program.store(joint) is joint.array


class Mystery(Unary):
    """A layer that declares nothing."""

    name = "mystery"

    def shape(self, x: Shape) -> Shape:
        """As it came."""
        return x

    def computes(self, run: object, p: object, x: Any) -> Any:
        """As the input."""
        return x


def test_a_layer_that_does_not_say_is_named_and_not_free() -> None:
    """An unknown layer is reported, and counted as storing its output and keeping its input."""
    graph = network("conv3-8 -> relu -> conv3-8 -> gap")
    shape = graph.nodes[1].shape
    strange = Node(1, "strange", Mystery(), (0,), (shape,), shape)
    given = Graph(graph.input, (graph.nodes[0], strange, *graph.nodes[2:]), graph.outputs)
    for predict in (training, inference):
        known, found = predict(graph, Settings(2)), predict(given, Settings(2))
        assert (known.exact, found.exact, found.unknown) == (True, False, ("strange",))
        assert found.total_bytes >= known.total_bytes


def test_every_layer_says_what_it_keeps() -> None:
    """Each kind of the language declares a form that has a rule, and there is no rule without a layer."""
    forms = set()
    for kind in KINDS.values():
        fields = {"approximate": False, "slope": 1.0}
        found = kind.model_construct(**{k: v for k, v in fields.items() if k in kind.model_fields}).kept()
        assert found is not None, kind.name
        forms.add(found.form)
    assert forms == RULES.keys() - {"unknown"}


def test_work_grows_with_the_number_of_layers() -> None:
    """Each further layer adds the same number of arrays, so that deep networks cost no more than their length."""
    body = "[conv3-8 -> bn -> relu -> conv3-8 -> bn -> dropout(0.1)]*{}"
    residual = "input: 8x8x8\nnetwork:\n- repeat: {}\n  network:\n  - residual: conv3-8 -> bn -> relu -> conv3-8 -> bn\n  - relu\n- gap\n"
    for text in (f"input: 8x8x8\nnetwork: '{body} -> gap'\n", residual):
        counts = []
        for depth in (40, 80, 120):
            graph = check_text(text.format(depth)).graph
            assert graph is not None
            counts.append(len(lower(graph, Settings(), training=True).program.arrays))
        assert counts[1] - counts[0] == counts[2] - counts[1]


def test_the_smallest_networks_have_a_peak() -> None:
    """One layer, on numbers or on tokens; a table's gradient is as large as the table, unless a slot takes it."""
    assert training(network("fc-10", "7"), Settings()).total_bytes > 0
    found = training(network("embed-4 -> gap", "{shape: 9, tokens: 50}"), Settings(2, optimizer="adam"))
    assert found.input_bytes == 2 * 9 * 4 + 2 * 4
    assert found.gradients_bytes >= 50 * 4 * 4
