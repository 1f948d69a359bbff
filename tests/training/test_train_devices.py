"""Eight simulated devices do what one does: a batch is shared out, and batch norm sees all of it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_runs import HARD, losses, training

from netspec.training.events import EpochDone, Started

CASES: dict[str, dict[str, Any]] = {
    "on the devices": {"batch": 32},
    "batch by batch": {"batch": 12, "resident": False, "augmentation": "[]", "average": None},
}
"""Runs by name. The 20 examples that the runs are judged by are fewer than the first one's batch."""
USED = {"on the devices": 8, "batch by batch": 6}
"""Devices that share each of the two parts of a batch: 16 examples, and 6, which 8 does not divide."""


def told(case: str) -> dict[str, Any]:
    """What a run says of itself."""
    events = list(training(**HARD | {"epochs": 2} | CASES[case]))
    done = [event.metrics for event in events if isinstance(event, EpochDone)]
    begun = next(event for event in events if isinstance(event, Started))
    return {
        "devices": len(begun.devices),
        "losses": losses(events),
        "metrics": [metrics[name] for metrics in done for name in sorted(metrics)],
    }


@pytest.fixture(scope="module")
def shared() -> dict[str, dict[str, Any]]:
    """What the runs say in a process with eight devices."""
    eight = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=8"
    done = subprocess.run(
        [sys.executable, __file__],
        env=os.environ | {"XLA_FLAGS": eight, "JAX_PLATFORMS": "cpu"},
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("case", CASES)
def test_eight_devices_give_the_losses_of_one(shared: dict[str, dict[str, Any]], case: str) -> None:
    """Losses and metrics agree to rounding, with batch norm, dropout and augmentation, and a batch that 8 does not divide."""
    one, eight = told(case), shared[case]
    assert (one["devices"], eight["devices"]) == (1, USED[case])
    np.testing.assert_allclose(eight["losses"], one["losses"], rtol=1e-4)
    np.testing.assert_allclose(eight["metrics"], one["metrics"], rtol=1e-4)


if __name__ == "__main__":
    print(json.dumps({case: told(case) for case in CASES}))  # noqa: T201  the other process reads it
