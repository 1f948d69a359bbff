"""Types in words, as the manual shows them."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from netspec.language.nearest import one_of

_NOUNS: Final = {int: "a whole number", float: "a number", str: "text"}
_TUPLES: Final = {2: "pair", 3: "triple"}
_LARGE: Final = 2**62
"""Bounds past this only say that a number must fit into 64 bits."""


def in_words(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    """A field's type: `a whole number from 1 or a list of them`."""
    return one_of(dict.fromkeys(_alternatives(annotation, metadata)))


def _alternatives(annotation: Any, metadata: tuple[Any, ...] = ()) -> list[str]:
    """Everything that a field takes; None is left out, since a spec says that by not giving the field."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _alternatives(args[0], (*args[1:], *metadata))
    if origin in (Union, UnionType):
        return _several(args)
    if origin is Literal:
        return [f"`{value}`" for value in args]
    if origin is tuple:
        return [_sequence(args)]
    return _plain(annotation, metadata)


def _plain(annotation: Any, metadata: tuple[Any, ...]) -> list[str]:
    if annotation is bool:
        return ["true", "false"]
    if annotation is type(None):
        return []
    name = _NOUNS.get(annotation) or getattr(annotation, "__name__", str(annotation)).lower()
    return [f"{name} {_bounds(metadata)}".rstrip()]


def _several(parts: tuple[Any, ...]) -> list[str]:
    """The alternatives of a union; a list of what stands before it is `a list of them`."""
    found: list[str] = []
    for part in parts:
        bare = get_args(part)[0] if get_origin(part) is Annotated else part
        args = get_args(bare)
        listed = get_origin(bare) is tuple and args[1:] == (...,) and in_words(args[0]) in found
        found += ["a list of them"] if listed else _alternatives(part)
    return found


def _sequence(args: tuple[Any, ...]) -> str:
    if len(set(args)) == 1:
        return f"a {_TUPLES.get(len(args), 'list')} of {_plural(in_words(args[0]))}"
    if args[1:] == (...,):
        return f"a list of {_plural(in_words(args[0]))}"
    return f"a list of {', '.join(map(in_words, args))}"


def _plural(words: str) -> str:
    """`a whole number from 1` to `whole numbers from 1`."""
    for noun in ("whole number", "number", "list", *_TUPLES.values()):
        if words.startswith(f"a {noun}"):
            return f"{noun}s{words.removeprefix(f'a {noun}')}"
    return words


def _bounds(metadata: tuple[Any, ...]) -> str:
    return " and ".join(_bound(bound) for bound in _flat(metadata) if _bound(bound))


def _bound(bound: Any) -> str:
    match bound:
        case Ge():
            return f"from {bound.ge}"
        case Gt():
            return f"above {bound.gt}"
        case Le() if float(str(bound.le)) < _LARGE:
            return f"up to {bound.le}"
        case Lt() if float(str(bound.lt)) < _LARGE:
            return f"below {bound.lt}"
    return ""


def _flat(metadata: tuple[Any, ...]) -> Iterator[Any]:
    """The bounds themselves, also those that pydantic's `Field` wraps."""
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else (item,)
