"""Pictures of numbers by matplotlib, as SVG and PNG: the same numbers give the same bytes.

Letters and lines of an SVG take the colour of the page around it, so that it can be read on light and on dark ones.
The colours of data are those of Okabe and Ito (2008, Color Universal Design), which colour-blind people tell apart.
"""

import re
import warnings
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from math import log10
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE: Final = "#0072b2"
ORANGE: Final = "#d55e00"
GREEN: Final = "#009e73"

_INK: Final = {"svg": "#010203", "png": "#1b1f24"}
"""The colour of letters and lines; in an SVG it only stands for that of the page."""
_RESOLUTION: Final = 160
_FEW: Final = 2.5
"""Powers of ten up to which a logarithmic axis has numbers between them."""
_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "{http://www.w3.org/1999/xlink}href"
_STYLE: Final = "svg{color:#1b1f24;background:#fff}@media (prefers-color-scheme:dark){svg{color:#e9ebee;background:#15181c}}"


@dataclass(frozen=True)
class Picture:
    """Something to draw, in inches; `draw(figure, ink)` does it.

    Attributes:
        title: What it shows, for those who do not see it.
    """

    title: str
    width: float
    height: float
    draw: "Callable[[Figure, str], None]"

    def svg(self) -> str:
        """A document of its own, light or dark as its reader wishes."""
        root = self._tree("")
        style = ET.Element(f"{{{_SVG}}}style")
        style.text = _STYLE
        root.insert(0, style)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + _text(root)

    def inline(self, prefix: str) -> str:
        """An element for a page, which has `prefix` before all its names so that they are its own."""
        return _text(self._tree(prefix))

    def png(self) -> bytes:
        """Pixels, on white."""
        return self._drawn("png", dpi=_RESOLUTION, facecolor="white", metadata={"Software": None})

    def _tree(self, prefix: str) -> ET.Element:
        text = self._drawn("svg", transparent=True, metadata={"Date": None}).decode()
        referred = set(re.findall(r'(?:href="|url\()#([^")]*)', text))
        root = ET.fromstring(text)  # noqa: S314  it was written a moment ago, and all names in it are escaped
        for metadata in root.findall(f"{{{_SVG}}}metadata"):
            root.remove(metadata)
        for element in root.iter():
            _mend(element, referred, prefix)
        root.set("role", "img")
        root.set("aria-label", self.title)
        return root

    def _drawn(self, form: str, **options: Any) -> bytes:
        from matplotlib.figure import Figure  # noqa: PLC0415  it takes half a second

        with _settings(_INK[form]):
            figure = Figure(figsize=(self.width, self.height), layout="constrained")
            self.draw(figure, _INK[form])
            file = BytesIO()
            figure.savefig(file, format=form, **options)
        return file.getvalue()


@contextmanager
def _settings(ink: str) -> Iterator[None]:
    """The settings of matplotlib itself whatever the user's are, and a few of ours; the user's come back afterwards."""
    import matplotlib as mpl  # noqa: PLC0415  it takes half a second

    ours: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "netspec",
        "text.parse_math": False,  # a dollar in the name of a class is a dollar
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": False,
        "axes.axisbelow": True,
        "grid.alpha": 0.15,
        "grid.linewidth": 0.8,
        "legend.frameon": False,
        **dict.fromkeys(
            ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "grid.color"),
            ink,
        ),
    }
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(ours)
        warnings.filterwarnings(
            "ignore", message="Glyph", category=UserWarning
        )  # not every script has letters
        yield


def _mend(element: ET.Element, referred: Container[str], prefix: str) -> None:
    """The page's colour for ink, and names of its own for what is referred to and for nothing else."""
    for key, value in list(element.attrib.items()):
        if key == "style":
            element.set(key, value.replace(_INK["svg"], "currentColor"))
        elif key == "id" and value in referred:
            element.set(key, prefix + value)
        elif key == "id":
            del element.attrib[key]
        elif key == _XLINK:
            del element.attrib[key]
            element.set("href", f"#{prefix}{value.removeprefix('#')}")
        elif value.startswith("url(#"):
            element.set(key, f"url(#{prefix}{value.removeprefix('url(#')}")


def _text(root: ET.Element) -> str:
    ET.register_namespace("", _SVG)
    return re.sub(r"\n\s*\n+", "\n", ET.tostring(root, encoding="unicode")) + "\n"


def whole_numbers(axes: "Axes") -> None:
    """Ticks of the horizontal axis on whole numbers only."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  it takes half a second

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def plain_numbers(axes: "Axes") -> None:
    """Numbers of the vertical axis as they are, without a power of ten above it."""
    from matplotlib.ticker import FuncFormatter  # noqa: PLC0415  it takes half a second

    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def logarithmic(axes: "Axes", values: Iterable[float]) -> None:
    """A vertical axis for values that differ by factors; those that are not above zero are left out."""
    from matplotlib.ticker import LogLocator, NullFormatter  # noqa: PLC0415  it takes half a second

    shown = [value for value in values if value > 0]
    if shown:
        axes.set_yscale("log", nonpositive="mask")
        decades = log10(max(shown)) - log10(min(shown))
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < _FEW else (1,)))
        axes.yaxis.set_minor_formatter(NullFormatter())
        plain_numbers(axes)
