"""What `netspec check` prints for people."""

import pytest

from netspec.checking import Report, check_text
from netspec.diagnostics import Finding, Source, rules
from netspec.diagnostics.rule import Rule
from netspec.render.report import accepts, text
from netspec.render.text import Look

VGG = "input: 32x32x3\nnetwork: '[[conv3-8 -> relu]*2 -> pool2]*2 -> [fc-16 -> relu]*2 -> fc-10'\n"
BEYOND = "input: 32x32x3\nnetwork: |\n  conv3-8 -> bn -> relu\n  gap -> fc-10\n"
WARNED = "input: 32x32x3\nnetwork: conv3-8 @unused -> relu -> fc-10\n"
WRONG = "input: 32x32x3\nnetwork: cnov3-8 -> relu -> fc-10\n"


def printed(*reports: Report, strict: bool = False, width: int = 80) -> str:
    """All that is printed for some reports."""
    return "\n".join(text(reports, Look(width), strict=strict))


def findings(*wanted: Rule) -> Report:
    """A report with one finding of each rule, each on a line of its own."""
    source = Source("a.yaml", "x\n" * len(wanted))
    found = (Finding.at(rule, source.span(2 * i, 2 * i + 1), f"number {i}") for i, rule in enumerate(wanted))
    return Report("a.yaml", source, findings=tuple(found))


def test_a_clean_file_gets_one_line() -> None:
    """A clean file is summed up in a line: its layers, its shapes, the grammar that it follows."""
    said = printed(check_text(VGG, name="vgg.yaml"), width=200)
    assert said == (
        "vgg.yaml: ok: 15 layers, 32x32x3 -> 10; "
        "follows INPUT -> [[CONV -> RELU]*2 -> POOL]*2 -> [FC -> RELU]*2 -> FC"
    )


def test_a_summary_that_is_too_long_is_broken_before_the_grammar() -> None:
    """At 80 columns the grammar stands in lines of its own, indented."""
    first, *rest = printed(check_text(VGG, name="vgg.yaml")).splitlines()
    assert first == "vgg.yaml: ok: 15 layers, 32x32x3 -> 10"
    assert rest == ["  follows INPUT -> [[CONV -> RELU]*2 -> POOL]*2 -> [FC -> RELU]*2 -> FC"]


def test_going_beyond_the_grammar_is_part_of_the_summary() -> None:
    """The note on the lectures' grammar is a clause of the summary, with its line, and no snippet."""
    said = printed(check_text(BEYOND, name="b.yaml"))
    assert "N301" not in said
    assert said.startswith("b.yaml: ok: 5 layers, 32x32x3 -> 10")
    assert "goes beyond the lecture grammar at line 3: " in said


def test_the_strict_grammar_makes_it_an_error_with_a_snippet() -> None:
    """With `--strict-grammar` the same note is an error like any other."""
    said = printed(check_text(BEYOND, name="b.yaml", strict_grammar=True))
    assert said.startswith("error[N301]: ")
    assert said.endswith("b.yaml: 1 error")


def test_other_notes_are_shown() -> None:
    """N302 and N303 have snippets, and leave the file ok."""
    many = VGG.replace("*2 -> pool2", "*4 -> pool2")
    said = printed(check_text(many, name="m.yaml"))
    assert said.startswith("note[N302]: ")
    assert "m.yaml: ok: " in said


def test_warnings_are_counted_in_the_summary() -> None:
    """A file with warnings is ok and says how many there are."""
    said = printed(check_text(WARNED, name="w.yaml"))
    assert said.startswith("warning[W101]: ")
    assert "w.yaml: ok: 3 layers, 32x32x3 -> 10; 1 warning" in said


def test_strict_refuses_warnings() -> None:
    """With `--strict` a warning, but not a note, keeps a file from passing."""
    warned, noted = check_text(WARNED), check_text(BEYOND)
    assert accepts(warned, strict=False)
    assert not accepts(warned, strict=True)
    assert accepts(noted, strict=True)
    assert "w.yaml: refused by --strict: " in printed(check_text(WARNED, name="w.yaml"), strict=True)


def test_several_files_are_summed_up() -> None:
    """After several files a last line counts them and their findings; after one there is none."""
    wrong, good = check_text(WRONG, name="w.yaml"), check_text(VGG, name="v.yaml")
    assert printed(good, wrong, good).splitlines()[-1] == "3 files, 2 ok; 1 error"
    assert printed(good, good).splitlines()[-1] == "2 files, all ok"
    assert printed(wrong, wrong).splitlines()[-1] == "2 files, none ok; 2 errors"
    assert "files" not in printed(good)


def test_heads_are_counted() -> None:
    """A network with heads says how many there are beside its output."""
    spec = "input: 8x8x1\nnetwork: conv3-4 @a -> relu -> fc-10\nheads: {aux: {from: a, network: fc-2}}\n"
    assert "8x8x1 -> 10 and 1 head" in printed(check_text(spec))


def test_a_flood_is_cut() -> None:
    """Of more than 100 findings the gravest are printed, in order of place, and the others are counted."""
    flood = findings(*[rules.UNUSED_TAG] * 90, *[rules.UNKNOWN_NAME] * 20, *[rules.MANY_CONVOLUTIONS] * 302)
    said = printed(flood)
    assert said.count("\nerror[E102]") == 20
    assert said.count("warning[W101]") == 80
    assert said.index("warning[W101]") < said.index("error[E102]")
    assert "... and 312 more: 10 warnings, 302 notes\n" in said
    assert said.endswith("a.yaml: 20 errors, 90 warnings")


@pytest.mark.parametrize("count", [1, 100])
def test_up_to_100_findings_are_all_printed(count: int) -> None:
    """Nothing is left out where there are not more than 100."""
    said = printed(findings(*[rules.UNKNOWN_NAME] * count))
    assert said.count("error[E102]") == count
    assert "more" not in said


def test_a_file_name_cannot_steer_the_terminal() -> None:
    """Control characters in a file's name are escaped in the summary too."""
    assert printed(Report("a\x1b[2J.yaml")).startswith("a\\x1b[2J.yaml: ok")
