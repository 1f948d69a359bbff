"""A rule: one kind of fault, with its stable code, the reason for it, and an example of each side."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal


class Severity(IntEnum):
    """How grave a finding is; the worst one of a run decides the exit code."""

    NOTE = 0
    WARNING = 1
    ERROR = 2

    def __str__(self) -> str:
        return self.name.lower()


_SEVERITY = {"E": Severity.ERROR, "W": Severity.WARNING, "N": Severity.NOTE}


@dataclass(frozen=True)
class Rule:
    """One kind of finding. `name` says the fault, never the cure; codes are never reused.

    `bad` and `good` are whole specs; where `examples` is "command", command lines; where it is "situation", sentences.
    """

    code: str
    name: str
    summary: str
    why: str
    bad: str
    good: str
    examples: Literal["spec", "command", "situation"] = "spec"

    @property
    def severity(self) -> Severity:
        """The severity that the code's letter stands for."""
        return _SEVERITY[self.code[0]]
