"""The `train:` section: what it reads, what it refuses and where, and how it is written back."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, strategies as st

from netspec.diagnostics import Finding, Source
from netspec.language.limits import Limits
from netspec.language.recipes.base import families
from netspec.language.recipes.elsewhere import ELSEWHERE
from netspec.language.structured import Reader
from netspec.language.train import Train, read_train, train_as_plain, train_schema
from netspec.language.yaml12 import Mapping, Unreadable, compose

VARIABLES = {"width": 4, "name": "adam", "rates": (0.1, 0.2)}


def read(section: str) -> tuple[Train | None, list[Finding]]:
    """What the section's text gives, and the findings."""
    findings: list[Finding] = []
    text = "train:\n" + "".join(f"  {line}\n" for line in section.splitlines())
    root = compose(Source("spec.yaml", text), Limits(), findings)
    assert isinstance(root, Mapping)
    value = root.get("train")
    assert value is not None
    return read_train(value, Reader(Limits(), findings), VARIABLES, findings), findings


def sound(section: str) -> Train:
    """The section of a text without faults."""
    train, findings = read(section)
    assert train is not None, findings
    assert not findings
    return train


def test_the_issues_example_reads_as_written() -> None:
    """The section of the language's description gives the values that it names."""
    train = sound(
        "data: mnist\nloss: cross_entropy\nbatch: 128\nepochs: 12\noptimizer: momentum(0.05, momentum=0.9)\n"
        "schedule: warmup(500) -> cosine\naugmentation: flip -> crop(padding=4)\ninitialization: he_normal\n"
        "regularization: l2(5e-4)\nseed: 0\nprecision: float32\n"
    )
    assert (train.batch, train.epochs, train.steps, train.seed, train.precision) == (
        128,
        12,
        None,
        0,
        "float32",
    )
    assert (train.optimizer.name, train.optimizer.given()) == ("momentum", {"rate": 0.05, "momentum": 0.9})
    assert [(phase.name, phase.given()) for phase in train.schedule] == [
        ("warmup", {"steps": 500, "start": 0.0}),
        ("cosine", {"end": 0.0, "restarts": 0, "growth": 1.0}),
    ]
    assert [step.name for step in train.augmentation] == ["flip", "crop"]
    assert [penalty.given() for penalty in train.regularization] == [
        {"strength": 0.0005, "decayed": "weights"}
    ]
    assert (train.data.name, train.loss.name, train.initialization.name) == (
        "mnist",
        "cross_entropy",
        "he_normal",
    )


def test_an_empty_section_is_all_defaults() -> None:
    """Nothing has to be given: the digits that come with netspec, Adam, 12 epochs."""
    assert sound("") == sound("{}") == Train()
    assert (Train().data.name, Train().optimizer.name, Train().epochs) == ("digits", "adam", 12)


@pytest.mark.parametrize(
    ("arrow", "structured"),
    [
        ("optimizer: momentum(0.05)", "optimizer:\n  momentum: {rate: 0.05}"),
        ("optimizer: ADAM", "optimizer: {adam: {}}"),
        ("optimizer: nesterov(0.1, 0.8)", "optimizer: {nesterov: [0.1, 0.8]}"),
        ("regularization: l2(5e-4)", "regularization: {l2: 5e-4}"),
        ("schedule: warmup(500) -> cosine", "schedule: [warmup(500), cosine]"),
        (
            "schedule: |\n  warmup(500)  # gently\n  cosine",
            "schedule:\n  - warmup: {steps: 500}\n  - cosine: {}",
        ),
        ("augmentation: flip -> crop -> cutout(8)", "augmentation:\n  - flip -> crop\n  - cutout: {size: 8}"),
        ('data: image_folder("my photos", fit=pad)', "data: {image_folder: {path: my photos, fit: pad}}"),
        ("schedule: step(epochs=[30, 60])", "schedule: {step: {epochs: [30, 60]}}"),
        ("data: cifar10", "data: {cifar10: }"),
        ("preprocessing: subtract_mean([1, 2.5])", "preprocessing: [{subtract_mean: {mean: [1, 2.5]}}]"),
    ],
)
def test_both_notations_mean_the_same(arrow: str, structured: str) -> None:
    """A call in arrow notation and its structured form give equal sections."""
    assert sound(arrow) == sound(structured)


