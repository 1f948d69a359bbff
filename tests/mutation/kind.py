"""A kind of fault: what it looks for in a valid spec, and what it puts there instead."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

NETWORKS = ("network", "blocks", "heads")
"""The top-level keys under which networks stand."""

Match = re.Match[str]


@dataclass(frozen=True)
class Kind:
    """One way of breaking a spec: what matches `pattern` is replaced by `change`, a template or a function.

    A group called `at` marks the line that counts as broken; without one it is the line that was changed. `also`
    is a pattern, with the match's groups in braces, of other lines that may rightly be pointed at: a tag that is
    misspelt where it is used has its definition as well. Only matches below the keys in `within` count.
    """

    name: str
    pattern: str
    change: str | Callable[[Match], str | None]
    within: tuple[str, ...] = NETWORKS
    also: str = ""


@dataclass(frozen=True)
class Case:
    """A broken spec, and the lines of it that a finding may point at."""

    kind: str
    spec: str
    text: str
    lines: frozenset[int]


def cases(kind: Kind, spec: str, text: str) -> Iterator[Case]:
    """Every place of a spec broken in one way."""
    for found in re.finditer(kind.pattern, text, re.MULTILINE):
        if kind.within and section(text, found.end() - 1) not in kind.within:
            continue
        if _in_comment(text, found.start()):
            continue
        new = found.expand(kind.change) if isinstance(kind.change, str) else kind.change(found)
        if new is not None and new != found[0]:
            broken = text[: found.start()] + new + text[found.end() :]
            yield Case(kind.name, spec, broken, _lines(kind, found, text, broken))


def _in_comment(text: str, offset: int) -> bool:
    return re.search(r"(^|\s)#", text[text.rfind("\n", 0, offset) + 1 : offset]) is not None


def _lines(kind: Kind, found: Match, text: str, broken: str) -> frozenset[int]:
    lines = _marked(found) if "at" in found.groupdict() else _changed(text, broken)
    if kind.also:
        groups = {name: re.escape(group or "") for name, group in found.groupdict().items()}
        pattern = re.compile(kind.also.format(**groups))
        lines |= {n for n, line in enumerate(broken.splitlines(), 1) if pattern.search(line)}
    return frozenset(lines)


def _marked(found: Match) -> set[int]:
    first = _line(found.string, found.start("at"))
    return set(range(first, _line(found.string, max(found.start("at"), found.end("at") - 1)) + 1))


def _changed(text: str, broken: str) -> set[int]:
    """The lines of the broken text that differ from the valid one."""
    start = next((i for i, (a, b) in enumerate(zip(text, broken, strict=False)) if a != b), len(text))
    pairs = zip(reversed(text[start:]), reversed(broken[start:]), strict=False)
    same = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(text), len(broken)) - start)
    return set(range(_line(broken, start), _line(broken, max(start, len(broken) - same - 1)) + 1))


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def section(text: str, offset: int) -> str:
    """The top-level key whose value holds an offset."""
    return next((key for start, key in reversed(_sections(text)) if start <= offset), "")


@cache
def _sections(text: str) -> tuple[tuple[int, str], ...]:
    return tuple((found.start(), found[1]) for found in re.finditer(r"^(\w+):", text, re.MULTILINE))


def swapped(word: str) -> str:
    """The word with two neighbouring letters exchanged: the commonest slip of the fingers."""
    i = next((i for i in (*range(1, len(word) - 1), 0) if word[i] != word[i + 1]), 0)
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def swap(found: Match) -> str:
    """The match with its group `word` misspelt."""
    start, end = found.start("word") - found.start(), found.end("word") - found.start()
    return found[0][:start] + swapped(found["word"]) + found[0][end:]


def blocks(text: str) -> dict[str, str]:
    """The blocks that a spec defines, with their parameters as written."""
    return dict(re.findall(r"^  (\w+)\(([^()\n]*)\):", text, re.MULTILINE))
