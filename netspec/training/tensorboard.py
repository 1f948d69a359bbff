"""Metrics as files for TensorBoard, by the package tensorboardX."""

from pathlib import Path

from netspec.diagnostics import rules
from netspec.training.events import EpochDone, Event, Finished, Progress
from netspec.training.faults import fault


class TensorBoardWriter:
    """Writes the losses of the steps and the metrics of the epochs.

    Raises:
        TrainError: tensorboardX is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from tensorboardX import SummaryWriter  # noqa: PLC0415  an extra
        except ImportError:
            message = "files for TensorBoard need the package tensorboardX"
            raise fault(
                rules.MISSING_DATA, folder, message, help="pip install 'netspec[tensorboard]'"
            ) from None
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
