"""What `netspec compile` says: the programs and what they take, or the form of each operation."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from netspec.render.grid import Heading, Line, Table, drawn
from netspec.render.text import Look, safe
from netspec.render.units import number, seconds, size

if TYPE_CHECKING:
    from netspec.engine.build import Built, Program
    from netspec.engine.model import Model
    from netspec.engine.report import Use


def title(model: "Model", batch: int) -> str:
    """The network, its precision, the batch, and what it is compiled for."""
    remat = len(model.plan.remat)
    more = f", {remat} blocks rematerialized" if remat else ""
    return f"{safe(model.name)}: {model.precision.name}, batch {batch}, {model.lowerings.backend}{more}"


def built(model: "Model", found: "Built", look: Look) -> Iterator[str]:
    """The programs, a line each."""
    yield look.paint("strong", title(model, found.batch))
    yield f"{number(found.parameters)} trained parameters, {size(found.parameter_bytes)}"
    yield ""
    columns = (
        Heading("", left=True),
        *map(Heading, ("Compiled in", "Arguments", "Working memory", "Results")),
    )
    programs = (("forward", found.forward), ("gradients", found.step))
    yield from drawn(Table(columns, tuple(_program(name, one) for name, one in programs)), look)
    yield ""
    yield "Bytes are XLA's plan; arguments hold the parameters. `--report` shows how each operation is computed."


def _program(name: str, program: "Program") -> Line:
    sizes = (program.argument_bytes, program.working_bytes, program.output_bytes)
    return Line((name, seconds(Fraction(program.seconds)), *map(size, sizes)))


def built_as_json(model: "Model", found: "Built") -> Iterator[str]:
    """The same with exact numbers."""
    yield json.dumps(_about(model) | asdict(found), indent=2)


def _about(model: "Model") -> dict[str, object]:
    return {
        "name": model.name,
        "precision": model.precision.name,
        "remat": sorted(model.plan.remat),
        "scan": model.plan.scan,
    }


def uses(model: "Model", found: Sequence["Use"], look: Look) -> Iterator[str]:
    """The forms of each layer's operations, then the rules behind them."""
    yield look.paint(
        "strong", f"{safe(model.name)}: how each operation is computed on {model.lowerings.backend}"
    )
    yield ""
    lines = [
        Line((safe(node), operation, _forms(several))) for (node, operation), several in _by_layer(found)
    ]
    columns = (Heading("Layer", left=True), Heading("Operation", left=True), Heading("Form", left=True))
    yield from drawn(Table(columns, tuple(lines)), look)
    yield ""
    yield look.paint("strong", "Why")
    for (operation, form, why), times in Counter((u.operation, u.form, u.why) for u in found).items():
        yield f"{times:4} x {operation} {form}: {why}"
    yield ""
    yield "`--lowering OPERATION=FORM` overrides; `reference` is what lax does by itself."


def _by_layer(found: Sequence["Use"]) -> Iterator[tuple[tuple[str, str], list["Use"]]]:
    for key, group in groupby(found, key=lambda use: (use.node, use.operation.partition(".")[0])):
        yield key, list(group)


def _forms(several: Sequence["Use"]) -> str:
    """`matmul`, or by part: `forward matmul, input_gradient reference`; parts of equal form once."""
    forms = dict.fromkeys(use.form for use in several)
    if len(forms) == 1:
        return next(iter(forms))
    return ", ".join(f"{use.operation.partition('.')[2] or use.operation} {use.form}" for use in several)


def uses_as_json(model: "Model", found: Sequence["Use"]) -> Iterator[str]:
    """Every choice with its reason."""
    yield json.dumps(_about(model) | {"operations": [asdict(use) for use in found]}, indent=2)
