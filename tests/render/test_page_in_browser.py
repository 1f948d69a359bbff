"""The page in a real browser: a headless Chromium opens it, and a probe in a copy of it does what a reader can do."""

import base64
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import pytest
from page_reading import analyzed

from netspec.analysis.columns import COLUMNS, DEVICE
from netspec.analysis.record import Record
from netspec.analysis.summary import Row
from netspec.render.analysis import table, visible
from netspec.render.page import page

PROBE = (Path(__file__).parent / "page_probe.js").read_text(encoding="utf-8")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason=f"no browser: none of {', '.join(BROWSERS)} is installed"
)


@dataclass(frozen=True)
class View:
    """A page to open: the spec, how wide the window is, whether the reader wants it dark, and with or without script."""

    target: str
    width: int = 1280
    dark: bool = False
    script: bool = True


WIDE, NARROW = View("resnet50"), View("resnet50", width=400, dark=True)
VIEWS = (WIDE, NARROW, View("vgg16"), View("googlenet", width=400), View("unet", dark=True))
WITHOUT_SCRIPT = View("resnet50", script=False)
OPENED = (*VIEWS, WITHOUT_SCRIPT)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the probe finds in a view; each is opened once, and told to the other workers of the same run."""
    own, run = tmp_path_factory.mktemp("browser"), tmp_path_factory.getbasetemp()
    shared = run.parent if "PYTEST_XDIST_WORKER" in os.environ else run

    @cache
    def found(view: View) -> Any:
        told = shared / f"pages-{view.dark}.json"
        if not told.exists():
            views = [other for other in OPENED if other.dark == view.dark]
            part = own / told.name
            part.write_text(json.dumps(findings(views, own)), encoding="utf-8")
            part.rename(told)
        return json.loads(told.read_text(encoding="utf-8"))[str(view)]

    return found


def findings(views: list[View], folder: Path) -> dict[str, Any]:
    """Open copies of the pages with the probe in each, and read what the probes wrote into them."""
    done = browser([(written(view), view.width) for view in views], folder, dark=views[0].dark)
    told = re.findall(r'<pre id="findings">(.*?)</pre>', done.stdout, re.DOTALL)
    assert len(told) == len(views), done.stderr
    said = console(done)
    return {
        str(view): {**json.loads(html.unescape(text)), "console": said}
        for view, text in zip(views, told, strict=True)
    }


def written(view: View) -> str:
    """A copy of the page of a view with the probe in it."""
    text = page(analyzed(view.target))
    if not view.script:
        text = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    return probed(text)


def probed(text: str) -> str:
    """The page with the probe first in its head, allowed by its hash as the page's own script is."""
    hashed = f"'sha256-{base64.b64encode(hashlib.sha256(PROBE.encode()).digest()).decode()}'"
    text = text.replace("script-src ", f"script-src {hashed} ", 1)
    return text.replace('<meta name="viewport"', f'<script>{PROBE}</script><meta name="viewport"', 1)


FRAMES = """<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">
FRAMES
<script>
onload = () => document.body.append(...Array.from(frames, (frame) => frame.document.getElementById("findings")))
</script>
"""
"""A window for each page, of any width; that of a browser is never below 500 pixels."""
FRAME = '<iframe width="{width}" height="900" srcdoc="{page}"></iframe>'


