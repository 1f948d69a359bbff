"""Values of recipes as the arrow notation writes them, so that reading gives the same values."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from netspec.language.values import EXPRESSION, SIZES

_UNWRITABLE: Final = re.compile('["\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')
"""What ends a text in arrow notation, ends a line, or cannot stand in YAML."""
_LONGEST_TEXT: Final = 1024


def _writable(text: str) -> str:
    if not text or len(text) > _LONGEST_TEXT or _UNWRITABLE.search(text):
        raise ValueError(f'text of 1 to {_LONGEST_TEXT} characters on one line, without `"`')
    return text


Text = Annotated[str, AfterValidator(_writable)]
"""A path or a name, of characters that both notations can write."""


def is_kept_in_yaml(value: Any) -> bool:
    """False for text that structured YAML reads as an expression or as sizes even in quotes, such as `5x20`."""
    return not isinstance(value, str) or not (EXPRESSION.fullmatch(value) or SIZES.fullmatch(value))
