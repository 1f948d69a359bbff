"""The words of a spec: which are layers, which a block may not take, and which was meant."""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from netspec.diagnostics import Finding, rules
from netspec.language.nearest import did_you_mean, nearest
from netspec.language.spec import Block, Spec
from netspec.layers import KINDS, Layer

FROM: Final = "from"
KEYWORDS: Final = (FROM, "input", "residual", "repeat", "network")
_STEM: Final = re.compile(r"(.*?)[0-9]+(?:x[0-9]+)*")


def with_legal_blocks(spec: Spec, findings: list[Finding]) -> Spec:
    """The spec without blocks called `conv` or `conv3`, which would change what those words mean."""
    legal = {name: block for name, block in spec.blocks.items() if not _taken(block, findings)}
    return replace(spec, blocks=legal)


def _taken(block: Block, findings: list[Finding]) -> bool:
    stem = _STEM.fullmatch(block.name)
    sized = stem is not None and stem[1] in KINDS and KINDS[stem[1]].notation.size is not None
    if not sized and block.name not in KINDS and block.name not in KEYWORDS:
        return False
    what = f"the layer `{stem[1]}` with a size" if stem and sized else "a word of the language"
    message = f"`{block.name}` is {what}; choose another name for the block"
    findings.append(Finding.at(rules.BAD_BLOCK, block.place.span, message))
    return True


def meant_name(stem: str, word: str, blocks: Collection[str]) -> tuple[str, str, str]:
    """For an unknown word: the part that was read as a name, the name probably meant (or ""), and a help that says so."""
    names = [*blocks, *KINDS, FROM]
    if stem in blocks:
        return word, stem, did_you_mean(word, [stem]) or f"the block is called `{stem}`"
    for typed in filter(None, (stem, word)):
        kind = next((k for k in KINDS.values() if is_elsewhere(k, typed)), None)
        if kind is not None:
            return typed, kind.name, f"netspec calls it `{kind.name}`"
        if meant := nearest(typed, names):
            return typed, meant, did_you_mean(typed, names)
    return stem or word, "", "`netspec layers` lists the layers"


def is_elsewhere(kind: type[Layer], *words: str) -> bool:
    """Whether one of the words is the layer's name in another tool."""
    return any(word in map(str.casefold, kind.elsewhere) for word in words)
