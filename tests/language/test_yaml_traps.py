"""Slips that YAML complains about elsewhere, or in words of its own, are told by their name at their place."""

import pytest

from netspec.checking import check_text


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ("name: a\ninput:8x8x1\nnetwork: relu\n", "E003", (2, 1), "a space is missing after `input:`"),
        ("name:a\ninput: 8x8x1\nnetwork: relu\n", "E003", (1, 1), "a space is missing after `name:`"),
        ("input: 8x8x1\nnetwork:relu\n", "E003", (2, 1), "a space is missing after `network:`"),
        ("network:\n  - conv:\n      kernel:5\n      filters: 6\n", "E003", (3, 7), "after `kernel:`"),
        (
            "network:\n  - conv:\n      kernel: 5\n      filters:6\n  - relu\n",
            "E003",
            (4, 7),
            "after `filters:`",
        ),
        ("variables: {a: 1\ninput: 8x8x1\nnetwork: relu\n", "E003", (1, 12), "this `{` is never closed"),
        ("variables:\n  a: [1, 2\n  b: 3\nnetwork: relu\n", "E003", (2, 6), "this `[` is never closed"),
        ("input: {shape: [8, 8, tokens: 3}\n", "E003", (1, 16), "this `[` is never closed"),
        ("input: {shape: 8x8x1 tokens: 3}\n", "E003", (1, 28), "a comma"),
        ("input: [8, 8, 1]]\nnetwork: relu\n", "E003", (1, 17), "this `]` closes nothing"),
        ('network:\n  - "[a]*2\n  - "[b]*2"\n', "E003", (2, 5), "is not closed on this line"),
        ("network:\n  - '[a]*2\n  - '[b]*2'\n", "E003", (2, 5), "is not closed on this line"),
        ('network: "relu\n', "E003", (1, 10), "this quote is never closed"),
        ('network:\n  - "[a]*2" -> b\n', "E004", (2, 5), "the quotes end before"),
        ('network:\n  - "[a]" b\n', "E003", (2, 11), "cannot stand behind the end of a value"),
        ("network:\n  - residual: a\n    relu\n  - tanh\n", "E003", (3, 5), "neither an entry nor a key"),
        ("network:\n  - a\n - b\n", "E003", (3, 2), "does not line up"),
        ("input: 8x8x1: 3\n", "E003", (1, 13), "a `:` stands where no key can be"),
        ("network:\n  - a\n\t- b\n", "E005", (3, 1), "a tab"),
        ("network:\n  - [a]*2 -> b\n", "E004", (2, 5), "needs quotes"),
        ("network:\n  - @a -> b\n", "E004", (2, 5), "needs quotes"),
    ],
)
def test_a_trap_is_told_by_its_name(text: str, code: str, place: tuple[int, int], message: str) -> None:
    """The one finding says what the slip was, and stands where it was made."""
    (finding,) = check_text(text).findings
    assert finding.code == code
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == place
    assert message in finding.message


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("input:8x8x1\nnetwork: relu\n", "input: 8x8x1\nnetwork: relu\n"),
        ("input: 8x8x1\nnetwork:relu\n", "input: 8x8x1\nnetwork: relu\n"),
        ('input: 8x8x1\nnetwork: "[relu]*2" -> bn\n', 'input: 8x8x1\nnetwork: "[relu]*2 -> bn"\n'),
        ("input: 8x8x1\nnetwork: [relu]*2 -> bn\n", 'input: 8x8x1\nnetwork: "[relu]*2 -> bn"\n'),
    ],
)
def test_a_trap_is_mended(wrong: str, right: str) -> None:
    """Where the cure is certain, it is offered as an edit of the text."""
    ((mend,),) = (finding.mends for finding in check_text(wrong).findings)
    (edit,) = mend.edits
    assert wrong[: edit.span.start] + edit.replacement + wrong[edit.span.end :] == right
