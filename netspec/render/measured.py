"""What training measures, as people read it: losses, shares of examples, rates, times."""

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Final

from netspec.render.units import number

_NONE: Final = "-"
_TITLES: Final = {
    "train_loss": "training loss",
    "train_accuracy": "training accuracy",
    "loss": "loss",
    "accuracy": "accuracy",
    "top5_accuracy": "top-5 accuracy",
}
METRICS: Final = tuple(_TITLES)
"""Names of metrics in the order in which they are shown."""


def ordered(metrics: Mapping[str, float]) -> list[tuple[str, float]]:
    """Metrics in the order in which they are shown; those that netspec does not know come last."""
    known = [name for name in METRICS if name in metrics]
    return [(name, metrics[name]) for name in (*known, *(name for name in metrics if name not in METRICS))]


def metric_title(name: str, watched: str = "") -> str:
    """`test loss`, `training accuracy`, `top-5 accuracy`."""
    title = _TITLES.get(name, name)
    return f"{watched} {title}" if watched and not name.startswith("train_") else title


def metric(name: str, value: float | None) -> str:
    """A metric's value: an accuracy in percent, anything else as a number."""
    return percent(value) if name.endswith("accuracy") else real(value)


def percent(value: float | None) -> str:
    """A share of examples: `99.12 %`; `-` where there is none."""
    if value is None or not isfinite(value):
        return _plain(value)
    return f"{100 * value:.2f} %"


def real(value: float | None) -> str:
    """A number in four decimals, or with an exponent where these say little: `0.0284`, `1.23e-05`."""
    if not value or not isfinite(value):
        return _plain(value)
    return f"{value:.4f}" if 0.001 <= abs(value) < 1_000 else f"{value:.2e}"


def rate(value: float) -> str:
    """An optimizer's rate in three digits: `0.001`, `2.5e-05`."""
    return f"{value:.3g}"


def _plain(value: float | None) -> str:
    return _NONE if value is None else f"{value:g}"


def duration(seconds: float) -> str:
    """A time that people wait: `0.31 s`, `3.2 s`, `42 s`, `1:05 min`, `2:03 h`."""
    if seconds < 59.5:
        return f"{seconds:.{2 if seconds < 1 else 1 if seconds < 9.95 else 0}f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02} h"


def moment(when: str) -> str:
    """A point in time that is given by ISO 8601, to the minute: `2026-03-04 10:11`, in its own zone."""
    return when[:16].replace("T", " ")


def speed(examples_per_second: float) -> str:
    """Examples a second: `41,200 examples/s`, `3.4 examples/s`."""
    value = number(round(examples_per_second)) if examples_per_second >= 100 else f"{examples_per_second:.1f}"
    return f"{value} examples/s"


def exact_json(document: Any) -> str:
    """A document for another program with every digit. JSON has no infinity and no NaN (RFC 8259): they are null."""
    return json.dumps(_finite(document), indent=2, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(map(_finite, value))
    return value
