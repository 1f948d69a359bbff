"""Suggested edits: each one, made by hand, removes its finding and brings no new error."""

import pytest
from hypothesis import given, settings, strategies as st
from spec_text import codes, errors, mended, spoken, the_finding

from netspec.checking import check_text
from netspec.diagnostics import Edit, Finding, Mend, Severity, Source, rules
from netspec.graph.mends import verified

BAD = [rule for rule in rules.RULES.values() if rule.examples == "spec"]
HEAD = "input: 16x16x4\n"


def counted(findings: tuple[Finding, ...], finding: Finding) -> int:
    """How often a finding's code and message are among others."""
    return sum((other.code, other.message) == (finding.code, finding.message) for other in findings)


def assert_mends(text: str) -> int:
    """Every mend that is offered for a text removes its finding; gives their number."""
    before = check_text(text).findings
    offered = 0
    for finding in before:
        for after in mended(finding):
            offered += 1
            left = check_text(after).findings
            assert counted(left, finding) < counted(before, finding), after
            told = {(f.code, f.message) for f in before}
            new = [f for f in left if f.severity is Severity.ERROR and (f.code, f.message) not in told]
            # A mended shape lets the shapes further down be known.
            assert all(f.code.startswith("E2") for f in new), after
    return offered


@pytest.mark.parametrize("rule", BAD, ids=lambda rule: rule.code)
def test_the_mends_of_a_rule_s_bad_example_mend_it(rule: object) -> None:
    """What is printed for the manual's wrong examples is right."""
    assert_mends(rule.bad)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("network: conv3-4(padding=valid, bais=true)\n", "network: conv3-4(padding=valid, bias=true)\n"),
        ("network: relu => relu\n", "network: relu -> relu\n"),
        ("network: relu - > relu\n", "network: relu -> relu\n"),
        ("network: relu --> relu\n", "network: relu -> relu\n"),
        ("network: relu, relu\n", "network: relu -> relu\n"),
        ("network: relu relu\n", "network: relu -> relu\n"),
        ("network: conv3–4\n", "network: conv3-4\n"),
        ("network: relu -> pool2? -> relu\n", "network: relu -> pool2 -> relu\n"),
        ("network: relu @skip -> bn -> add(skp)\n", "network: relu @skip -> bn -> add(skip)\n"),
        (
            "variables: {width: 4}\nnetwork: conv3-{2*widht}\n",
            "variables: {width: 4}\nnetwork: conv3-{2*width}\n",
        ),
        ("network:\n  - conv: {filters: 4, kernal: 3}\n", "network:\n  - conv: {filters: 4, kernel: 3}\n"),
        (
            "variables: {w: 4}\nnetwork:\n  - conv: {filters: {w}, kernel: 3}\n",
            'variables: {w: 4}\nnetwork:\n  - conv: {filters: "{w}", kernel: 3}\n',
        ),
        ("network: pool8 -> conv5-4(padding=valid)\n", "network: pool8 -> conv5-4(padding=same)\n"),
        ("network: pool8 -> conv5-4(padding=0)\n", "network: pool8 -> conv5-4(padding=same)\n"),
        (
            "network:\n  - pool8\n  - conv: {filters: 4, kernel: 5, padding: 0}\n",
            "network:\n  - pool8\n  - conv: {filters: 4, kernel: 5, padding: same}\n",
        ),
        (
            "network: relu @a -> crop(2) -> concat(a)\n",
            "network: relu @a -> crop(2) -> concat(a, crop=true)\n",
        ),
        (
            "network:\n  - relu @a -> crop(2)\n  - concat: {with: a}\n",
            "network:\n  - relu @a -> crop(2)\n  - concat: {with: a, crop: true}\n",
        ),
    ],
)
def test_a_mend_is_what_a_person_would_write(text: str, meant: str) -> None:
    """The suggested text, and nothing else about the file, is changed."""
    assert HEAD + meant in [after for finding in spoken(HEAD + text) for after in mended(finding)]
    assert_mends(HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        'network: "relu => relu"\n',
        "network: 'relu => relu'\n",
        "network: |\n  relu => relu\n",
        "network: >\n  relu\n  => relu\n",
        'network: "relu \\u003d> relu"\n',
        'network: "re\\u006cu\\t=> \\\n    relu"\n',
    ],
)
def test_a_mend_is_right_in_every_style(text: str) -> None:
    """Where an edit is offered, it lands on the right characters of the file."""
    assert assert_mends(HEAD + text) >= (0 if "\\u003d" in text else 1)


@settings(max_examples=60)
@given(
    layers=st.lists(
        st.sampled_from(
            [
                "cnov3-4",
                "rleu",
                "conv3-4(strid=1)",
                "conv3-4(bias=on)",
                "maxpool2",
                "conv3-{widht}",
                "add(skp)",
                "gn(2)",
                "pool2?",
                "relu =>",
            ]
        ),
        min_size=1,
        max_size=5,
    )
)
def test_mends_of_files_with_several_faults(layers: list[str]) -> None:
    """Beside other faults too, each mend removes its own."""
    chain = " -> ".join(["relu @skip", *layers, "relu -> add(skip)"]).replace("=> ->", "=>")
    assert_mends(f"{HEAD}variables: {{width: 4}}\nnetwork: {chain}\n")


def test_only_mends_that_help_are_kept() -> None:
    """An edit after which the finding is still there, or another error comes, is not shown."""
    source = Source("x", "one two")
    span = source.span(0, 3)
    offered = tuple(Mend(word, (Edit(span, word),)) for word in ("still", "worse", "right"))
    wrong = Finding.at(rules.UNKNOWN_NAME, span, "wrong", mends=offered)
    worse = Finding.at(rules.ARROW_SYNTAX, span, "worse")
    answers = {"still two": (wrong,), "worse two": (worse,), "right two": ()}
    (kept,) = verified((wrong,), answers.__getitem__, layers=1)
    assert [mend.help for mend in kept.mends] == ["right"]


def test_a_mend_may_uncover_shapes_further_down() -> None:
    """What a mended fault had hidden does not speak against the mend."""
    finding = the_finding(HEAD + "variables: {width: 4}\nallow: [W102]\nnetwork: conv3-{widht} -> pool17\n")
    assert [errors(check_text(after))[0].split(": ")[1] for after in mended(finding)] == ["error[E203]"]


def test_a_mend_of_a_setting_is_not_made_in_the_file() -> None:
    """A fault in `--set` is not mended in the spec's text."""
    text = HEAD + "variables: {width: 4, act: relu}\nnetwork: conv3-{width} -> {act}\n"
    finding = the_finding(text, settings={"act": "'{widht}'"})
    assert finding.mends == ()


def test_there_are_mends_at_all() -> None:
    """The property is not empty: many of the wrong examples have a mend."""
    assert sum(assert_mends(rule.bad) for rule in BAD) > 5


def test_a_file_full_of_faults_is_answered() -> None:
    """A hundred faults of one kind are told, though not all of their mends are tried."""
    assert codes(HEAD + "network: " + " -> ".join(["cnov3-4"] * 100) + "\n") == ["E102"] * 100
