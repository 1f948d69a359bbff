"""What a prediction says."""

import json
from math import nan

from made_runs import HOSTILE, PREDICTIONS
from printed import tables

from netspec.render.predicted import as_json, text
from netspec.render.text import Look
from netspec.training.records import Prediction


def said(*predictions: Prediction) -> str:
    """The text of predictions."""
    return "\n".join(text(predictions, Look()))


def test_one_example_has_a_line_for_each_class() -> None:
    """The classes stand below one another, best first, with a bar as long as the probability."""
    assert said(PREDICTIONS[0]).splitlines() == [
        "seven.png",
        "  7   93.12 %  ######################",
        "  1    4.10 %  #",
        "  9    1.02 %",
    ]


def test_several_examples_have_a_line_each() -> None:
    """The most probable class with its probability, then the others."""
    (found,) = tables(said(*PREDICTIONS))
    assert found.column("Example") == ["seven.png", "four.png"]
    assert found.column("Class") == ["7", "4"]
    assert found.column("Probability") == ["93.12 %", "60.12 %"]
    assert found.column("Else")[1] == "9 38.00 %, 7 1.00 %"


def test_regressions_and_notes() -> None:
    """Where there are no classes, values stand, the first eight, and what else there is to say."""
    one = Prediction("row 1", values=tuple(float(i) for i in range(1, 11)))
    assert said(one).splitlines()[1].endswith("8.0000, and 2 more")
    two = Prediction("b.png", note="a map, written to b-map.png")
    (found,) = tables(said(one, two))
    assert found.titles == ["Example", "Else"]
    assert found.lines[1] == ["b.png", "a map, written to b-map.png"]
    mixed = tables(said(PREDICTIONS[0], two))[0]
    assert mixed.lines[1][-1] == "a map, written to b-map.png"


def test_odd_probabilities_and_hostile_names() -> None:
    """A probability that is no number says so; names cannot steer the terminal."""
    odd = Prediction(HOSTILE, ((HOSTILE, nan), ("x" * 200, 0.5)), note=HOSTILE)
    for shown in (said(odd), said(odd, odd)):
        assert "nan" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown


def test_json_is_exact() -> None:
    """A list of objects, each with what it has."""
    (document,) = as_json([PREDICTIONS[0], Prediction("b", values=(0.1 + 0.2,), note="n")])
    assert json.loads(document) == [
        {
            "source": "seven.png",
            "top": [{"class": name, "probability": share} for name, share in PREDICTIONS[0].top],
        },
        {"source": "b", "values": [0.1 + 0.2], "note": "n"},
    ]
