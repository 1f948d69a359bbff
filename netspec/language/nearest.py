"""The name that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import Final

_CLOSE: Final = 0.7
"""How alike two words are, from 0 to 1, of which one may be meant by the other (`difflib`'s ratio)."""


_MOST_NAMES: Final = 500
"""Names that are compared; a file with more of them is answered as quickly."""


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name closest to `word`, or None where none is close. Case does not count."""
    return _nearest(word, tuple(islice(names, _MOST_NAMES)))


@lru_cache(maxsize=1024)
def _nearest(word: str, names: tuple[str, ...]) -> str | None:
    by_fold = {name.casefold(): name for name in names}
    typed = word.casefold()[:80]
    # Letters that changed places come first: `adma` is adam, though adamax has more in common with it.
    swapped = [name for name in by_fold if sorted(name) == sorted(typed)]
    longer = [name for name in by_fold if typed.startswith(f"{name}_") or name.startswith(f"{typed}_")]
    found = swapped or longer or get_close_matches(typed, by_fold, n=1, cutoff=_CLOSE)
    return by_fold[found[0]] if found else None


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """`did you mean ...?`, or an empty text."""
    name = nearest(word, names)
    return f"did you mean `{name}`?" if name else ""


def one_of(names: Iterable[str]) -> str:
    """Names as a phrase: `a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
