"""JSON Schema of pydantic models as the language writes them: expressions and sizes stand where values do."""

import inspect
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticUndefined

from netspec.language.field_docs import field_docs

Schema = dict[str, Any]

EXPRESSION: Final[Schema] = {"type": "string", "pattern": r"^\{[^{}]*\}$", "description": "an expression"}
SIZES: Final[Schema] = {
    "type": "string",
    "pattern": r"^[^x\s]+(x[^x\s]+)+$",
    "description": "sizes, such as 5x20",
}


def object_schema(model: type[BaseModel], properties: Schema | None = None) -> Schema:
    """A mapping of a model's fields. `properties` replaces what is made of the fields."""
    return {
        "type": "object",
        "description": inspect.cleandoc(model.__doc__ or ""),
        "properties": properties or {name: field_schema(model, name) for name in model.model_fields},
        "required": [name for name, field in model.model_fields.items() if field.is_required()],
        "additionalProperties": False,
    }


def field_schema(model: type[BaseModel], name: str) -> Schema:
    """A field: its type, or an expression, or sizes where it takes a list."""
    field = model.model_fields[name]
    value = TypeAdapter(field.rebuild_annotation()).json_schema()
    defined = value.pop("$defs", {})
    ways = [_resolved(way, defined) for way in value.pop("anyOf", [value])]
    sizes = [SIZES] if any(way.get("type") == "array" for way in ways) else []
    default = {} if field.default in (None, PydanticUndefined) else {"default": field.default}
    return {"description": about(model, name), **default, "anyOf": [*ways, EXPRESSION, *sizes]}


def _resolved(way: Schema, defined: Schema) -> Schema:
    """A schema without a reference, so that it can stand anywhere in a larger one."""
    found: Schema = defined[way["$ref"].rpartition("/")[2]] if "$ref" in way else way
    return found


def about(model: type[BaseModel], name: str) -> str:
    """A field's documentation on one line."""
    return " ".join(field_docs(model).get(name, "").split())
