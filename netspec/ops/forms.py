"""Forms of an operation, and the choice between them by measured rules.

An operation, such as `conv.kernel_gradient`, has a reference, which is what `lax` does by itself, and forms that give the
same result up to rounding. A form says where it fits, where measurements found it faster, and their figures.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Final, Generic, Protocol, TypeVar

REFERENCE: Final = "reference"
AUTO: Final = "auto"


class Case(Protocol):
    """What a choice depends on: the static facts of one use of an operation."""

    @property
    def backend(self) -> str:
        """`cpu`, `gpu` or `tpu`."""


C = TypeVar("C", bound=Case)


@dataclass(frozen=True)
class Form(Generic[C]):
    """One way to compute an operation."""

    name: str
    run: Callable[..., Any]
    fits: Callable[[C], bool]
    """Where it gives the right result."""
    wins: Callable[[C], bool]
    """Where measurements found it to be the fastest; asked only where it fits."""
    why: str
    """The rule in words, with its figures."""


@dataclass(frozen=True)
class Choice(Generic[C]):
    """The form that one use of an operation gets, and why."""

    operation: str
    form: str
    why: str
    run: Callable[..., Any] = field(repr=False, compare=False)


def load() -> None:
    """Import every module of operations, so that OPERATIONS has them all."""
    for module in iter_modules([str(Path(__file__).parent)], "netspec.ops."):
        import_module(module.name)


OPERATIONS: Final[dict[str, "Operation[Any]"]] = {}
"""Every operation by its name."""


@dataclass(frozen=True)
class Operation(Generic[C]):
    """What several forms compute. `forms` stand in order of preference; `reference` fits everywhere."""

    name: str
    reference: Callable[..., Any]
    forms: tuple[Form[C], ...] = ()

    def __post_init__(self) -> None:
        OPERATIONS[self.name] = self

    def choose(self, case: C, wanted: str = AUTO) -> Choice[C]:
        """The form for a case: the wanted one where it fits, else the first that fits and wins."""
        for form in self.forms:
            if wanted == form.name and form.fits(case):
                return Choice(self.name, form.name, "asked for", form.run)
        if wanted == REFERENCE:
            return Choice(self.name, REFERENCE, "asked for", self.reference)
        for form in self.forms:
            if form.fits(case) and form.wins(case):
                return Choice(self.name, form.name, form.why, form.run)
        return Choice(self.name, REFERENCE, self._no_form(case), self.reference)

    def _no_form(self, case: C) -> str:
        if not self.forms:
            return "it has one form"
        if case.backend != "cpu":
            return f"nothing else was measured on {case.backend}"
        return "no other form was measured to be faster here"


@dataclass(frozen=True)
class Lowerings:
    """Which form each operation is to take: `auto`, `reference`, or by operation; later keys do not hide earlier ones.

    Keys are names of operations (`conv.kernel_gradient`) or what they begin with (`conv`); values are names of forms.
    """

    wanted: Mapping[str, str] = field(default_factory=dict, hash=False)
    default: str = AUTO
    backend: str = "cpu"

    def pick(self, operation: Operation[C], case: C) -> Choice[C]:
        """The form for one use of an operation."""
        family = operation.name.partition(".")[0]
        wanted = self.wanted.get(operation.name) or self.wanted.get(family) or self.default
        return operation.choose(case, wanted)

    def at(self, node: str) -> "Lowerings":  # noqa: ARG002  a recorder notes the name
        """The same for one node of a network."""
        return self
