"""The list of runs, and what several runs differ in."""

import json
from dataclasses import replace

import pytest
from made_runs import HOSTILE, SETTINGS, record, summary
from printed import tables

from netspec.render.runs_table import as_json, comparison, comparison_as_json, differences, text, written
from netspec.render.text import Look
from netspec.training.records import STATUSES, RunRecord


def changed(name: str, **settings: object) -> RunRecord:
    """The made-up run under a name, with other settings."""
    given = record()
    return replace(given, summary=summary(name=name), settings=SETTINGS | settings)


def test_each_run_is_a_line() -> None:
    """Name, network, data, status, epochs, the best epoch with its metrics, time and beginning."""
    (found,) = tables("\n".join(text([summary(), summary("running", "lenet5-2")], Look(110))))
    assert found.lines == [
        [
            "lenet5-1",
            "LeNet-5",
            "mnist",
            "done",
            "12/12",
            "9",
            "99.12 %",
            "0.0318",
            "34 s",
            "2026-03-04 10:11",
        ],
        [
            "lenet5-2",
            "LeNet-5",
            "mnist",
            "running",
            "5/12",
            "5",
            "98.68 %",
            "0.0423",
            "14 s",
            "2026-03-04 10:11",
        ],
    ]


@pytest.mark.parametrize("width", [70, 80, 100, 110])
def test_the_list_fits_the_terminal(width: int) -> None:
    """Where there is little room, columns are left out and none of the others is cut."""
    lines = list(text([summary(status, f"{status}-1") for status in STATUSES], Look(width)))
    assert max(map(len, lines)) <= width
    assert {"Run", "Status", "Accuracy", "Loss"} <= set(tables("\n".join(lines))[0].titles)


def test_a_run_without_an_epoch_has_dashes() -> None:
    """Nothing is made up for what has not been measured; without any run there is a hint."""
    young = replace(summary("running"), best={}, best_epoch=0, epoch=0, seconds=0.0)
    (found,) = tables("\n".join(text([young], Look(110))))
    assert found.lines[0][4:8] == ["0/12", "-", "-", "-"]
    assert "netspec train" in "\n".join(text([], Look()))


def test_only_settings_that_differ_are_shown() -> None:
    """A changed argument is named with its call, another call is written out, and what is equal is left out."""
    runs = [
        changed("a"),
        changed("b", batch=64, optimizer={"adam": {**SETTINGS["optimizer"]["adam"], "rate": 0.01}}),
    ]
    assert differences(runs) == {"batch": ("128", "64"), "optimizer.rate": ("0.001", "0.01")}
    other = changed("c", optimizer={"sgd": {"rate": 0.1}}, augmentation=[])
    assert differences([runs[0], other]) == {
        "optimizer": ("adam(rate=0.001, b1=0.9, b2=0.999, eps=1.0e-08)", "sgd(rate=0.1)"),
        "augmentation": ("rotation(degrees=10.0)", "none"),
    }
    assert differences([runs[0], changed("d", clip=1.0)]) == {"clip": ("-", "1.0")}
    assert differences([runs[0], runs[0]]) == {}


def test_chains_are_written_as_arrows() -> None:
    """As people write them in a spec."""
    assert written(SETTINGS["schedule"]) == "warmup(steps=100) -> cosine"
    assert written(True) == "true"


def test_runs_stand_beside_one_another() -> None:
    """Settings that differ, then status, epochs, the best epoch's metrics and the time of each."""
    shown = "\n".join(comparison([changed("a"), changed("b", batch=64)], Look()))
    settings, results = tables(shown)
    assert settings.titles == ["Settings", "a", "b"]
    assert settings.lines == [["batch", "128", "64"]]
    rows = {line[0]: line[1:] for line in results.lines}
    assert rows["accuracy"] == ["99.12 %", "99.12 %"]
    assert rows["loss"] == ["0.0318", "0.0318"]
    assert rows["best epoch"] == ["9", "9"]
    same = "\n".join(comparison([changed("a"), changed("b")], Look()))
    assert same.startswith("These runs have the same settings.")
    assert len(tables(same)) == 1


def test_runs_without_room_stand_below_one_another() -> None:
    """In a narrow terminal every setting has a line for each run, and nothing is lost."""
    runs = [changed("a"), changed("b", optimizer={"sgd": {"rate": 0.1}})]
    lines = list(comparison(runs, Look(50)))
    assert max(map(len, lines)) <= 50
    assert "  b  sgd(rate=0.1)" in lines
    assert ["accuracy", "99.12 %", "99.12 %"] in tables("\n".join(lines))[0].lines


def test_hostile_names_do_not_steer_the_terminal() -> None:
    """Names of runs, networks, data and settings come out with unseen characters as escapes."""
    evil = replace(summary(), name=HOSTILE, network=HOSTILE, data=HOSTILE, created=HOSTILE)
    runs = [
        record(),
        replace(record(), summary=evil, settings={HOSTILE: HOSTILE, "batch": [{HOSTILE: {HOSTILE: "a"}}]}),
    ]
    for width in (60, 400):
        for shown in (text([evil], Look(width)), comparison(runs, Look(width))):
            said = "\n".join(shown)
            assert "\x1b" not in said
            assert "\u202e" not in said


def test_json_is_exact() -> None:
    """Of the list every field; of a comparison the settings that differ as they were given."""
    (document,) = as_json([summary()])
    found = json.loads(document)[0]
    assert found["best"] == dict(summary().best)
    assert found["status"] == "done"
    (document,) = comparison_as_json([changed("a"), changed("b", batch=64, clip=1.0)])
    found = json.loads(document)
    assert found["differences"] == {"batch": [128, 64], "clip": [None, 1.0]}
    assert [run["name"] for run in found["runs"]] == ["a", "b"]
