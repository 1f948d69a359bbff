"""What every named call of the `train:` section says about itself: fields, notation, documentation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from netspec.language.recipes.writing import Text, is_kept_in_yaml
from netspec.language.writing import argument

_LARGEST: Final = 2**63 - 1

Positive = Annotated[int, Field(ge=1, le=_LARGEST)]
NonNegative = Annotated[int, Field(ge=0, le=_LARGEST)]
PositiveReal = Annotated[float, Field(gt=0)]
NonNegativeReal = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, lt=1)]
"""A part of a whole, from 0 and below 1."""
Probability = Annotated[float, Field(ge=0, le=1)]
Decayed = Literal["weights", "all"]
"""Which parameters a penalty or a decay touches: `weights` leaves biases, normalization's parameters and factors such as
prelu's slopes alone."""


@dataclass(frozen=True, slots=True)
class Notation:
    """The fields that arguments without a name fill, in order; a recipe has no size, width or stride."""

    positional: tuple[str, ...] = ()
    size: None = None
    width: None = None
    stride: None = None


class Recipe(BaseModel):
    """A named call of the `train:` section, such as `momentum(0.05)`.

    A family (`Optimizer`) is a direct subclass. A kind is a final subclass of a family, decorated with
    `@recipe("name")`: its fields are the language's schema, its docstring is the manual entry. A field that may be
    None is left out by default, and None is never written.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True, allow_inf_nan=False)

    noun: ClassVar[str]
    """What a kind of this family is called in a sentence."""
    kinds: ClassVar[dict[str, type[Any]]]
    """The kinds of this family by name; filled by `@recipe`."""
    name: ClassVar[str]
    notation: ClassVar[Notation] = Notation()
    elsewhere: ClassVar[tuple[str, ...]] = ()
    """Names of the same thing in other tools; used for "did you mean", never accepted."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if is_family(cls):
            cls.kinds = {}

    @classmethod
    def misplaced(cls, chain: tuple[Self, ...]) -> tuple[int, str] | None:  # noqa: ARG003  families override it
        """The first entry that cannot stand where it does in a chain, and why."""
        return None

    @classmethod
    def meant_by(cls, text: str) -> str:  # noqa: ARG003  families override it
        """The call that a text stands for which is none, such as a path of a data source; nothing where it is one."""
        return ""

    def given(self) -> dict[str, Any]:
        """The fields that hold a value."""
        return {field: value for field, value in self if value is not None}

    def written(self) -> str:
        """The call in arrow notation with every default written out."""
        arguments = ", ".join(f"{field}={argument(value)}" for field, value in self.given().items())
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


def is_family(cls: type[Recipe]) -> bool:
    """True for a family, false for its kinds."""
    return Recipe in cls.__bases__


def families() -> list[type[Recipe]]:
    """Every family that has been imported."""
    return Recipe.__subclasses__()


Kind = TypeVar("Kind", bound=type[Recipe])


def recipe(name: str) -> Callable[[Kind], Kind]:
    """Register a kind under its name in its family."""

    def register(cls: Kind) -> Kind:
        if name in cls.kinds:
            raise TypeError(f"two kinds of {cls.noun} are called {name}: {cls.kinds[name]} and {cls}")
        cls.name = name
        cls.kinds[name] = cls
        return cls

    return register


__all__ = [
    "Decayed", "NonNegative", "NonNegativeReal", "Notation", "Positive", "PositiveReal", "Probability", "Recipe", "Share",
    "Text", "families", "is_family", "recipe",
]  # fmt: skip
