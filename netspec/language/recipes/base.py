"""What every named call of the `train:` section says about itself: fields, notation, documentation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, ClassVar, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from netspec.language.recipes.writing import Text, is_kept_in_yaml, word_of

_LARGEST: Final = 2**63 - 1

Positive = Annotated[int, Field(ge=1, le=_LARGEST)]
NonNegative = Annotated[int, Field(ge=0, le=_LARGEST)]
PositiveReal = Annotated[float, Field(gt=0)]
NonNegativeReal = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, lt=1)]
"""A part of a whole, from 0 and below 1."""
Probability = Annotated[float, Field(ge=0, le=1)]
Decayed = Literal["weights", "all"]
"""Which parameters a penalty or a decay touches: `weights` leaves biases and normalization's parameters alone."""


@dataclass(frozen=True, slots=True)
class Notation:
    """The fields that arguments without a name fill, in order; a recipe has no size, width or stride."""

    positional: tuple[str, ...] = ()
    size: None = None
    width: None = None
    stride: None = None


class Recipe(BaseModel):
    """A named call of the `train:` section, such as `momentum(0.05)`.

    A family (`Optimizer`) is a direct subclass, whose kinds stand in the module `home`. A kind is a final subclass
    of a family, decorated with `@recipe("name")`: its fields are the language's schema, its docstring is the
    manual entry. A field that may be None is left out by default, and None is never written.
    """

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        defer_build=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )

    noun: ClassVar[str]
    """What a kind of this family is called in a sentence."""
    home: ClassVar[str]
    """The module of `netspec.language.recipes` that holds the family's kinds."""
    name: ClassVar[str]
    notation: ClassVar[Notation] = Notation()
    elsewhere: ClassVar[tuple[str, ...]] = ()
    """Names of the same thing in other tools; used for "did you mean", never accepted."""
    _registered: ClassVar[dict[str, type[Any]]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if is_family(cls):
            cls._registered = {}

    @classmethod
    def kinds(cls) -> Mapping[str, type[Self]]:
        """The kinds of this family by name. They are imported here, since most specs are only analyzed."""
        import_module(f"{__package__}.{cls.home}")
        return cls._registered

    @classmethod
    def misplaced(cls, chain: tuple[Self, ...]) -> tuple[int, str] | None:
        """The first entry that cannot stand where it does in a chain, and why."""
        return None

    def given(self) -> dict[str, Any]:
        """The fields that hold a value."""
        return {field: value for field, value in self if value is not None}

    def written(self) -> str:
        """The call in arrow notation with every default written out."""
        arguments = ", ".join(f"{field}={word_of(value)}" for field, value in self.given().items())
        return f"{self.name}({arguments})" if arguments else self.name

    def plain(self) -> str | dict[str, Any]:
        """The call as structured YAML writes it, with every default written out."""
        fields = self.given()
        if not fields or not all(map(is_kept_in_yaml, fields.values())):
            return self.written()
        return {self.name: {field: list(v) if isinstance(v, tuple) else v for field, v in fields.items()}}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if not is_family(cls):
            return handler(source)
        # A value of a family is a kind that has been validated by itself.
        return core_schema.is_instance_schema(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(lambda recipe: recipe.plain())
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        if not is_family(cls):
            return handler(schema)
        structured = {
            "type": "object",
            "properties": {name: _fields_schema(kind) for name, kind in cls.kinds().items()},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        return {"description": cls.__doc__, "anyOf": [{"type": "string"}, structured]}


def is_family(cls: type[Recipe]) -> bool:
    """True for a family, false for its kinds."""
    return Recipe in cls.__bases__


def _fields_schema(kind: type[Recipe]) -> dict[str, Any]:
    """The fields by name, or the arguments without names."""
    return {"description": kind.__doc__, "anyOf": [kind.model_json_schema(), {"not": {"type": "object"}}]}


Kind = TypeVar("Kind", bound=type[Recipe])


def recipe(name: str) -> Callable[[Kind], Kind]:
    """Register a kind under its name in its family."""

    def register(cls: Kind) -> Kind:
        if name in cls._registered:
            raise TypeError(f"two kinds of {cls.noun} are called {name}: {cls._registered[name]} and {cls}")
        cls.name = name
        cls._registered[name] = cls
        return cls

    return register


__all__ = [
    "Decayed", "NonNegative", "NonNegativeReal", "Notation", "Positive", "PositiveReal", "Probability", "Recipe", "Share",
    "Text", "is_family", "recipe",
]  # fmt: skip
