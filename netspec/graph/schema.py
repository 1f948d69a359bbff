"""The JSON Schema of a spec, for editors, made from the pydantic models."""

from collections.abc import Iterable
from typing import Final

from netspec.graph.vocabulary import FROM
from netspec.language.document import KEYS, VERSION
from netspec.language.model_schema import EXPRESSION, Schema, object_schema
from netspec.language.spec import Budget, Input
from netspec.language.structured import JOINS
from netspec.language.train import train_schema
from netspec.layers import KINDS
from netspec.layers.base import Layer

_NETWORK: Final[Schema] = {"$ref": "#/$defs/network"}
_LABELS: Final[Schema] = {
    "tag": {"type": "string", "description": "Names the value, for concat, add, multiply, from and share."},
    "name": {"type": "string", "description": "The full name of the layer."},
}


def json_schema() -> Schema:
    """The schema of a spec's file (JSON Schema 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "netspec",
        "description": "A convolutional network as a short spec.",
        "type": "object",
        "properties": {key: _KEYS[key] for key in KEYS},
        "required": ["network"],
        "additionalProperties": False,
        "$defs": {
            "network": _network(),
            "element": {"anyOf": [*_forms(), *map(_call, KINDS.values()), _from(), _block()]},
        },
    }


def _network() -> Schema:
    arrow = {"type": "string", "description": "Arrow notation: conv3-64 -> relu -> pool2"}
    element = {"$ref": "#/$defs/element"}
    return {"anyOf": [arrow, element, {"type": "array", "minItems": 1, "items": _NETWORK}]}


def _forms() -> Iterable[Schema]:
    shortcut = {"description": "auto, identity, pad, or a network.", **_NETWORK}
    yield _object({"residual": _NETWORK, "shortcut": shortcut}, ["residual"], "y = body(x) + shortcut(x)")
    yield _object(
        {"repeat": {"anyOf": [{"type": "integer", "minimum": 0}, EXPRESSION]}, "network": _NETWORK},
        ["repeat", "network"],
    )
    for name in JOINS:
        branches = {"type": "array", "minItems": 2, "items": _NETWORK}
        yield _object({name: branches}, [name], f"Branches from one input, joined by {name}.")


def _call(kind: type[Layer]) -> Schema:
    """A layer: a mapping of its name to its fields, or to its first argument."""
    named = object_schema(kind)
    share = {"type": "string", "description": "Reuse the parameters of the layer with this tag."}
    named["properties"] = {**named["properties"], "share": share}
    if kind.merges:
        tags = {"type": "string"}
        either = [tags, {"type": "array", "items": tags}]
        named["properties"]["with"] = {"anyOf": either, "description": "Tags to merge with."}
    lists = [] if kind.merges else ["array"]
    arguments = {
        "type": [*lists, "string", "number", "boolean", "null"],
        "description": "Arguments by place.",
    }
    return _object({kind.name: {"anyOf": [named, arguments]}}, [kind.name], named.pop("description"))


def _from() -> Schema:
    tag = {"type": "string"}
    either = {"anyOf": [tag, {"type": "object", "properties": {"tag": tag}, "required": ["tag"]}]}
    return _object({FROM: either}, [FROM], "Go on from a tagged value.")


def _block() -> Schema:
    """A call of a block of the spec, whose name no schema can know."""
    known = [*KINDS, *JOINS, FROM, "residual", "repeat", "network"]
    names = {"not": {"enum": known}}
    return {"type": "object", "propertyNames": names, "minProperties": 1, "maxProperties": 3}


def _object(properties: Schema, required: list[str], description: str = "") -> Schema:
    return {
        "type": "object",
        "properties": properties | _LABELS,
        "required": required,
        "additionalProperties": False,
        **({"description": description} if description else {}),
    }


def _mapping(values: Schema, description: str) -> Schema:
    return {"type": "object", "additionalProperties": values, "description": description}


_HEAD: Final[Schema] = {
    "type": "object",
    "properties": {
        "from": {"type": "string", "description": "The tag it hangs on."},
        "network": _NETWORK,
        "loss_weight": {"type": "number", "description": "Factor of its loss in the sum."},
    },
    "required": ["network"],
    "additionalProperties": False,
}

_CODE: Final[Schema] = {"type": "string", "pattern": "^[WNwn][0-9]{3}$"}
_VALUE: Final[Schema] = {"description": "a number, text or list"}
_KEYS: Final[Schema] = {
    "netspec": {"const": VERSION, "description": "The language's version."},
    "name": {"type": ["string", "number"], "description": "The network's name."},
    "source": {"type": "string", "description": "The citation."},
    "input": {"anyOf": [{"type": ["string", "integer"], "description": "224x224x3"}, object_schema(Input)]},
    "variables": _mapping(_VALUE, "Values that expressions in braces use."),
    "variants": _mapping(_mapping(_VALUE, "Variables by name."), "Named sets of variables."),
    "blocks": _mapping(_NETWORK, "Functions over networks: name(parameter, other=default)."),
    "network": _NETWORK,
    "heads": _mapping(_HEAD, "Further outputs by name."),
    "budget": object_schema(Budget),
    "train": train_schema(),
    "allow": {
        "anyOf": [_CODE, {"type": "array", "items": _CODE}],
        "description": "Warnings that are meant.",
    },
}
