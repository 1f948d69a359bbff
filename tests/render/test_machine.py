"""Findings for other programs."""

import json
import re
from typing import Any

import pytest

from netspec.checking import Report, check_text
from netspec.diagnostics import Edit, Finding, Mend, Related, Source, rules
from netspec.render.machine import as_json, concise, github

SOURCE = Source("a.yaml", "name: a\ninput: 8x8x1\nnetwork: 漢 cnov3-4\n")
START = SOURCE.text.index("cnov")
SPAN = SOURCE.span(START, START + 4)
FINDING = Finding.at(
    rules.UNKNOWN_NAME,
    SPAN,
    "there is no `cnov`: 100%",
    label="here",
    notes=("a note",),
    help="did you mean `conv`?",
    mends=(Mend("write `conv`", (Edit(SPAN, "conv"),)),),
    related=(Related(SOURCE.span(0, 4), "the name"),),
)
NOWHERE = Finding(rule=rules.UNREADABLE_FILE, message="gone", file="b,c:d%.yaml")
WIDE = Finding.at(rules.SHAPES_DISAGREE, SOURCE.span(0, 12), "several lines")
REPORT = Report("a.yaml", SOURCE, findings=(NOWHERE, FINDING, WIDE))


def document(*reports: Report) -> Any:
    """The JSON of some reports, read again."""
    return json.loads("".join(as_json(reports)))


def test_concise_is_a_line_for_each_finding() -> None:
    """Place, severity, code and message, and nothing for a clean file."""
    assert list(concise([REPORT, Report("ok.yaml")])) == [
        "b,c:d%.yaml: error[E001]: gone",
        "a.yaml:3:12: error[E102]: there is no `cnov`: 100%",
        "a.yaml:1:1: error[E204]: several lines",
    ]


def test_json_holds_everything_of_a_finding() -> None:
    """Every part of a finding is a key, with places in lines and columns."""
    place = {"line": 3, "column": 12, "end_line": 3, "end_column": 16}
    assert document(REPORT)["findings"][1] == {
        "code": "E102",
        "name": "unknown-name",
        "severity": "error",
        "message": "there is no `cnov`: 100%",
        "file": "a.yaml",
        **place,
        "label": "here",
        "notes": ["a note"],
        "help": "did you mean `conv`?",
        "mends": [{"help": "write `conv`", "edits": [{**place, "replacement": "conv"}]}],
        "related": [{"line": 1, "column": 1, "end_line": 1, "end_column": 5, "text": "the name"}],
    }


def test_json_edits_can_be_applied() -> None:
    """Replacing what the edits' places name gives a spec that is clean: places mean what the docstring says."""
    text = "input: 8x8x1\nnetwork: pool4 -> conv5-4(padding=valid) -> relu -> fc-2\n"
    (edit,) = document(check_text(text))["findings"][0]["mends"][0]["edits"]
    lines = text.split("\n")
    line = lines[edit["line"] - 1]
    lines[edit["line"] - 1] = (
        line[: edit["column"] - 1] + edit["replacement"] + line[edit["end_column"] - 1 :]
    )
    assert document(check_text("\n".join(lines)))["ok"]


def test_json_without_a_place() -> None:
    """A finding without text has nulls for its place."""
    found = document(REPORT)["findings"][0]
    assert (found["file"], found["line"], found["end_column"]) == ("b,c:d%.yaml", None, None)


def test_json_sums_up_each_file() -> None:
    """Each file has its verdict, and a sound network its shapes; the whole is not ok if one file is not."""
    good = check_text("name: N\ninput: 8x8x1\nnetwork: conv3-4 -> relu -> fc-10\n", name="g.yaml")
    assert document(good, REPORT) | {"findings": []} == {
        "version": 1,
        "ok": False,
        "files": [
            {
                "file": "g.yaml",
                "ok": True,
                "name": "N",
                "layers": 3,
                "input": "8x8x1",
                "output": "10",
                "grammar": "INPUT -> CONV -> RELU -> FC",
            },
            {"file": "a.yaml", "ok": False},
        ],
        "findings": [],
    }


def test_json_is_ascii() -> None:
    """No character of a spec reaches a terminal through the JSON."""
    hostile = Finding.at(rules.WRONG_VALUE, SPAN, "\x1b[2J \x9b \u202e 漢 \udcff")
    assert "".join(as_json([Report("a.yaml", findings=(hostile,))])).isascii()


def parsed(command: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as GitHub's runner reads it."""
    found = re.fullmatch(r"::(\w+) ([^\n:]*)::([^\n\r]*)", command)
    assert found
    pairs = (pair.split("=", 1) for pair in found[2].split(","))
    return found[1], {key: decoded(value) for key, value in pairs}, decoded(found[3])


def decoded(text: str) -> str:
    """Text of a command as GitHub reads it."""
    for code, char in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_github_commands_say_all_in_words() -> None:
    """Message, arithmetic, notes and help are lines of the annotation; the place is in its properties."""
    assert parsed(list(github([REPORT]))[1]) == (
        "error",
        {
            "file": "a.yaml",
            "line": "3",
            "endLine": "3",
            "col": "12",
            "endColumn": "16",
            "title": "E102 unknown-name",
        },
        "there is no `cnov`: 100%: here\na note\nhelp: did you mean `conv`?\nhelp: write `conv`",
    )


def test_github_columns_are_left_out_over_several_lines() -> None:
    """GitHub refuses columns where the lines differ."""
    assert parsed(list(github([REPORT]))[2])[1] == {
        "file": "a.yaml",
        "line": "1",
        "endLine": "2",
        "title": "E204 shapes-disagree",
    }


def test_github_escapes_what_would_end_a_property() -> None:
    """Commas, colons and per cent signs of a file name come back as they were."""
    assert parsed(next(github([REPORT]))) == (
        "error",
        {"file": "b,c:d%.yaml", "title": "E001 unreadable-file"},
        "gone",
    )


def test_github_keeps_per_cent_signs() -> None:
    """Text that looks like an escape of GitHub's comes back as it was."""
    finding = Finding.at(rules.WRONG_VALUE, SPAN, "50%0A off: 100%25", notes=("%2C",))
    (command,) = github([Report("a.yaml", findings=(finding,))])
    assert parsed(command)[2] == "50%0A off: 100%25\n%2C"


@pytest.mark.parametrize("hostile", ["\n::error::x", "\r::stop", "\x1b]0;x\x07", "%0A::error::"])
def test_no_text_of_a_spec_becomes_a_command(hostile: str) -> None:
    """Whatever stands in a finding, one line comes out for it, in printable characters."""
    finding = Finding.at(rules.WRONG_VALUE, SPAN, f"m{hostile}", notes=(hostile,), help=hostile)
    (command,) = github([Report("a.yaml", findings=(finding,))])
    assert command.isprintable()
    assert parsed(command)[0] == "error"


def test_levels_of_github() -> None:
    """Errors, warnings and notes have their own commands; an escalated note is an error."""
    found = [
        Finding.at(rules.UNKNOWN_NAME, SPAN, "e"),
        Finding.at(rules.UNUSED_TAG, SPAN, "w"),
        Finding.at(rules.BEYOND_LECTURE_GRAMMAR, SPAN, "n"),
        Finding.at(rules.BEYOND_LECTURE_GRAMMAR, SPAN, "n", escalated=True),
    ]
    commands = github([Report("a.yaml", findings=tuple(found))])
    assert [parsed(command)[0] for command in commands] == ["error", "warning", "notice", "error"]
