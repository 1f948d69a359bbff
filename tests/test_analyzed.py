"""`net.analyze()`: frozen numbers that show themselves in a terminal, in a notebook, and as a data frame."""

import builtins
import json
import os
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from analyzed_specs import NAMES, analyzed
from printed import tables, whole

import netspec
from netspec.analysis.columns import COLUMNS
from netspec.analysis.devices import DeviceError
from netspec.analysis.record import Record
from netspec.analyzed import Analysis
from netspec.render.export import as_json

ROOT = Path(__file__).parent.parent


def analysis(target: str = "vgg16", **options: Any) -> Analysis:
    """The analysis of a bundled spec."""
    return netspec.load(target).analyze(**options)


def test_the_numbers_of_vgg_16() -> None:
    """As the lectures have them, under names that say their unit."""
    found = analysis()
    assert (found.total.parameters, found.total.neurons) == (138_357_544, 15_237_608)
    assert (found.total.macs, found.total.flops) == (15_470_264_320, 30_940_528_640)
    assert found.rows[1].weights == 1_728
    assert found.rows[1].shape.sizes == (224, 224, 64)
    assert found.grammar is not None


@pytest.mark.parametrize("name", NAMES)
def test_it_is_what_the_command_line_analyzes(name: str) -> None:
    """The same record, with the spec's own optimizer."""
    assert as_json([analysis(name)]) == as_json([analyzed(name)])


def test_settings_are_arguments() -> None:
    """Batch, type, optimizer and device."""
    found = analysis(batch=8, dtype="bfloat16", optimizer="adam", device="l4")
    assert (found.settings.batch, found.settings.dtype, found.settings.optimizer) == (8, "bfloat16", "adam")
    assert found.total.activation_bytes == 8 * 2 * 15_237_608
    assert found.training.optimizer_bytes == 2 * 2 * 138_357_544
    assert found.roofline_seconds is not None


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"batch": 0}, ValueError, "a batch has at least 1 example, not 0"),
        ({"dtype": "int8"}, ValueError, "no dtype is called int8; there are float32, "),
        ({"optimizer": "adm"}, ValueError, "no optimizer is called adm; there are sgd, "),
        ({"device": "h1000"}, DeviceError, "there is no device `h1000`"),
    ],
)
def test_wrong_settings_are_errors(options: dict[str, Any], error: type[Exception], message: str) -> None:
    """With what there is in the message."""
    with pytest.raises(error, match=message):
        analysis(**options)


def test_it_is_frozen() -> None:
    """Neither the analysis nor its rows and totals can be changed."""
    found = analysis("lenet5")
    for thing in (found, found.rows[0], found.total, found.inference, found.training, found.settings):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, fields(thing)[0].name, None)
    assert isinstance(found, Record)
    assert isinstance(found.rows, tuple)


def test_equal_networks_have_equal_analyses() -> None:
    """Rows and totals are compared by value."""
    assert analysis("lenet5") == analysis("lenet5")
    assert analysis("lenet5") != analysis("lenet5", batch=2)


def test_it_prints_as_the_table() -> None:
    """In 120 columns; `table` has other widths, columns and opened blocks."""
    found = analysis("resnet50")
    assert str(found) == found.table()
    assert max(map(len, str(found).splitlines())) <= 120
    assert tables(found.table(["name", "macs"]))[0].titles == ["Name", "MACs"]
    assert "bottleneck x5" in found.table(width=80)
    assert "bottleneck x5" not in found.table(expand=True)
    assert whole(tables(found.table())[0].total("Neurons")) == 16_987_624
    with pytest.raises(KeyError):
        found.table(["nonsense"])


def test_json_is_that_of_the_command_line() -> None:
    """One object."""
    assert json.loads(analysis("lenet5").to_json())["total"]["parameters"] == 61_706


def test_a_notebook_shows_a_table_of_text() -> None:
    """No name of a spec is markup."""
    text = (
        'name: "<script>alert(1)</script>"\ninput: 8x8x1\nblocks:\n  any(): conv3-4\nnetwork: any -> fc-10\n'
    )
    shown = netspec.load(text=text).analyze()._repr_html_()
    assert "<script" not in shown
    assert shown.startswith("<table>")
    assert shown.count("<tr>") == shown.count("</tr>") == 1 + 1 + 3 + 1  # titles, a heading, rows, totals
    assert "CONV3-4" in shown


def test_a_page() -> None:
    """The page of `netspec analyze --format html`."""
    assert analysis("lenet5").to_html().startswith("<!DOCTYPE html>")


class Frame:
    """What stands for a data frame of pandas."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows, self.index = rows, ""

    def set_index(self, name: str) -> "Frame":
        """Note the index."""
        self.index = name
        return self


def test_a_data_frame_has_a_row_a_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain numbers under the columns' names, indexed by the layers' names."""
    pandas = ModuleType("pandas")
    pandas.DataFrame = Frame  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    found = analysis("lenet5")
    frame: Any = found.to_pandas()
    assert frame.index == "name"
    assert [row["name"] for row in frame.rows] == [row.name for row in found.rows]
    assert all(list(row) == list(COLUMNS) for row in frame.rows)
    assert [row["macs"] for row in frame.rows] == [row.macs for row in found.rows]
    for row in frame.rows:
        assert all(isinstance(value, str | int | float | list | None) for value in row.values())


def test_without_pandas_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an ordinary missing module, by its name."""
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ModuleNotFoundError, match="pandas"):
        analysis("lenet5").to_pandas()


HEAVY = {"numpy", "jax", "jaxlib", "scipy", "optax", "rich", "PIL", "pandas", "torch"}


@pytest.mark.parametrize(
    "code",
    [
        "import netspec; print(netspec.load('resnet50').analyze())",
        "import netspec; netspec.load('lenet5').analyze(device='l4').to_json()",
        "import sys; sys.argv = ['netspec', 'analyze', 'vgg16']; from netspec.cli import main; main()",
        "import sys; sys.argv = ['netspec', 'explain', 'vgg16']; from netspec.cli import main; main()",
        "import sys; sys.argv = ['netspec', 'diff', 'vgg16', 'vgg@B']; from netspec.cli import main; main()",
        "import sys; sys.argv = ['netspec', 'fit', 'vgg16', '--memory', '16GiB']; from netspec.cli import main; main()",
    ],
    ids=lambda code: code.partition("; ")[2][:60],
)
def test_counting_loads_no_heavy_library(code: str) -> None:
    """In a fresh interpreter; what it starts with is small."""
    program = (
        f"import atexit, sys\natexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))\n{code}\n"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=env, check=True, timeout=60
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "netspec" in loaded
    assert loaded & HEAVY == set()
