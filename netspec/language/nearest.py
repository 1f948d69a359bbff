"""The name that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name closest to `word`, or None where none is close. Case does not count."""
    return _nearest(word, tuple(names))


@lru_cache(maxsize=1024)
def _nearest(word: str, names: tuple[str, ...]) -> str | None:
    by_fold = {name.casefold(): name for name in names}
    typed = word.casefold()[:80]
    found = get_close_matches(typed, by_fold, n=3, cutoff=0.6)
    # Letters that changed places come first: `adma` is adam, though adamax has more in common with it.
    found.sort(key=lambda name: sorted(name) != sorted(typed))
    return by_fold[found[0]] if found else None


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """`did you mean ...?`, or an empty text."""
    name = nearest(word, names)
    return f"did you mean `{name}`?" if name else ""


def one_of(names: Iterable[str]) -> str:
    """Names as a phrase: `a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
