"""The JSON Schema of the `train:` section."""

import inspect
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticUndefined

from netspec.language.field_docs import field_docs
from netspec.language.recipes.base import Recipe
from netspec.language.train_section import Train, holds

Schema = dict[str, Any]

_EXPRESSION: Final[Schema] = {"type": "string", "pattern": r"^\{[^{}]*\}$", "description": "an expression"}
_ARGUMENTS: Final[Schema] = {"not": {"type": "object"}, "description": "The arguments without their names."}


def train_schema() -> Schema:
    """The schema of the section, without references, so that it can stand anywhere in a larger one."""
    return {**_object(Train, {name: _field(name) for name in Train.model_fields}), "type": ["object", "null"]}


def _field(name: str) -> Schema:
    shape = holds(name)
    if shape is None:
        return _plain(Train, name)
    ways = _calls(shape.family)
    if shape.chain:
        ways.append({"type": "array", "items": {"anyOf": _calls(shape.family)}})
    if shape.chain or shape.optional:
        ways.append({"type": "null"})
    return {"description": _about(Train, name), "anyOf": ways}


def _calls(family: type[Recipe]) -> list[Schema]:
    """A call in arrow notation, or a mapping of its name to its fields."""
    properties = {name: _call(kind) for name, kind in family.kinds.items()}
    mapping = {"type": "object", "properties": properties, "additionalProperties": False}
    arrow = {"type": "string", "description": f"{', '.join(properties)}, with arguments in brackets"}
    return [arrow, {**mapping, "minProperties": 1, "maxProperties": 1}]


def _call(kind: type[Recipe]) -> Schema:
    return {"anyOf": [_object(kind, {name: _plain(kind, name) for name in kind.model_fields}), _ARGUMENTS]}


def _object(model: type[BaseModel], properties: Schema) -> Schema:
    return {
        "type": "object",
        "description": inspect.cleandoc(model.__doc__ or ""),
        "properties": properties,
        "required": [name for name, field in model.model_fields.items() if field.is_required()],
        "additionalProperties": False,
    }


def _plain(model: type[BaseModel], name: str) -> Schema:
    field = model.model_fields[name]
    value = TypeAdapter(field.rebuild_annotation()).json_schema()
    default = {} if field.default in (None, PydanticUndefined) else {"default": field.default}
    return {
        "description": _about(model, name),
        **default,
        "anyOf": [*value.pop("anyOf", [value]), _EXPRESSION],
    }


def _about(model: type[BaseModel], name: str) -> str:
    return " ".join(field_docs(model).get(name, "").split())
