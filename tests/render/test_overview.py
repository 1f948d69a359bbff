"""Many networks in one table."""

import csv
import io
import json
import re

import pytest
from analyzed_specs import NAMES, analyzed, analyzed_text
from printed import tables

from netspec.analysis.record import Record
from netspec.render.overview import ENTRIES, exported, overview, table
from netspec.render.text import Look


def everything() -> list[Record]:
    """All bundled specs."""
    return [analyzed(name) for name in NAMES]


def text(width: int = 80) -> str:
    """The table for a terminal."""
    return "\n".join(overview(everything(), Look(width)))


def test_a_line_for_each_network() -> None:
    """With its input, parameters, MACs and predicted memory, in 80 columns of ASCII."""
    (found,) = tables(text())
    assert found.titles == ["Network", "Input", "Parameters", "MACs", "Inference", "Training"]
    assert len(found.lines) == len(NAMES)
    assert all(len(line) <= 80 and line.isascii() for line in text().splitlines())
    vgg = next(line for line in found.lines if line[0] == "VGG-16")
    assert vgg[:4] == ["VGG-16", "224x224x3", "138,357,544", "15.47 G"]


def test_a_wider_terminal_shows_more() -> None:
    """Entries are added in their order while they fit."""
    shown = [tables(text(width))[0].titles for width in (80, 100, 120, 160, 200)]
    titles = [entry.title for entry in ENTRIES]
    assert all(found == titles[: len(found)] for found in shown)
    assert list(map(len, shown)) == sorted(map(len, shown))
    assert shown[-1] == titles
    assert all(len(line) <= 100 for line in text(100).splitlines())


def test_the_field_is_that_of_the_last_map() -> None:
    """VGG-16's last pooling layer sees 212 positions of its input (Araujo et al. 2019)."""
    lines = {line[0]: line for line in tables(text(200))[0].lines}
    assert lines["VGG-16"][6] == "212"


def test_csv_and_json_are_exact() -> None:
    """The same values in both, as the records have them."""
    lines = list(csv.DictReader(io.StringIO("\n".join(exported(everything(), "csv")))))
    plain = json.loads("\n".join(exported(everything(), "json")))
    assert list(lines[0]) == list(plain[0]) == [entry.name for entry in ENTRIES]
    for line, value, record in zip(lines, plain, everything(), strict=True):
        assert line["network"] == value["network"] == record.name
        assert int(line["parameters"]) == value["parameters"] == record.total.parameters
        assert int(line["macs"]) == value["macs"] == record.total.macs
        assert int(line["inference_bytes"]) == value["inference_bytes"] == record.inference.total_bytes
        assert int(line["training_bytes"]) == value["training_bytes"] == record.training.total_bytes
        assert line["hash"] == value["hash"] == record.hash
        assert value["input"] == list(record.input.sizes)


def test_markdown_and_latex() -> None:
    """A line for each network, all with as many cells."""
    marked = "\n".join(exported(everything(), "markdown")).splitlines()
    assert len(marked) == len(NAMES) + 2
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in marked} == {len(ENTRIES) + 1}
    rows = [line for line in exported(everything(), "latex") if line.endswith(r"\\")]
    assert len(rows) == len(NAMES) + 1
    assert {len(re.findall(r"(?<!\\)&", line)) for line in rows} == {len(ENTRIES) - 1}


def test_a_form_that_does_not_exist() -> None:
    """Is a wrong call."""
    with pytest.raises(ValueError, match="no form html"):
        list(exported(everything(), "html"))


def test_long_and_hostile_names() -> None:
    """A name is cut, and shown as text."""
    long = analyzed_text(f"name: {'very ' * 20}long\ninput: 8x8x1\nnetwork: relu\n")
    odd = analyzed_text('name: "=1\\e[31m|"\ninput: 8x8x1\nnetwork: relu\n')
    found = "\n".join(overview([long, odd], Look()))
    assert "very very very very..." in found
    assert all(line.isprintable() for line in found.splitlines())
    assert "\n'=1" in "\n".join(exported([long, odd], "csv"))
    assert json.loads("\n".join(exported([long, odd], "json")))[0]["network"].endswith("very long")


@pytest.mark.parametrize("width", range(79, 160, 3))
def test_as_many_entries_as_fit(width: int) -> None:
    """No line is wider than the terminal, and one entry more would be."""
    shown = text(width).splitlines()
    assert max(map(len, shown)) <= max(width, 80)
    entries = len(tables(text(width))[0].titles)
    if 6 < entries < len(ENTRIES):
        assert table(everything(), entries + 1).width > width
