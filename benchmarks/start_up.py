"""How long a check takes: cold starts beside plain Python, and large specs beside half their size.

Run it as `python benchmarks/start_up.py`. The commands of a comparison take turns, so that a busy machine slows all of them;
ratios of medians are what to read.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from netspec.checking import check_text

ROUNDS = 15
ROOT = Path(__file__).parent.parent
LIBRARIES = "import typer, pydantic.main, yaml, lark"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    f"python -c '{LIBRARIES}'": ["-c", LIBRARIES],
    "netspec check specs/vgg16.yaml": ["-m", "netspec", "check", "specs/vgg16.yaml"],
    "netspec check specs/resnet50.yaml": ["-m", "netspec", "check", "specs/resnet50.yaml"],
    "netspec check (10,000 layers)": ["-m", "netspec", "check", "{large}"],
}


def arrow_spec(layers: int) -> str:
    """A spec of so many layers, a convolution and a ReLU a line."""
    return "input: 32x32x16\nnetwork: |\n" + "  conv3-16 -> relu\n" * (layers // 2)


def yaml_spec(layers: int) -> str:
    """The same in structured YAML."""
    return "input: 32x32x16\nnetwork:\n" + "  - conv: {filters: 16, kernel: 3}\n  - relu: {}\n" * (
        layers // 2
    )


def seconds(arguments: list[str]) -> float:
    """Wall time of one run of the interpreter."""
    # An installed package has its modules compiled, so they may be written here too.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env=environment
    )
    return time.perf_counter() - start


def cold_starts(large: Path) -> None:
    """Print the time of each command, and its ratio to plain Python."""
    commands = {name: [a.replace("{large}", str(large)) for a in args] for name, args in COMMANDS.items()}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(ROUNDS + 1):
        for name, arguments in commands.items():
            taken = seconds(arguments)
            if turn:  # the first turn fills the caches
                times[name].append(taken)
    base = median(times["python -c pass"])
    print(f"cold starts, {ROUNDS} rounds: median (fastest to slowest), ratio to plain Python")
    for name, taken in times.items():
        spread = f"{min(taken):.3f} to {max(taken):.3f}"
        print(f"  {name:<58} {median(taken):.3f} s ({spread})  {median(taken) / base:5.1f}")


def growth() -> None:
    """Print how the time of a check in one process grows with the number of layers."""
    print("checks in one process: seconds, and ratio to half the layers")
    for name, make in (("arrow notation", arrow_spec), ("structured YAML", yaml_spec)):
        before = 0.0
        for layers in (2_500, 5_000, 10_000, 20_000):
            taken = median(_check(make(layers)) for _ in range(3))
            print(
                f"  {name:<16} {layers:>6} layers  {taken:.2f} s"
                + (f"  {taken / before:.1f}" if before else "")
            )
            before = taken


def _check(text: str) -> float:
    start = time.perf_counter()
    report = check_text(text)
    taken = time.perf_counter() - start
    if not report.ok:
        raise SystemExit(f"the spec is not accepted: {report.findings[0]}")
    return taken


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.yaml"
        large.write_text(arrow_spec(10_000), encoding="utf-8")
        cold_starts(large)
    growth()
