"""The pages of the manual that are made from the code."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from netspec.diagnostics.rules import RULES
from netspec.layers import KINDS

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """docs/generate.py, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["columns.md", "diagnostics.md", "layers.md", "recipes.md"])
def test_a_page_is_what_the_code_says(generate: ModuleType, name: str) -> None:
    """The committed page is the one that would be written now; `make docs` renews it."""
    assert (DOCS / name).read_text(encoding="utf-8") == generate.PAGES[name]()


def test_every_rule_and_layer_has_its_entry(generate: ModuleType) -> None:
    """The pages have a heading for each rule and each layer, and no other third-level heading."""
    rules = [line for line in generate.diagnostics().splitlines() if line.startswith("### ")]
    layers = [line for line in generate.layers().splitlines() if line.startswith("### ")]
    assert rules == [f"### {rule.code} {rule.name}" for rule in RULES.values()]
    assert sorted(layers) == sorted(f"### {name}" for name in KINDS)
