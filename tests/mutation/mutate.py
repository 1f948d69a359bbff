"""Break valid specs in many ways and see what netspec says: `python -m tests.mutation.mutate [--write]`.

The table that this prints stands in docs/mutation.md.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path

from netspec.checking import check_text
from netspec.diagnostics import Finding, Severity
from tests.mutation import kinds_arrow, kinds_meaning, kinds_training, kinds_yaml
from tests.mutation.kind import Case, Kind, cases

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mutation.md"
KINDS = (*kinds_arrow.KINDS, *kinds_meaning.KINDS, *kinds_training.KINDS, *kinds_yaml.KINDS)
MOST_PER_SPEC = 1
"""Cases of one kind that are taken from one spec, so that the large specs do not outweigh the others."""


@dataclass(frozen=True)
class Outcome:
    """What netspec says of a broken spec: the first error or warning that the valid spec did not have."""

    case: Case
    first: Finding | None

    @property
    def caught(self) -> bool:
        """Whether there is such a finding at all."""
        return self.first is not None

    @property
    def on_the_line(self) -> bool:
        """Whether it stands on a line that was broken."""
        return (
            self.first is not None and self.first.span is not None and self.first.span.line in self.case.lines
        )

    def __str__(self) -> str:
        where = f"expected line {sorted(self.case.lines)} of {self.case.spec}"
        return f"{self.case.kind}: {where}; netspec says: {self.first or 'nothing'}\n{self.case.text}"


def specs() -> dict[str, str]:
    """The valid specs by their paths: those that come with netspec, and the small ones kept beside this file."""
    paths = chain(
        sorted((ROOT / "specs").glob("*.yaml")), sorted(Path(__file__).with_name("specs").glob("*.yaml"))
    )
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def corpus() -> Iterator[Case]:
    """Every case, the same on every run: of each kind and spec those places that a hash of the line puts first."""
    valid = specs()
    for kind in KINDS:
        for spec, text in valid.items():
            yield from _chosen(kind, spec, text)


def _chosen(kind: Kind, spec: str, text: str) -> list[Case]:
    found = {case.text: case for case in cases(kind, spec, text)}
    return sorted(found.values(), key=_rank)[:MOST_PER_SPEC]


def _rank(case: Case) -> str:
    lines = case.text.splitlines()
    broken = "\n".join(lines[n - 1] for n in sorted(case.lines) if n <= len(lines))
    return hashlib.sha256(f"{case.kind}\n{broken}".encode()).hexdigest()


def _grave(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.severity > Severity.NOTE]


def outcomes() -> list[Outcome]:
    """Every case with what netspec says of it."""
    before = {spec: _grave(check_text(text).findings) for spec, text in specs().items()}
    return [_outcome(case, before[case.spec]) for case in corpus()]


def _outcome(case: Case, before: list[Finding]) -> Outcome:
    known = Counter((finding.code, finding.message) for finding in before)
    for finding in _grave(check_text(case.text).findings):
        key = finding.code, finding.message
        if not known[key]:
            return Outcome(case, finding)
        known[key] -= 1
    return Outcome(case, None)


def table(found: list[Outcome]) -> Iterator[str]:
    """The page's table: a row for each kind, then the sum."""
    yield "| what was broken | cases | caught | on the broken line |"
    yield "|---|--:|--:|--:|"
    for kind, group in groupby(found, key=lambda outcome: outcome.case.kind):
        yield _row(kind, list(group))
    yield _row("**all**", found)


def _row(name: str, found: list[Outcome]) -> str:
    caught, pointed = sum(map(attrgetter("caught"), found)), sum(map(attrgetter("on_the_line"), found))
    return f"| {name} | {len(found)} | {caught} | {pointed} |"


def page(found: list[Outcome]) -> str:
    """docs/mutation.md."""
    pointed = sum(map(attrgetter("on_the_line"), found)) / len(found)
    return _PAGE.format(
        kinds=len({outcome.case.kind for outcome in found}),
        cases=len(found),
        specs=len(specs()),
        caught=sum(map(attrgetter("caught"), found)) / len(found),
        pointed=pointed,
        table="\n".join(table(found)),
    )


_PAGE = """\
# What netspec catches

{cases} broken specs, made from {specs} valid ones in {kinds} ways: {caught:.1%} are refused or warned about, and in
{pointed:.1%} the first error or warning stands on the line that was broken.

A case is one change at one place of a valid spec, such as two letters of a name exchanged. It counts as caught if
netspec then reports an error or a warning that it does not report for the valid spec. Where something is left out,
the broken line is that of the mapping or layer it is missing from. Where two lines contradict each other and
either may be the wrong one (a tag that is set under one name and used under another), both count.

The specs are those in `specs/` and the small ones in `tests/mutation/specs/`; the ways of breaking them stand in
`tests/mutation/`. `python -m tests.mutation.mutate --write` makes this page, and a test keeps it up to date.

{table}
"""


def main() -> None:
    """Print the table and what was missed; with `--write`, write the page."""
    found = outcomes()
    missed = (f"\n{outcome}" for outcome in found if not outcome.on_the_line)
    sys.stdout.writelines(f"{line}\n" for line in chain(table(found), missed))
    if "--write" in sys.argv[1:]:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
