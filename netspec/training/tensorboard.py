"""Metrics as files for TensorBoard, by the package tensorboardX."""

from pathlib import Path

from netspec.diagnostics import rules
from netspec.training.events import EpochDone, Event, Finished, Progress
from netspec.training.faults import fault


def require_tensorboard() -> None:
    """Find out before a run begins whether tensorboardX is installed. Raises TrainError where it is not."""
    try:
        import tensorboardX  # noqa: F401, PLC0415  an extra
    except ImportError:
        message = "files for TensorBoard need the package tensorboardX"
        cure = "pip install 'netspec[tensorboard]'"
        raise fault(rules.MISSING_DATA, "--tensorboard", message, help=cure) from None


class TensorBoardWriter:
    """Writes the losses of the steps and the metrics of the epochs.

    Raises:
        ImportError: tensorboardX is not installed.
    """

    def __init__(self, folder: Path) -> None:
        from tensorboardX import SummaryWriter  # noqa: PLC0415  an extra

        self._writer = SummaryWriter(str(folder))

    def __call__(self, event: Event) -> None:
        """Write what an event tells."""
        match event:
            case Progress():
                for number, loss in enumerate(event.losses, event.step - len(event.losses) + 1):
                    self._writer.add_scalar("step/loss", loss, number)
            case EpochDone():
                for name, value in {**event.metrics, "rate": event.rate}.items():
                    self._writer.add_scalar(f"epoch/{name}", value, event.step)
            case Finished():
                self._writer.close()
