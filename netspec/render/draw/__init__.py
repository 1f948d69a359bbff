"""A network as a picture, without any program of the system: SVG, PNG, and text for Mermaid and Graphviz.

A chain is drawn as volumes to scale, any other network as a graph in which blocks are frames and repeats stand once.
"""

from typing import Literal, get_args

from netspec.graph.node import Graph
from netspec.render.draw.boxes import boxes, is_chain
from netspec.render.draw.chart import chart
from netspec.render.draw.folding import outline
from netspec.render.draw.outline import DrawingError
from netspec.render.draw.scene import Scene
from netspec.render.draw.vector import svg_text
from netspec.render.draw.volumes import volumes
from netspec.render.draw.written import dot_text, mermaid_text

__all__ = ["DrawingError", "Style", "dot", "mermaid", "png", "svg"]

Style = Literal["auto", "volumes", "graph"]
"""`auto` draws a chain as volumes and everything else as a graph."""


def svg(graph: Graph, *, title: str = "", style: Style = "auto") -> str:
    """The network as an SVG document, which can also stand inside a page of HTML. It follows a dark colour scheme.

    Raises:
        DrawingError: There would be more than 400 boxes, though repeats stand once and blocks are closed, or more
            lines than can be followed; or volumes are asked for, and the network is no chain.
    """
    return svg_text(_scene(graph, title, style))


def png(graph: Graph, *, title: str = "", style: Style = "auto", scale: float = 2.0) -> bytes:
    """The network as a PNG file with `scale` pixels for each of the SVG's, with fewer where there would be over 24 million.

    Raises:
        DrawingError: As for `svg`.
        ValueError: The scale is not above 0.
    """
    if not scale > 0:
        raise ValueError(f"the scale of a picture is above 0, not {scale}")
    from netspec.render.draw.raster import png_bytes  # noqa: PLC0415  only pictures of pixels pay for Pillow

    return png_bytes(_scene(graph, title, style), scale)


def mermaid(graph: Graph, *, title: str = "") -> str:
    """The network as a flowchart for Mermaid, with the boxes, frames and labels of the drawn graph.

    Raises:
        DrawingError: As for `svg`.
    """
    return mermaid_text(outline(graph), title)


def dot(graph: Graph, *, title: str = "") -> str:
    """The same for Graphviz.

    Raises:
        DrawingError: As for `svg`.
    """
    return dot_text(outline(graph), title)


def _scene(graph: Graph, title: str, style: Style) -> Scene:
    if style not in get_args(Style):
        raise ValueError(f"there is no style {style!r}; the styles are {', '.join(get_args(Style))}")
    found = boxes(graph, across=True)
    chain = is_chain(found)
    if style == "volumes" and not chain:
        raise DrawingError("volumes are drawn for chains, and this network has branches; draw it as a graph")
    if chain and style != "graph":
        return volumes(found, title)
    return chart(outline(graph), title)
