"""What is imported when: a fresh interpreter loads only what a command needs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def loaded_by(code: str) -> set[str]:
    """The packages that a piece of Python loads in a fresh interpreter."""
    program = (
        "import sys, json, contextlib, io\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        + "".join(f"    {line}\n" for line in code.splitlines())
        + "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=env, check=True, timeout=60
    )
    return set(json.loads(done.stdout))


def test_importing_netspec_is_instant() -> None:
    """`import netspec` loads neither what it validates with, nor what it parses with, nor what it computes with."""
    found = loaded_by("import netspec\ndir(netspec)\nnetspec.__version__")
    assert found & {"pydantic", "lark", "yaml", "rich", "typer", "jax", "numpy", "optax"} == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "vgg16"],
        ["check", "vgg16", "--format", "json"],
        ["check", "no_such_file"],
        ["show", "vgg16"],
        ["show", "vgg16", "--arrow"],
        ["explain", "E203"],
        ["layers", "conv"],
        ["list"],
        ["schema"],
    ],
    ids=" ".join,
)
def test_a_command_loads_no_heavy_library(arguments: list[str]) -> None:
    """Commands that look at a spec load no jax, no numpy, and print without rich."""
    found = loaded_by(
        f"import sys\nsys.argv = {['netspec', *arguments]!r}\nfrom netspec.cli import main\nmain()"
    )
    assert "netspec" in found
    assert found & {"jax", "jaxlib", "numpy", "scipy", "optax", "rich"} == set()


def test_loading_a_network_loads_no_heavy_library() -> None:
    """The Python face neither."""
    found = loaded_by("import netspec\nnet = netspec.load('vgg16')\nnet.show()\nrepr(net)\nnet['conv1']")
    assert "pydantic" in found
    assert found & {"jax", "jaxlib", "numpy", "optax", "rich", "typer"} == set()