def test_expressions_stand_in_any_value() -> None:
    """Variables count in plain keys, in arguments of both notations, in lists and in place of a name."""
    train = sound(
        'batch: "{width * 8}"\noptimizer: {"{name}": "{rates[0]}"}\nregularization: {l2: {strength: "{1/width}"}}\n'
        'schedule: "warmup({width}) -> step(epochs=[{width}, {2*width}])"\nclip: "{1/2}"\n'
    )
    assert (train.batch, train.optimizer.name, train.clip) == (32, "adam", 0.5)
    assert train.optimizer.given()["rate"] == 0.1
    assert train.regularization[0].given()["strength"] == 0.25
    assert train.schedule[0].given()["steps"] == 4
    assert train.schedule[1].given()["epochs"] == (4, 8)


@pytest.mark.parametrize("empty", ["null", "[]"])
def test_nothing_can_be_said(empty: str) -> None:
    """Null and the empty list stand for no augmentation, penalty or schedule."""
    train = sound(
        f"augmentation: {empty}\nregularization: {empty}\nschedule: {empty}\nclip: null\nearly_stopping: null"
    )
    assert (train.augmentation, train.regularization, train.schedule) == ((), (), ())
    assert (train.clip, train.early_stopping) == (None, None)


def test_no_preprocessing_differs_from_none_given() -> None:
    """An empty list means that nothing is done; null means that the default is taken."""
    assert sound("preprocessing: []").preprocessing == ()
    assert sound("preprocessing: null").preprocessing is None


# Each section with the one finding it gives: code, the text it points at, and a part of its message or help.
REFUSED = [
    ("epoch: 3", "E103", "epoch", "`epochs`"),
    ("batch_size: 3", "E103", "batch_size", "`batch`"),
    ("learning_rate: 0.1", "E103", "learning_rate", "adam(0.001)"),
    ("momentum: 0.9", "E103", "momentum", "`optimizer: momentum`"),
    ("weight_decay: 0.1", "E103", "weight_decay", "adamw"),
    ("dropout: 0.1", "E103", "dropout", "it has data, "),
    ("optimizer: adm", "E102", "adm", "`adam`"),
    ("optimizer: sgd_momentum(0.1)", "E102", "sgd_momentum", "`momentum`"),
    ("optimizer: {Nestrov: {rate: 1}}", "E102", "Nestrov", "`nesterov`"),
    ("initialization: glorot_normal", "E102", "glorot_normal", "`xavier_normal`"),
    ("initialization: kaiming_uniform", "E102", "kaiming_uniform", "`he_uniform`"),
    ("loss: mse", "E102", "mse", "`squared_error`"),
    ("loss: adam", "E102", "adam", "optimizer"),
    ("optimizer: relu", "E102", "relu", "it is one of sgd, momentum, "),
    ("augmentation: flip -> none", "E102", "none", "leave `augmentation` out"),
    ("data: {width}", "E102", "width", '"{width}"'),
    ("optimizer: momentum(lr=0.05)", "E103", "lr", "`rate`"),
    ("optimizer: {adam: {Beta_1: 0.9}}", "E103", "Beta_1", "`b1`"),
    ("augmentation: flip(p=0.3)", "E103", "p", "`probability`"),
    ("optimizer: adam(zeal=0.05)", "E103", "zeal", "it has rate, b1"),
    ("optimizer: {momentum: {rate: 1, momentm: 0.9}}", "E103", "momentm", "`momentum`"),
    ("optimizer: adam-3", "E103", "3", "-WIDTH"),
    ("data: mnist(here, there)", "E103", "there", "1 argument"),
    ("loss: cross_entropy(3)", "E103", "3", "by name"),
    ("optimizer: sgd", "E105", "sgd", "`rate`: step size"),
    ("optimizer: {sgd: {}}", "E105", "sgd", "`rate`"),
    ("optimizer: adam(1, rate=2)", "E106", "rate", "twice"),
    ("optimizer: adam(-1)", "E104", "-1", "more than 0"),
    ("optimizer: adam(b1=1.0)", "E104", "1.0", "less than 1"),
    ("optimizer: adam(.inf)", "E104", ".inf", "finite"),
    ("optimizer: adam(fast)", "E104", "fast", "a number"),
    ("regularization: l1(1e-5) -> l2(5e-4, decayed=everything)", "E104", "everything", "`all`"),
    ("optimizer: rmsprop(1, nesterov=true)", "E104", "true", "`momentum`"),
    ("batch: 0", "E104", "0", "at least 1"),
    ("batch: 1.5", "E104", "1.5", "whole number"),
    ("seed: 4294967296", "E104", "4294967296", "at most"),
    ("precision: float23", "E104", "float23", "`float32`"),
    ("shuffle: yes", "E104", "yes", "true"),
    ("monitor: accurracy", "E104", "accurracy", "`accuracy`"),
    ("batch: {width}", "E104", "{width}", "quotes"),
    ("optimizer: {rmsprop: {momentum: {width}}}", "E104", "{width}", "quotes"),
    ("epochs: 3\nsteps: 100", "E104", "3", "`steps`"),
    ("epochs: null", "E104", "null", "`steps`"),
    ("batch: 128\naccumulate: 3", "E104", "3", "divisor of the batch of 128"),
    ("batch: x\naccumulate: 3", "E104", "x", "whole number"),
    ("schedule: warmup(5, epochs=3) -> cosine", "E104", "3", "`steps`"),
    ("schedule: step", "E104", "step", "epochs=30"),
    ("schedule: step(30)", "E103", "30", "takes its arguments by name: steps, epochs"),
    ("schedule: step(epochs=[30, 20])", "E104", "[30, 20]", "rise"),
    ("augmentation: resize(256, 128)", "E104", "128", "256"),
    ("preprocessing: rescale(raw=[255, 0])", "E104", "[255, 0]", "lower one first"),
    ("preprocessing: rescale(1)", "E104", "rescale", "leaves nothing"),
    ("preprocessing: subtract_mean -> rescale(-3, high=-3)", "E104", "rescale", "from -3 to -3"),
    ("data: csv('')", "E104", "''", "characters"),
    ("loss: hinge\nlabel_smoothing: 0.1", "E104", "hinge", "label_smoothing"),
    ("augmentation: flip -> mixup\nloss: hinge(2)", "E104", "hinge(2)", "mixup"),
    ("schedule: cosine -> warmup(500)", "E118", "warmup(500)", "first"),
    ("schedule: warmup(500)", "E118", "warmup(500)", "none follows"),
    ("schedule: [warmup(5), cosine, linear]", "E118", "cosine", "`linear` follows"),
    ("optimizer: {name: adam, rate: 0.1}", "E118", "name", "`adam: {rate: ...}`"),
    ("loss: {type: hinge}", "E118", "type", "`loss: hinge`"),
    ("optimizer:\n  momentum:\n  rate: 0.1", "E118", "rate", "`momentum: {rate: ...}`"),
    ("optimizer: {sgd: 0.1, adam: 1}", "E118", "adam", "another"),
    ("optimizer: [adam]", "E118", "[adam]", "not a list"),
    ("optimizer: adam -> lion", "E118", "lion", "second"),
    ("augmentation: [flip, [crop]]", "E118", "[crop]", "inside the list"),
    ("optimizer: 0.1", "E118", "0.1", "`sgd`"),
    ("augmentation: [null]", "E118", "null", "`flip`"),
    ("data: {}", "E118", "{}", "no data source"),
    ("data: /some/my photos", "E118", "/some/my photos", 'image_folder("/some/my photos")'),
    ("data: photos.ZIP", "E118", "photos.ZIP", 'image_folder("photos.ZIP")'),
    ("data: a/b.npz", "E118", "a/b.npz", 'npz("a/b.npz")'),
    ("data: b.csv", "E118", "b.csv", 'csv("b.csv")'),
    ('augmentation: "[flip]*2"', "E118", "[flip]*2", "without brackets"),
    ("augmentation: flip @a -> crop", "E118", "a", "tags"),
    ('optimizer: "{width}"', "E118", "{width}", "gives 4"),
    ("optimizer: adam({widht})", "E108", "{widht}", "`width`"),
    ('batch: "{width / 0}"', "E110", '"{width / 0}"', "zero"),
    ("augmentation: flip -> -> crop", "E101", "->", "missing"),
]


