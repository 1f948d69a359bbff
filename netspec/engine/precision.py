"""The types that a network is stored and computed in."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Precision:
    """Names of dtypes: of trained parameters, of values while computing, and of running statistics.

    Sums over batches and positions (norms, softmax, losses) are taken in float32 at least.
    """

    name: str
    params: str
    compute: str
    statistics: str


PRECISIONS: Final = MappingProxyType(
    {
        precision.name: precision
        for precision in (
            Precision("float32", "float32", "float32", "float32"),
            Precision("mixed", "float32", "bfloat16", "float32"),
            Precision("bfloat16", "bfloat16", "bfloat16", "float32"),
            Precision("float64", "float64", "float64", "float64"),
        )
    }
)
"""mixed: Micikevicius et al. 2018, Mixed Precision Training, arXiv:1710.03740; with bfloat16 no loss scaling is needed."""
