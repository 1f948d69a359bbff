"""Tags of one network: which value each names, who may use it, and which are used."""

import re
from collections import ChainMap
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netspec.diagnostics import Edit, Finding, Mend, Refused, Related, Span, rules
from netspec.graph.node import INPUT
from netspec.graph.scope import Scope, Tagged
from netspec.language.binding import compute
from netspec.language.nearest import nearest
from netspec.language.syntax import Expression, Label, Written

if TYPE_CHECKING:
    from collections.abc import MutableMapping

UNKNOWN: Final = -2
"""Stands for a value about which a finding already speaks."""

_WORD: Final = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_./-]*[A-Za-z0-9_])?")
_OF_INPUT: Final = "input"
_HIDDEN: Final = "a tag inside a block, a branch or a repeat is seen only there"


class Tags:
    """Labels as they are met; a label in a block or repeat is one label, however often it is visited."""

    def __init__(self, findings: list[Finding], *, lenient: bool = False) -> None:
        self.findings = findings
        self.lenient = lenient
        self.labels: MutableMapping[int, Label] = {}
        self.used: set[int] = set()
        self.heard: set[str] = set()
        self.calls: dict[str, Span] = {}
        self.finals: MutableMapping[str, Tagged] = {}

    def rehearsal(self, *, lenient: bool) -> "Tags":
        """Tags that see these and whose own labels are forgotten with them; what they use counts as used.

        With `lenient` an unknown tag is no fault: it may be one of a caller that does not exist.
        """
        copy = Tags(self.findings, lenient=lenient)
        copy.labels, copy.finals = ChainMap({}, self.labels), ChainMap({}, self.finals)
        copy.used, copy.heard, copy.calls = self.used, self.heard, self.calls
        return copy

    def name(self, label: Label | None, scope: Scope) -> str | None:
        """The name that a label gives to a layer, or None where there is none or it is taken."""
        text = self._text(label, scope)
        if label is None or text is None or self._taken(label, text, scope):
            return None
        return text if label.final else scope.labelled(text)

    def put(self, label: Label | None, value: int, scope: Scope) -> None:
        """Let a label name a value from here on."""
        text = self._text(label, scope)
        if label is None or text is None or self._taken(label, text, scope):
            return
        self.labels[id(label)] = label
        (self.finals if label.final else scope.tags).setdefault(text, Tagged(value, label))

    def hear(self, text: str) -> None:
        """Take note of a text that could not be read: any word of it may set or use a tag."""
        self.heard.update(_WORD.findall(text))

    def find(self, written: Written, span: Span, scope: Scope) -> int:
        """The value that a tag names, or UNKNOWN after a finding."""
        try:
            computed = compute(written, scope.variables, self.findings)
        except Refused:
            return UNKNOWN
        # A tag may be a word that YAML has another meaning for, such as `true`.
        tag = span.text.strip() if computed is None or isinstance(computed, bool) else str(computed)
        if tag == _OF_INPUT:
            return INPUT
        found = self.finals.get(tag) or scope.find(tag)
        if found is not None:
            self.used.add(id(found.label))
            return found.index
        if self.lenient or tag in self.heard:
            return UNKNOWN
        meant = nearest(tag, self._known(scope))
        if isinstance(written, Expression) and self.calls:
            # A parameter of a block: what is wrong was written where the block is called.
            related = (Related(span, f"the block uses `{tag}` here"),)
            self.findings.append(
                replace(self._unknown(tag, None, [*self.calls.values()][-1]), related=related)
            )
        else:
            self.findings.append(self._unknown(tag, meant, span))
        self.heard.add(tag)
        # Reading goes on with the tag that was probably meant, so that one fault gives one finding.
        return self.find(meant, span, scope) if meant else UNKNOWN

    def _known(self, scope: Scope) -> list[str]:
        return [*scope.visible(), *self.finals, _OF_INPUT]

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

    def _taken(self, label: Label, text: str, scope: Scope) -> bool:
        """Whether another label has this text already, after a finding about it."""
        first = (self.finals if label.final else scope.tags).get(text)
        if text == _OF_INPUT:
            self._report(label.span, f"the tag `{text}` stands for the network's input")
        elif first is not None and first.label is not label:
            related = Related(first.label.span, "first here")
            self._report(label.span, f"the tag `{text}` stands twice", related)
        else:
            return False
        return True

    def _report(self, span: Span, message: str, *related: Related) -> None:
        self.findings.append(Finding.at(rules.DUPLICATE_NAME, span, message, related=related))

    def _unknown(self, tag: str, meant: str | None, span: Span) -> Finding:
        hidden = next((label for label in self.labels.values() if label.text == tag), None)
        otherwise = "" if hidden else f"`@{tag}` behind a layer names its value"
        return Finding.at(
            rules.UNKNOWN_TAG,
            span,
            f"no value above this point has the tag `{tag}`",
            help=f"did you mean `{meant}`?" if meant else otherwise,
            notes=(_HIDDEN,) if hidden else (),
            related=(Related(hidden.span, "a tag of this name"),) if hidden else (),
            mends=(Mend(f"write `{meant}`", (Edit(span, meant),)),) if meant else (),
        )
