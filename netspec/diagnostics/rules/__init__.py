"""Every code of netspec, by stage: E0xx reading, E1xx language, E2xx shapes, E3xx budgets, E4xx data, E5xx runs, W and N advice."""

from typing import Final

from netspec.diagnostics.rule import Rule
from netspec.diagnostics.rules import advice, budgets, data, language, reading, runs, shapes
from netspec.diagnostics.rules.advice import *  # noqa: F403  the codes are one namespace
from netspec.diagnostics.rules.budgets import *  # noqa: F403
from netspec.diagnostics.rules.data import *  # noqa: F403
from netspec.diagnostics.rules.language import *  # noqa: F403
from netspec.diagnostics.rules.reading import *  # noqa: F403
from netspec.diagnostics.rules.runs import *  # noqa: F403
from netspec.diagnostics.rules.shapes import *  # noqa: F403

RULES: Final[dict[str, Rule]] = {
    rule.code: rule
    for stage in (reading, language, shapes, budgets, data, runs, advice)
    for rule in vars(stage).values()
    if isinstance(rule, Rule)
}
"""Every rule by its code, in the order of the manual."""
