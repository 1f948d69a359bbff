"""The page on memory, whose table stands beside what XLA says."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def page() -> ModuleType:
    """docs/memory_page.py, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("memory_page", DOCS / "memory_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_would_be_written_now(page: ModuleType, *, update_golden: bool) -> None:
    """The committed page has today's predictions; `python docs/memory_page.py` renews it."""
    if update_golden:
        (DOCS / "memory.md").write_text(page.memory(), encoding="utf-8")
    assert (DOCS / "memory.md").read_text(encoding="utf-8") == page.memory()


def test_the_page_tells_the_worst_case(page: ModuleType) -> None:
    """Its summary has the lowest and the highest ratio of its tables, of training and of inference."""
    text = page.memory()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    training = [float(row[4]) for row in rows if len(row) == 8 and row[1].isdigit()]
    training += [float(row[5]) for row in rows if len(row) == 6 and row[2].isdigit()]
    inference = [float(row[7]) for row in rows if len(row) == 8 and row[1].isdigit()]
    for ratios in (training, inference):
        assert len(ratios) > 50
        for worst in (min(ratios), max(ratios)):
            assert f"{100 * (worst - 1):+.1f} %" in text
