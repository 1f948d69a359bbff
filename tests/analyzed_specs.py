"""The bundled specs analyzed, each once in a process."""

from functools import cache
from pathlib import Path

import yaml

import netspec
from netspec.analysis.record import Record, record, settings_of
from netspec.analysis.settings import Settings

SPECS = Path(__file__).parents[1] / "specs"
NAMES = [path.stem for path in sorted(SPECS.glob("*.yaml"))]
"""Every bundled spec."""


def _variants(name: str) -> list[str]:
    return list(yaml.safe_load((SPECS / f"{name}.yaml").read_text(encoding="utf-8")).get("variants", {}))


VARIANTS = {name: [name, *(f"{name}@{variant}" for variant in _variants(name))] for name in NAMES}
"""Every bundled spec with its variants."""
TARGETS = [target for targets in VARIANTS.values() for target in targets]


@cache
def analyzed(target: str, settings: Settings | None = None) -> Record:
    """The analysis of a bundled spec, with its own optimizer where no settings are given."""
    net = netspec.load(target)
    return record(net.spec, net.graph, settings or settings_of(net.spec, Settings()))


def analyzed_text(text: str, settings: Settings | None = None) -> Record:
    """The analysis of a spec given as text."""
    net = netspec.load(text=text)
    return record(net.spec, net.graph, settings or Settings())


def chain(arrow: str, shape: str = "16x16x4") -> Record:
    """The analysis of an arrow string."""
    return analyzed_text(f'input: {shape}\nnetwork: "{arrow}"\n')
