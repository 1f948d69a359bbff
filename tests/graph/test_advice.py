"""Warnings and notes: what is allowed but probably not meant."""

import pytest
from spec_text import assert_told, codes, spoken

from netspec.checking import check, check_text
from netspec.diagnostics import Severity
from netspec.language.catalog import bundled


@pytest.mark.parametrize(
    ("code", "given", "network"),
    [
        ("W201", "224x224x3", "⟦conv11-96/4(padding=0)⟧ -> relu"),
        ("W201", "9x8x3", "⟦pool2⟧ -> relu"),
        ("W201", "100x4", "⟦pool3⟧"),
        ("W203", "8x8x1", "⟦conv4-4⟧ -> relu"),
        ("W203", "8x8x1", "⟦dwconv2⟧ -> relu"),
        ("W204", "8x8x1", "conv3-4 @a -> relu -> ⟦conv3-8⟧ -> from(a) -> relu"),
        ("W204", "8x8x1", "⟦conv3-8⟧ -> from(input) -> relu"),
    ],
)
def test_a_warning_stands_at_its_layer(code: str, given: str, network: str) -> None:
    """One warning, at the layer that it is about."""
    assert_told(f"input: {given}\nnetwork: {network}\n", code)


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("W205", "⟦28x28⟧"),
        ("W205", "⟦3x224x224⟧"),
        ("W205", "⟦1x28x28⟧"),
        ("W205", "{shape: ⟦28x28⟧, mean: 0.5}"),
        ("W205", "⟦[3, 224, 224]⟧"),
    ],
)
def test_an_input_in_another_order_is_warned_about(code: str, given: str) -> None:
    """Channels first, and an image without channels."""
    assert_told(f"input: {given}\nnetwork: relu\n", code)


@pytest.mark.parametrize(
    "given",
    [
        "28x28x1",
        "56x300",
        "784",
        "3x3x3",
        "1x1x1",
        "224x224x3",
        "16x112x112x3",
        "3x5x7",
        "{shape: 56x56, tokens: 10}",
    ],
)
def test_a_usual_input_is_not_warned_about(given: str) -> None:
    """Images, sequences, vectors, volumes and boards are as they should be."""
    chain = "embed-4" if "tokens" in given else "relu"
    assert codes(f"input: {given}\nnetwork: {chain}\n") == []


@pytest.mark.parametrize(
    ("last", "losses"),
    [
        ("softmax", {"binary_cross_entropy", "hinge"}),
        ("sigmoid", {"cross_entropy", "hinge"}),
        ("relu", set()),
    ],
)
def test_a_loss_after_another_end_is_warned_about(last: str, losses: set[str]) -> None:
    """Each loss takes the values before its own softmax or sigmoid, and would take another's for them."""
    for loss in ("cross_entropy", "binary_cross_entropy", "hinge", "squared_error"):
        text = f"input: 5\nnetwork: fc-3 -> ⟦{last}⟧\ntrain: {{loss: {loss}}}\n"
        if loss in losses:
            assert_told(text, "W206")
        else:
            assert codes(text.replace("⟦", "").replace("⟧", "")) == []


def test_every_head_that_is_learnt_from_is_looked_at() -> None:
    """A head's end is warned about, unless it weighs nothing."""
    text = "input: 5\nnetwork: fc-4 @a -> fc-3\nheads: {h: {from: a, network: fc-3 -> ⟦softmax⟧}}\ntrain: {loss: hinge}\n"
    assert_told(text, "W206")
    plain = text.replace("⟦", "").replace("⟧", "").replace("from: a", "from: a, loss_weight: 0")
    assert codes(plain) == []


@pytest.mark.parametrize(
    "network",
    [
        "pool3/2",
        "conv2-4(padding=valid)",
        "conv4-4(padding=[[1, 2], [1, 2]])",
        "pool2/2(ceil=true)",
        "conv1-4/2",
    ],
)
def test_what_is_usual_is_not_warned_about(network: str) -> None:
    """Explicit padding, overlapping pools that end with the map, and strides that skip everywhere."""
    assert codes(f"input: 9x9x3\nnetwork: {network}\n") == []


