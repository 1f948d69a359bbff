"""Which class and which part an image belongs to, by the folders it lies in."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from netspec.diagnostics import rules
from netspec.training.data.files import listed
from netspec.training.data.images import SUFFIXES
from netspec.training.faults import TrainError, fault

_TEST: Final = ("test", "val")
"""Folders beside `train` that hold the test part; the first one that has images of classes is taken."""


@dataclass(frozen=True, eq=False)
class Arranged:
    """The images of a folder.

    Attributes:
        names: The images.
        y: The class of each.
        tests: Which of them are the test part; None where the folder has none.
        classes: Names of the classes, sorted.
    """

    names: tuple[str, ...]
    y: np.ndarray
    tests: np.ndarray | None
    classes: tuple[str, ...]


def arranged(path: Path, names: Iterable[str]) -> Arranged:
    """The images among the files `names` of the folder `path`. Raises TrainError where there are no classes."""
    images = _below_lone_folder([name.split("/") for name in names if _is_image(name)])
    part = _test_part(images)
    if part is None:
        rows = [(way[0], "/".join(full), False) for full, way in images if len(way) > 1]
    else:
        inside = [(full, way) for full, way in images if len(way) > 2 and way[0] in ("train", part)]
        rows = [(way[1], "/".join(full), way[0] == part) for full, way in inside]
    classes = sorted({name for name, _, test in rows if not test})
    if not classes:
        help_ = "each class has a folder of its images, or one in `train` and one in `val` or `test`"
        raise fault(rules.UNREADABLE_DATA, path, f"`{path.name}` has no folders with images", help=help_)
    ids = {name: place for place, name in enumerate(classes)}
    if unknown := sorted({name for name, _, _ in rows if name not in ids}):
        raise _unknown(path, str(part), unknown)
    y = np.array([ids[name] for name, _, _ in rows], np.int32)
    tests = None if part is None else np.array([test for _, _, test in rows])
    return Arranged(tuple(name for _, name, _ in rows), y, tests, tuple(classes))


def _is_image(name: str) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
    return name.lower().endswith(SUFFIXES) and not hidden


def _below_lone_folder(ways: list[list[str]]) -> list[tuple[list[str], list[str]]]:
    """Each image's whole way and the way below a folder that everything else lies in, as zip files often have one."""
    depth = 0
    while ways and all(len(way) > depth + 2 for way in ways) and len({way[depth] for way in ways}) == 1:
        depth += 1
    return [(way, way[depth:]) for way in ways]


def _test_part(images: list[tuple[list[str], list[str]]]) -> str | None:
    firsts = {way[0] for _, way in images if len(way) > 2}
    return next((part for part in _TEST if part in firsts), None) if "train" in firsts else None


def _unknown(path: Path, part: str, unknown: list[str]) -> TrainError:
    return fault(
        rules.UNFIT_LABELS, path, f"`{part}` has the classes {listed(unknown)}, which `train` has not"
    )
