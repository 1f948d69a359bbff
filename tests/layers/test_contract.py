"""What holds for every layer, whoever writes the next one."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from netspec.diagnostics import Refused, Severity, rules
from netspec.language.field_docs import field_docs
from netspec.layers import KINDS, Layer, Shape
from netspec.layers.base import LARGEST, Example

MAPS_ONLY = [
    "conv",
    "dwconv",
    "sepconv",
    "upconv",
    "pool",
    "avgpool",
    "subsample",
    "gap",
    "gmp",
    "adaptive_avgpool",
    "adaptive_maxpool",
    "instance_norm",
    "pixel_shuffle",
    "upsample",
    "pad",
    "crop",
]

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
every_example = pytest.mark.parametrize(
    ("kind", "example"),
    [
        pytest.param(kind, example, id=f"{example.arrow} on {example.input}")
        for kind in KINDS.values()
        for example in kind.examples
    ],
)

_PLACES = re.compile(
    r"(?P<size>\d+(x\d+)*)?(-(?P<width>\d+))?(/(?P<stride>\d+(x\d+)*))?(\((?P<inside>.*)\))?"
)


def value(text: str) -> Any:
    """A value as a spec writes it."""
    if re.fullmatch(r"\d+(x\d+)+", text):
        return tuple(map(int, text.split("x")))
    if text in ("true", "false"):
        return text == "true"
    try:
        return tuples(ast.literal_eval(text))
    except ValueError:
        return text


def tuples(written: Any) -> Any:
    """Lists as tuples, all the way down."""
    return tuple(map(tuples, written)) if isinstance(written, list) else written


def arguments(inside: str) -> Iterator[str]:
    """The arguments of a call, split at the commas that stand in no bracket."""
    start = depth = 0
    for place, sign in enumerate(f"{inside},"):
        depth += (sign == "[") - (sign == "]")
        if sign == "," and not depth:
            yield inside[start:place].strip()
            start = place + 1


def written(kind: type[Layer], arrow: str) -> Layer:
    """The layer that an arrow of this kind stands for."""
    found = _PLACES.fullmatch(arrow.removeprefix(kind.name))
    assert found, arrow
    fields = {
        field: value(found[place])
        for place in ("size", "width", "stride")
        if (field := getattr(kind.notation, place)) and found[place]
    }
    positional = iter(kind.notation.positional)
    for argument in arguments(found["inside"]) if found["inside"] else ():
        key, equals, text = argument.rpartition("=")
        fields[key if equals else next(positional)] = value(text)
    return with_bias(kind.model_validate(fields))


def with_bias(layer: Layer) -> Layer:
    """The layer with a bias where that is automatic, as the graph decides it in front of most layers."""
    return layer.model_copy(update={"bias": True}) if getattr(layer, "bias", ...) is None else layer


def shapes(text: str) -> tuple[Shape, ...]:
    """The shapes that an example names."""
    found = []
    for one in text.split(" and "):
        sizes, _, tokens = one.partition(" tokens of ")
        found.append(Shape(tuple(map(int, sizes.split("x"))), int(tokens) if tokens else None))
    return tuple(found)


@every_example
def test_examples_hold(kind: type[Layer], example: Example) -> None:
    """Every example of the manual has the output and the number of parameters that it says."""
    layer, inputs = written(kind, example.arrow), shapes(example.input)
    assert (layer.infer(inputs),) == shapes(example.output)
    assert sum(p.size for p in layer.parameters(inputs) if p.role != "statistic") == example.params


@every_kind
def test_a_kind_is_registered_under_its_name_and_module(kind: type[Layer]) -> None:
    """The registry's key is the layer's name, and its family the module that defines it."""
    assert KINDS[kind.name] is kind
    assert kind.__module__ == f"netspec.layers.{kind.family}"


@every_kind
def test_a_kind_is_documented(kind: type[Layer]) -> None:
    """Docstrings name a source, every field is described, and there is an example."""
    assert re.search(r"^Source: \S", inspect.cleandoc(kind.__doc__ or ""), re.MULTILINE)
    assert kind.examples
    assert set(kind.model_fields) == {name for name, text in field_docs(kind).items() if text}


@every_kind
def test_notation_names_fields_once(kind: type[Layer]) -> None:
    """The places of the arrow notation are fields of the layer, no field has two, and a merge has none."""
    places = [kind.notation.size, kind.notation.width, kind.notation.stride, *kind.notation.positional]
    named = [place for place in places if place]
    assert set(named) <= set(kind.model_fields)
    assert len(set(named)) == len(named)
    assert not (kind.merges and named)


def test_names_from_elsewhere_lead_to_one_kind() -> None:
    """A name of another tool is no name of netspec's, and belongs to one layer alone."""
    names = [name for kind in KINDS.values() for name in kind.elsewhere]
    assert not set(names) & set(KINDS)
    assert sorted(set(names)) == sorted(names)
    assert all(name == name.lower() for name in names)


@every_kind
def test_unknown_fields_and_words_are_refused(kind: type[Layer]) -> None:
    """A field that does not exist is refused, and so is text that no field takes."""
    with pytest.raises(ValidationError, match="no_such_field"):
        kind.model_validate({"no_such_field": 1})
    assert not any(takes(kind, name, "no such word") for name in kind.model_fields)


@pytest.mark.parametrize("name", MAPS_ONLY)
def test_a_vector_is_refused_where_a_map_is_wanted(name: str) -> None:
    """A layer that slides over positions, or sums them up, has nothing to do on a vector."""
    kind = KINDS[name]
    for example in kind.examples:
        with pytest.raises(Refused) as refusal:
            written(kind, example.arrow).infer((Shape((64,)),))
        assert refusal.value.fault.rule is rules.WRONG_RANK


