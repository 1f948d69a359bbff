"""The page of an analysis is whole, needs nothing from elsewhere, and takes no text of a spec for markup."""

import base64
import hashlib
from dataclasses import replace

import pytest
from html_tree import Element, parsed
from page_reading import SPECS, analyzed, deep, layers, lines, of_text, read

from netspec.render.page import page
from netspec.render.text import safe

# -- whole, and alone --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", SPECS)
def test_every_element_is_closed(target: str) -> None:
    """The parser mends nothing and finds nothing to mend; there is one head, one body, one title, one script."""
    tree = read(target)
    assert page(analyzed(target)).startswith("<!DOCTYPE html>\n")
    assert [len(tree.all(tag)) for tag in ("html", "head", "body", "main", "h1", "script")] == [1] * 6
    assert len(tree.one("head").all("title")) == 1


@pytest.mark.parametrize("target", SPECS)
def test_nothing_comes_from_elsewhere(target: str) -> None:
    """No element loads anything, no style refers to anything, and no address stands in an attribute."""
    tree = read(target)
    assert {"link", "img", "iframe", "object", "embed", "base", "video", "audio", "use"}.isdisjoint(
        element.tag for element in tree.walk()
    )
    for element in tree.walk():
        for name, value in element.attributes.items():
            assert name not in ("src", "href", "srcset", "action", "style", "xlink:href"), (element.tag, name)
            assert not name.startswith("on"), (element.tag, name)
            assert "://" not in value or name == "xmlns", (element.tag, name, value)
    for style in tree.all("style"):
        assert "url(" not in style.text
        assert "@import" not in style.text
        assert "://" not in style.text


@pytest.mark.parametrize("target", SPECS)
def test_the_policy_permits_what_stands_in_the_page_and_no_more(target: str) -> None:
    """The Content-Security-Policy has the hash of every style and of the script, and allows no other source."""
    tree = read(target)
    policy = tree.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives.pop("style-src").split() == [sha(style.text) for style in tree.all("style")]
    assert directives.pop("script-src").split() == [sha(script.text) for script in tree.all("script")]
    assert directives == dict.fromkeys(("default-src", "base-uri", "form-action"), "'none'")
    first = next(element for element in tree.one("head").content if isinstance(element, Element))
    assert first.attributes == {"charset": "utf-8"}


def sha(text: str) -> str:
    """The source expression of an inline element."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_names_of_elements_are_unique() -> None:
    """No id stands twice, in the drawing or outside it."""
    ids = [element.attributes["id"] for element in read("vgg16").walk() if "id" in element.attributes]
    assert len(ids) == len(set(ids))


def test_the_same_record_gives_the_same_page() -> None:
    """Nothing in the page depends on the moment in which it is made."""
    assert page(analyzed("lenet5")) == page(analyzed("lenet5"))


@pytest.mark.parametrize(("target", "most"), [("vgg16", 200_000), ("resnet50@152", 600_000)])
def test_pages_are_small(target: str, most: int) -> None:
    """A page is a file to be sent by mail."""
    assert len(page(analyzed(target)).encode()) < most


def test_ten_thousand_layers_make_a_page() -> None:
    """A page of 10,000 layers has all of them, stays below 5 MB, has 500 bars a chart at most, and no drawing."""
    text = page(of_text(deep(10_000)))
    tree = parsed(text)
    assert len(text.encode()) < 5_000_000
    assert len(lines(tree)) == 10_001
    assert [len(chart.all("g")) for chart in tree.all("svg", of="bars")] == [477] * 3
    assert "cannot be read" in tree.one("body").text


# -- hostile texts -----------------------------------------------------------------------------------------------------

HOSTILE = """\
name: "<script>alert(1)</script></title>"
source: "\\"><img src=x onerror=alert(1)> & 'quoted' \\u202e reversed \\x07"
input: 8x8x3
network: conv3-4 -> relu -> gap -> fc-2
"""


def test_texts_of_a_spec_are_no_markup() -> None:
    """A name and a citation come out as they are written, with unseen characters as escapes, and add no element."""
    found = of_text(HOSTILE)
    tree = parsed(page(found))
    assert tree.one("head").one("title").text == found.name == "<script>alert(1)</script></title>"
    assert tree.one("h1").text == found.name
    said = tree.one("p", of="source").text
    assert said == "\"><img src=x onerror=alert(1)> & 'quoted' \\u202e reversed \\x07" == safe(found.source)
    plain = parsed(page(replace(found, name="network", source="x")))
    assert [element.tag for element in tree.walk()] == [element.tag for element in plain.walk()]


def test_names_of_rows_are_no_markup() -> None:
    """Whatever a layer, a block or a head is called, it is text in the table, the charts and the notes."""
    found = analyzed("googlenet")
    evil = "<b title='\"'>&amp;\u202e"
    rows = tuple(
        replace(row, name=f"{evil}/{row.name}", label=f"{row.label}{evil}", head=row.head and evil)
        for row in found.rows
    )
    outputs = tuple((evil, shape) for _, shape in found.outputs)
    changed = replace(found, rows=rows, outputs=outputs, beyond=evil)
    tree = parsed(page(changed))
    assert tree.all("b", title='"') == []
    assert "\u202e" not in page(changed)
    assert f"{safe(evil)}/inception1/branch1/conv1" in [cell.text for cell in layers(tree).all("td")]
    assert next(row for row in lines(tree) if "block" in row.classes).text == safe(evil)
