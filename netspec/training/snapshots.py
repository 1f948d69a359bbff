"""Snapshots: the weights at the end of each cycle of a cyclic schedule, for an ensemble (Huang et al. 2017)."""

from pathlib import Path
from typing import Any

from netspec.engine.weights import save_weights
from netspec.training.safe_files import saving
from netspec.training.setup import Setup

FOLDER = "snapshots"


def snapshot(run: Path, setup: Setup, params: Any, state: Any, step: int) -> Path:
    """Write the weights of a step into the run's folder of snapshots. Raises TrainError."""
    folder = run / FOLDER
    path = folder / f"step-{step:08d}.safetensors"
    with saving(path):
        folder.mkdir(exist_ok=True)
        save_weights(path, params, state, network=setup.model)
    return path


def snapshots(run: Path) -> list[Path]:
    """The run's snapshots, in order."""
    return sorted((run / FOLDER).glob("step-*.safetensors"))
