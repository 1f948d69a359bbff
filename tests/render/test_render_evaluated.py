"""What an evaluation says, and the numbers of each class that follow from a confusion."""

import json
from dataclasses import replace

import pytest
from made_runs import HOSTILE, evaluation
from printed import tables

from netspec.render.evaluated import as_json, text
from netspec.render.text import Look
from netspec.training.records import Evaluation

SMALL = Evaluation(
    "lenet5-1",
    "pets (test)",
    12,
    {"loss": 0.5, "accuracy": 9 / 12, "top5_accuracy": 1.0},
    ("cat", "dog", "fox", "owl"),
    ((4, 1, 0, 0), (2, 4, 0, 0), (0, 0, 1, 0), (0, 0, 0, 0)),
)


def said(given: Evaluation, look: Look | None = None, *, every: bool = False) -> str:
    """The text of an evaluation."""
    return "\n".join(text(given, look or Look(), every=every))


def test_numbers_of_each_class_by_hand() -> None:
    """Of 5 cats 4 are told right, and 6 are told to be cats; a class without examples has no shares."""
    cat, dog, fox, owl = SMALL.per_class
    assert (cat.count, cat.right, cat.precision, cat.recall, cat.f1) == (5, 4, 4 / 6, 4 / 5, 8 / 11)
    assert (dog.count, dog.right, dog.precision, dog.recall, dog.f1) == (6, 4, 4 / 5, 4 / 6, 8 / 11)
    assert (fox.precision, fox.recall, fox.f1) == (1.0, 1.0, 1.0)
    assert (owl.count, owl.precision, owl.recall, owl.f1) == (0, None, None, None)


def test_numbers_of_each_class_by_counting() -> None:
    """Counted pair by pair from a list of labels and answers, the numbers are the same."""
    given = evaluation(7)
    assert given.confusion is not None
    pairs = [(i, j) for i, row in enumerate(given.confusion) for j, n in enumerate(row) for _ in range(n)]
    for k, row in enumerate(given.per_class):
        both = sum(1 for i, j in pairs if i == k == j)
        told, true = sum(1 for _, j in pairs if j == k), sum(1 for i, _ in pairs if i == k)
        assert (row.right, row.count) == (both, true)
        assert row.precision is not None
        assert row.recall is not None
        assert (row.precision, row.recall) == (both / told, both / true)
        assert row.f1 == pytest.approx(2 * row.precision * row.recall / (row.precision + row.recall))


def test_a_map_counts_positions() -> None:
    """Of 12 examples 12 are counted; of 3 examples that have 12 labels positions are."""
    assert "Examples" in said(SMALL)
    assert "Positions" not in said(SMALL)
    assert "Positions" in said(replace(SMALL, examples=3))
    assert "Examples" not in said(replace(SMALL, examples=3))


def test_mistakes_are_in_order() -> None:
    """The most frequent comes first."""
    assert SMALL.mistakes == ((2, "dog", "cat"), (1, "cat", "dog"))


def test_the_text_holds_the_numbers() -> None:
    """Metrics, a line for each class, the confusion, and the mistakes."""
    shown = said(SMALL)
    assert shown.startswith("lenet5-1 on pets (test), 12 examples\n")
    for line in ("loss            0.5000", "accuracy        75.00 %", "top-5 accuracy  100.00 %"):
        assert f"  {line}" in shown
    classes, matrix = tables(shown)
    assert classes.titles == ["Class", "Examples", "Right", "Precision", "Recall", "F1"]
    assert classes.lines[0] == ["cat", "5", "4", "66.67 %", "80.00 %", "72.73 %"]
    assert classes.lines[3] == ["owl", "0", "0", "-", "-", "-"]
    assert matrix.lines[1] == ["dog", "2", "4", ".", "."]
    assert "2 x  dog told to be cat" in shown


def test_a_matrix_without_room_is_left_out() -> None:
    """Where the confusion is wider than the terminal, the mistakes stand for it."""
    names = tuple(f"a rather long name {i}" for i in range(10))
    shown = said(evaluation(10, names))
    assert len(tables(shown)) == 1
    assert "Most frequent mistakes" in shown
    assert "others" in shown


def test_many_classes_are_cut_to_the_worst() -> None:
    """Of 200 classes the 30 with the lowest F1 are shown, in order; every one if wanted."""
    given = evaluation(200)
    shown, whole = said(given), said(given, every=True)
    worst = sorted(row.f1 or 0 for row in given.per_class)[:30]
    cells = tables(shown)[0].column("F1")
    assert sorted(float(cell.rstrip(" %")) for cell in cells) == pytest.approx(
        [100 * f1 for f1 in worst], abs=0.01
    )
    assert "30 of 200 classes" in shown
    assert len(tables(whole)[0].lines) == 200


def test_a_regression_has_metrics_alone() -> None:
    """Without classes there is no table."""
    shown = said(Evaluation("a", "b", 1, {"loss": 2.0}))
    assert shown == "a on b, 1 example\n\n  loss            2.0000"
    assert Evaluation("a", "b", 1, {}).per_class == ()


def test_hostile_names_do_not_steer_the_terminal() -> None:
    """Names of runs, data and classes come out with unseen characters as escapes."""
    shown = said(replace(SMALL, name=HOSTILE, data=HOSTILE, classes=(HOSTILE, "b", "c", "\x07")))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\x07" not in shown


def test_json_is_exact() -> None:
    """Every number comes back as it was, the numbers of each class too."""
    (document,) = as_json(SMALL)
    found = json.loads(document)
    assert found["metrics"] == dict(SMALL.metrics)
    assert tuple(map(tuple, found["confusion"])) == SMALL.confusion
    assert found["per_class"][0]["f1"] == 8 / 11
    assert found["per_class"][3]["recall"] is None
