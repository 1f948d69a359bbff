"""The numbers on the page of an analysis are the record's, in every state of its table and in its charts."""

import itertools
import re
from dataclasses import replace
from fractions import Fraction
from math import prod

import pytest
from html_tree import parsed
from page_reading import SPECS, analyzed, cells, counts, deep, heads, layers, lines, of_text, read

from netspec.analysis.columns import COLUMNS, DEVICE, LECTURE
from netspec.analysis.devices import device
from netspec.analysis.settings import Settings
from netspec.analysis.summary import total
from netspec.render.analysis import table
from netspec.render.page import page

# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", SPECS)
def test_every_number_is_the_records(target: str) -> None:
    """Each row has in each column the record's value, or its rounded text with the exact value beside it."""
    found, tree = analyzed(target), read(target)
    columns = {column.title: column for column in COLUMNS.values()}
    titles = heads(tree)
    assert sorted(titles) == sorted(column.title for column in COLUMNS.values() if column.name not in DEVICE)
    assert [columns[title].name for title in titles[:5]] == list(LECTURE)
    shown = [row for row in lines(tree, open_=True) if "block" not in row.classes]
    for row, line in zip(found.rows, shown, strict=True):
        for title, cell in zip(titles, cells(line), strict=True):
            column = columns[title]
            value = column.of(row, found.summary)
            said = cell.attributes.get("data-value", cell.text)
            if column.unit in ("count", "bytes"):
                assert said == f"{value:,}", (row.name, title)
            elif column.unit == "shape":
                assert int(said) == prod(row.shape.sizes), (row.name, title)
                assert cell.text == "x".join(map(str, row.shape.sizes))
            elif column.unit == "sizes":
                known = [one for one in value if one is not None]
                assert Fraction(said) == max(known) if known else said == "-", (row.name, title)
            elif column.unit == "ratio":
                assert Fraction(said) == value, (row.name, title)
            elif column.unit == "share":
                assert said == f"{float(100 * value):.1f} %", (row.name, title)
    assert [cells(row)[titles.index("Name")].text for row in shown] == [row.name for row in found.rows]


@pytest.mark.parametrize("target", SPECS)
def test_shares_are_sorted_by_what_they_are_shares_of(target: str) -> None:
    """A column of rounded shares names the column of exact numbers that it is sorted by."""
    titles = heads(read(target))
    by = {
        head.text: titles[int(head.attributes["data-by"])]
        for head in layers(read(target)).one("thead").all("th")
        if "data-by" in head.attributes
    }
    assert by == {"% params": "Parameters", "% MACs": "MACs", "% memory": "Memory"}


@pytest.mark.parametrize("target", SPECS)
@pytest.mark.parametrize("open_", [False, True])
@pytest.mark.parametrize("in_place", [False, True])
def test_rows_add_up(target: str, open_: bool, in_place: bool) -> None:  # noqa: FBT001  as pytest gives them
    """With repeats closed or open, with layers in place or without, every column of counts sums to its total."""
    tree, sums = read(target), total(analyzed(target).rows)
    rows = lines(tree, open_=open_, in_place=in_place)
    foot = dict(
        zip(heads(tree), [cell.text for cell in cells(layers(tree).one("tfoot").one("tr"))], strict=True)
    )
    for column in COLUMNS.values():
        if column.unit in ("count", "bytes"):
            said = sum(counts(tree, rows, column.title))
            assert said == column.total(sums), column.name  # type: ignore[misc]
            assert foot[column.title] == f"{said:,}"


@pytest.mark.parametrize("target", SPECS)
@pytest.mark.parametrize("open_", [False, True])
@pytest.mark.parametrize("in_place", [False, True])
def test_lines_are_those_of_the_terminal(target: str, open_: bool, in_place: bool) -> None:  # noqa: FBT001
    """Layers and the names of blocks above them stand as in the terminal's table, in every state of the page."""
    rows = lines(read(target), open_=open_, in_place=in_place)
    said = [cells(row)[0].text.strip() for row in rows]
    assert said == [
        line.cells[0] for line in table(analyzed(target), LECTURE, expand=open_, every=in_place).lines
    ]


