"""Which segments are rematerialized: by hand, or as many as a memory budget asks for."""

from collections.abc import Iterable
from typing import Final

from pydantic import ValidationError

from netspec.engine.segments import Segment, segments
from netspec.graph.node import Graph
from netspec.language.nearest import did_you_mean
from netspec.language.quantities import Memory

NONE: Final = "none"
BLOCKS: Final = "blocks"


def budget_of(wanted: str | Iterable[str]) -> Memory | None:
    """The limit that a text such as `4GiB at batch 32` sets, if it is one."""
    try:
        return Memory.model_validate(wanted) if isinstance(wanted, str) else None
    except ValidationError:
        return None


def chosen(graph: Graph, wanted: str | Iterable[str]) -> frozenset[str]:
    """The names of the segments that the backward pass computes again. Raises ValueError for a name there is not."""
    if wanted == NONE:
        return frozenset()
    found = list(segments(graph.nodes))
    if wanted == BLOCKS:
        return frozenset(segment.name for segment in found)
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    return frozenset(name for wish in names for name in _named(found, wish))


def _named(found: list[Segment], wish: str) -> list[str]:
    """A segment's name, or a block's that has segments inside."""
    names = [s.name for s in found if s.name == wish or s.name.startswith(f"{wish}/")]
    if not names:
        known = [segment.name for segment in found]
        raise ValueError(f"no block is called {wish}; {did_you_mean(wish, known) or _some(known)}")
    return names


def _some(names: list[str]) -> str:
    return f"there are {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}"
