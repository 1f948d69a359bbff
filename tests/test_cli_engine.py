"""The commands that compute, as a user runs them: compile and bench; what is printed, and exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from netspec.cli import app

ROOT = Path(__file__).parent.parent
TINY = "name: Tiny\ninput: 8x8x3\nnetwork: conv3-4 -> bn -> relu -> pool2 -> conv1-8 -> relu -> gap -> fc-5\n"

Netspec = Callable[..., Result]


@pytest.fixture
def netspec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Netspec:
    """Runs a command line in a folder with the spec tiny.yaml; settings of the whole process are left alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("netspec.engine.cache.use_cache", lambda: None)
    monkeypatch.setattr("netspec.engine.allocator.recycle_memory", lambda: None)
    Path("tiny.yaml").write_text(TINY)

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(app, arguments, env={"COLUMNS": "80"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


def refused(result: Result) -> str:
    """The one line that wrong usage gets, with exit code 2 and nothing on standard output."""
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line.removeprefix("netspec: ")


def test_compile_says_what_the_programs_take(netspec: Netspec) -> None:
    """The table has both programs, and JSON the exact numbers of parameters and bytes."""
    result = netspec("compile", "tiny.yaml", "--batch", "3")
    assert result.exit_code == 0
    assert "Tiny: float32, batch 3, cpu" in result.stdout
    assert "\nforward " in result.stdout
    assert "\ngradients " in result.stdout
    found = json.loads(netspec("compile", "tiny.yaml", "--batch", "3", "--format", "json").stdout)
    assert found["parameters"] == 4 * 27 + 8 + 4 * 8 + 8 + 8 * 5 + 5
    assert found["parameter_bytes"] == 4 * found["parameters"]
    assert found["forward"]["argument_bytes"] >= found["parameter_bytes"] + 3 * 8 * 8 * 3 * 4
    assert found["forward"]["output_bytes"] >= 3 * 5 * 4


def test_report_names_each_operation_and_its_rule(netspec: Netspec) -> None:
    """Every layer that has operations is listed, and asking for a form shows in form and reason."""
    text = netspec("compile", "tiny.yaml", "--report").stdout
    for word in ("conv1", "bn1", "pool1", "fc1", "batch_norm", "max_pool", "Why"):
        assert word in text
    asked = netspec("compile", "tiny.yaml", "--report", "--format", "json", "--lowering", "reference")
    found = json.loads(asked.stdout)["operations"]
    assert {use["form"] for use in found} == {"reference"}
    assert {use["why"] for use in found} == {"asked for"}
    assert {use["node"] for use in found} >= {"conv1", "bn1", "pool1", "conv2", "fc1"}
    one = netspec("compile", "tiny.yaml", "--report", "--format", "json", "--lowering", "conv.forward=matmul")
    uses = [u for u in json.loads(one.stdout)["operations"] if u["operation"] == "conv.forward"]
    assert {u["node"] for u in uses if (u["form"], u["why"]) == ("matmul", "asked for")} == {"conv2"}


def test_compile_writes_a_program_that_runs(netspec: Netspec) -> None:
    """What -o writes is read by jax.export without netspec, and gives the output's shape for any batch."""
    from jax import export

    result = netspec("compile", "tiny.yaml", "-o", "tiny.stablehlo")
    assert result.exit_code == 0
    assert result.stderr == "written to tiny.stablehlo\n"
    program = export.deserialize(bytearray(Path("tiny.stablehlo").read_bytes()))
    (out,) = program.out_avals
    assert [str(size) for size in out.shape] == ["b", "5"]


def test_bench_times_the_network_and_its_layers(netspec: Netspec) -> None:
    """Every time is positive, each layer has its line, and the parts of a roofline are there."""
    result = netspec("bench", "tiny.yaml", "--batch", "2", "--seconds", "0.01", "--layers")
    assert result.exit_code == 0
    for word in ("forward", "training step", "Roofline", "conv1", "conv3-4", "fc-5", "measured here"):
        assert word in result.stdout
    found = json.loads(
        netspec("bench", "tiny.yaml", "--seconds", "0.01", "--layers", "--format", "json").stdout
    )
    assert min(found["forward"]["seconds"]) > 0
    assert min(found["step"]["seconds"]) > 0
    assert len(found["layers"]) == 8
    assert found["least_forward"] > 0


def test_bench_takes_the_roof_of_a_device(netspec: Netspec) -> None:
    """With --device the roof is the device's, in the type that layers compute in."""
    from netspec.analysis.devices import device

    arguments = ("bench", "tiny.yaml", "--seconds", "0.01", "--device", "a100-80g", "--format", "json")
    found = json.loads(netspec(*arguments, "--precision", "mixed").stdout)
    assert found["roof"]["flops"] == device("a100-80g").bfloat16
    assert found["roof"]["measured"] is False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--remat", "stag1"), "no block is called stag1; there are conv1..pool1"),
        (("--lowering", "conv.forwrd=matmul"), "did you mean `conv.forward`?"),
        (("--lowering", "conv=fastest"), "conv has no form called fastest; it has auto, reference"),
        (("--lowering", "conv="), "--lowering wants NAME=FORM"),
        (("--lowering", "fast"), "lowerings are auto, reference, or given by operation, not fast"),
        (("--remat", "1kB at batch 2"), "more than the 1,000 there are"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_options_are_refused(netspec: Netspec, arguments: tuple[str, ...], words: str) -> None:
    """One line says what there is instead."""
    assert words in refused(netspec("compile", "tiny.yaml", *arguments))


def test_a_wrong_spec_is_no_program(netspec: Netspec) -> None:
    """A finding of level error ends with exit code 1 and the finding on standard error."""
    Path("wrong.yaml").write_text("input: 8x8x3\nnetwork: cnov3-4 -> gap\n")
    result = netspec("compile", "wrong.yaml")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "did you mean `conv`" in result.stderr


def test_commands_keep_what_they_compiled(tmp_path: Path) -> None:
    """A process of its own: float64 works, and the programs lie in the cache folder afterwards."""
    (tmp_path / "tiny.yaml").write_text(TINY)
    env = os.environ | {"NETSPEC_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "netspec", "compile", "tiny.yaml", "--precision", "float64"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=env, check=True, timeout=300
    )
    assert "Tiny: float64, batch 1, cpu" in done.stdout
    assert done.stderr == ""
    assert any(path.is_file() for path in (tmp_path / "cache").rglob("*"))