def test_repeats_are_bodies_with_their_sums_first() -> None:
    """Each folded repeat has one line of sums with a box to open it, and below it the layers that add up to it."""
    tree, found = read("resnet50@152"), analyzed("resnet50@152")
    bodies = layers(tree).all("tbody", of="repeat")
    assert [body.all("tr")[0].all("th")[0].text.strip() for body in bodies] == [
        "bottleneck x2",
        "bottleneck x7",
        "bottleneck x35",
        "bottleneck x2",
    ]
    for body in bodies:
        first, *members = body.all("tr")
        assert first.classes == ["sum"]
        assert all("member" in row.classes for row in members)
        assert first.one("input").attributes == {"type": "checkbox"}
        for title in ("Neurons", "Parameters", "MACs", "Memory"):
            (whole,) = counts(tree, [first], title)
            assert whole == sum(counts(tree, members, title)) > 0
    assert sum(len(body.all("input")) for body in layers(tree).all("tbody")) == sum(
        row.kind == "repeat" for row in found.folded
    )


def test_headline_figures_are_the_records() -> None:
    """The figures on top are the totals, the predicted memory, and the field of the last layer that slides."""
    found = {box.one("dt").text: box.one("dd") for box in read("vgg16").one("dl", of="figures").all("div")}
    assert found["Parameters"].one("b").text == "138,357,544"
    assert found["MACs"].one("b").text == "15,470,264,320"
    assert found["Neurons"].one("b").text == "15,237,608"
    assert found["Receptive field"].one("b").text == "212"
    assert found["Receptive field"].one("span").text == "at pool5, stride 32, padding 90"
    record_ = analyzed("vgg16")
    for title, memory in (("inference", record_.inference), ("training", record_.training)):
        said = found[f"Memory of {title}"].one("b").text
        value, unit = said.split()
        scale = {"kB": 10**3, "MB": 10**6, "GB": 10**9}[unit]
        assert len(value.replace(".", "")) == 4
        assert abs(float(value) * scale / memory.total_bytes - 1) <= 1 / 2000


def test_the_grammar_the_source_and_the_hash_are_said() -> None:
    """Above everything stands what the terminal says first, with the citation and the hash."""
    found, header = analyzed("vgg16"), read("vgg16").one("header").text
    for text in (found.name, found.source, found.grammar, found.hash, "224x224x3 \u2192 1000"):
        assert text
        assert text in header
    beyond = analyzed("resnet50").beyond
    assert beyond
    assert f"It goes beyond the lecture grammar: {beyond}." in read("resnet50").one("header").text
    assert "1000 (head aux1)" in read("googlenet").one("header").text


def test_memory_stands_line_by_line() -> None:
    """The lines of predicted memory add up to its totals, and never stand without the model that they assume."""
    found, tree = analyzed("vgg16"), read("vgg16")
    assert f"A prediction for {found.training.execution}." in tree.one("main").text
    *lines_, sums = tree.one("table", of="memory").all("tr")[1:]
    for place, memory in ((0, found.inference), (1, found.training)):
        numbers = [int(line.all("td")[place].text.replace(",", "")) for line in [*lines_, sums]]
        assert sum(numbers[:-1]) == numbers[-1] == memory.total_bytes


def test_what_is_not_known_is_said() -> None:
    """A layer without a price has a question mark, and the totals are lower bounds, on top and below the table."""
    found = analyzed("lenet5")
    rows = tuple(
        replace(row, macs=None, in_bounds_macs=None) if row.index == 0 else row for row in found.rows
    )
    tree = parsed(page(replace(found, rows=rows, total=total(rows))))
    place = heads(tree).index("MACs")
    assert cells(lines(tree)[1])[place].text == "?"
    assert cells(layers(tree).one("tfoot").one("tr"))[place].text.startswith(">=")
    assert f">={total(rows).macs:,}" in tree.one("dl", of="figures").text
    chart = tree.all("svg", of="bars")[2]
    assert [len(group.all("rect")) for group in chart.all("g")][:2] == [1, 1]
    assert "? MACs" in chart.all("g")[1].one("title").text


def test_every_column_is_defined() -> None:
    """Each column's definition is the tooltip of its title, and stands at the end with its source."""
    tree = read("vgg16")
    tips = {head.text: head.attributes["title"] for head in layers(tree).one("thead").all("th")}
    assert tips == {c.title: c.definition for c in COLUMNS.values() if c.name not in DEVICE}
    entries = tree.one("details", of="definitions").all("div")
    assert [entry.one("dt").text for entry in entries] == heads(tree)
    by_title = {column.title: column for column in COLUMNS.values()}
    for entry in entries:
        column = by_title[entry.one("dt").text]
        assert entry.one("dd").text == f"{column.definition} {column.source}".replace("`", "")


