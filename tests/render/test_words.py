"""Types in words."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from netspec.layers import KINDS
from netspec.render.words import in_words

Positive = Annotated[int, Field(ge=1, le=2**63 - 1)]


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "a whole number"),
        (Positive, "a whole number from 1"),
        (Annotated[int, Field(ge=2, le=9)], "a whole number from 2 and up to 9"),
        (Annotated[float, Field(ge=0, lt=1)], "a number from 0 and below 1"),
        (Annotated[float, Field(gt=0)], "a number above 0"),
        (str, "text"),
        (bool, "true or false"),
        (bool | None, "true or false"),
        (Literal["same", "valid"], "`same` or `valid`"),
        (bool | Literal["position"] | None, "true, false or `position`"),
        (Positive | tuple[Positive, ...], "a whole number from 1 or a list of them"),
        (
            Positive | Annotated[tuple[Positive, ...], Field(min_length=1)],
            "a whole number from 1 or a list of them",
        ),
        (tuple[tuple[int, int], ...], "a list of pairs of whole numbers"),
        (tuple[float, float, float], "a triple of numbers"),
        (tuple[int, str], "a list of a whole number, text"),
        (tuple[tuple[int, ...], ...] | None, "a list of lists of whole numbers"),
    ],
)
def test_types_read_as_words(annotation: Any, words: str) -> None:
    """A type of the language reads as a person would say it."""
    assert in_words(annotation) == words


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_field_of_every_layer_has_words(kind: Any) -> None:
    """No field shows a type of Python: no brackets, no class names, nothing empty."""
    for field in kind.model_fields.values():
        words = in_words(field.annotation, tuple(field.metadata))
        assert words
        assert not set("[]|=<>") & set(words)
        assert "None" not in words