def browser(
    pages: list[tuple[str, int]], folder: Path, *, dark: bool = False
) -> subprocess.CompletedProcess[str]:
    """A browser of its own, without network, that opens pages, each in a frame of a width, and prints what became of them."""
    assert BROWSER
    file = folder / "frames.html"
    frames = "\n".join(FRAME.format(width=width, page=html.escape(text)) for text, width in pages)
    file.write_text(FRAMES.replace("FRAMES", frames), encoding="utf-8")
    return subprocess.run(
        [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--enable-logging=stderr",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            f"--user-data-dir={folder / 'profile'}",
            "--window-size=1400,1000",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


def console(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a page wrote to the browser's console."""
    return [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def terminal(target: str, *, expand: bool = False, every: bool = False) -> list[str]:
    """The lines of the terminal's table: layers by name, blocks as `# name`."""
    shown = table(analyzed(target), ("layer", "name"), expand=expand, every=every)
    return [f"# {line.cells[0]}" if line.heading else line.cells[1] for line in shown.lines]


def exact(title: str, row: Row, found: Record) -> Fraction | None:
    """The number by which a row is sorted in a column; None where there is none."""
    column = next(column for column in COLUMNS.values() if column.title == title)
    if column.unit == "shape":
        return Fraction(prod(row.shape.sizes))
    value = column.of(row, found.summary)
    if column.unit == "sizes":
        return (
            max((one for one in value if one is not None), default=None) if isinstance(value, tuple) else None
        )
    return None if value is None else Fraction(value)  # type: ignore[arg-type]


def in_order(rows: tuple[Row, ...], title: str, found: Record, *, largest_first: bool) -> list[str]:
    """Names by number; equal ones stay in the network's order, and rows without a number come last."""
    known = [row for row in rows if exact(title, row, found) is not None]
    sign = -1 if largest_first else 1
    known.sort(key=lambda row: sign * exact(title, row, found))  # type: ignore[operator]
    return [row.name for row in known] + [row.name for row in rows if exact(title, row, found) is None]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_page_opens_without_an_error(opened: Any, view: View) -> None:
    """Nothing is thrown, nothing is refused by the page's own policy, nothing is loaded, and the console is empty."""
    found = opened(view)
    assert found["errors"] == []
    assert found["console"] == []
    assert found["resources"] == []
    assert found["width"] == view.width


def test_the_probe_would_see_an_error(tmp_path: Path) -> None:
    """A page that breaks its own policy is found out, by the probe and in the console."""
    text = page(analyzed("lenet5")).replace("<h1>", '<h1 style="color: red">')
    done = browser([(probed(text), WIDE.width)], tmp_path)
    assert "style-src-attr" in done.stdout.partition('<pre id="findings">')[2]
    assert console(done)


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_page_shows_what_the_terminal_shows(opened: Any, view: View) -> None:
    """At first the table has the terminal's lines; every layer is in it."""
    found, record_ = opened(view), analyzed(view.target)
    assert found["lines"] == terminal(view.target)
    assert found["rows"] >= len(record_.rows)
    assert found["heads"] == [
        "Layer",
        "Dimension",
        "Neurons",
        "Weights",
        "Memory",
        "Name",
        "MACs",
        "Receptive field",
    ]
    assert found["after"] == found["lines"]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_a_title_sorts_by_the_exact_number(opened: Any, view: View) -> None:
    """A press puts the largest first, a second the smallest; a third brings back the network's order and blocks."""
    found, record_ = opened(view), analyzed(view.target)
    rows = visible(record_, expand=False, every=False)
    numbers = [c.title for c in COLUMNS.values() if c.unit != "text" and c.name not in DEVICE]
    assert set(numbers) < set(found["sorted"])
    for title in numbers:
        first, second, third = found["sorted"][title]
        assert first == ["descending", in_order(rows, title, record_, largest_first=True)], title
        assert second == ["ascending", in_order(rows, title, record_, largest_first=False)], title
        assert third == [None, found["lines"]], title


def test_a_title_sorts_words(opened: Any) -> None:
    """Names are sorted as words from A on, numbers in them by their value; then from Z on; then not at all."""
    first, second, third = opened(WIDE)["sorted"]["Name"]
    assert first[0] == "ascending"
    assert second == ["descending", first[1][::-1]]
    assert third == [None, opened(WIDE)["lines"]]
    assert sorted(first[1]) == sorted(line for line in opened(WIDE)["lines"] if not line.startswith("# "))
    assert first[1].index("stage1/bottleneck1/conv2") < first[1].index("stage2/bottleneck1/conv1")


def test_titles_are_buttons(opened: Any) -> None:
    """Every title that is shown can be reached and pressed from the keyboard."""
    assert opened(WIDE)["buttons"] == [True] * len(opened(WIDE)["heads"])


def test_repeats_open(opened: Any) -> None:
    """One repeat opens to the layers that it stands for; the box above the table opens all."""
    found, record_ = opened(WIDE), analyzed("resnet50")
    repeat = next(row.name for row in record_.folded if row.kind == "repeat")
    extra = [line for line in found["one"] if line not in found["lines"]]
    assert repeat in found["one"]
    assert len(extra) == 2 * 8
    assert extra[:2] == ["# bottleneck2", "stage1/bottleneck2/conv1"]
    folded = {row.name for row in record_.folded if row.kind == "repeat"}
    assert [line for line in found["open"] if line not in folded] == terminal("resnet50", expand=True)


def test_open_repeats_are_sorted_layer_by_layer(opened: Any) -> None:
    """Of an open repeat the layers are sorted and not their sums; closing it brings the sums into the order."""
    found, record_ = opened(WIDE), analyzed("resnet50")
    for expand, said in ((True, found["openSorted"][0][1]), (False, found["closedSorted"])):
        rows = visible(record_, expand=expand, every=False)
        assert said == in_order(rows, "Neurons", record_, largest_first=True)


@pytest.mark.parametrize("view", [WIDE, View("vgg16")], ids=str)
def test_layers_in_place_and_columns_can_be_shown(opened: Any, view: View) -> None:
    """A box shows the layers that work in place, another all columns, and each column has one of its own."""
    found = opened(view)
    assert found["place"] == terminal(view.target, every=True)
    assert found["all"] == found["titles"]
    assert found["without"] == [title for title in found["heads"] if title != "MACs"]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_drawing_and_charts_are_seen(opened: Any, view: View) -> None:
    """The drawing and the charts have a size, and bars are as long as their numbers are large."""
    found, record_ = opened(view), analyzed(view.target)
    assert len(found["drawing"]) == 1
    assert len(found["charts"]) == 3
    assert all(width > 40 and height > 40 for width, height in [*found["charts"], *found["drawing"]])
    rows = visible(record_, expand=False, every=False)
    for chart, bars, name in zip(
        found["charts"], found["bars"], ("neurons", "parameters", "macs"), strict=True
    ):
        numbers = [getattr(row, name) for row in rows]
        for length, number in zip(bars, numbers, strict=True):
            assert length == pytest.approx(chart[0] * number / max(numbers), abs=1.1), name


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_nothing_is_wider_than_the_window(opened: Any, view: View) -> None:
    """Only the table and the drawing may be wider than the window, in boxes of their own that scroll."""
    found = opened(view)
    assert found["wide"] == []
    assert found["scrollWidth"] <= view.width


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_page_follows_the_colours_that_the_reader_wants(opened: Any, view: View) -> None:
    """The ground is light or dark as the system says."""
    lightness = sum(map(int, re.findall(r"\d+", opened(view)["background"])[:3])) / 3
    assert lightness < 60 if view.dark else lightness > 220


def test_without_its_script_only_sorting_is_missing(opened: Any) -> None:
    """A reader without JavaScript sees the same lines, opens repeats, and chooses columns."""
    found, whole = opened(WITHOUT_SCRIPT), opened(WIDE)
    assert found["errors"] == []
    assert found["buttons"] == [False] * len(found["heads"])
    assert "sorted" not in found
    for state in ("lines", "heads", "one", "open", "place", "all", "without", "after"):
        assert found[state] == whole[state], state
