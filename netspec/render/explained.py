"""Formulas with their numbers put in, and the definitions of the columns."""

from collections.abc import Iterator, Sequence

from netspec.analysis.columns import COLUMNS
from netspec.analysis.explanation import Explanation
from netspec.layers.facets import Formula
from netspec.render.analysis import title
from netspec.render.text import Look, safe, wrap
from netspec.render.units import number


def explanations(found: Sequence[Explanation], look: Look) -> Iterator[str]:
    """For each layer its numbers: name, formula, substitution, value."""
    told = [one for one in found if one.formulas or len(found) == 1]
    for i, explanation in enumerate(told):
        yield from ([""] if i else [])
        row = explanation.row
        inputs = " and ".join(map(str, row.input_shapes))
        head = f"{safe(row.name)}: {title(row)} on {inputs} -> {row.shape}"
        yield from (look.paint("strong", line) for line in wrap(head, look.width, rest="    "))
        yield from formulas(explanation.formulas, look)
        if not explanation.formulas:
            yield "  works in place: it has the neurons of the layer before, and no parameters"


def totals(found: Sequence[Formula], look: Look) -> Iterator[str]:
    """The totals as sums of the rows."""
    yield ""
    yield look.paint("strong", "Total")
    yield from formulas(found, look)


def formulas(found: Sequence[Formula], look: Look) -> Iterator[str]:
    """A line for each formula: what it gives, symbols, numbers, value."""
    label = max((len(formula.name) for formula in found), default=0)
    for formula in found:
        said = _worked(formula)
        line = f"  {formula.name:<{label}}  {formula.symbols} = {said}"
        if len(line) <= look.width:
            yield line
        else:
            yield f"  {formula.name:<{label}}  {formula.symbols}"
            yield from wrap(f"= {said}", look.width, first=" " * (label + 4), rest=" " * (label + 6))


def _worked(formula: Formula) -> str:
    value = number(formula.value)
    return value if formula.numbers == str(formula.value) else f"{formula.numbers} = {value}"


def column_definitions(look: Look) -> Iterator[str]:
    """What each column holds, and where its definition comes from."""
    for column in COLUMNS.values():
        yield look.paint("strong", f"{column.name}  ({column.title})")
        yield from wrap(column.definition, look.width, first="  ", rest="  ")
        yield from wrap(f"Source: {column.source}", look.width, first="  ", rest="  ")
        yield ""
