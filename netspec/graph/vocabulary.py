"""The words of a spec: which are layers, which a block may not take, and which was meant."""

import re
from collections.abc import Iterable
from typing import Final

from netspec.diagnostics import Finding, rules
from netspec.language.nearest import did_you_mean, nearest
from netspec.language.spec import Spec
from netspec.layers import KINDS

FROM: Final = "from"
KEYWORDS: Final = (FROM, "input", "residual", "repeat", "network")
_STEM: Final = re.compile(r"(.*?)[0-9]+(?:x[0-9]+)*")


def check_block_names(spec: Spec, findings: list[Finding]) -> None:
    """A block called `conv` or `conv3` would change what those words mean."""
    for block in spec.blocks.values():
        stem = _STEM.fullmatch(block.name)
        taken = block.name in KINDS or block.name in KEYWORDS
        sized = stem is not None and stem[1] in KINDS and KINDS[stem[1]].notation.size is not None
        if taken or (stem is not None and sized):
            what = f"the layer `{stem[1]}` with a size" if stem and sized else "a word of the language"
            findings.append(
                Finding.at(
                    rules.BAD_BLOCK,
                    block.place.span,
                    f"`{block.name}` is {what}; choose another name for the block",
                )
            )


def meant_name(stem: str, word: str, blocks: Iterable[str]) -> tuple[str, str, str]:
    """For an unknown word: the part that was read as a name, the name probably meant (or ""), and a help that says so."""
    names = [*blocks, *KINDS, FROM]
    for typed in filter(None, (stem, word)):
        kind = next((k for k in KINDS.values() if typed in map(str.casefold, k.elsewhere)), None)
        if kind is not None:
            return typed, kind.name, f"netspec calls it `{kind.name}`"
        if meant := nearest(typed, names):
            return typed, meant, did_you_mean(typed, names)
    return stem or word, "", "`netspec layers` lists the layers"