def test_every_other_column_can_be_chosen() -> None:
    """The lectures' columns always stand there; each of the others has a box with its name and a rule that hides it."""
    tree = read("vgg16")
    boxes = {box.attributes["name"] for box in tree.one("div", of="columns").all("input")}
    assert boxes == set(COLUMNS) - set(LECTURE) - set(DEVICE)
    style = tree.one("head").one("style").text
    by_title = {column.title: column.name for column in COLUMNS.values()}
    rules = dict(
        re.findall(r'has\(\[name="(\w+)"\]:not\(:checked\)\) \.layers tr>:nth-child\((\d+)\)', style)
    )
    assert {name: heads(tree)[int(place) - 1] for name, place in rules.items()} == {
        name: title for title, name in by_title.items() if name in boxes
    }


def test_a_device_adds_its_columns() -> None:
    """With a device the page has each layer's bound and least time, sorted by the exact time."""
    settings = Settings(device=device("a100-40g"))
    found = analyzed("lenet5", settings)
    tree = parsed(page(found))
    place = heads(tree).index("Time")
    for row, line in zip(found.rows, lines(tree), strict=True):
        value = COLUMNS["time"].of(row, found.summary)
        cell = cells(line)[place]
        assert Fraction(cell.attributes.get("data-value", cell.text)) == value
        assert cells(line)[heads(tree).index("Bound")].text in ("compute", "memory", "-")


# -- charts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", SPECS)
def test_charts_have_a_bar_for_every_row(target: str) -> None:
    """Each chart has a place for every row of the closed table; widths are the numbers, the largest one whole."""
    tree, found = read(target), analyzed(target)
    rows = [row for row in found.folded if row.neurons or row.parameters or row.statistics]
    for chart, title in zip(tree.all("svg", of="bars"), ("neurons", "parameters", "MACs"), strict=True):
        places = chart.all("g")
        numbers = [getattr(row, title.lower()) for row in rows]
        said = [place.one("title").text for place in places]
        assert said == [
            f"{row.name}: {value:,} {title} ({100 * value / sum(numbers):.1f} %)"
            for row, value in zip(rows, numbers, strict=True)
        ]
        for place, value in zip(places, numbers, strict=True):
            bars = [bar for bar in place.all("rect") if "line" not in bar.classes]
            assert len(bars) == bool(value)
            if bars:
                width = float(bars[0].attributes["width"].removesuffix("%"))
                assert width == pytest.approx(100 * value / max(numbers), abs=0.006)


def test_bars_of_a_long_network_are_sums() -> None:
    """Past 500 rows neighbours share a bar; the bars still sum to the totals, and the page says what a bar is."""
    found = of_text(deep(1200))
    tree = parsed(page(found))
    for chart, whole in zip(
        tree.all("svg", of="bars"),
        (found.total.neurons, found.total.parameters, found.total.macs),
        strict=True,
    ):
        titles = [place.one("title").text for place in chart.all("g")]
        assert len(titles) == 401
        numbers = [re.search(r": ([\d,]+) ", title) for title in titles]
        assert sum(int(number[1].replace(",", "")) for number in numbers if number) == whole
        assert titles[0].startswith("input to conv2: ")
    assert "A bar is the sum of up to 3 neighbouring layers." in tree.one("body").text


@pytest.mark.parametrize("target", SPECS)
def test_names_beside_the_charts_do_not_overlap(target: str) -> None:
    """Labels are at least ten pixels apart and begin with the input."""
    labels = read(target).one("svg", of="names").all("text")
    places = [int(label.attributes["y"]) for label in labels]
    assert labels[0].text == "INPUT"
    assert all(later - earlier >= 10 for earlier, later in itertools.pairwise(places))


@pytest.mark.parametrize("text", ["input: 4\nnetwork: relu\n", "input: 4x4x1\nnetwork: pool2\n"])
def test_a_network_without_parameters_has_a_page(text: str) -> None:
    """Where all numbers of a kind are zero, its chart is empty and nothing is divided."""
    tree = parsed(page(of_text(text)))
    assert [bar for bar in tree.all("svg", of="bars")[1].all("rect") if "line" not in bar.classes] == []
