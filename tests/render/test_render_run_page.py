"""The page of a run is whole, holds the numbers of the run, needs nothing from elsewhere, and takes no name for markup."""

import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from html_tree import Element, parsed
from made_runs import HOSTILE, evaluation, record, rows, summary

from netspec.render.run_page import AGAIN, page
from netspec.render.text import safe
from netspec.training.records import STATUSES, RunRecord, Status

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def read(run: RunRecord) -> Element:
    """The page as a tree; what is not closed is a fault."""
    return parsed(page(run))


@cache
def text(status: Status = "done") -> str:
    """The page of the made-up run; written once."""
    return page(record(status))


def of(status: Status = "done") -> Element:
    """It as a tree."""
    return parsed(text(status))


def cells(row: Element) -> list[str]:
    """The texts of a row."""
    return [cell.text for cell in row.content if isinstance(cell, Element)]


@pytest.mark.parametrize("status", STATUSES)
def test_every_element_is_closed(status: Status) -> None:
    """There is one head, body, title and heading whatever the run's status, and no script."""
    tree = of(status)
    assert text(status).startswith("<!DOCTYPE html>\n")
    assert [len(tree.all(tag)) for tag in ("html", "head", "body", "main", "h1", "script")] == [
        1,
        1,
        1,
        1,
        1,
        0,
    ]
    assert tree.one("h1").text == "lenet5-1"


