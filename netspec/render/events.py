"""Events of a run as lines of JSON, for another program."""

import json
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

from netspec.training.events import Event


def as_json(event: Event) -> str:
    """One line: `event`, its name, and its fields; numbers that are not finite are null."""
    return json.dumps(
        {"event": type(event).__name__} | {key: _plain(value) for key, value in asdict(event).items()}
    )


def _plain(value: Any) -> Any:
    match value:
        case float():
            return value if isfinite(value) else None
        case Path():
            return str(value)
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value
