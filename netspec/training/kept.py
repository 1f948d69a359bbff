"""How a run was judged at its end, kept in its folder."""

import json
from pathlib import Path
from typing import Any, Final

from netspec.diagnostics import rules
from netspec.engine.files import aside
from netspec.training.faults import fault
from netspec.training.records import Evaluation
from netspec.training.safe_files import DamagedError, saving, text_of

_EVALUATION: Final = "evaluation.json"
_MOST_BYTES: Final = 2**26


def write_evaluation(run: Path, evaluation: Evaluation) -> None:
    """Keep how the run was judged at its end. Raises TrainError."""
    path = run / _EVALUATION
    plain = {
        "name": evaluation.name,
        "data": evaluation.data,
        "examples": evaluation.examples,
        "metrics": dict(evaluation.metrics),
        "classes": evaluation.classes,
        "confusion": evaluation.confusion,
    }
    with saving(path), aside(path) as made:
        made.write_text(json.dumps(plain) + "\n", encoding="utf-8")


def read_evaluation(run: Path) -> Evaluation | None:
    """What `write_evaluation` kept, or None. Raises TrainError where the file is damaged."""
    path = run / _EVALUATION
    if not path.exists():
        return None
    try:
        plain: dict[str, Any] = json.loads(text_of(path, _MOST_BYTES))
        confusion = plain["confusion"]
        return Evaluation(
            str(plain["name"]),
            str(plain["data"]),
            int(plain["examples"]),
            {str(name): float(value) for name, value in plain["metrics"].items()},
            tuple(map(str, plain["classes"])),
            None if confusion is None else tuple(tuple(int(cell) for cell in row) for row in confusion),
        )
    except (DamagedError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise fault(rules.DAMAGED_RUN, path, "it is no evaluation of a run") from None
