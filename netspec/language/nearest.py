"""The name that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name closest to `word`, or None where none is close. Case does not count."""
    by_fold = {name.casefold(): name for name in names}
    found = get_close_matches(word.casefold()[:80], by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """`did you mean ...?`, or an empty text."""
    name = nearest(word, names)
    return f"did you mean `{name}`?" if name else ""


def one_of(names: Iterable[str]) -> str:
    """Names as a phrase: `a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