@pytest.mark.parametrize(("section", "code", "at", "says"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_fault_is_one_finding_at_its_word(section: str, code: str, at: str, says: str) -> None:
    """One fault gives one finding, with its code, at the word that is wrong, saying what is meant instead."""
    train, findings = read(section)
    assert train is None
    assert [(finding.code, finding.span and finding.span.text.strip("@")) for finding in findings] == [
        (code, at)
    ]
    assert says in findings[0].message + " " + findings[0].help + " ".join(
        m.edits[0].replacement for m in findings[0].mends
    )


def test_fields_known_elsewhere_are_fields_here() -> None:
    """Each stands for a field that some recipe has, and is written in small letters."""
    fields = {field for family in families() for kind in family.kinds.values() for field in kind.model_fields}
    assert set(ELSEWHERE.values()) <= fields
    assert [name for name in ELSEWHERE if name != name.casefold()] == []


@pytest.mark.parametrize("section", ["adam", "3", "[epochs, 3]"])
def test_a_section_is_a_mapping(section: str) -> None:
    """Anything but keys with values is refused as a whole."""
    train, findings = read(section)
    assert train is None
    assert [finding.code for finding in findings] == ["E118"]


def test_all_faults_come_in_one_run() -> None:
    """Faults in different keys, and in different calls of a chain, are reported together."""
    _, findings = read(
        "epoch: 3\nbatch: 0\noptimizer: adm(1)\naugmentation: flp -> crop(-1)\nschedule: cosine(ends=1)"
    )
    assert [f.span.text for f in findings if f.span] == ["epoch", "adm", "flp", "-1", "ends", "0"]


@pytest.mark.parametrize(
    "case", [case for case in REFUSED if case[1] == "E102" and case[3].startswith("`")], ids=str
)
def test_a_suggested_name_mends_the_section(case: tuple[str, str, str, str]) -> None:
    """Where a name is suggested, writing it in place of the wrong one leaves no unknown name."""
    _, (finding,) = read(case[0])
    ((edit,),) = (mend.edits for mend in finding.mends)
    text = edit.span.source.text
    mended = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    _, findings = read("\n".join(line[2:] for line in mended.splitlines()[1:]))
    assert all(finding.code != "E102" for finding in findings)


def test_far_names_suggest_nothing() -> None:
    """A word that is near to no name gets the list of names instead of a guess."""
    _, (finding,) = read("optimizer: zebra")
    assert not finding.mends
    assert "did you mean" not in finding.help


@pytest.mark.parametrize(
    "section",
    [
        "",
        "steps: 500\nschedule: warmup(epochs=2) -> linear(1, 0.1)\naverage: 0.999\nclip: 1",
        "schedule: constant(0.1, steps=5) -> polynomial(2)\naugmentation: rotation -> color_jitter(hue=0.1) -> mixup",
        "data: idx(a.gz, b.gz)\nloss: cross_entropy(class_weights=[1, 2.5], ignore=255)\nprecision: bfloat16",
        "preprocessing: subtract_mean -> rescale(-1, 1, raw=[0, 255])\nearly_stopping: patience(3)\nmonitor: accuracy",
        "optimizer: rmsprop(momentum=0.9)\nregularization: l1(1e-5) -> l2(5e-4, decayed=all)\npreprocessing: []",
        'data: image_folder("5x20")',
        "data: csv(\"{a}\", label='null')",
        "augmentation: null\nschedule: exponential(0.95, steps=100, staircase=true)",
    ],
)
def test_the_plain_form_reads_back_equal(section: str) -> None:
    """The section with every default written out is the same section, also after a second time."""
    train = sound(section)
    plain = train_as_plain(train)
    again = sound(json.dumps(plain))
    assert again == train
    assert train_as_plain(again) == plain


def test_the_plain_form_names_every_default() -> None:
    """Keys without a value are left out; all others are written out with their defaults."""
    plain = train_as_plain(Train())
    without = {"preprocessing", "steps", "clip", "average", "early_stopping"}
    assert set(plain) == set(Train.model_fields) - without
    assert plain["optimizer"] == {
        "adam": {"rate": 0.001, "b1": 0.9, "b2": 0.999, "eps": 1e-08, "eps_root": 0.0}
    }


words = st.sampled_from(
    [
        "adam",
        "momentum(0.1)",
        "flip -> crop",
        "l2",
        "5x20",
        "{width}",
        "{nope}",
        "[flip]*2",
        "->",
        "yes",
        "",
        "name",
        "@a",
    ]
)
keys = st.sampled_from(
    [*Train.model_fields, "adam", "l2", "step", "warmup", "repeat", "tag", "rate", "lr", "none"]
)
trees: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(keys, trees, max_size=4))
def test_any_section_gives_a_value_or_findings(section: dict[str, Any]) -> None:
    """Whatever stands in the section, reading gives either a section or findings, and never an exception."""
    try:
        train, findings = read(json.dumps(section))
    except Unreadable:
        return
    assert (train is None) == bool(findings)


@pytest.mark.parametrize(
    "section", ["", "schedule: warmup -> cosine", "augmentation: flip -> mixup", "steps: 5"]
)
def test_editors_accept_what_is_written_out(section: str) -> None:
    """The JSON Schema is one, and accepts the written form of a section."""
    jsonschema.Draft202012Validator.check_schema(train_schema())
    jsonschema.validate(train_as_plain(sound(section)), train_schema())


@pytest.mark.parametrize(
    "section",
    [{"epoch": 3}, {"batch": 0}, {"optimizer": {"adm": {}}}, {"optimizer": {"adam": {"lr": 1}}}, {"loss": 3}],
)
def test_editors_refuse_what_netspec_refuses(section: dict[str, Any]) -> None:
    """The JSON Schema knows keys, names, fields and bounds."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(section, train_schema())
