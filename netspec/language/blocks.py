"""Blocks: a heading that is written as a call, and a network."""

from typing import Final

from netspec.diagnostics import Finding, Refused, rules
from netspec.language.arrow import parse_chain
from netspec.language.binding import Variables, compute
from netspec.language.expressions import BROKEN
from netspec.language.spec import Block, Parameter
from netspec.language.structured import Reader
from netspec.language.syntax import Argument, Call, Place, Written
from netspec.language.variables import IDENTIFIER, Entries
from netspec.language.yaml12 import Scalar, Unreadable, Value

_LAYERS_A_BLOCK: Final = 10


def read_blocks(
    entries: Entries, reader: Reader, variables: Variables
) -> tuple[dict[str, Block], frozenset[str]]:
    """The blocks by name, and the names of those whose heading cannot be read."""
    most = reader.limits.layers // _LAYERS_A_BLOCK
    if len(entries) > most:
        message = f"the spec has more than {most:,} blocks"
        help_ = f"raise it with `--limit layers=N`, {_LAYERS_A_BLOCK} layers a block, if this is meant"
        raise Unreadable(Finding.at(rules.LIMIT_EXCEEDED, entries[most][0].span, message, help=help_))
    found: dict[str, Block] = {}
    unread: set[str] = set()
    for key, value in entries:
        block = _block(key, value, reader, variables)
        if block is None:
            unread.update(word.casefold() for word in IDENTIFIER.findall(key.text)[:1])
        elif block.name in found:
            message = f"the block `{block.name}` is defined twice"
            reader.findings.append(
                Finding.at(rules.BAD_BLOCK, key.span, message, help="names are read in any case")
            )
        else:
            found[block.name] = block
    return found, frozenset(unread - found.keys())


def _block(key: Scalar, value: Value, reader: Reader, variables: Variables) -> Block | None:
    call = _heading(key, reader)
    if call is None or not isinstance(call.word, str):
        message = f"`{key.text}` is no heading of a block"
        reader.findings.append(
            Finding.at(rules.BAD_BLOCK, key.span, message, help="write `name(parameter, other=default):`")
        )
        return None
    given: list[tuple[Written, Argument | None, Argument]] = [(a.value, None, a) for a in call.positional]
    given += [(name, argument, argument) for name, argument in call.named]
    parameters = [p for g in given if (p := _parameter(*g, reader=reader, variables=variables)) is not None]
    if _defaults_first(call):
        message = "a parameter without a default stands behind one with a default"
        reader.findings.append(Finding.at(rules.BAD_BLOCK, key.span, message))
    names = [parameter.name for parameter in parameters]
    for repeated in sorted({name for name in names if names.count(name) > 1}):
        message = f"the parameter `{repeated}` stands twice"
        reader.findings.append(Finding.at(rules.BAD_BLOCK, key.span, message))
    return Block(name=call.word, parameters=tuple(parameters), body=reader.chain(value), place=Place(key))


def _defaults_first(call: Call) -> bool:
    named = [argument.place.start for _, argument in call.named]
    return bool(named) and any(argument.place.start > min(named) for argument in call.positional)


def _heading(key: Scalar, reader: Reader) -> Call | None:
    """The heading read as the call that it looks like; None where it is none."""
    faults: list[Finding] = []
    chain = parse_chain(key, reader.limits, faults)
    call = chain[0] if len(chain) == 1 and not faults else None
    if not isinstance(call, Call) or call.width or call.stride or call.label:
        return None
    return call


def _parameter(
    name: Written, default: Argument | None, at: Argument, *, reader: Reader, variables: Variables
) -> Parameter | None:
    if not (isinstance(name, str) and IDENTIFIER.fullmatch(name)):
        message = "a parameter is a word, with letters, digits and _"
        reader.findings.append(Finding.at(rules.BAD_BLOCK, at.span, message))
        return None
    if default is None:
        return Parameter(name=name)
    try:
        value = compute(default.value, variables, reader.findings)
    except Refused:
        value = BROKEN
    return Parameter(name=name, required=False, default=value)
