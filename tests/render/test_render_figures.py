"""Pictures of curves, confusions and probes: they parse, hold what they should, and are the same every time."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from made_runs import HOSTILE, evaluation, losses, probe, rows
from PIL import Image

from netspec.render.confusion import MOST, caption, confusion
from netspec.render.curves import curves
from netspec.render.figures import BLUE, GREEN, ORANGE, Picture
from netspec.render.probed import picture as probed
from netspec.render.text import safe
from netspec.training.records import Evaluation

SVG = "{http://www.w3.org/2000/svg}"
PICTURES: dict[str, Callable[[], Picture]] = {
    "curves": lambda: curves(rows(), "test", losses()),
    "confusion": lambda: confusion(evaluation()),
    "probed": lambda: probed(probe()),
}


@cache
def svg_of(name: str) -> str:
    """The picture as a document; drawn once."""
    return PICTURES[name]().svg()


@cache
def png_of(name: str) -> bytes:
    """The picture as pixels; drawn once."""
    return PICTURES[name]().png()


def texts(svg: str) -> list[str]:
    """The texts of a picture, each letter of which is a letter."""
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", PICTURES)
def test_svg_parses_and_needs_nothing(name: str) -> None:
    """It has no script, no picture inside, no link to anything but its own parts, no date, and no name of matplotlib."""
    svg = svg_of(name)
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.attrib["aria-label"]
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "style", "defs", "g", "path", "use", "text", "clipPath", "rect"}
    ids = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "href" or "url(" in value:
                assert re.fullmatch(r"#(.+)|url\(#(.+)\)", value), value
                assert value.removeprefix("url(").strip("#()") in ids
            assert "://" not in value
    assert "matplotlib" not in svg.lower()


@pytest.mark.parametrize("name", PICTURES)
def test_png_is_a_picture_on_white(name: str) -> None:
    """Its corner is white, and there is something on it."""
    image = Image.open(BytesIO(png_of(name))).convert("RGB")
    assert image.getpixel((0, 0)) == (255, 255, 255)
    assert len(image.getcolors(1 << 20) or []) > 20


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_numbers_give_the_same_bytes(name: str) -> None:
    """Neither time nor chance is in a file, so runs can be compared by their files."""
    assert PICTURES[name]().svg() == svg_of(name)
    assert PICTURES[name]().png() == png_of(name)


def test_letters_take_the_colour_of_the_page() -> None:
    """No ink of our own is left in an SVG, and data keep their colours."""
    svg = PICTURES["curves"]().inline("a-")
    assert "#010203" not in svg
    assert "currentColor" in svg
    for colour in (BLUE, ORANGE, GREEN):
        assert colour in svg
    assert "background" not in svg


def test_pictures_of_one_page_share_no_name() -> None:
    """With prefixes of their own, two pictures in one page have no id in common, and each refers to its own."""
    pictures = [PICTURES["confusion"]().inline(prefix) for prefix in ("a-", "b-")]
    found = [set(re.findall(r' id="([^"]*)"', text)) for text in pictures]
    assert all(found)
    assert not found[0] & found[1]
    for prefix, text in zip(("a-", "b-"), pictures, strict=True):
        assert all(name.startswith(prefix) for name in re.findall(r'(?:href="|url\()#([^")]*)', text))


def test_the_users_settings_stay() -> None:
    """What the user has set for matplotlib is not used, and is there afterwards."""
    with mpl.rc_context():
        mpl.rcParams["axes.linewidth"] = 9.0
        assert PICTURES["confusion"]().svg() == svg_of("confusion")
        assert mpl.rcParams["axes.linewidth"] == 9.0


# -- curves ------------------------------------------------------------------------------------------------------------


def lines(svg: str, colour: str) -> list[list[tuple[float, float]]]:
    """The points of the lines of a colour, in the order in which they are drawn."""
    paths = [
        path for path in ET.fromstring(svg).iter(f"{SVG}path") if f"stroke: {colour}" in path.get("style", "")
    ]
    found = [
        [(float(x), float(y)) for x, y in re.findall(r"[ML] (\S+) (\S+)", path.get("d", ""))]
        for path in paths
    ]
    return [points for points in found if len(points) > 3]


def test_curves_run_through_the_numbers() -> None:
    """Accuracies lie on a straight scale: the drawn heights are a linear function of the values given."""
    drawn = max(lines(curves(rows(), "test").svg(), ORANGE), key=lambda points: points[0][0])
    values = [row.metrics["accuracy"] for row in rows()]
    assert len(drawn) == len(values)
    slope = (drawn[-1][1] - drawn[0][1]) / (values[-1] - values[0])
    assert slope < 0  # y grows downwards
    for (_, y), value in zip(drawn, values, strict=True):
        assert y == pytest.approx(drawn[0][1] + slope * (value - values[0]), abs=0.01)


def test_curves_name_what_they_show() -> None:
    """Titles and legend are text, with the watched part's name; a regression has no accuracy."""
    found = texts(curves(rows(), "validation", losses()).svg())
    assert {
        "Loss",
        "Accuracy",
        "Rate",
        "epoch",
        "training",
        "validation",
        "best epoch",
        "training, by step",
    } <= set(found)
    regression = [replace(row, metrics={"loss": 1 / row.epoch}) for row in rows()]
    found = texts(curves(regression, "test").svg())
    assert "Accuracy" not in found
    assert "training" not in found


