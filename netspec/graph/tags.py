"""Tags of one network: which value each names, who may use it, and which are used."""

from collections import ChainMap
from typing import TYPE_CHECKING, Final

from netspec.diagnostics import Edit, Finding, Mend, Refused, Related, Span, rules
from netspec.graph.node import INPUT
from netspec.graph.scope import Scope, Tagged
from netspec.language.binding import compute
from netspec.language.nearest import did_you_mean, nearest
from netspec.language.syntax import Label, Written

if TYPE_CHECKING:
    from collections.abc import MutableMapping

UNKNOWN: Final = -2
"""Stands for a value about which a finding already speaks."""

_OF_INPUT: Final = "input"
_HIDDEN: Final = "a tag inside a block, a branch or a repeat is seen only there"


class Tags:
    """Labels as they are met; a label in a block or repeat is one label, however often it is visited."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        self.labels: MutableMapping[int, Label] = {}
        self.used: set[int] = set()
        self.finals: MutableMapping[str, Tagged] = {}

    def rehearsal(self) -> "Tags":
        """Tags that see these and whose own labels are forgotten with them; what they use counts as used."""
        copy = Tags(self.findings)
        copy.labels, copy.finals, copy.used = ChainMap({}, self.labels), ChainMap({}, self.finals), self.used
        return copy

    def name(self, label: Label | None, scope: Scope) -> str | None:
        """The name that a label gives to a layer, or None where there is none."""
        text = self._text(label, scope)
        if label is None or text is None:
            return None
        return text if label.final else scope.labelled(text)

    def put(self, label: Label | None, value: int, scope: Scope) -> None:
        """Let a label name a value from here on."""
        text = self._text(label, scope)
        if label is None or text is None:
            return
        self.labels[id(label)] = label
        known = self.finals if label.final else scope.tags
        first = known.get(text)
        if text == _OF_INPUT:
            self._report(label.span, f"the tag `{text}` stands for the network's input")
        elif first is None:
            known[text] = Tagged(value, label)
        elif first.label is not label:
            self._report(
                label.span, f"the tag `{text}` stands twice", Related(first.label.span, "first here")
            )

    def find(self, written: Written, span: Span, scope: Scope) -> int:
        """The value that a tag names, or UNKNOWN after a finding."""
        try:
            tag = str(compute(written, scope.variables, self.findings))
        except Refused:
            return UNKNOWN
        if tag == _OF_INPUT:
            return INPUT
        found = self.finals.get(tag) or scope.find(tag)
        if found is not None:
            self.used.add(id(found.label))
            return found.index
        self.findings.append(self._unknown(tag, span, scope))
        return UNKNOWN

    def unused(self) -> list[Label]:
        """Labels that nothing refers to; full names need not be referred to."""
        return [label for key, label in self.labels.items() if key not in self.used and not label.final]

    def _text(self, label: Label | None, scope: Scope) -> str | None:
        if label is None:
            return None
        try:
            return str(compute(label.text, scope.variables, self.findings))
        except Refused:
            return None

    def _report(self, span: Span, message: str, *related: Related) -> None:
        self.findings.append(Finding.at(rules.DUPLICATE_NAME, span, message, related=related))

    def _unknown(self, tag: str, span: Span, scope: Scope) -> Finding:
        known = [*scope.visible(), *self.finals, _OF_INPUT]
        hidden = next((label for label in self.labels.values() if label.text == tag), None)
        meant = nearest(tag, known)
        return Finding.at(
            rules.UNKNOWN_TAG,
            span,
            f"no value above this point has the tag `{tag}`",
            help=did_you_mean(tag, known) or ("" if hidden else f"`@{tag}` behind a layer names its value"),
            notes=(_HIDDEN,) if hidden else (),
            related=(Related(hidden.span, "a tag of this name"),) if hidden else (),
            mends=(Mend(f"write `{meant}`", (Edit(span, meant),)),) if meant else (),
        )
