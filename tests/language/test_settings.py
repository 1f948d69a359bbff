"""`--set NAME=VALUE`: variables of the spec, and with dots its keys."""

import pytest
from spec_text import accepted, codes, graph, spoken

SPEC = """\
input: 16x16x3
variables: {width: 4, depth: [1, 2], act: relu}
blocks:
  unit(width): conv3-{width}
network: "conv3-{width} -> {act} -> [bn]*{depth[1]} -> unit({width}) @a -> relu"
heads: {side: {from: a, network: relu}}
"""


@pytest.mark.parametrize(
    ("name", "value", "changed"),
    [
        ("width", "8", "width: 8"),
        ("depth", "[3, 1]", "depth: [3, 1]"),
        ("act", "tanh", "act: tanh"),
        ("width", "'{2*4}'", "width: 8"),
        ("depth", "[1, '{width-3}']", "depth: [1, 1]"),
    ],
)
def test_a_variable_is_set_as_if_the_spec_said_so(name: str, value: str, changed: str) -> None:
    """A setting gives the same graph as the text with that value."""
    old = {"width": "width: 4", "depth": "depth: [1, 2]", "act": "act: relu"}[name]
    assert graph(SPEC, settings={name: value}) == graph(SPEC.replace(old, changed))


def test_keys_are_set_with_dots() -> None:
    """Any key of input, train, budget, heads and name is reached with dots, whether it is there or not."""
    settings = {
        "name": "Other",
        "input": "32x32x1",
        "train.epochs": "3",
        "budget.params": "5M",
        "heads.side.loss_weight": "0.25",
    }
    report = accepted(SPEC, settings=settings)
    assert report.spec is not None
    assert report.graph is not None
    assert (report.spec.name, report.spec.train.epochs) == ("Other", 3)
    assert report.spec.budget is not None
    assert report.spec.budget.params == 5_000_000
    assert str(report.graph.input) == "32x32x1"
    assert report.graph.outputs[1].loss_weight == 0.25


def test_a_variable_counts_more_than_a_key_of_the_same_name() -> None:
    """`--set name=...` sets the variable `name` where there is one."""
    text = "input: 8x8x1\nvariables: {name: 4}\nnetwork: conv3-{name}\n"
    assert graph(text, settings={"name": "8"}).nodes[0].shape.channels == 8


@pytest.mark.parametrize(
    "name",
    ["widht", "network", "blocks.unit", "variables", "nothing.at.all", "", "train.", ".epochs", "width.0"],
)
def test_a_setting_that_names_nothing_is_refused(name: str) -> None:
    """A name that is neither a variable nor such a key gives one finding, that shows the setting."""
    (finding,) = spoken(SPEC, settings={name: "8"})
    assert finding.code == "E120"
    assert finding.span is not None
    assert finding.span.text == "8"


def test_the_nearest_variable_is_offered() -> None:
    """A misspelt variable is answered with the one that was probably meant."""
    (finding,) = spoken(SPEC, settings={"widht": "8"})
    assert "`width`" in finding.help


@pytest.mark.parametrize(
    ("written", "settings", "length"),
    [
        ("epochs: 3", {"train.steps": "5"}, (5, None)),
        ("steps: 3", {"train.epochs": "5"}, (None, 5)),
        ("steps: 3", {"train.steps": "null"}, (None, 12)),
        ("epochs: 3", {"train.batch": "5"}, (None, 3)),
    ],
)
def test_a_length_takes_the_place_of_one_in_the_other_unit(
    written: str, settings: dict[str, str], length: tuple[int | None, int | None]
) -> None:
    """Steps of epochs and epochs of steps; a length that is taken away leaves the default, and no length the spec's."""
    report = accepted(f"{SPEC}train: {{{written}}}\n", settings=settings)
    assert report.spec is not None
    assert report.spec.train is not None
    assert (report.spec.train.steps, report.spec.train.epochs) == length


def test_two_lengths_contradict_each_other() -> None:
    """Steps and epochs, both set, are refused."""
    assert codes(SPEC, settings={"train.steps": "5", "train.epochs": "2"}) == ["E104"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"width": "[1"}, "E003"),
        ({"width": "'{2**3}'"}, "E109"),
        ({"width": "'{nothing}'"}, "E108"),
        ({"width": "0"}, "E104"),
        ({"width": "four"}, "E104"),
        ({"input": "pool"}, "E104"),
        ({"train.epoch": "3"}, "E103"),
        ({"budget.params": "many"}, "E104"),
        ({"depth": "[1]"}, "E110"),
        ({"width": "!!str 4"}, "E007"),
        ({"width": ""}, "E104"),
    ],
)
def test_a_wrong_value_is_refused(settings: dict[str, str], code: str) -> None:
    """A setting's value is held to the same rules as the spec's text."""
    assert set(codes(SPEC, settings=settings)) == {code}


def test_all_wrong_settings_are_told_together() -> None:
    """One wrong setting does not hide the next."""
    assert sorted(codes(SPEC, settings={"widht": "8", "depht": "[1, 1]", "act": "zorbl"})) == [
        "E102",
        "E120",
        "E120",
    ]


def test_a_fault_that_a_setting_causes_shows_the_setting() -> None:
    """Where a value from outside is itself wrong, the finding points into it."""
    (finding,) = spoken(SPEC, settings={"width": "'{2**3}'"})
    assert finding.span is not None
    assert finding.span.source.name == "--set width"
    assert finding.span.text == "'{2**3}'"
