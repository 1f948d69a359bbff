"""What holds for every named call of the `train:` section, whatever its family."""

import json
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from netspec.diagnostics import Finding, Source
from netspec.language.field_docs import field_docs
from netspec.language.limits import Limits
from netspec.language.recipes.base import Recipe, families, recipe
from netspec.language.recipes.data import Csv
from netspec.language.recipes.optimizers import Momentum, Optimizer
from netspec.language.structured import Reader
from netspec.language.train import Train, read_train
from netspec.language.train_section import holds
from netspec.language.yaml12 import compose

KINDS = [kind for family in families() for kind in family.kinds.values()]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.noun}-{kind.name}")


def sample(annotation: Any) -> Any:
    """A value that the type allows, and that is no usual default."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)[-1]
    if annotation in (bool, int, float, str):
        return {bool: True, int: 3, float: 0.5, str: "my data/a-b_1.gz"}[annotation]
    inner = [part for part in get_args(annotation) if part is not NoneType]
    if get_origin(annotation) is tuple:
        return tuple(sample(inner[0]) * i for i in (1, 2))
    return sample(inner[-1] if get_origin(inner[-1]) is tuple else inner[0])


def allowed(value: Any, limits: list[Any]) -> Any:
    """The value, or the least that the field's limits allow."""
    least = [limit.ge for limit in limits if hasattr(limit, "ge")]
    return max(value, *least) if least else value


def filled(kind: type[Recipe], *, optional: bool) -> Recipe:
    """A call with the fields that it needs, or with all that can stand together."""
    wanted = {n: f for n, f in kind.model_fields.items() if optional or f.is_required()}
    if {"steps", "epochs"} <= set(kind.model_fields) and (optional or kind.name == "step"):
        wanted = {"steps": kind.model_fields["steps"], **{n: f for n, f in wanted.items() if n != "epochs"}}
    values = {name: allowed(sample(field.annotation), field.metadata) for name, field in wanted.items()}
    apart = {"growth": 2.0, "low": -0.5}
    return kind.model_validate(values | {name: apart[name] for name in apart.keys() & values.keys()})


def read_back(given: Recipe, value: Any) -> Recipe:
    """The call that a value of the section gives, read with what else its key needs."""
    key, shape = next(
        (name, shape)
        for name in Train.model_fields
        if (shape := holds(name)) and isinstance(given, shape.family)
    )
    section = {key: [value, "constant"] if given.name == "warmup" else value}
    findings: list[Finding] = []
    root = compose(Source("spec.yaml", json.dumps(section, ensure_ascii=False)), Limits(), findings)
    train = read_train(root, Reader(Limits(), findings), {}, findings)
    assert train is not None, findings
    found = getattr(train, key)
    return found[0] if shape.chain else found


def test_every_family_has_a_key() -> None:
    """Each family of calls is what exactly one key of the section holds, and each has a kind."""
    held = [shape.family for name in Train.model_fields if (shape := holds(name))]
    assert sorted(held, key=str) == sorted(families(), key=str)
    assert all(family.kinds for family in families())


@pytest.mark.parametrize(
    ("noun", "names"),
    [
        ("data source", "digits mnist fashion_mnist cifar10 idx image_folder npz csv hf tfds"),
        ("loss", "cross_entropy squared_error binary_cross_entropy hinge"),
        ("optimizer", "sgd momentum nesterov adagrad rmsprop adam adamw nadam adamax lion lamb adadelta"),
        ("schedule", "constant step cosine linear exponential polynomial warmup"),
        ("augmentation", "flip crop resize rotation color_jitter cutout mixup"),
        ("regularizer", "l1 l2"),
        (
            "initializer",
            "he_normal he_uniform xavier_normal xavier_uniform lecun_normal lecun_uniform orthogonal constant zeros",
        ),
    ],
)
def test_what_the_language_names_is_there(noun: str, names: str) -> None:
    """The calls that the trainer's description asks for exist."""
    (family,) = (family for family in families() if family.noun == noun)
    assert set(names.split()) <= set(family.kinds)


