"""The checkpoints of a run: the last few and the best one, written aside, checked when they are read."""

import re
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any, Final, NamedTuple

import jax
import numpy as np

from netspec.diagnostics import Finding, rules
from netspec.training import stored
from netspec.training.digest import digest_of, is_key, named, on_host
from netspec.training.faults import TrainError, fault
from netspec.training.safe_files import DamagedError

_NAME: Final = re.compile(r"(\d{1,15})(?:-(\d{1,9}))?")
"""The step, and for one that was saved again, which time that was."""
_UNFINISHED: Final = re.compile(rf"\.{_NAME.pattern}(\.old|\.orbax-checkpoint-tmp.*)?")
"""A checkpoint that was not written, or not removed, to its end."""
_MOST_NOTES: Final = 5


class Restored(NamedTuple):
    """What a checkpoint holds."""

    step: int
    tree: Any
    extra: dict[str, Any]


@dataclass(eq=False)
class Checkpoints:
    """The checkpoints in a folder, each in a folder of its own that is named after its step.

    Reading never changes the folder; whoever writes is to be the only one (`RunFolder.locked`).

    Attributes:
        folder: Where they are; made when the first one is saved.
        keep: How many of the last ones stay, 1 at least, beside the best one.
    """

    folder: Path
    keep: int = 2
    _worker: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, "checkpoint"), init=False, repr=False
    )
    _pending: Future[None] | None = field(default=None, init=False, repr=False)

    def save(
        self, step: int, tree: Any, extra: dict[str, Any], *, best: bool = False, wait: bool = True
    ) -> Path:
        """Keep a tree, and remove the checkpoints that are not to be kept beside it.

        Args:
            step: Steps done. One that was saved before is replaced, once the new one is complete.
            tree: Arrays of any types, and random keys; copied before the call returns, so that they may be donated.
            extra: What JSON can hold, with names as keys; tuples come back as lists.
            best: It is the best one so far.
            wait: Return when it is on the disk; else at once, and the next call of `save` or `wait` waits.

        Returns:
            Its folder.

        Raises:
            TrainError: It, or the one before that was not waited for, cannot be written. The older ones are as they were.
        """
        self.wait()
        arrays = {name: np.array(array) for name, array in on_host(tree).items()}
        again = max((time for at, time, _ in self._entries() if at == step), default=0) + 1
        path = self.folder / (f"{step}-{again}" if again > 1 else str(step))
        if wait:
            self._write(path, step, arrays, extra, best=best)
        else:
            self._pending = self._worker.submit(self._write, path, step, arrays, extra, best=best)
        return path

    def wait(self) -> None:
        """Wait until a save is on the disk. Raises TrainError if it could not be written."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def _write(
        self, path: Path, step: int, arrays: dict[str, np.ndarray], extra: dict[str, Any], *, best: bool
    ) -> None:
        record = stored.Record(step=step, best=best, digest=digest_of(arrays), extra=extra)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._tidy()
            stored.write(path, arrays, record)
        except OSError as error:
            self._tidy()
            raise self._unsaved(step, error) from error
        self._prune()

    def _unsaved(self, step: int, error: OSError) -> TrainError:
        good = self._newest_sound()
        last = (
            f"the last good one, of step {good}, is as it was"
            if good is not None
            else "there is no older one"
        )
        return fault(
            rules.CANNOT_SAVE,
            self.folder,
            f"the checkpoint of step {step} cannot be written: {error.strerror or error}",
            notes=(last,),
            help=f"make room or allow writing, then `netspec resume {self.folder.parent}`",
        )

    def _tidy(self) -> None:
        """Remove what a save or a removal left that was cut off."""
        for path in _listed(self.folder):
            if _UNFINISHED.fullmatch(path.name):
                _discard(path)

    def _prune(self) -> None:
        found = self._found()
        best = next((step for step, path in reversed(found.items()) if _is_best(path)), None)
        stay = {path for step, path in found.items() if step in (*self.steps()[-self.keep :], best)}
        for _, _, path in self._entries():
            if path not in stay:
                self._remove(path)

    def _remove(self, path: Path) -> None:
        gone = path.with_name(f".{path.name}.old")
        try:
            # Renamed first: what is left of a removal that is cut off is no checkpoint.
            path.rename(gone)
        except OSError as error:
            why = f"a checkpoint that is not needed any more cannot be removed: {error.strerror}"
            raise fault(rules.CANNOT_SAVE, path, why) from error
        _discard(gone)

    def _entries(self) -> list[tuple[int, int, Path]]:
        found = ((_NAME.fullmatch(path.name), path) for path in _listed(self.folder))
        return sorted((int(name[1]), int(name[2] or 1), path) for name, path in found if name)

    def _found(self) -> dict[int, Path]:
        """The checkpoints by step, in order; of one that was saved again the last."""
        return {step: path for step, _, path in self._entries()}

    def steps(self) -> tuple[int, ...]:
        """The steps that there are checkpoints of, damaged ones too, in order."""
        return tuple(self._found())

    def cut(self, step: int) -> None:
        """Remove the checkpoints after a step, for a run that goes on from there. Raises TrainError."""
        self.wait()
        self._tidy()
        for at, _, path in self._entries():
            if at > step:
                self._remove(path)

    def restore(
        self, like: Any, step: int | None = None, *, best: bool = False, part: bool = False
    ) -> Restored:
        """What a checkpoint holds: the last one's, unless another is asked for.

        Args:
            like: A tree with the structure, shapes and types of what was saved. Leaves that are JAX arrays say where
                theirs are put; for others, such as `jax.ShapeDtypeStruct`, the result has numpy arrays.
            step: Steps done when it was saved.
            best: The best one.
            part: `like` is a part of what was saved, and the rest is not read.

        Raises:
            TrainError: There is none, it is damaged, or it holds other arrays.
        """
        path = self._chosen(step, best=best)
        try:
            return self._read(path, like, part=part)
        except DamagedError as damage:
            raise self._damaged(path, damage) from None

    def latest_good(self, like: Any) -> tuple[Restored, tuple[Finding, ...]]:
        """The last checkpoint that is not damaged, and what is wrong with those after it.

        Args:
            like: As `restore` takes it.

        Raises:
            TrainError: There is none, or it holds other arrays.
        """
        damaged: list[Finding] = []
        for path in reversed(self._found().values()):
            try:
                return self._read(path, like), tuple(damaged)
            except DamagedError as damage:
                damaged += self._damaged(path, damage).findings
        raise TrainError(*damaged) if damaged else self._none("it has no checkpoint yet")

    def _read(self, path: Path, like: Any, *, part: bool = False) -> Restored:
        try:
            arrays, record = stored.read(path, named(like), part=part)
        except stored.OtherArraysError as error:
            raise fault(
                rules.CHANGED_SPEC,
                path,
                error.differences[0],
                notes=error.differences[1:_MOST_NOTES],
                help="begin a new run, or give back the spec that the run began with",
            ) from None
        leaves, structure = jax.tree.flatten(like)
        placed = [
            _placed(array, leaf) for array, leaf in zip((arrays[n] for n in named(like)), leaves, strict=True)
        ]
        return Restored(record.step, jax.tree.unflatten(structure, placed), record.extra)

    def _chosen(self, step: int | None, *, best: bool) -> Path:
        found = self._found()
        if not found:
            raise self._none("it has no checkpoint yet")
        if best:
            return self._best(found)
        if step is None:
            return found[max(found)]
        if step not in found:
            raise self._none(f"it has no checkpoint of step {step}; there are those of {_listing(found)}")
        return found[step]

    def _best(self, found: dict[int, Path]) -> Path:
        for path in reversed(found.values()):
            try:
                if stored.record_of(path).best:
                    return path
            except DamagedError as damage:  # it may have been the best
                raise self._damaged(path, damage) from None
        raise self._none(
            f"none of its checkpoints is marked as the best; there are those of {_listing(found)}"
        )

    def _none(self, message: str) -> TrainError:
        return fault(rules.NO_RUN, self.folder.parent, message)

    def _damaged(self, path: Path, damage: DamagedError) -> TrainError:
        good = self._newest_sound(beside=path)
        help_ = (
            "there is no other good one: begin a new run"
            if good is None
            else f"`--step {good}` takes a good one"
        )
        return fault(rules.DAMAGED_RUN, path, f"the checkpoint is damaged: {damage}", help=help_)

    def _newest_sound(self, beside: Path | None = None) -> int | None:
        sound = (step for step, path in reversed(self._found().items()) if path != beside and _is_sound(path))
        return next(sound, None)


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _listing(found: dict[int, Path]) -> str:
    return ", ".join(map(str, found))


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _is_best(path: Path) -> bool:
    try:
        return stored.record_of(path).best
    except DamagedError:
        return False


def _is_sound(path: Path) -> bool:
    try:
        stored.check(path)
    except DamagedError:
        return False
    return True


def _placed(array: np.ndarray, like: Any) -> Any:
    """An array where its model is, in memory of its own, so that it may be donated."""
    if not isinstance(like, jax.Array):
        return array
    if not is_key(like):
        return jax.device_put(array, like.sharding, may_alias=False)
    held = jax.device_put(array, jax.random.key_data(like).sharding, may_alias=False)
    return jax.random.wrap_key_data(held, impl=jax.random.key_impl(like))
