"""Losses, accuracies, rates and times as they are written."""

import json
from math import inf, nan

import pytest

from netspec.render.measured import (
    duration,
    exact_json,
    metric,
    metric_title,
    ordered,
    percent,
    rate,
    real,
    speed,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.99119, "99.12 %"),
        (1.0, "100.00 %"),
        (0.0, "0.00 %"),
        (None, "-"),
        (nan, "nan"),
    ],
)
def test_percent(value: float | None, text: str) -> None:
    """Shares are percent in two decimals; what is none is a dash, what is no number says so."""
    assert percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.02839, "0.0284"),
        (12.3456, "12.3456"),
        (-0.5, "-0.5000"),
        (1.234e-5, "1.23e-05"),
        (123_456.0, "1.23e+05"),
        (0.0, "0"),
        (inf, "inf"),
        (None, "-"),
    ],
)
def test_real(value: float | None, text: str) -> None:
    """Numbers have four decimals where these say something, else an exponent, and never more than eight characters."""
    assert real(value) == text
    assert len(text) <= 8


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.00 s"),
        (0.314, "0.31 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1:00 min"),
        (65.0, "1:05 min"),
        (3_599.6, "1:00 h"),
        (7_384.0, "2:03 h"),
        (200_000.0, "55:33 h"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    """Times grow from seconds to minutes to hours without a 60 in them."""
    assert duration(seconds) == text


def test_rates_and_speeds() -> None:
    """Rates have three digits; examples a second are whole from 100 on."""
    assert [rate(0.001), rate(8.589e-5), rate(0.1)] == ["0.001", "8.59e-05", "0.1"]
    assert [speed(41_233.4), speed(3.44)] == ["41,233 examples/s", "3.4 examples/s"]


def test_metrics_by_name() -> None:
    """Accuracies are percent, losses numbers; training comes first, what is not known last under its own name."""
    assert metric("top5_accuracy", 0.5) == "50.00 %"
    assert metric("train_loss", 0.5) == "0.5000"
    given = {"mine": 1.0, "accuracy": 0.5, "train_loss": 2.0}
    assert [name for name, _ in ordered(given)] == ["train_loss", "accuracy", "mine"]
    assert metric_title("accuracy", "test") == "test accuracy"
    assert metric_title("train_accuracy", "test") == "training accuracy"
    assert metric_title("mine") == "mine"


def test_json_is_exact_and_valid() -> None:
    """Numbers keep every digit; infinity and NaN, which JSON does not have, are null."""
    found = json.loads(
        exact_json({"a": [0.1 + 0.2, nan], "b": {"c": (inf, "NaN")}}), parse_constant=pytest.fail
    )
    assert found == {"a": [0.1 + 0.2, None], "b": {"c": [None, "NaN"]}}
