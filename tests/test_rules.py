"""The rules, the manual and what netspec says hold together."""

import ast
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from netspec.checking import check_text
from netspec.cli import app
from netspec.diagnostics import Rule, Severity, rules
from netspec.diagnostics.rules import RULES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "netspec"
SPECS = [rule for rule in RULES.values() if rule.examples == "spec"]
COMMANDS = [rule for rule in RULES.values() if rule.examples == "command"]
NAMES = {name for name, value in vars(rules).items() if isinstance(value, Rule)}

every_spec_rule = pytest.mark.parametrize("rule", SPECS, ids=[rule.code for rule in SPECS])
every_command_rule = pytest.mark.parametrize("rule", COMMANDS, ids=[rule.code for rule in COMMANDS])


def errors(text: str) -> list[str]:
    """The codes of a spec's errors."""
    return [finding.code for finding in check_text(text).findings if finding.severity is Severity.ERROR]


@every_spec_rule
def test_a_bad_example_breaks_its_rule(rule: Rule) -> None:
    """The bad example gets the rule's code, and no error of another."""
    assert rule.code in [finding.code for finding in check_text(rule.bad).findings]
    assert set(errors(rule.bad)) <= {rule.code}


@every_spec_rule
def test_a_good_example_keeps_its_rule(rule: Rule) -> None:
    """The good example has no error, and not the rule's code."""
    findings = check_text(rule.good).findings
    assert [str(f) for f in findings if f.severity is Severity.ERROR or f.rule is rule] == []


@every_command_rule
def test_examples_of_commands_hold(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bad command line ends with 1 and the rule's code, the good one with 0 and without it."""
    monkeypatch.chdir(tmp_path)
    Path("photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    for line, exit_code in ((rule.bad, 1), (rule.good, 0)):
        program, *arguments = shlex.split(line)
        result = CliRunner().invoke(app, arguments)
        assert program == "netspec"
        assert result.exit_code == exit_code, result.output
        assert (f"[{rule.code}]" in result.output) == bool(exit_code)


def test_codes_are_unique_and_in_order() -> None:
    """No two rules share a code or a name, and the table is in the order of the manual: stage by stage."""
    assert len(NAMES) == len(RULES) == len({rule.name for rule in RULES.values()})
    assert [rule.code for rule in RULES.values()] == list(RULES)
    order = {"E": 0, "W": 1, "N": 2}
    assert list(RULES) == sorted(RULES, key=lambda code: (order[code[0]], code))


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_is_well_formed(rule: Rule) -> None:
    """The code's letter is its severity, the name is kebab-case, and the texts are sentences."""
    assert re.fullmatch(r"[EWN]\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.severity is {"E": Severity.ERROR, "W": Severity.WARNING, "N": Severity.NOTE}[rule.code[0]]
    assert rule.summary.endswith(".")
    assert rule.why.endswith(".")
    assert rule.bad != rule.good


@cache
def used() -> set[str]:
    """The names of rules that netspec's code reads: `rules.NAME`, or a name imported from `rules`."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if "rules" in path.parent.parts[-1:]:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "rules"
            ):
                found.add(node.attr)
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "netspec.diagnostics.rules"
            ):
                found |= {alias.name for alias in node.names}
    return found


def test_every_rule_is_used() -> None:
    """No rule is left that nothing can report."""
    assert NAMES - used() == set()


def test_every_rule_used_is_one() -> None:
    """What the code reports stands in the table of rules."""
    assert {name for name in used() if name.isupper()} - NAMES == {"RULES"}
