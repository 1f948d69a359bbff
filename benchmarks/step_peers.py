"""Who runs the steps, and why one of them cannot."""

import os
import shutil
from argparse import ArgumentTypeError
from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec

from job import Job


@dataclass(frozen=True)
class Peer:
    """One way to run a network."""

    name: str
    module: str
    """In `peers/`."""
    form: str = ""
    needs: tuple[str, ...] = ("jax", "optax")
    """Packages."""


_TORCH = ("torch",)
PEERS = {
    "netspec": Peer("netspec", "netspec_nets", "auto"),
    "netspec-reference": Peer("netspec, reference lowerings", "netspec_nets", "reference"),
    "flax": Peer("Flax NNX", "flax_nets", needs=("jax", "optax", "flax")),
    "equinox": Peer("Equinox", "equinox_nets", needs=("jax", "optax", "equinox")),
    "keras": Peer("Keras on JAX", "keras_nets", needs=("jax", "keras")),
    "torch": Peer("PyTorch", "torch_nets", "eager", _TORCH),
    "torch-channels-last": Peer("PyTorch, channels last", "torch_nets", "channels_last", _TORCH),
    "torch-compile": Peer("PyTorch, compiled", "torch_nets", "compiled", _TORCH),
}
JAX_PEERS = ("flax", "equinox", "keras")
TORCH_PEERS = ("torch", "torch-channels-last", "torch-compile")


def some_of(known: Collection[str]) -> Callable[[str], list[str]]:
    """Reads names with commas between them."""

    def names(text: str) -> list[str]:
        wanted = text.split(",")
        if unknown := [name for name in wanted if name not in known]:
            raise ArgumentTypeError(f"no {unknown[0]!r}; there are {', '.join(known)}")
        return wanted

    return names


def absence(peer: Peer) -> str:
    """Why the peer cannot run here at all, or nothing."""
    if missing := [name for name in peer.needs if not find_spec(name)]:
        return f"not installed: pip install {' '.join(missing)}"
    compiler = os.environ.get("CXX", "g++")
    if peer.form == "compiled" and not shutil.which(compiler):
        return f"torch.compile needs a C++ compiler, and there is no {compiler}"
    return ""


def unfit(peer: Peer, job: Job) -> str:
    """Why the peer has nothing of its own to run for this job, or nothing."""
    one_format = peer.form == "channels_last" and job.tokens
    return "the input is no image, so there is one memory format only" if one_format else ""


def versions() -> str:
    """The packages that are here, with their versions."""
    names = ["netspec", "numpy", *dict.fromkeys(name for peer in PEERS.values() for name in peer.needs)]
    return ", ".join(f"{name} {_version(name)}" for name in names if find_spec(name))


def _version(name: str) -> str:
    if name == "netspec":
        from netspec import __version__  # noqa: PLC0415  it may run from a checkout, without metadata

        return __version__
    return version(name)
