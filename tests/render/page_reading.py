"""Pages of bundled specs as trees, and what a reader sees of their tables."""

import random
from functools import cache

from html_tree import Element, parsed

import netspec
from netspec.analysis.record import Record, record
from netspec.analysis.settings import Settings
from netspec.render.page import page

SPECS = ("lenet5", "vgg16", "resnet50", "resnet50@152", "googlenet", "unet", "kim_text", "c3d")


@cache
def analyzed(target: str, settings: Settings | None = None) -> Record:
    """The record of a bundled spec."""
    net = netspec.load(target)
    return record(net.spec, net.graph, settings or Settings())


def of_text(text: str) -> Record:
    """The record of a spec that is given as text."""
    net = netspec.load(text=text)
    return record(net.spec, net.graph, Settings())


@cache
def read(target: str) -> Element:
    """The page of a bundled spec as a tree."""
    return parsed(page(analyzed(target)))


def layers(tree: Element) -> Element:
    """The table of layers."""
    return tree.one("table", of="layers")


def heads(tree: Element) -> list[str]:
    """The titles of the table's columns."""
    return [head.text for head in layers(tree).one("thead").all("th")]


def lines(tree: Element, *, open_: bool = False, in_place: bool = True) -> list[Element]:
    """The rows that a reader sees: with repeats open or closed, with or without layers in place, and block names."""
    hidden = {"sum"} if open_ else {"member"}
    hidden |= set() if in_place else {"place"}
    rows = [row for body in layers(tree).all("tbody") for row in body.all("tr")]
    return [row for row in rows if not hidden & set(row.classes)]


def cells(row: Element) -> list[Element]:
    """The cells of a row, its layer first."""
    return [cell for cell in row.content if isinstance(cell, Element)]


def counts(tree: Element, rows: list[Element], title: str) -> list[int]:
    """A column of counts."""
    place = heads(tree).index(title)
    return [int(cells(row)[place].text.replace(",", "")) for row in rows if "block" not in row.classes]


def deep(layers_: int) -> str:
    """A spec of so many layers in which nothing repeats."""
    widths = random.Random(layers_)
    return f"input: 8x8x3\nnetwork: {' -> '.join(f'conv1-{widths.randint(8, 99)}' for _ in range(layers_))}\n"
