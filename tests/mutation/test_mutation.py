"""What netspec says of some two thousand broken specs."""

from collections import Counter
from functools import cache

import pytest

from netspec.checking import check_text
from tests.mutation.kind import Case
from tests.mutation.mutate import KINDS, PAGE, Outcome, corpus, outcomes, page, specs

_FEWEST_KINDS = 25
_FEWEST_CASES = 300
_ON_THE_LINE = 0.95


@cache
def made() -> tuple[Case, ...]:
    """The cases, made once for the tests that look at them."""
    return tuple(corpus())


@cache
def found() -> tuple[Outcome, ...]:
    """The outcomes, computed once for all tests of this file."""
    return tuple(outcomes())


@pytest.mark.parametrize("spec", specs())
def test_the_unbroken_specs_are_valid(spec: str) -> None:
    """What the cases are made from has no errors, so that each case has one fault."""
    assert check_text(specs()[spec]).ok


def test_the_corpus_is_broad() -> None:
    """There are enough distinct cases of enough kinds, and every kind has at least one."""
    cases = made()
    kinds = Counter(case.kind for case in cases)
    assert set(kinds) == {kind.name for kind in KINDS}
    assert len(kinds) >= _FEWEST_KINDS
    assert len({case.text for case in cases}) >= _FEWEST_CASES


def test_the_corpus_is_the_same_every_time() -> None:
    """Nothing in it is drawn at random."""
    assert tuple(corpus()) == made()


def test_every_broken_spec_is_caught() -> None:
    """Each case gets an error or a warning that the valid spec does not have."""
    assert [str(outcome) for outcome in found() if not outcome.caught] == []


def test_findings_stand_on_the_broken_line() -> None:
    """In at least 95 % of the cases the first new finding is on the line that was broken."""
    missed = [str(outcome) for outcome in found() if not outcome.on_the_line]
    assert len(missed) <= (1 - _ON_THE_LINE) * len(found()), "\n\n".join(missed)


def test_the_page_says_what_is_found() -> None:
    """docs/mutation.md holds today's figures; `python -m tests.mutation.mutate --write` renews it."""
    assert PAGE.read_text(encoding="utf-8") == page(list(found()))
