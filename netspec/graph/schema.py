"""The JSON Schema of a spec, for editors, made from the pydantic models."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel

from netspec.graph.vocabulary import FROM
from netspec.language.document import KEYS, VERSION
from netspec.language.spec import Budget, Input
from netspec.language.structured import JOINS
from netspec.language.train import train_schema
from netspec.layers import KINDS
from netspec.layers.base import Layer

Schema = dict[str, Any]

_EXPRESSION: Final[Schema] = {"type": "string", "pattern": r"^\{[^{}]*\}$", "description": "an expression"}
_SIZES: Final[Schema] = {
    "type": "string",
    "pattern": r"^[^x]+(x[^x]+)+$",
    "description": "sizes, such as 5x20",
}
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
        {"repeat": {"anyOf": [{"type": "integer", "minimum": 0}, _EXPRESSION]}, "network": _NETWORK},
        ["repeat", "network"],
    )
    for name in JOINS:
        branches = {"type": "array", "minItems": 2, "items": _NETWORK}
        yield _object({name: branches}, [name], f"Branches from one input, joined by {name}.")


def _call(kind: type[Layer]) -> Schema:
    """A layer: a mapping of its name to its fields, or to its first argument."""
    model = kind.model_json_schema()
    fields = (
        {name: _writable(field) for name, field in model["properties"].items()}
        if "properties" in model
        else {}
    )
    fields["share"] = {"type": "string", "description": "Reuse the parameters of the layer with this tag."}
    if kind.merges:
        tags = {"type": "string"}
        fields["with"] = {
            "anyOf": [tags, {"type": "array", "items": tags}],
            "description": "Tags to merge with.",
        }
    named = {"type": "object", "properties": fields, "additionalProperties": False}
    argument = {"type": ["string", "number", "null"], "description": "The first argument."}
    return _object({kind.name: {"anyOf": [named, argument]}}, [kind.name], model.get("description", ""))


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


def _writable(field: Schema) -> Schema:
    """A field's schema with the other ways to write it: an expression, and sizes where it takes a list."""
    about: Schema = {key: field.pop(key) for key in ("description", "default", "title") if key in field}
    ways = field.pop("anyOf", None) or [field]
    extra = [_EXPRESSION, *([_SIZES] if any(way.get("type") == "array" for way in ways) else [])]
    about.pop("title", None)
    return {**about, "anyOf": [*ways, *extra]}


def _section(model: type[BaseModel]) -> Schema:
    schema = model.model_json_schema()
    return {
        "type": "object",
        "properties": {name: _writable(field) for name, field in schema["properties"].items()},
        "additionalProperties": False,
        "$defs": schema.get("$defs", {}),
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

_VALUE: Final[Schema] = {"description": "a number, text or list"}
_KEYS: Final[Schema] = {
    "netspec": {"const": VERSION, "description": "The language's version."},
    "name": {"type": ["string", "number"], "description": "The network's name."},
    "source": {"type": "string", "description": "The citation."},
    "input": {"anyOf": [{"type": ["string", "integer"], "description": "224x224x3"}, _section(Input)]},
    "variables": _mapping(_VALUE, "Values that expressions in braces use."),
    "variants": _mapping(_mapping(_VALUE, "Variables by name."), "Named sets of variables."),
    "blocks": _mapping(_NETWORK, "Functions over networks: name(parameter, other=default)."),
    "network": _NETWORK,
    "heads": _mapping(_HEAD, "Further outputs by name."),
    "budget": _section(Budget),
    "train": train_schema(),
    "allow": {
        "type": "array",
        "items": {"type": "string", "pattern": "^[WN][0-9]{3}$"},
        "description": "Warnings that are meant.",
    },
}
