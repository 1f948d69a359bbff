"""Names and tags: where a value stands decides what it is called and who sees its tag."""

from collections import Counter
from dataclasses import dataclass, field

from netspec.language.binding import Variables
from netspec.language.syntax import Label


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tagged value: its index in the graph, and the label that names it."""

    index: int
    label: Label


@dataclass(slots=True)
class Scope:
    """One level of names. Blocks and branches have a prefix of their own; an iteration of a repeat has only tags."""

    prefix: str
    variables: Variables
    parent: "Scope | None" = None
    counts: Counter[str] = field(default_factory=Counter)
    tags: dict[str, Tagged] = field(default_factory=dict)
    suffix: str = ""

    def name(self, kind: str) -> str:
        """The next automatic name of a kind: `stage3/conv2`. A kind that ends in a digit gets a `_` between."""
        self.counts[kind] += 1
        return f"{self.prefix}{kind}{'_' if kind[-1].isdigit() else ''}{self.counts[kind]}"

    def labelled(self, text: str) -> str:
        """The name that a tag gives: below the prefix, and numbered inside a repeat."""
        return f"{self.prefix}{text}{self.suffix}"

    def inner(self, prefix: str, variables: Variables) -> "Scope":
        """The scope of a block, branch or shortcut."""
        return Scope(prefix=f"{prefix}/", variables=variables, parent=self)

    def repeated(self, iteration: int) -> "Scope":
        """The scope of one iteration: names go on counting, tags are its own."""
        return Scope(self.prefix, self.variables, self, self.counts, suffix=f"{self.suffix}_{iteration}")

    def find(self, tag: str) -> Tagged | None:
        """The value of a tag, here or further out."""
        scope: Scope | None = self
        while scope is not None:
            if tag in scope.tags:
                return scope.tags[tag]
            scope = scope.parent
        return None

    def visible(self) -> list[str]:
        """Every tag that can be used here."""
        return [*self.tags, *(self.parent.visible() if self.parent else ())]
