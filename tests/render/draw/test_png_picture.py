"""The PNG: its size, its colours, its letters."""

from io import BytesIO

import pytest
from picture import SVG, Picture, conv, graph, layer
from PIL import Image, ImageFont

import netspec
from netspec.render.draw import png, svg
from netspec.render.draw.lettering import short, width, wrapped
from netspec.render.draw.raster import MOST_PIXELS, spelt


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("name", ["lenet5", "kim_text"])
def test_the_picture_has_the_size_that_is_asked_for(name, scale):
    """A PNG has `scale` pixels for each of the SVG's."""
    network = netspec.load(name).graph
    area = Picture(svg(network)).area
    image = Image.open(BytesIO(png(network, scale=scale)))
    assert image.format == "PNG"
    assert image.size == (round(area.right * scale), round(area.bottom * scale))


def test_boxes_are_where_the_svg_has_them():
    """Inside each box is its colour, and between boxes the colour of what is around them."""
    network = netspec.load("kim_text").graph
    picture, image = Picture(svg(network)), Image.open(BytesIO(png(network, scale=2.0))).convert("RGB")
    for title, group in picture.groups.items():
        box, fill = picture.boxes[title], group.findall(f"{SVG}rect")[-1].get("fill")
        assert "#{:02x}{:02x}{:02x}".format(*image.getpixel((2 * box.left + 8, 2 * box.bottom - 8))) == fill
    assert image.getpixel((2, 2)) == (255, 255, 255)


def test_texts_are_painted():
    """Below a volume there is ink in the colour of text."""
    network = netspec.load("lenet5").graph
    image = Image.open(BytesIO(png(network, title="LeNet-5", scale=3.0))).convert("L")
    for _, area in Picture(svg(network, title="LeNet-5")).texts:
        place = tuple(3 * side for side in (area.left, area.top, area.right, area.bottom))
        assert image.crop(tuple(map(round, place))).getextrema()[0] < 140


def test_huge_pictures_are_painted_smaller():
    """A drawing of hundreds of branches has no more pixels than the limit, and little memory is used for it."""
    star = graph(
        *((f"n{i}", conv(i + 1), (-1,)) for i in range(150)), ("sum", layer("add"), tuple(range(150)))
    )
    wide, high = Image.open(BytesIO(png(star, scale=40.0))).size
    assert MOST_PIXELS * 0.99 < wide * high <= MOST_PIXELS * 1.01


@pytest.mark.parametrize("scale", [0, -1, float("nan")])
def test_a_scale_below_one_pixel_is_refused(scale):
    """A picture of no size is an error."""
    with pytest.raises(ValueError, match="above 0"):
        png(netspec.load("lenet5").graph, scale=scale)


def test_the_same_network_is_painted_the_same():
    """Two pictures of a network have the same bytes."""
    network = netspec.load("lenet5").graph
    assert png(network, title="a") == png(network, title="a") != png(network, title="b")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("ResNet–50 → “é”", 'ResNet-50 -> "e"'),
        ("Ångström × 2", "Angstrom x 2"),
        ("網", "?"),
        ("plain", "plain"),
    ],
)
def test_titles_are_spelt_in_the_letters_of_the_font(given, shown):
    """What Pillow's font lacks is written with what it has."""
    assert spelt(given) == shown


def test_texts_are_no_wider_than_the_layout_thinks():
    """The estimate of a text's width, which knows no font, is enough for Pillow's."""
    letters = [chr(code) for code in range(33, 127)]
    texts = [
        *letters,
        "conv3-64 + bn + relu",
        "224x224x64",
        "adaptive_avgpool7",
        "bottleneck x23",
        "".join(letters),
    ]
    for text in texts:
        assert width(text, 100) >= ImageFont.load_default(100.0).getlength(text), text


def test_texts_are_cut_and_wrapped():
    """A label is cut with dots, a caption broken between words."""
    assert short("a" * 100, 10) == "aaaaaaa..."
    assert short("ok", 10) == "ok"
    lines = wrapped("one two three four five", 10, width("one two three", 10))
    assert lines == ["one two three", "four five"]
    assert wrapped("", 10, 100) == []
