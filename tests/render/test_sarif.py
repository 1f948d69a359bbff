"""Findings as SARIF 2.1.0. Clause numbers are those of the OASIS standard."""

import json
from typing import Any
from urllib.parse import unquote, urlsplit

from netspec.checking import Report
from netspec.diagnostics import Edit, Finding, Mend, Related, Source, rules
from netspec.diagnostics.rules import RULES
from netspec.render.sarif import sarif

SOURCE = Source("specs/a b.yaml", "input: 8x8x1\nnetwork: cnov3-4\n")
SPAN = SOURCE.span(22, 26)


def run(*findings: Finding) -> Any:
    """The one run of a log with these findings, read again."""
    log = json.loads("".join(sarif([Report("a.yaml", findings=findings)], "1.2.3")))
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    return only


def test_every_rule_is_described() -> None:
    """All codes are listed with their texts and levels, and a result names its rule by index (3.27.6)."""
    found = run(Finding.at(rules.UNUSED_TAG, SPAN, "w"))
    driver = found["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("netspec", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == list(RULES)
    (result,) = found["results"]
    rule = driver["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == "W101"
    assert rule["defaultConfiguration"]["level"] == result["level"] == "warning"
    assert rule["shortDescription"]["text"] == RULES["W101"].summary


def test_regions_are_those_of_the_standard() -> None:
    """Lines and columns count from 1, the end column is the one after the last character (3.30.8)."""
    found = run(Finding.at(rules.UNKNOWN_NAME, SPAN, "m"))
    assert found["columnKind"] == "unicodeCodePoints"
    place = found["results"][0]["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 2, "startColumn": 10, "endLine": 2, "endColumn": 14}
    assert place["artifactLocation"]["uri"] == "specs/a%20b.yaml"


def test_fixes_and_related_places() -> None:
    """A mend is a fix of replacements (3.55), a related place has a message of its own (3.27.22)."""
    finding = Finding.at(
        rules.UNKNOWN_NAME,
        SPAN,
        "m",
        mends=(Mend("write conv", (Edit(SPAN, "conv"),)),),
        related=(Related(SOURCE.span(0, 5), "the input"),),
    )
    (result,) = run(finding)["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 2, "startColumn": 10, "endLine": 2, "endColumn": 14},
            "insertedContent": {"text": "conv"},
        }
    ]
    assert result["fixes"][0]["description"]["text"] == "write conv"
    assert result["relatedLocations"][0]["message"]["text"] == "the input"


def test_absolute_and_odd_paths_are_references() -> None:
    """An absolute path becomes a file URI, a relative one stays relative, and each can be decoded again (3.4.3)."""
    names = ["/tmp/ü.yaml", "a%b#c?.yaml", "odd\udcff.yaml"]
    found = run(*(Finding(rule=rules.UNREADABLE_FILE, message="m", file=name) for name in names))
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in found["results"]]
    assert [urlsplit(uri).scheme for uri in uris] == ["file", "", ""]
    assert [unquote(urlsplit(uri).path, errors="surrogateescape") for uri in uris] == names
    assert "region" not in found["results"][0]["locations"][0]["physicalLocation"]


def test_levels() -> None:
    """An escalated note is reported as the error that it is made."""
    found = run(
        Finding.at(rules.BEYOND_LECTURE_GRAMMAR, SPAN, "n"),
        Finding.at(rules.BEYOND_LECTURE_GRAMMAR, SPAN, "n", escalated=True),
    )
    assert [result["level"] for result in found["results"]] == ["note", "error"]
