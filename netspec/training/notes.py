"""What people should know of a run before it begins, and what does not stop it."""

from collections.abc import Iterator

from netspec.engine.losses import class_count
from netspec.training.data.fitting_labels import unlearnt
from netspec.training.schedules import unreached
from netspec.training.setup import Length, Setup


def notes(setup: Setup) -> Iterator[str]:
    """Each in a sentence."""
    if left := setup.dataset.unreadable:
        yield f"{len(left):,} images cannot be read and are left out, such as {left[0]}"
    last = setup.graph.nodes[setup.graph.outputs[0].index]
    if missing := unlearnt(setup.learnt, last):
        yield (
            f"{len(missing):,} of the {class_count(last):,} outputs of `{last.name}` have no example to learn from, such as "
            f"that of class {missing[0]}"
        )
    length = setup.length
    if late := unreached(setup.train.schedule, length.steps, length.per_epoch):
        phase, begins = late
        yield (
            f"`{phase.name}` of the schedule would begin after {_place(begins, length)}, and the run ends with "
            f"{_place(length.steps, length)}: the rate never gets there"
        )


def _place(step: int, length: Length) -> str:
    return f"step {step:,} (epoch {step / length.per_epoch:.4g})"
