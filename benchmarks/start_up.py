"""How long a check takes: cold starts beside plain Python, and large specs beside half their size.

Run it as `python benchmarks/start_up.py`. The commands of a comparison take turns, so that a busy machine slows all of them;
ratios of medians are what to read. `analyze.py` measures analyses.
"""

import tempfile
import time
from pathlib import Path

from large_specs import arrow_spec, yaml_spec
from processes import median, table, take_turns

ROUNDS = 15
PLAIN = "python -c pass"
LIBRARIES = "import typer, pydantic.main, yaml, lark"
COMMANDS = {
    PLAIN: ["-c", "pass"],
    f"python -c '{LIBRARIES}'": ["-c", LIBRARIES],
    "netspec check vgg16.yaml": ["-m", "netspec", "check", "specs/vgg16.yaml"],
    "netspec check resnet50.yaml": ["-m", "netspec", "check", "specs/resnet50.yaml"],
}


def cold_starts(large: Path) -> None:
    """Print the time of each command, and its ratio to plain Python."""
    large.write_text(arrow_spec(10_000), encoding="utf-8")
    commands = COMMANDS | {"netspec check, 10,000 layers": ["-m", "netspec", "check", str(large)]}
    print(f"cold starts, {ROUNDS} rounds\n\n{table(take_turns(commands, ROUNDS), PLAIN)}\n")


def growth() -> None:
    """Print how the time of a check in one process grows with the number of layers."""
    print("checks in one process: seconds, and ratio to half the layers")
    for name, make in (("arrow notation", arrow_spec), ("structured YAML", yaml_spec)):
        before = 0.0
        for layers in (2_500, 5_000, 10_000, 20_000):
            text = make(layers)
            taken = median([_check(text) for _ in range(3)])
            ratio = f"  {taken / before:.1f}" if before else ""
            print(f"  {name:<16} {layers:>6} layers  {taken:.2f} s{ratio}")
            before = taken


def _check(text: str) -> float:
    from netspec.checking import check_text  # noqa: PLC0415  `processes` says why

    start = time.perf_counter()
    report = check_text(text)
    taken = time.perf_counter() - start
    if not report.ok:
        raise SystemExit(f"the spec is not accepted: {report.findings[0]}")
    return taken


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        cold_starts(Path(folder) / "large.yaml")
    growth()