@every_example
def test_token_ids_are_refused_where_numbers_are_wanted(kind: type[Layer], example: Example) -> None:
    """Only layers that say so take token ids; `embed` takes nothing else."""
    inputs = tuple(Shape(x.sizes, tokens=None if x.tokens else 7) for x in shapes(example.input))
    if kind.name == "identity":
        assert written(kind, example.arrow).infer(inputs) == inputs[0]
        return
    with pytest.raises(Refused) as refusal:
        written(kind, example.arrow).infer(inputs)
    assert refusal.value.fault.rule is rules.TOKENS_WHERE_NUMBERS


SIZES = st.one_of(st.integers(1, 12), st.sampled_from([64, 96, 224, 2**31, LARGEST]))
SHAPES = st.builds(
    Shape,
    st.lists(SIZES, min_size=1, max_size=5).map(tuple),
    st.sampled_from([None, None, None, None, None, 2, LARGEST]),
)
VALUES = (
    *(None, True, False, 0, 1, 2, 3, 4, 5, 7, 100, LARGEST, LARGEST + 1, -1),
    *(0.0, 1e-6, 0.5, 0.999, 1.0, 1e300, float("inf"), float("nan"), "valid", "text"),
    *((), (1,), (2, 3), (3, 1, 2), (0, 1), (2**62, 2), ((0, 1),), ((1, 2), (0, 3)), ((0, 0), (1, 1), (2, 2))),
    *(((0,), (0, 1)), ((0,), (0, 0)), ((5,),), ((),)),
)


def words(annotation: Any) -> Iterator[Any]:
    """The words of every `Literal` inside a type."""
    for inner in get_args(annotation):
        yield from (inner,) if get_origin(annotation) is Literal else words(inner)


@cache
def accepted(kind: type[Layer]) -> dict[str, list[Any]]:
    """For each field the sample values that it takes."""
    return {
        name: [sample for sample in (*VALUES, *words(field.annotation)) if takes(kind, name, sample)]
        for name, field in kind.model_fields.items()
    }


def takes(kind: type[Layer], name: str, sample: Any) -> bool:
    """Whether a layer given this field alone has nothing to say against it."""
    try:
        kind.model_validate({name: sample})
    except ValidationError as error:
        return all(detail["loc"][0] != name for detail in error.errors())
    return True


@st.composite
def uses(draw: st.DrawFn, kind: type[Layer]) -> tuple[Layer, tuple[Shape, ...]]:
    """An example of the layer with some fields and inputs changed to anything that their types take."""
    example = draw(st.sampled_from(kind.examples))
    fields = written(kind, example.arrow).model_dump()
    for name, samples in accepted(kind).items():
        if draw(st.integers(0, 3)) == 0:
            fields[name] = draw(st.sampled_from(samples))
    inputs = shapes(example.input)
    if draw(st.booleans()):
        inputs = tuple(draw(st.one_of(st.just(x), SHAPES)) for x in inputs)
    return with_bias(kind.model_validate(fields)), inputs


@every_kind
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_use_gives_a_shape_or_a_fault(kind: type[Layer], data: st.DataObject) -> None:
    """Whatever the fields and inputs, the answer is a full shape with consistent parameters, or a fault."""
    layer, inputs = data.draw(uses(kind))
    out = outcome(layer, inputs)
    if isinstance(out, Refused):
        check_fault(layer, inputs, out)
        return
    assert out.sizes
    assert all(type(size) is int and size >= 1 for size in out.sizes)
    assert out.tokens is None or out in inputs
    check_parameters(layer, inputs)
    for fault in layer.advice(inputs):
        assert fault.rule.severity is Severity.WARNING
        assert fault.field is None or fault.field in kind.model_fields


def outcome(layer: Layer, inputs: tuple[Shape, ...]) -> Shape | Refused:
    """The shape that a layer infers, or its refusal."""
    try:
        return layer.infer(inputs)
    except Refused as refusal:
        return refusal


def check_fault(layer: Layer, inputs: tuple[Shape, ...], refusal: Refused) -> None:
    """A fault is an error about a field that exists, and each of its mends is a value that mends it."""
    fault = refusal.fault
    assert fault.rule.severity is Severity.ERROR
    assert fault.message
    assert fault.field is None or fault.field in type(layer).model_fields
    for mend in fault.mends:
        fields = layer.model_dump() | {field: value(text) for field, text in mend.fields.items()}
        another = outcome(type(layer).model_validate(fields), inputs)
        assert not isinstance(another, Refused) or another.fault.rule is not fault.rule


def check_parameters(layer: Layer, inputs: tuple[Shape, ...]) -> None:
    """Names are unique, sizes positive, roles known, and a statistic is not trained."""
    owned = layer.parameters(inputs)
    assert len({parameter.name for parameter in owned}) == len(owned)
    for parameter in owned:
        assert parameter.shape
        assert all(type(size) is int and size >= 1 for size in parameter.shape)
        assert parameter.role in ("weight", "bias", "statistic")
        assert not (parameter.role == "statistic" and parameter.trainable)
        assert re.fullmatch(r"auto|zeros|ones|rademacher|constant\(-?[0-9.e+-]+\)", parameter.initializer)


@every_kind
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_the_filled_fields_say_the_same_layer(kind: type[Layer], data: st.DataObject) -> None:
    """A layer written out with every default is the same layer, so what `netspec show` prints reads back."""
    layer, _ = data.draw(uses(kind))
    assert kind.model_validate(layer.model_dump()) == layer
