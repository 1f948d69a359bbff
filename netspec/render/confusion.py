"""A confusion matrix as a picture: what is right in blue, what is wrong in orange."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from netspec.render.figures import BLUE, ORANGE, Picture
from netspec.render.text import safe
from netspec.training.records import Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NUMBERED: Final = 30
"""Classes up to which every cell has its number."""
MOST: Final = 60
"""Classes that are drawn: of more, those that are confused most."""
_LONGEST: Final = 20
"""Characters of a class name."""
_FAINTEST: Final = 0.12
_FILLED: Final = 0.8
"""A blue cell that is fuller than this takes white letters, on light and on dark pages."""


def confusion(evaluation: Evaluation) -> Picture:
    """The picture of an evaluation's confusion, which has to be there."""
    assert evaluation.confusion is not None
    places = _shown(evaluation.confusion)
    classes = [_name(evaluation.classes[i]) for i in places]
    shares = _shares(evaluation.confusion, places)
    side = min(9.5, max(3.2, 0.42 * len(places) if len(places) <= 18 else 0.3 * len(places)))
    letters = 0.075 * max(map(len, classes))

    def draw(figure: "Figure", ink: str) -> None:
        axes = figure.add_subplot()
        size = _letter(len(places))
        for i, row in enumerate(shares):
            for j, share in enumerate(row):
                if share:
                    _cell(axes, (j, i), share, right=i == j)
        if len(places) <= _NUMBERED:
            _numbers(axes, evaluation.confusion or (), places, shares, ink)
        _frame(axes, classes, size)

    return Picture(_title(evaluation, len(places)), side + letters + 0.5, side + letters + 0.5, draw)


def caption(evaluation: Evaluation) -> str:
    """How the picture is read."""
    chosen = len(_shown(evaluation.confusion or ()))
    part = f" Of {len(evaluation.classes):,} classes the {chosen} are shown that are confused most."
    return (
        "A row is a class, a column what it was told to be. Blue is right: the fuller, the larger a share of the class. "
        "Orange is wrong: the fullest is the most frequent mistake."
        + (part if chosen < len(evaluation.classes) else "")
    )


def _title(evaluation: Evaluation, shown: int) -> str:
    return f"Confusion of {shown} of {len(evaluation.classes)} classes, {evaluation.examples:,} examples"


def _shown(confusion: Sequence[Sequence[int]]) -> list[int]:
    """The classes that are drawn, in their order."""
    if len(confusion) <= MOST:
        return list(range(len(confusion)))
    wrong = [
        sum(row) + sum(column) - 2 * row[i]
        for i, (row, column) in enumerate(zip(confusion, zip(*confusion, strict=True), strict=True))
    ]
    return sorted(sorted(range(len(wrong)), key=lambda i: -wrong[i])[:MOST])


def _shares(confusion: Sequence[Sequence[int]], places: Sequence[int]) -> list[list[float]]:
    """How full each cell is: of the right ones the share of their class, of the wrong ones that of the largest."""
    shares = [[confusion[i][j] / (sum(confusion[i]) or 1) for j in places] for i in places]
    most = max((s for i, row in enumerate(shares) for j, s in enumerate(row) if i != j), default=0.0) or 1.0
    return [[s if i == j else s / most for j, s in enumerate(row)] for i, row in enumerate(shares)]


def _cell(axes: "Axes", place: tuple[int, int], share: float, *, right: bool) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415  it takes half a second

    fullest = 1.0 if right else 0.85
    alpha = _FAINTEST + (fullest - _FAINTEST) * share
    x, y = place
    axes.add_patch(
        Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=BLUE if right else ORANGE, alpha=alpha, linewidth=0)
    )


def _numbers(
    axes: "Axes",
    confusion: Sequence[Sequence[int]],
    places: Sequence[int],
    shares: Sequence[Sequence[float]],
    ink: str,
) -> None:
    size = min(_letter(len(places)), 22 / max(len(f"{n:,}") for row in confusion for n in row) + 3)
    for i, row in enumerate(places):
        for j, column in enumerate(places):
            if times := confusion[row][column]:
                colour = "white" if i == j and shares[i][j] > _FILLED else ink
                axes.text(j, i, f"{times:,}", ha="center", va="center", color=colour, fontsize=size)


def _letter(classes: int) -> float:
    return 9.0 if classes <= 12 else 7.5 if classes <= _NUMBERED else 6.0


def _frame(axes: "Axes", classes: Sequence[str], size: float) -> None:
    ends = (-0.5, len(classes) - 0.5)
    axes.set_xlim(*ends)
    axes.set_ylim(*reversed(ends))
    axes.set_aspect("equal")
    axes.spines[:].set_visible(True)
    axes.spines[:].set_alpha(0.4)
    axes.tick_params(length=0, labelsize=size)
    turned = max(map(len, classes)) > 2
    axes.set_xticks(range(len(classes)), classes, rotation=90 if turned else 0)
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xlabel("told to be", fontsize=9)
    axes.set_ylabel("class", fontsize=9)


def _name(name: str) -> str:
    shown = safe(name)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