def test_a_wide_loss_has_a_logarithmic_axis_without_formulas() -> None:
    """A loss that falls a hundredfold has ticks at powers of ten, written as numbers."""
    falling = [replace(row, metrics={"loss": 10.0**-row.epoch}) for row in rows(5)]
    found = texts(curves(falling, "test").svg())
    assert {"0.1", "0.01", "0.001", "0.0001"} <= set(found)
    assert not any("$" in text for text in found)


@pytest.mark.parametrize("values", [[float("nan")], [float("inf"), 0.5], [0.0, 0.0], [1.0]])
def test_odd_losses_are_drawn_too(values: list[float]) -> None:
    """Losses that are infinite, no number, zero or alone make a picture, and no warning."""
    odd = [replace(row, metrics={"loss": value}) for row, value in zip(rows(), values, strict=False)]
    ET.fromstring(curves(odd, "test", [(1, values[0])]).svg())


# -- confusion ---------------------------------------------------------------------------------------------------------


def test_every_count_is_in_its_cell() -> None:
    """Read row by row the numbers are those of the matrix without its zeros, and names stand at both sides."""
    given = evaluation(10, tuple("abcdefghij"))
    assert given.confusion is not None
    found = texts(confusion(given).svg())
    counts = [f"{n}" for row in given.confusion for n in row if n]
    assert [text for text in found if text.isdigit()] == counts
    assert [text for text in found if text in given.classes] == [*given.classes, *given.classes]


def test_colours_tell_right_from_wrong() -> None:
    """The diagonal is blue and all else orange, the most frequent mistake the fullest."""
    given = Evaluation("a", "b", 30, {}, ("x", "y", "z"), ((10, 0, 0), (2, 8, 0), (0, 1, 9)))
    cells = re.findall(r"fill: (#\w{6})(?:; opacity: ([\d.]+))?", confusion(given).inline(""))
    assert [colour for colour, _ in cells if colour != "#ffffff"] == [BLUE, ORANGE, BLUE, ORANGE, BLUE]
    orange = [float(alpha) for colour, alpha in cells if colour == ORANGE]
    assert orange[0] > orange[1] > 0.1


def test_many_classes_are_colours_and_the_most_confused() -> None:
    """Above 30 classes cells have no numbers; above 60 those are shown that are confused most, and the caption says so."""
    names = tuple(f"c{i}" for i in range(200))
    forty = texts(confusion(evaluation(40, names[:40])).svg())
    assert not any(text.isdigit() for text in forty)
    assert set(names[:40]) <= set(forty)
    assert "most" not in caption(evaluation(40)).rpartition("mistake")[2]
    matrix = [[5 if i == j else 0 for j in range(200)] for i in range(200)]
    matrix[150][3] = 2
    given = Evaluation("a", "b", 1_002, {}, names, tuple(map(tuple, matrix)))
    found = set(texts(confusion(given).svg())) & set(names)
    assert len(found) == MOST
    assert {"c3", "c150"} <= found
    assert "Of 200 classes the 60 are shown" in caption(given)


def test_hostile_names_of_classes_are_text() -> None:
    """Markup, formulas, unseen characters, other scripts and long names neither break the file nor warn."""
    names = (HOSTILE, "$x^2$", "日本語", "a" * 300, "", "<b>&amp;</b>")
    picture = confusion(evaluation(6, names))
    found = texts(picture.svg())
    assert "$x^2$" in found
    assert "日本語" in found
    assert safe(HOSTILE)[:17] + "..." in found
    assert "script" not in {element.tag.removeprefix(SVG) for element in ET.fromstring(picture.svg()).iter()}
    assert len(picture.png()) > 1_000


@pytest.mark.parametrize("matrix", [((0,),), ((0, 0), (0, 0)), ((0, 5), (5, 0))])
def test_empty_classes_make_a_picture(matrix: tuple[tuple[int, ...], ...]) -> None:
    """Classes without examples, and nothing right, divide by no zero."""
    ET.fromstring(confusion(Evaluation("a", "b", 1, {}, ("x", "y")[: len(matrix)], matrix)).svg())


# -- probes ------------------------------------------------------------------------------------------------------------


def test_probes_name_their_layers_and_show_all() -> None:
    """Up to 40 layers each is named below; of more only some are, and every layer has its point."""
    found = texts(probed(probe(9)).svg())
    assert {row.layer for row in probe(9).rows} <= set(found)
    many = probed(probe(100, 1.1)).svg()
    assert "conv1" in texts(many)
    assert "relu1" not in texts(many)
    assert [len(points) for points in lines(many, GREEN)] == [100]


def test_probes_leave_out_what_is_missing() -> None:
    """A layer that no gradient reaches has no point, and a gradient of zero breaks no logarithm."""
    given = probe(5)
    odd = (
        replace(given.rows[0], gradient_norm=None),
        replace(given.rows[1], gradient_norm=float("nan"), std=0.0),
    )
    svg = probed(replace(given, rows=(*odd, *given.rows[2:]))).svg()
    ET.fromstring(svg)
    nothing = tuple(replace(row, gradient_norm=0.0, std=0.0) for row in given.rows)
    ET.fromstring(probed(replace(given, rows=nothing)).svg())