def test_nothing_comes_from_elsewhere() -> None:
    """No element loads anything, no style refers to anything outside, and names of elements are unique."""
    tree = of()
    assert {"link", "img", "image", "iframe", "object", "embed", "base", "script", "form"}.isdisjoint(
        element.tag for element in tree.walk()
    )
    ids = [element.attributes["id"] for element in tree.walk() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in tree.walk():
        for name, value in element.attributes.items():
            assert name not in ("src", "srcset", "action"), (element.tag, name)
            assert not name.startswith("on"), (element.tag, name)
            assert name != "href" or value.removeprefix("#") in ids
            assert "://" not in value or name == "xmlns", (element.tag, name, value)
            assert "url(" not in value or value.startswith("url(#"), value
    for style in tree.all("style"):
        assert "url(" not in style.text
        assert "@import" not in style.text
    policy = tree.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert policy.startswith("default-src 'none'; ")
    assert "script-src" not in policy


@pytest.mark.parametrize("status", STATUSES)
def test_only_a_run_that_goes_on_is_read_again(status: Status) -> None:
    """The page of a running run asks to be read again every ten seconds, and says so."""
    tree = of(status)
    again = tree.all("meta", **{"http-equiv": "refresh"})
    assert [meta.attributes["content"] for meta in again] == ([str(AGAIN)] if status == "running" else [])
    assert ("every 10 seconds" in tree.one("p", of="status").text) is (status == "running")


def test_the_headline_holds_the_best_epoch() -> None:
    """The best metrics, how many epochs have ended, and the time."""
    figures = {item.one("dt").text: item.one("b").text for item in of().one("dl", of="figures").all("div")}
    assert figures == {
        "Test loss": "0.0318",
        "Test accuracy": "99.12 %",
        "Epochs": "12 of 12",
        "Time": "34 s",
    }


def test_the_table_of_epochs_holds_the_numbers() -> None:
    """A row for every epoch under the same titles as on the terminal, and one of them marked as the best."""
    table = of().one("table", of="epochs")
    groups, titles = (cells(row) for row in table.one("thead").all("tr"))
    assert groups == ["", "training", "test", "", "", ""]
    assert titles == ["epoch", "loss", "accuracy", "loss", "accuracy", "rate", "time", ""]
    found = [cells(row) for row in table.one("tbody").all("tr")]
    assert found[0] == ["1", "0.2734", "91.34 %", "0.1211", "96.02 %", "0.0008", "3.0 s", ""]
    assert [row[0] for row in found if row[-1] == "best"] == ["9"]
    assert len(found) == len(rows())


@pytest.mark.parametrize(
    ("epoch", "words"),
    [(12, "examples, after epoch 12 (the best one is 9): "), (9, "examples, after epoch 9 (the best one): ")],
)
def test_the_evaluation_says_of_which_epoch_it_is(epoch: int, words: str) -> None:
    """Of the one with the same metrics; where none has them, as after a changed run, nothing is said."""
    metrics = {name: rows()[epoch - 1].metrics[name] for name in ("loss", "accuracy")}
    assert words in page(replace(record(), evaluation=replace(evaluation(), metrics=metrics)))
    assert "after epoch" not in page(record()).partition("<h2>Evaluation")[2]


def test_the_evaluation_has_its_picture_and_table() -> None:
    """The counts of the confusion stand in its picture, and each class in a table."""
    tree, given = of(), evaluation()
    assert given.confusion is not None
    curves, confusion = (figure.one("svg") for figure in tree.all("figure"))
    assert {"Loss", "Accuracy", "Rate"} <= {text.text for text in curves.all("text")}
    counts = [str(n) for row in given.confusion for n in row if n]
    assert [text.text for text in confusion.all("text")][: len(counts)] != []
    assert set(counts) <= {text.text for text in confusion.all("text")}
    classes = [cells(row) for row in tree.one("table", of="classes").one("tbody").all("tr")]
    assert [row[:3] for row in classes] == [
        [row.name, f"{row.count:,}", str(row.right)] for row in given.per_class
    ]


def test_settings_and_surroundings_are_there() -> None:
    """Each setting as the language writes it; facts and environment as given."""
    pairs = {
        item.one("dt").text: item.one("dd").text
        for dl in of().all("dl", of="notes")
        for item in dl.all("div")
    }
    assert pairs["optimizer"] == "adam(rate=0.001, b1=0.9, b2=0.999, eps=1.0e-08)"
    assert pairs["schedule"] == "warmup(steps=100) -> cosine"
    assert pairs["Parameters"] == "61,706"
    assert pairs["jax"] == "0.10.2"


@pytest.mark.parametrize("status", STATUSES)
def test_the_commands_to_go_on(status: Status) -> None:
    """Evaluate and predict always; resume where the run has not come to its end."""
    said = of(status).one("pre").text
    assert "netspec evaluate runs/lenet5-1" in said
    assert ("netspec resume runs/lenet5-1" in said) is (status in ("interrupted", "failed"))
    assert "netspec predict runs/lenet5-1 image.png" in said
    numbers = read(replace(record(status), images=False)).one("pre").text
    assert "netspec predict runs/lenet5-1 examples.npy" in numbers


def test_a_run_that_has_just_begun_makes_a_page() -> None:
    """Without an epoch there are no curves, no table, and no headline of metrics."""
    young = replace(summary("running"), best={}, best_epoch=0, epoch=0, seconds=0.0)
    tree = read(RunRecord(young, "test", {}))
    assert "No epoch has ended yet" in tree.one("body").text
    assert tree.all("table") == []
    assert tree.all("pre") == []


def test_a_regression_has_no_classes() -> None:
    """Its evaluation is metrics alone."""
    judged = replace(evaluation(), classes=(), confusion=None, metrics={"loss": 0.25})
    tree = read(replace(record(), evaluation=judged))
    assert "10,000 examples: loss 0.2500." in tree.one("body").text
    assert tree.all("table", of="classes") == []


def test_names_are_no_markup() -> None:
    """Names of runs, networks, data, classes, settings and facts come out as written, and add no element."""
    about = replace(
        summary("interrupted"), name=HOSTILE, network=HOSTILE, data=HOSTILE, created=HOSTILE, path=HOSTILE
    )
    given = RunRecord(
        about,
        HOSTILE,
        {HOSTILE: HOSTILE},
        facts=((HOSTILE, HOSTILE),),
        environment=((HOSTILE, HOSTILE),),
        epochs=rows(),
        evaluation=replace(evaluation(3, (HOSTILE, "b", "c")), data=HOSTILE),
    )
    plain = replace(
        given,
        summary=replace(about, name="a", network="a", data="a", created="a", path="a"),
        watched="a",
        settings={"a": "a"},
        facts=(("a", "a"),),
        environment=(("a", "a"),),
        evaluation=evaluation(3, ("a", "b", "c")),
    )
    written = page(given)
    assert "\u202e" not in written
    assert "\x1b" not in written
    tree = parsed(written)
    assert tree.one("h1").text == safe(HOSTILE)
    assert [element.tag for element in tree.walk()] == [element.tag for element in read(plain).walk()]


@pytest.mark.skipif(BROWSER is None, reason="no browser is installed")
def test_a_browser_has_nothing_to_complain_of(tmp_path: Path) -> None:
    """A browser without network opens the page, its policy blocks nothing in it, and the pictures have their size."""
    file = tmp_path / "report.html"
    file.write_text(text(), encoding="utf-8")
    done = subprocess.run(
        [
            str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom", file.as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert "CONSOLE" not in done.stderr
    assert "Learning curves" in done.stdout
