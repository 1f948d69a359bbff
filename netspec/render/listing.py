"""Lists: the layers by family, and the bundled specs."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from netspec.analysis.device_records import Device
from netspec.layers import Layer
from netspec.render.grid import Heading, Line, Table, drawn
from netspec.render.text import Look, columns, safe, wrap
from netspec.render.units import amount, binary


def layer_list(kinds: Iterable[type[Layer]], keywords: Iterable[tuple[str, str]], look: Look) -> str:
    """Every layer with the first sentence of its manual entry, family by family, then the language's own words."""
    kinds = sorted(kinds, key=attrgetter("family"))
    groups = [
        (family_title(members[0]), [(kind.name, summary(kind)) for kind in members])
        for members in (list(group) for _, group in groupby(kinds, attrgetter("family")))
    ]
    groups.append(("Words of the language", list(keywords)))
    width = max(len(name) for _, rows in groups for name, _ in rows)
    blocks = [
        "\n".join([look.paint("strong", title), *definitions(rows, look, width=width)])
        for title, rows in groups
    ]
    return "\n\n".join([*blocks, "netspec layers NAME prints the manual entry of one of them."])


def family_title(kind: type[Layer]) -> str:
    """The family's heading: the first line of the module it stands in."""
    return first_sentence(sys.modules[kind.__module__].__doc__ or kind.family)


def summary(kind: type[Layer]) -> str:
    """The layer in one sentence."""
    return first_sentence(kind.__doc__ or "")


def first_sentence(text: str) -> str:
    """The first line of a docstring, without the full stop at its end."""
    return text.strip().partition("\n")[0].removesuffix(".")


def definitions(rows: Sequence[tuple[str, str]], look: Look, *, width: int = 0) -> Iterator[str]:
    """Names in a column, beside each its text in as many lines as it takes."""
    width = max([width, *(columns(name) for name, _ in rows)])
    for name, text in rows:
        first, *rest = wrap(text, look.width - width - 4) or [""]
        yield f"  {look.paint('help', name)}{' ' * (width - columns(name))}  {first}".rstrip()
        for line in rest:
            yield f"  {'':{width}}  {line}"


def spec_list(rows: Iterable[tuple[str, str, Sequence[str], str]], look: Look) -> str:
    """The bundled specs: name, title and variants, and below them the citation."""
    entries = [(safe(name), _entry(title, variants), source) for name, title, variants, source in rows]
    width = max(len(name) for name, _, _ in entries)
    lines: list[str] = []
    for name, title, source in entries:
        lines += definitions([(name, title)], look, width=width)
        lines += definitions([("", source)], look, width=width) if source else []
    return "\n".join([*lines, "", *wrap(_HOW, look.width)])


_HOW = (
    "netspec check NAME checks one, netspec show NAME prints it written out, netspec new MINE --from NAME copies it "
    "into a file of your own. NAME@VARIANT picks a variant."
)


def _entry(title: str, variants: Sequence[str]) -> str:
    return f"{title}; variants {', '.join(variants)}" if variants else title


def device_list(known: Iterable[Device], look: Look) -> Iterator[str]:
    """The devices with what the roofline model and `netspec fit` need of them."""
    rates = ("float32", "tf32", "bfloat16", "float16")
    columns_ = (
        Heading("Name", left=True),
        Heading("Device", left=True),
        Heading("Memory"),
        Heading("Bandwidth"),
    )
    lines = [
        Line(
            (
                device.name,
                device.full_name,
                binary(device.memory),
                f"{amount(device.bandwidth)}B/s",
                *(amount(rate) if (rate := getattr(device, name)) else "-" for name in rates),
            )
        )
        for device in known
    ]
    yield from drawn(Table((*columns_, *(Heading(name) for name in rates)), tuple(lines)), look)
