"""Formulas: each evaluates to its number, and its number is the one in the table."""

from collections.abc import Iterator

import pytest
from analyzed_specs import TARGETS, analyzed, analyzed_text, chain
from printed import evaluated

from netspec.analysis.explanation import Explanation, explain, explain_total
from netspec.analysis.record import Record
from netspec.analysis.settings import Settings
from netspec.layers import KINDS
from netspec.layers.facets import Formula


def explained(record: Record) -> tuple[Explanation, ...]:
    """Every layer with its formulas."""
    return explain(record.graph, record.summary)


def of(record: Record, name: str) -> dict[str, Formula]:
    """The formulas of one layer, by what they give."""
    (found,) = explain(record.graph, record.summary, [name])
    return {formula.name: formula for formula in found.formulas}


def assert_arithmetic_holds(record: Record) -> None:
    """Each formula, evaluated, is its value; its value is the row's."""
    for one in explained(record):
        for formula in one.formulas:
            assert evaluated(formula.numbers) == formula.value, (one.row.name, formula)
        assert_same_numbers(one)
    for formula in explain_total(record.summary):
        assert evaluated(formula.numbers) == formula.value, formula


def assert_same_numbers(one: Explanation) -> None:
    """What the formulas give is what the table has; what has no formula is zero or as in the layer before."""
    row, given = one.row, {formula.name: formula.value for formula in one.formulas}
    for name, number in (
        ("neurons", row.neurons),
        ("weights", row.weights),
        ("biases", row.biases),
        ("statistics", row.statistics),
        ("MACs", row.macs),
        ("FLOPs", row.flops),
        ("memory", row.activation_bytes),
    ):
        assert given.get(name, 0) == number, (row.name, name)
    assert given.get("in-bounds FLOPs", row.flops) == row.in_bounds_flops
    assert all(field in (row.receptive_field or ()) for field in fields(given, "receptive field"))
    assert all(stride in (row.effective_stride or ()) for stride in fields(given, "effective stride"))
    assert all(padding in (row.effective_padding or ()) for padding in fields(given, "effective padding"))


def fields(given: dict[str, int], name: str) -> Iterator[int]:
    """The values of a number that may be told for each axis."""
    return (value for key, value in given.items() if key.partition(" (")[0] == name)


@pytest.mark.parametrize("target", TARGETS)
def test_every_formula_of_a_bundled_spec_gives_its_number(target: str) -> None:
    """In every layer and in the totals."""
    assert_arithmetic_holds(analyzed(target))


def examples() -> Iterator[tuple[str, str]]:
    """Every example of the manual that has one input: the layer, and what it works on."""
    for kind in KINDS.values():
        for example in kind.examples if not kind.merges else ():
            sizes, _, tokens = example.input.partition(" tokens of ")
            yield example.arrow, f"{{shape: {sizes}, tokens: {tokens}}}" if tokens else sizes


@pytest.mark.parametrize(("arrow", "shape"), list(examples()), ids=str)
def test_every_formula_of_a_layer_gives_its_number(arrow: str, shape: str) -> None:
    """For every example of the manual, 1-D to 3-D; a batch of several has its bytes."""
    text = f'input: {shape}\nnetwork: "{arrow}"\n'
    assert_arithmetic_holds(analyzed_text(text, Settings(batch=3, dtype="bfloat16")))


def test_the_lectures_examples() -> None:
    """The first convolution of VGG-16 as the lectures work it out."""
    first = of(analyzed("vgg16"), "conv1")
    assert (first["rows"].numbers, first["rows"].value) == ("(224 - 3 + 2*1)/1 + 1", 224)
    assert (first["weights"].numbers, first["weights"].value) == ("(3*3*3)*64", 1_728)
    assert first["weights"].symbols == "(F*F*C)*K"


def test_fully_connected_layers_flatten_in_the_formula() -> None:
    """The lectures' 7*7*512*4096."""
    assert of(analyzed("vgg16"), "fc1")["weights"].numbers == "(7*7*512)*4096"
    assert of(analyzed("vgg16"), "fc1")["weights"].value == 102_760_448


def test_a_division_with_a_remainder_is_rounded_in_the_formula() -> None:
    """AlexNet's first convolution on 224 gives 54 by floor; pooling with `ceil` rounds up."""
    assert of(chain("conv11-96/4(padding=0)", "224x224x3"), "conv1")["rows"].numbers == (
        "floor((224 - 11 + 2*0)/4) + 1"
    )
    up = of(chain("pool3/2(ceil=true)", "112x112x64"), "pool1")["rows"]
    assert "ceil" in up.numbers
    assert up.value == 56


def test_groups_divide_the_channels_in_the_formula() -> None:
    """A filter of two groups sees half of the channels: 5*5*48 in AlexNet."""
    weights = of(analyzed("alexnet"), "conv2")["weights"]
    assert weights.value == 5 * 5 * 48 * 256
    assert "/2" in weights.numbers or "48" in weights.numbers


def test_a_transposed_convolution_is_worked_at_its_inputs_positions() -> None:
    """DCGAN's second layer: 4x4 positions of its input, not 8x8 of its output."""
    found = of(analyzed("dcgan"), "double1/upconv1")
    assert found["MACs"].numbers == "2097152*(4*4)"
    assert found["rows"].numbers == "(4 - 1)*2 - 2*1 + 4 + 0"


def test_bytes_show_the_settings() -> None:
    """Neurons times bytes of a number times examples."""
    settings = Settings(batch=8, dtype="float16")
    found = of(analyzed("lenet5", settings), "conv1")["memory"]
    assert (found.numbers, found.value) == (f"{28 * 28 * 6}*2*8", 28 * 28 * 6 * 2 * 8)


def test_what_works_in_place_has_nothing_to_explain() -> None:
    """A relu has the neurons of the layer before it."""
    assert of(analyzed("vgg16"), "relu1") == {}


def test_shared_parameters_are_explained_where_they_are_owned() -> None:
    """The second use has no weights of its own, and works all the same."""
    record = chain("conv3-4 @a -> relu -> conv3-4(share=a)")
    assert "weights" in of(record, "a")
    assert "weights" not in of(record, "conv2")
    assert of(record, "conv2")["MACs"].value == 16 * 16 * 144


def test_the_totals_are_sums_of_what_was_explained() -> None:
    """Weights and biases of VGG-16, which make its parameters."""
    found = {formula.name: formula for formula in explain_total(analyzed("vgg16").summary)}
    assert found["parameters"].numbers == "138344128 + 13416"
    assert found["parameters"].value == 138_357_544
    assert found["weights"].numbers.startswith("1728 + 36864 + 73728 + ")


def test_a_network_without_parameters_has_sums_of_nothing() -> None:
    """A sum without summands is zero."""
    found = {formula.name: formula for formula in explain_total(chain("pool2").summary)}
    assert (found["weights"].numbers, found["MACs"].numbers) == ("0", "0")
