"""A folded graph as text for other programs that draw: Mermaid's flowcharts, and Graphviz's DOT."""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Final

from netspec.render.draw.lettering import short
from netspec.render.draw.outline import Cell, Frame, Item, Outline, cells
from netspec.render.draw.palette import COLOURS
from netspec.render.draw.plan import box_title, frame_title

_INDENT: Final = "    "
_SPECIAL: Final = frozenset('"#%&<>`\\')
"""Characters that mean something to Mermaid between quotes, or to the HTML and Markdown in its labels."""
_LONGEST: Final = 200
"""Characters of a label."""
_FONT: Final = "Helvetica,Arial,sans-serif"


def mermaid_text(outline: Outline, title: str) -> str:
    """A flowchart in the language of Mermaid 10.5 and later (mermaid.js.org/syntax/flowchart)."""
    head = ["---", f"title: {_yaml(title)}", "---"] if title else []
    roles = sorted({cell.role for cell in cells(outline.items)})
    lines = [
        *head,
        "flowchart TD",
        *_nested(outline.items, _mermaid_box, ('subgraph b{}["{}"]', "end"), _entities),
        *(f"{_INDENT}n{a} --> n{b}" for a, b in outline.edges),
        *(f"{_INDENT}classDef {role} {_mermaid_colours(role)}" for role in roles),
        *_mermaid_frames(outline.items),
    ]
    return "\n".join(lines) + "\n"


def _yaml(text: str) -> str:
    """A quoted string of JSON, which is YAML too; Mermaid looks for its `%%` before it reads YAML."""
    return json.dumps(short(text, _LONGEST)).replace("%", "\\u0025")


def _mermaid_box(cell: Cell) -> str:
    label = "<br>".join(map(_entities, _lines(cell)))
    return f'n{cell.key}["{label}"]:::{cell.role}'


def _mermaid_colours(role: str) -> str:
    text = COLOURS["text"].light
    return f"fill:{COLOURS[role].light},stroke:{COLOURS[f'{role}-edge'].light},color:{text}"


def _mermaid_frames(items: Sequence[Item]) -> Iterator[str]:
    number = _frames(items)
    if number:
        yield f"{_INDENT}classDef frame {_mermaid_colours('frame')}"
        yield f"{_INDENT}class {','.join(f'b{n}' for n in range(1, number + 1))} frame"


def _frames(items: Sequence[Item]) -> int:
    return sum(1 + _frames(item.items) for item in items if isinstance(item, Frame))


def _entities(text: str) -> str:
    """Text for a label of Mermaid, which writes special characters as `#34;`."""
    return "".join(f"#{ord(char)};" if char in _SPECIAL else char for char in short(text, _LONGEST))


def dot_text(outline: Outline, title: str) -> str:
    """A digraph in DOT (graphviz.org/doc/info/lang.html)."""
    box = f'shape=box, style="rounded,filled", fontname="{_FONT}", fontsize=11, margin="0.15,0.06"'
    frame = (
        f'style="rounded,filled", fillcolor="{COLOURS["frame"].light}", color="{COLOURS["frame-edge"].light}"'
    )
    lines = [
        f"digraph {_quoted(short(title or 'network', _LONGEST))} {{",
        f'{_INDENT}graph [rankdir=TB, fontname="{_FONT}", fontsize=12, ranksep=0.3, nodesep=0.25, {frame}]',
        *([f"{_INDENT}graph [label={_quoted(short(title, _LONGEST))}, labelloc=t]"] if title else []),
        f"{_INDENT}node [{box}]",
        f'{_INDENT}edge [color="{COLOURS["line"].light}", arrowsize=0.7]',
        *_nested(outline.items, _dot_box, ('subgraph cluster_{} {{ label="{}"', "}"), _escaped),
        *(f"{_INDENT}n{a} -> n{b}" for a, b in outline.edges),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _dot_box(cell: Cell) -> str:
    label = "\\n".join(map(_escaped, _lines(cell)))
    colours = f'fillcolor="{COLOURS[cell.role].light}", color="{COLOURS[f"{cell.role}-edge"].light}"'
    return f'n{cell.key} [label="{label}", {colours}]'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Text for a quoted string of DOT; Graphviz reads more escapes in labels than the quote's."""
    return short(text, _LONGEST).replace("\\", "\\\\").replace('"', '\\"')


def _lines(cell: Cell) -> tuple[str, str]:
    return box_title(cell), cell.shape


def _nested(
    items: Sequence[Item], box: Callable[[Cell], str], around: tuple[str, str], escaped: Callable[[str], str]
) -> Iterator[str]:
    """A line for each box, and around those of a frame the two that open and close it."""
    numbers = count(1)

    def lines(items: Sequence[Item], indent: str) -> Iterator[str]:
        for item in items:
            if isinstance(item, Frame):
                yield indent + around[0].format(next(numbers), escaped(frame_title(item)))
                yield from lines(item.items, indent + _INDENT)
                yield indent + around[1]
            else:
                yield indent + box(item)

    return lines(items, _INDENT)
