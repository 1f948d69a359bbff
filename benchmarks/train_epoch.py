"""An epoch of LeNet-5 on MNIST: netspec beside Keras on JAX, Flax NNX and PyTorch.

An epoch is shuffling, batching and a step of Adam for each batch of 128 images, on a CPU; judging is not in it. Peers
have the images standardized as float32 beforehand; netspec standardizes them in its steps. Each has a process of its
own. They take turns, an epoch each. The first epoch, with the compilation, is told apart. At the end each is judged
on the test images: one that has not learnt is told of, and the script fails.
"""

import argparse
import platform
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from driver import Result, Worker, WorkerError, environment, started, take_turns
from job import Job, write_examples
from networks import NETWORKS, job
from step_peers import Peer, absence, some_of, versions
from step_tables import table
from train_step import check

from netspec.language.recipes.data import Mnist
from netspec.training.data.dataset import Arrays, Request
from netspec.training.data.sources import open_data

LEAST_ACCURACY = 0.97
_JAX, _TORCH = ("jax", "optax"), ("torch",)
PEERS = {
    "netspec": Peer("netspec", "netspec_epochs"),
    "flax": Peer("Flax NNX", "flax_epochs", needs=(*_JAX, "flax")),
    "keras": Peer("Keras on JAX", "keras_epochs", needs=("jax", "keras")),
    "torch": Peer("PyTorch", "torch_epochs", "contiguous 0", _TORCH),
    "torch-2": Peer("PyTorch, 2 workers", "torch_epochs", "contiguous 2", _TORCH),
    "torch-last": Peer("PyTorch, channels last", "torch_epochs", "channels_last 0", _TORCH),
    "torch-last-2": Peer("PyTorch, channels last, 2 workers", "torch_epochs", "channels_last 2", _TORCH),
}


def options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--data",
        metavar="DIR",
        help="MNIST's files; by default netspec's data folder, where they are fetched",
    )
    add("--peers", type=some_of(PEERS), default=list(PEERS), help=f"by default {','.join(PEERS)}")
    add("--rounds", type=int, default=3, metavar="N", help="epochs of each that count (%(default)s)")
    add("--examples", type=int, metavar="N", help="only so many images, for a short trial")
    add("--recycling", action="store_true", help="have glibc keep freed memory, in all workers")
    add("--markdown", action="store_true", help="print a Markdown table")
    chosen = parser.parse_args()
    if chosen.rounds < 1:
        parser.error("--rounds has to be at least 1")
    return chosen


def main() -> None:
    """Measure, and print a table."""
    chosen = options()
    print(f"epochs of LeNet-5 on MNIST on cpu, {chosen.rounds} rounds{', recycling' * chosen.recycling}")
    print(f"Python {platform.python_version()}, {versions()}")
    with tempfile.TemporaryDirectory() as folder:
        count = _write(Path(folder), chosen)
        try:
            results = _measure(replace(job("lenet5", NETWORKS["lenet5"]), data=folder), chosen)
        except WorkerError as error:
            raise SystemExit(str(error)) from None
    print(f"{count:,} training images\n\n{table(_rows(results), markdown=chosen.markdown)}")
    if not chosen.examples and (
        poor := [name for name, (_, share) in results.items() if share < LEAST_ACCURACY]
    ):
        sys.exit(f"below {LEAST_ACCURACY:.0%} on the test images: {', '.join(poor)}")


def _write(folder: Path, chosen: argparse.Namespace) -> int:
    """Put the images where the workers find them; how many there are to learn from."""
    found = open_data(Mnist(path=chosen.data), Request((28, 28, 1), None, 0, "."), print)
    assert isinstance(found.train, Arrays)
    assert isinstance(found.test, Arrays)
    x, y = found.train.x[: chosen.examples], found.train.y[: chosen.examples]
    write_examples(folder, "train", x, y)
    write_examples(folder, "test", found.test.x, found.test.y)
    return len(x)


def _measure(model: Job, chosen: argparse.Namespace) -> dict[str, tuple[Result, float]]:
    """The results and the final accuracies by the peer's name."""
    parameters = NETWORKS["lenet5"].load().analyze().total.trainable
    with ExitStack() as stack:
        workers: list[Worker] = []
        for key in chosen.peers:
            peer = PEERS[key]
            if why := absence(peer):
                print(f"left out: {peer.name}: {why}")
                continue
            told = replace(model, peer=peer.module, form=peer.form)
            variables = environment(gpu=False, recycling=chosen.recycling)
            if worker := started(peer.name, told, variables, stack):
                check(worker.result, model, parameters)
                workers.append(worker)
        print("all have done their first epoch", flush=True)
        take_turns(workers, chosen.rounds, 0, warm_up=0)
        return {worker.result.name: (worker.result, worker.judge()) for worker in workers}


def _rows(results: dict[str, tuple[Result, float]]) -> list[list[str]]:
    """A row for each; ratios are of minima, to the first."""
    head = ["", "min s", "median", "ratio", "first epoch s", "import s", "peak MB", "test accuracy"]
    base = next((min(result.seconds) for result, _ in results.values()), 1.0)
    return [head, *(_row(result, share, base) for result, share in results.values())]


def _row(result: Result, share: float, base: float) -> list[str]:
    return [
        result.name,
        f"{min(result.seconds):.2f}",
        f"{statistics.median(result.seconds):.2f}",
        f"{min(result.seconds) / base:.2f}",
        f"{result.ready['build_seconds']:.1f}",
        f"{result.ready['import_seconds']:.1f}",
        f"{result.peak_bytes / 1e6:,.0f}",
        f"{share:.2%}",
    ]


if __name__ == "__main__":
    main()
