"""One training step, or one inference, of six networks: netspec beside Flax, Equinox, Keras and PyTorch.

A training step is forward, cross-entropy, backward and plain momentum SGD, on one batch that stays where it is.
Each peer has a process of its own. They take turns, so that a busy machine slows all of them, and minima are what to
read. A peer that is not installed is left out and named. VGG-16 in all of them at once takes up to 20 GB.
"""

import argparse
import math
import platform
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from driver import Result, Worker, WorkerError, environment, started, take_turns
from job import Job
from networks import NETWORKS, job
from step_peers import PEERS, absence, some_of, unfit, versions
from step_tables import guessed, of_network, summary, table

from netspec.analysis.devices import DeviceError, device

LOSS_MARGIN = 1.5
"""In nats: how far a first loss may lie from that of even chances. Each library has initial values of its own."""


def options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--nets", type=some_of(NETWORKS), help=f"by default {','.join(NETWORKS)}; on a GPU resnet50")
    add("--peers", type=some_of(PEERS), default=list(PEERS), help=f"by default {','.join(PEERS)}")
    add("--rounds", type=int, default=10, metavar="N", help="turns of each worker (%(default)s)")
    add(
        "--seconds", type=float, default=0.2, help="a turn is one step, and more while they fit (%(default)s)"
    )
    add("--forward", action="store_true", help="inference instead of training steps")
    add("--recycling", action="store_true", help="have glibc keep freed memory, in all workers")
    add("--device", choices=("cpu", "gpu"), default="cpu", help="gpu: mixed bfloat16, large batches")
    add("--chip", type=_chip, help="the GPU as `netspec analyze --device` knows it, if it is not recognized")
    add("--markdown", action="store_true", help="print Markdown tables")
    chosen = parser.parse_args()
    if chosen.rounds < 1:
        parser.error("--rounds has to be at least 1")
    chosen.nets = chosen.nets or (["resnet50"] if chosen.device == "gpu" else list(NETWORKS))
    return chosen


def _chip(name: str) -> object:
    try:
        return device(name)
    except DeviceError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def main() -> None:
    """Measure network by network, printing a table after each, and one of all at the end."""
    chosen = options()
    here = [key for key in chosen.peers if not absence(PEERS[key])]
    what = "inference" if chosen.forward else "training steps"
    print(f"{what} on {chosen.device}, {chosen.rounds} rounds{', recycling' if chosen.recycling else ''}")
    print(f"Python {platform.python_version()}, {versions()}")
    for key in chosen.peers:
        if key not in here:
            print(f"left out: {PEERS[key].name}: {absence(PEERS[key])}")
    try:
        rows = summary({name: _network(name, here, chosen) for name in chosen.nets})
    except WorkerError as error:
        raise SystemExit(str(error)) from None
    if len(rows) > 1:
        print(f"\nall networks; below 1 netspec is faster\n\n{table(rows, markdown=chosen.markdown)}")


def _network(name: str, keys: Sequence[str], chosen: argparse.Namespace) -> dict[str, float]:
    """Measure one network and print its table; the minimum of each peer."""
    gpu = chosen.device == "gpu"
    measured = NETWORKS[name]
    total = measured.load().analyze().total
    model = job(name, measured, forward=chosen.forward, mixed=gpu, gpu=gpu)
    print(f"\n{name}, batch {model.batch}", flush=True)
    found = _measure(model, keys, total.trainable, chosen)
    if found:
        seen = next(iter(found.values())).ready["device"]
        chip = chosen.chip or guessed(seen)
        if gpu:
            rates = f"of {chip.full_name}" if chip else "not known; --chip names them"
            print(f"on {seen}; peak rates {rates}")
        rows = of_network(list(found.values()), model, total.macs, chip)
        print(f"\n{table(rows, markdown=chosen.markdown)}", flush=True)
    return {key: min(result.seconds) for key, result in found.items()}


def _measure(
    model: Job, keys: Sequence[str], parameters: int, chosen: argparse.Namespace
) -> dict[str, Result]:
    """The results by peer. On a GPU each runs by itself, since its memory does not hold all of them."""
    groups = [[key] for key in keys] if model.gpu else [keys]
    found: dict[str, Result] = {}
    for group in groups:
        with ExitStack() as stack:
            workers = {key: worker for key in group if (worker := _started(key, model, stack, chosen))}
            for worker in workers.values():
                check(worker.result, model, parameters)
                if note := surprise(worker.result, model):
                    print(note, flush=True)
            if workers:
                take_turns(list(workers.values()), chosen.rounds, chosen.seconds)
            found |= {key: worker.result for key, worker in workers.items()}
    return found


def _started(key: str, model: Job, stack: ExitStack, chosen: argparse.Namespace) -> Worker | None:
    """The peer's worker, or none with a line that says why."""
    peer = PEERS[key]
    if why := unfit(peer, model):
        print(f"left out: {peer.name}: {why}", flush=True)
        return None
    variables = environment(gpu=model.gpu, recycling=chosen.recycling)
    return started(peer.name, replace(model, peer=peer.module, form=peer.form), variables, stack)


def check(result: Result, model: Job, parameters: int) -> None:
    """That the peer built the spec's network, and that its numbers are finite. Raises `SystemExit` otherwise."""
    ready, first = result.ready, result.ready["first"]
    faults = []
    if ready["parameters"] != parameters:
        faults.append(f"{ready['parameters']:,} parameters, but the spec has {parameters:,}")
    if not first["finite"]:
        faults.append("the first result is not finite")
    if model.forward:
        values = math.prod((model.batch, *model.label_shape, model.classes))
        if math.prod(first["shape"]) != values:
            faults.append(f"outputs of shape {first['shape']}, but {values:,} values are due")
    if faults:
        raise SystemExit(f"{result.name}, {model.network}: {'; '.join(faults)}")


def surprise(result: Result, model: Job) -> str:
    """What is odd about the first loss, or nothing."""
    first, even = result.ready["first"]["mean"], math.log(model.classes)
    if model.forward or abs(first - even) < LOSS_MARGIN:
        return ""
    return f"{result.name}: the first loss is {first:.2f}, that of even chances {even:.2f}"


if __name__ == "__main__":
    main()
