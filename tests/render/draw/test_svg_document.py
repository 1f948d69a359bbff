"""The SVG as a document: valid, accessible, readable in light and dark, safe against hostile names."""

import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from picture import SVG, Picture, conv, graph, layer

import netspec
from netspec.language.catalog import bundled
from netspec.render.draw import svg

HOSTILE = "</title><script>alert(1)</script>&'\" ]]> \x00\x1b[31m\u202e\ud800 <!--"


@pytest.mark.parametrize("name", bundled())
def test_every_bundled_network_is_drawn(name):
    """The drawing is well-formed, has a title and a description, and writes every text inside the picture."""
    network = netspec.load(name)
    picture = Picture(svg(network.graph, title=network.name))
    assert picture.root.find(f"{SVG}title").text == picture.root.get("aria-label") == network.name
    assert picture.root.get("role") == "img"
    assert str(network.input) in picture.root.find(f"{SVG}desc").text
    assert all(area.within(picture.area) for _, area in picture.texts)


@pytest.mark.parametrize("name", bundled())
def test_no_text_runs_into_another(name):
    """All texts of a drawing stand apart, in a font about as wide as Arial."""
    network = netspec.load(name)
    found = sorted(Picture(svg(network.graph, title=network.name)).texts, key=lambda text: text[1].top)
    for i, (text, area) in enumerate(found):
        for other, beside in found[i + 1 :]:
            if beside.top > area.bottom:
                break
            assert not area.meets(beside), f"{text} and {other}"


def test_a_drawing_without_a_title_is_named_all_the_same():
    """Readers of the screen hear that there is a network."""
    picture = Picture(svg(netspec.load("lenet5").graph))
    assert picture.root.get("aria-label") == "a neural network"
    assert "LeNet" not in {text for text, _ in picture.texts}


def test_the_same_network_is_drawn_the_same():
    """A drawing has the same bytes in another process with other hashes of texts."""
    code = "import netspec, netspec.render.draw as d; print(d.svg(netspec.load('unet').graph, title='U'), end='')"
    once, again = (
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    )
    assert once == again == svg(netspec.load("unet").graph, title="U")


@pytest.mark.parametrize("style", ["volumes", "graph"])
def test_hostile_names_are_only_text(style):
    """Markup and control characters in names and titles are shown and do nothing."""
    layers = [(f"{HOSTILE}{i}/{HOSTILE}", conv(i + 1), (i - 1,)) for i in range(2)]
    layers += [(f"b/{HOSTILE}/{i}", conv(i + 5), (i + 1,)) for i in range(2)]
    text = svg(graph(*layers), title=HOSTILE, style=style)
    root = ET.fromstring(text)
    assert "script" not in {element.tag.removeprefix(SVG) for element in root.iter()}
    assert root.find(f"{SVG}title").text.startswith("</title><script>alert(1)</script>&'\" ]]>")
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\ud800]", text)


def test_long_names_are_cut():
    """A block's name of ten thousand letters makes no picture of that width."""
    text = svg(
        graph(("x" * 10_000 + "/a", conv(1), (-1,)), ("x" * 10_000 + "/b", conv(2), (0,))), style="graph"
    )
    assert Picture(text).area.right < 800
    assert len(text) < 20_000


def test_groups_and_dilation_are_told():
    """What a layer's label leaves out stands with it, in volumes and in boxes."""
    assert "conv3-21, dilation 16 + relu" in svg(netspec.load("dilated").graph, style="graph")
    text = svg(netspec.load("dilated").graph) + svg(netspec.load("alexnet").graph)
    assert "dilation 16, relu" in text
    assert "groups 2, relu, lrn" in text


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.1)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", ["efficientnet_b0", "densenet121", "vgg16", "xception", "kim_text"])
def test_texts_can_be_read_in_light_and_dark(name):
    """Text on its box, frame or paper has the contrast that WCAG 2.1 asks for (level AA, 4.5)."""
    picture = Picture(svg(netspec.load(name).graph, title=name))
    style = picture.root.find(f"{SVG}style").text
    dark = dict(re.findall(r"\.f-([\w-]+)\{fill:(#\w+)\}", style))
    light = {
        e.get("class").split()[0][2:]: e.get("fill")
        for e in picture.root.iter()
        if e.get("fill", "none") != "none"
    }
    assert set(light) == set(dark)
    for group in picture.root.iter(f"{SVG}g"):
        behind = [rect.get("class").split()[0][2:] for rect in group.findall(f"{SVG}rect")] or ["paper"]
        for text in group.findall(f"{SVG}text"):
            for colours in (light, dark):
                assert contrast(colours[text.get("class")[2:]], colours[behind[-1]]) >= 4.5
    for ground in {"paper", "frame", "frame-inner"} & set(light):
        for colours in (light, dark):
            assert contrast(colours["muted"], colours[ground]) >= 4.5


def test_layers_of_a_family_without_a_colour_are_drawn():
    """A new family of layers is drawn in a colour of its own right, called `other`."""
    from netspec.render.draw.palette import COLOURS, role

    assert role("wavelets") == "other"
    assert "other" in COLOURS
    assert role(layer("bn").family) == "norm"


def test_drawing_loads_no_pillow():
    """Pillow is loaded for PNG alone."""
    code = (
        "import sys, netspec, netspec.render.draw as d\n"
        "g = netspec.load('vgg16').graph\n"
        "d.svg(g), d.mermaid(g), d.dot(g)\n"
        "assert not {'PIL', 'numpy', 'rich', 'typer'} & set(sys.modules), sys.modules.keys()\n"
        "d.png(g)\n"
        "assert 'PIL' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
