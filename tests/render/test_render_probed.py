"""What a probe says in words and numbers; its picture is in test_render_figures."""

import json
from dataclasses import replace

import pytest
from made_runs import HOSTILE, probe
from printed import tables

from netspec.render.probed import as_json, remarks, text
from netspec.render.text import Look


def test_the_table_holds_the_numbers() -> None:
    """A line for every layer with its shape, its outputs' mean, deviation and zeros, and the norms."""
    shown = "\n".join(text(probe(), Look(120)))
    assert "LeNet-5 at initialization" in shown
    assert "he_normal with seed 0, on 128 examples of mnist: loss 2.3026" in shown
    (found,) = tables(shown)
    assert found.lines[0] == [
        "conv1", "conv", "28x28x6", "0", "1.0000", "0.00 %", "0.0010", "3.4000", "0.0200",
    ]  # fmt: skip
    assert found.lines[1][5:] == ["52.00 %", "0.0030", "-", "-"]
    assert len(found.lines) == 9
    narrow = list(text(probe(), Look(80)))
    assert max(map(len, narrow)) <= 80
    assert tables("\n".join(narrow))[0].titles == [title for title in found.titles if title != "Kind"]


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (3.0, "The gradient vanishes from maxpool3 (6.5610) to conv1 (0.0010)."),
        (0.3, "The gradient explodes from maxpool3 (6.56e-08) to conv1 (0.0010)."),
        (1.1, ""),
    ],
)
def test_gradients_that_vanish_or_explode(factor: float, said: str) -> None:
    """Smaller by a hundredfold at the first layer it has vanished, larger it has exploded, else nothing is said."""
    assert " ".join(remarks(probe(9, factor))) == said


def test_layers_that_are_dead_or_infinite_are_named() -> None:
    """Layers with nine zeros in ten are named, at most three; so are those whose gradient is not finite."""
    given = probe(9, 1.0)
    dead = replace(given, rows=tuple(replace(row, zeros=0.95) for row in given.rows))
    (said,) = remarks(dead)
    assert said == "At least 90.00 % of what comes out of conv1, relu1, maxpool1 and 6 more is zero."
    broken = replace(given, rows=(replace(given.rows[0], gradient_norm=float("inf")), *given.rows[1:]))
    assert list(remarks(broken)) == ["The gradient at conv1 is not finite."]
    unreached = replace(given, rows=tuple(replace(row, gradient_norm=None) for row in given.rows))
    assert list(remarks(unreached)) == []


def test_hostile_names_do_not_steer_the_terminal() -> None:
    """Names of networks, data and layers come out with unseen characters as escapes."""
    given = probe(2)
    rows = tuple(replace(row, layer=HOSTILE, zeros=1.0) for row in given.rows)
    shown = "\n".join(text(replace(given, name=HOSTILE, data=HOSTILE, rows=rows), Look()))
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_json_is_exact() -> None:
    """Every number comes back as it was."""
    (document,) = as_json(probe())
    found = json.loads(document)
    assert found["rows"][4]["std"] == 0.9**4
    assert found["rows"][4]["weight_norm"] is None
    assert found["rows"][0]["shape"] == [28, 28, 6]
