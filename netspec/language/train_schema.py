"""The JSON Schema of the `train:` section."""

from typing import Final

from netspec.language.model_schema import Schema, about, field_schema, object_schema
from netspec.language.recipes.base import Recipe
from netspec.language.train_section import Train, holds

_ARGUMENTS: Final[Schema] = {"not": {"type": "object"}, "description": "The arguments without their names."}


def train_schema() -> Schema:
    """The schema of the section, without references, so that it can stand anywhere in a larger one."""
    return {
        **object_schema(Train, {name: _field(name) for name in Train.model_fields}),
        "type": ["object", "null"],
    }


def _field(name: str) -> Schema:
    shape = holds(name)
    if shape is None:
        return field_schema(Train, name)
    ways = _calls(shape.family)
    if shape.chain:
        ways.append({"type": "array", "items": {"anyOf": _calls(shape.family)}})
    if shape.chain or shape.optional:
        ways.append({"type": "null"})
    return {"description": about(Train, name), "anyOf": ways}


def _calls(family: type[Recipe]) -> list[Schema]:
    """A call in arrow notation, or a mapping of its name to its fields."""
    properties = {name: _call(kind) for name, kind in family.kinds.items()}
    mapping = {"type": "object", "properties": properties, "additionalProperties": False}
    arrow = {"type": "string", "description": f"{', '.join(properties)}, with arguments in brackets"}
    return [arrow, {**mapping, "minProperties": 1, "maxProperties": 1}]


def _call(kind: type[Recipe]) -> Schema:
    return {"anyOf": [object_schema(kind), _ARGUMENTS]}
