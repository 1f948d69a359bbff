"""Where each number of a layer comes from: its formula in symbols, and with the numbers put in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netspec.analysis.receptive import AxisField, Field, fields
from netspec.analysis.settings import Settings
from netspec.analysis.summary import Row, Summary
from netspec.graph.node import INPUT, Graph, Node
from netspec.layers.base import Parameter, axis_names
from netspec.layers.facets import Formula, Macs, Reach, product


@dataclass(frozen=True, slots=True)
class Explanation:
    """One layer, and how each of its numbers comes about."""

    row: Row
    formulas: tuple[Formula, ...]


def explain(graph: Graph, summary: Summary, names: Sequence[str] | None = None) -> tuple[Explanation, ...]:
    """The formulas of the layers of these names; of every layer where none is given."""
    seen = fields(graph)
    wanted = set(names or ())
    return tuple(
        Explanation(summary.rows[node.index + 1], tuple(_formulas(graph, node, seen, summary)))
        for node in graph
        if names is None or node.name in wanted
    )


def explain_total(summary: Summary) -> tuple[Formula, ...]:
    """The totals as sums of the rows that have a part in them."""
    total = summary.total
    parts = (
        ("neurons", [row.neurons for row in summary.rows], total.neurons),
        ("weights", [row.weights for row in summary.rows], total.weights),
        ("biases", [row.biases for row in summary.rows], total.biases),
        ("MACs", [row.macs or 0 for row in summary.rows], total.macs),
    )
    found = [Formula(name, "sum of the rows", _sum(numbers), value) for name, numbers, value in parts]
    whole = Formula("parameters", "weights + biases", f"{total.weights} + {total.biases}", total.parameters)
    return (*found[:3], whole, *found[3:])


def _sum(numbers: Sequence[int]) -> str:
    return " + ".join(str(number) for number in numbers if number) or "0"


def _formulas(graph: Graph, node: Node, seen: list[Field], summary: Summary) -> Iterator[Formula]:
    row, settings = summary.rows[node.index + 1], summary.settings
    yield from node.layer.size_formulas(node.input_shapes)
    if row.neurons:
        yield Formula("neurons", "product of the sizes", product(node.shape.sizes).strip("()"), row.neurons)
    yield from _parameters(node.parameters)
    yield from _macs(node.layer.macs(node.input_shapes) or ())
    if row.neurons:
        yield _memory(row, settings)
    yield from _receptive(graph, node, seen)


def _parameters(owned: Sequence[Parameter]) -> Iterator[Formula]:
    for role, name in (("weight", "weights"), ("bias", "biases"), ("statistic", "statistics")):
        same = [parameter for parameter in owned if parameter.role == role]
        alone = len(same) == 1
        yield from (_parameter(parameter, name if alone else parameter.name) for parameter in same)
        if len(same) > 1:
            symbols = " + ".join(parameter.name for parameter in same)
            numbers = " + ".join(str(parameter.size) for parameter in same)
            yield Formula(name, symbols, numbers, sum(parameter.size for parameter in same))


def _parameter(parameter: Parameter, name: str) -> Formula:
    several = len(parameter.shape) > 1
    symbols = parameter.symbols or ("product of the shape" if several else "one a channel")
    return Formula(name, symbols, parameter.worked or _shape_product(parameter.shape), parameter.size)


def _shape_product(shape: tuple[int, ...]) -> str:
    """A kernel as the lectures write it, `(3*3*3)*64`; of other arrays the plain product."""
    return f"{product(shape[:-1])}*{shape[-1]}" if len(shape) > 1 else str(shape[0])


def _macs(terms: Sequence[Macs]) -> Iterator[Formula]:
    if not terms:
        return
    count = sum(term.count for term in terms)
    numbers = " + ".join(_times(term.weights, term.positions) for term in terms)
    yield Formula("MACs", "weights * positions" if terms[0].positions else "weights", numbers, count)
    yield Formula("FLOPs", "2 * MACs", f"2*{count}", 2 * count)
    inside = sum(term.in_bounds for term in terms)
    if inside < count:
        numbers = " + ".join(_times(term.per_tap, term.taps) for term in terms)
        numbers = f"2*({numbers})" if len(terms) > 1 else f"2*{numbers}"
        yield Formula("in-bounds FLOPs", "2 * weights a tap * taps inside the map", numbers, 2 * inside)


def _times(weights: int, positions: tuple[int, ...]) -> str:
    return f"{weights}*{product(positions)}" if positions else str(weights)


def _memory(row: Row, settings: Settings) -> Formula:
    width = row.activation_bytes // (row.neurons * settings.batch)
    numbers = f"{row.neurons}*{width}*{settings.batch}"
    return Formula("memory", "neurons * bytes * batch", numbers, row.activation_bytes)


def _receptive(graph: Graph, node: Node, seen: list[Field]) -> Iterator[Formula]:
    after = seen[node.index]
    if not node.layer.own_values or not after:
        return
    start = (AxisField(((0, 0),), 1),) * graph.input.rank
    source = node.inputs[0]
    before = start if source == INPUT else seen[source]
    reach = node.layer.reach(node.input_shapes)[0] if len(node.inputs) == 1 else None
    names = axis_names(len(after))
    for i, axis in enumerate(after):
        name = "" if len(set(after)) == 1 else f" ({names[i]})"
        yield from _axis(name, before[i] if before else None, reach[i] if reach else None, axis)
        if not name:
            return


def _axis(name: str, before: AxisField | None, reach: Reach | None, after: AxisField) -> Iterator[Formula]:
    plain = reach and reach.per == 1 and before and before.period == after.period == 1
    if reach and before and plain and before.padding is not None and after.padding is not None:
        yield from _windows(name, before, reach, after)
    elif after.period == 1 and after.phases[0]:
        first, last = after.phases[0]
        yield Formula(f"receptive field{name}", "last - first + 1", f"{last} - ({first}) + 1", after.size)
    else:
        sizes = sorted(set(after.sizes))
        numbers = f"max({', '.join(map(str, sizes))})" if len(sizes) > 1 else str(sizes[0])
        yield Formula(f"receptive field{name}", "the largest of its phases", numbers, after.size)


def _windows(name: str, before: AxisField, reach: Reach, after: AxisField) -> Iterator[Formula]:
    """The recurrences of Araujo et al. 2019, equations 2 to 4."""
    extent, step = reach.last - reach.first + 1, before.advance
    first = before.padding
    size = f"{before.size} + ({extent} - 1)*{step}"
    yield Formula(f"receptive field{name}", "R + (F - 1)*S", size, after.size)
    yield Formula(f"effective stride{name}", "S*stride", f"{step}*{reach.step}", after.advance)
    padding = f"{first} + {-reach.first}*{step}".replace("+ -", "- ")
    yield Formula(f"effective padding{name}", "P + padding*S", padding, after.padding or 0)