@pytest.mark.parametrize("name", list(bundled()))
def test_the_bundled_specs_are_clean(name: str) -> None:
    """No bundled spec has a warning that is not allowed in it."""
    assert [str(finding) for finding in check(name).findings if finding.severity > Severity.NOTE] == []


def test_a_warning_in_a_block_is_told_once() -> None:
    """However often the block is called."""
    text = "input: 33x33x4\nblocks:\n  unit(): conv3-4 -> ⟦pool2⟧\nnetwork: unit -> pad([[0, 1], [0, 1]]) -> unit\n"
    assert_told(text, "W201")


def test_warnings_come_beside_errors() -> None:
    """An error does not hide the warnings about what could be read."""
    text = "input: 9x9x1\nnetwork: conv4-4 -> pool2 @a -> zorbl\n"
    assert {"W201", "W203", "E102"} <= set(codes(text))


def test_notes_of_the_grammar() -> None:
    """N > 3 and K >= 3 get the lectures' "usually", at the first layer that they are about; smaller ones do not."""
    text = 'input: 8x8x1\nnetwork: "[conv3-4 -> relu]*{n} -> pool2 -> [fc-16 -> relu]*{k} -> fc-10"\n'
    for n, k, expected in (
        (3, 2, []),
        (4, 2, ["N302"]),
        (3, 3, ["N303"]),
        (4, 3, ["N302", "N303"]),
        (9, 9, ["N302", "N303"]),
    ):
        report = check_text(text.replace("{n}", str(n)).replace("{k}", str(k)))
        assert [finding.code for finding in report.findings] == expected
        assert {finding.severity for finding in report.findings} <= {Severity.NOTE}
        assert [finding.span and finding.span.text for finding in report.findings] == [
            {"N302": "conv3-4", "N303": "fc-16"}[code] for code in expected
        ]


def test_going_beyond_the_grammar_is_a_note_or_with_strict_grammar_an_error() -> None:
    """The finding stands where the network goes beyond."""
    text = "input: 8x8x1\nnetwork: conv3-4 -> bn -> relu -> fc-10\n"
    for strict, severity in ((False, Severity.NOTE), (True, Severity.ERROR)):
        report = check_text(text, strict_grammar=strict)
        (finding,) = report.findings
        assert (finding.code, finding.severity, finding.span and finding.span.text) == (
            "N301",
            severity,
            "bn",
        )
        assert report.ok == (not strict)


@pytest.mark.parametrize("code", ["W201", "W203", "W205", "N301", "N302"])
def test_advice_that_is_allowed_is_not_told(code: str) -> None:
    """`allow` takes every code of advice."""
    text = 'input: 27x27\nnetwork: "[conv4-4 -> relu]*4 -> pool2 -> bn"\n'
    assert code in {finding.code for finding in check_text(text).findings} or code == "N302"
    assert code not in {finding.code for finding in check_text(text + f"allow: [{code}]\n").findings}


def test_a_strict_grammar_cannot_be_allowed_away() -> None:
    """Where the grammar is asked for, `allow` does not silence it."""
    text = "input: 8x8x1\nnetwork: conv3-4 -> bn -> relu -> fc-10\nallow: [N301]\n"
    assert [finding.code for finding in spoken(text, strict_grammar=True)] == ["N301"]


def test_a_parameter_that_its_block_does_not_use_is_warned_about() -> None:
    """The body reads the variable behind it; the parameter is misspelt or left over."""
    text = "input: 8x8x3\nvariables: {width: 4}\nblocks: {double(wdith): 'conv3-{width} -> relu'}\nnetwork: double(7)\n"
    assert [(f.code, "`wdith`" in f.message) for f in check_text(text).findings if f.severity] == [
        ("W102", True)
    ]
    assert "W102" not in [f.code for f in check_text(text.replace("wdith", "width")).findings]
