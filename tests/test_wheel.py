"""The built wheel holds what an installed netspec needs."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_wheel_works_without_the_checkout(tmp_path: Path) -> None:
    """From the wheel alone, in a folder of its own, every bundled spec is found and checks."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    for needed in (
        "netspec/py.typed",
        "netspec/language/arrow.lark",
        "netspec/specs/vgg16.yaml",
        "netspec/analysis/devices.yaml",
        "netspec/render/page_script.js",
        "netspec/render/page_style.css",
    ):
        assert (site / needed).is_file(), needed
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import netspec\n"
        f"assert netspec.__file__.startswith({str(site)!r})\n"
        "from netspec.language.catalog import bundled\n"
        "print([n for n in bundled() if netspec.load(n)])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert run.stdout.count("'") == 2 * len(list((ROOT / "specs").glob("*.yaml")))
