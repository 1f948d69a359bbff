"""Words of the arrow notation and of structured YAML that are no layers."""

from dataclasses import dataclass
from typing import Final

from netspec.render.text import Look, wrap


@dataclass(frozen=True)
class Word:
    """A word's manual entry: what it does in one clause, its form, how it works, and a network with it."""

    summary: str
    form: str
    text: str
    example: str


KEYWORDS: Final = {
    "input": Word(
        "Stands for the `input:` key at the start of a network",
        "INPUT -> NETWORK",
        "The lectures begin a network with INPUT. It adds nothing; the shape comes from the spec's `input:` key.",
        "network: INPUT -> conv3-8 -> relu",
    ),
    "from": Word(
        "Go on from a tagged value instead of the current one",
        "from(TAG)",
        "With tags and `from` any directed acyclic graph can be written. The value that stood before it is lost "
        "unless a tag of it is used further down.",
        "network: conv3-8 @a -> relu @b -> from(a) -> conv1-8 -> add(b)",
    ),
    "residual": Word(
        "Add the output of a body to its input: y = body(x) + shortcut(x)",
        "- residual: NETWORK\n  shortcut: auto | identity | pad | NETWORK",
        "`auto`, the default, is the identity where the shapes agree, else a 1x1 convolution (with batch norm where "
        "the body has it) of the stride that is needed. `pad` has no parameters: it skips rows and adds channels of "
        "zeros. Source: He et al. 2016, arXiv:1512.03385, section 3.2.",
        "network:\n  - conv3-8 -> bn -> relu\n  - residual: conv3-8 -> bn -> relu -> conv3-8 -> bn\n  - relu",
    ),
    "repeat": Word(
        "A network several times, each time with parameters of its own",
        "[NETWORK]*N\n- repeat: N\n  network: NETWORK",
        "N is a whole number from 0, or an expression in braces that gives one.",
        "network:\n  - repeat: 3\n    network: conv3-8 -> relu",
    ),
}


def keyword_entry(name: str, look: Look) -> str:
    """The entry of a word that is no layer."""
    word = KEYWORDS[name]
    parts = [
        [look.paint("strong", f"{name}: {word.summary}")],
        [f"  {line}" for line in word.form.splitlines()],
        wrap(word.text, look.width),
        [look.paint("strong", "Example"), *(f"  {line}" for line in word.example.splitlines())],
    ]
    return "\n\n".join("\n".join(part) for part in parts)
