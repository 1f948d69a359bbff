"""A network as a table: for `rich.print` and for notebooks."""

from collections.abc import Iterator
from html import escape

from rich.table import Table
from rich.text import Text

from netspec.graph.node import Graph

_COLUMNS = ("name", "layer", "shape", "parameters")


def table(title: str, graph: Graph) -> Table:
    """The nodes as a rich table: name, layer, output shape, parameters owned."""
    shown = Table(title=Text(title), title_justify="left", box=None, pad_edge=False)
    for column in _COLUMNS:
        shown.add_column(column, justify="right" if column == "parameters" else "left")
    for row in _rows(graph):
        shown.add_row(*map(Text, row))
    return shown


def html(title: str, graph: Graph) -> str:
    """The same as an HTML table, for notebooks."""
    head = "".join(f"<th>{column}</th>" for column in _COLUMNS)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in _rows(graph)
    )
    return f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _rows(graph: Graph) -> Iterator[tuple[str, str, str, str]]:
    for node in graph:
        count = sum(parameter.size for parameter in node.parameters)
        yield node.name, node.kind, str(node.shape), f"{count:,}" if count else ""
