"""What people read: the exact text of `netspec check` for wrong specs of every sort.

Each file of `tests/findings` holds a spec, a line of dashes, and the text. `--update-golden` writes the texts anew.
"""

import re
from pathlib import Path

import pytest

from netspec.checking import check_text
from netspec.diagnostics import rules
from netspec.render.report import text
from netspec.render.text import Look

FOLDER = Path(__file__).parent.parent / "findings"
CASES = sorted(FOLDER.glob("*.txt"))
SEPARATOR = "-" * 80 + "\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_text_is_as_it_was_read(path: Path, *, update_golden: bool) -> None:
    """A finding's text, its place, its marks and its help are those that were found good."""
    spec, _, expected = path.read_text(encoding="utf-8").partition(SEPARATOR)
    printed = "\n".join(text([check_text(spec, name="net.yaml")], Look(width=80))) + "\n"
    if update_golden:
        path.write_text(spec + SEPARATOR + printed, encoding="utf-8")
        expected = printed
    assert printed == expected


def test_the_files_cover_every_family_of_rules() -> None:
    """Reading, language, shapes and advice each have several of their codes among the files."""
    told = set(
        re.findall(r"\[([EWN][0-9]{3})\]", "".join(path.read_text(encoding="utf-8") for path in CASES))
    )
    assert told <= set(rules.RULES)
    for family, least in (("E0", 5), ("E1", 12), ("E2", 7), ("W1", 3), ("W2", 3), ("N3", 1)):
        assert sum(code.startswith(family) for code in told) >= least, family


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_no_line_is_wider_than_the_terminal(path: Path) -> None:
    """Whatever a spec holds, its findings fit 80 columns."""
    printed = path.read_text(encoding="utf-8").partition(SEPARATOR)[2]
    assert [line for line in printed.split("\n") if len(line) > 80] == []