@every_kind
def test_documents_itself(kind: type[Recipe]) -> None:
    """Every call has a docstring that ends a sentence, and a text for every field."""
    assert kind.__doc__
    assert kind.__doc__.strip().endswith(".")
    assert set(field_docs(kind)) == set(kind.model_fields)


@every_kind
def test_notation_names_fields(kind: type[Recipe]) -> None:
    """Arguments without a name fill fields that exist, each once, required ones first."""
    places = kind.notation.positional
    assert len(set(places)) == len(places)
    assert set(places) <= set(kind.model_fields)
    required = [name for name, field in kind.model_fields.items() if field.is_required()]
    assert set(places[: len(required)]) == set(required[: len(places)])


@every_kind
@pytest.mark.parametrize("optional", [False, True], ids=["required", "all"])
def test_both_written_forms_read_back_equal(kind: type[Recipe], *, optional: bool) -> None:
    """A call written in arrow notation and in structured YAML reads back as the same call."""
    given = filled(kind, optional=optional)
    assert read_back(given, given.written()) == given
    assert read_back(given, given.plain()) == given


@every_kind
def test_what_is_left_out_is_the_default(kind: type[Recipe]) -> None:
    """A field without a value is not written, so leaving it out must give it no value again."""
    given = filled(kind, optional=False)
    assert kind.model_validate(given.given()) == given


def test_other_tools_names_are_unambiguous() -> None:
    """No name of another tool stands for two kinds of a family, or is a name of ours there."""
    for family in families():
        names = [name for kind in family.kinds.values() for name in (kind.name, *kind.elsewhere)]
        assert sorted(names) == sorted(set(names)), family


def test_a_name_is_taken_once() -> None:
    """Registering a second kind under a name of the same family fails."""
    with pytest.raises(TypeError, match="two kinds of optimizer are called momentum"):

        @recipe("momentum")
        class Other(Optimizer):
            """Another."""

    assert Optimizer.kinds["momentum"] is Momentum


def test_a_family_is_no_call() -> None:
    """A section made in Python takes kinds, not families or mappings."""
    for value in ({}, {"rate": 1.0}, Optimizer):
        with pytest.raises(ValidationError):
            Train.model_validate({"optimizer": value})


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("adam", {"b1": 0.9, "b2": 0.999, "eps": 1e-8}),
        ("adamax", {"b1": 0.9, "b2": 0.999, "eps": 1e-8}),
        ("adamw", {"b1": 0.9, "b2": 0.999, "eps": 1e-8, "weight_decay": 1e-4}),
        ("lamb", {"b1": 0.9, "b2": 0.999, "eps": 1e-6, "weight_decay": 0.0}),
        ("lion", {"b1": 0.9, "b2": 0.99, "weight_decay": 1e-3}),
        (
            "rmsprop",
            {"decay": 0.9, "eps": 1e-8, "eps_in_sqrt": True, "initial_scale": 0.0, "centered": False},
        ),
        ("adagrad", {"initial_accumulator_value": 0.1, "eps": 1e-7}),
        ("adadelta", {"rho": 0.9, "eps": 1e-6}),
    ],
)
def test_defaults_are_optax_s(name: str, published: dict[str, Any]) -> None:
    """Defaults are those in the signatures of optax 0.2.8."""
    assert published.items() <= Optimizer.kinds[name]().given().items()


@given(
    st.text(max_size=20)
    | st.sampled_from(["5x20", "{a}", "null", "1e-3", "a->b", "#a", "'a'", "a=b", "[a]", "~"])
)
def test_any_text_is_refused_or_reads_back(text: str) -> None:
    """A text is either refused when the call is made, or reads back from both written forms as it was."""
    try:
        given = Csv(path=text)
    except ValidationError:
        return
    assert read_back(given, given.written()) == given
    assert read_back(given, given.plain()) == given


@given(st.floats(min_value=0, exclude_min=True, allow_infinity=False))
def test_any_number_reads_back(rate: float) -> None:
    """A number is written with all the digits that it needs."""
    given = Momentum(rate=rate)
    assert read_back(given, given.written()) == given
    assert read_back(given, given.plain()) == given
