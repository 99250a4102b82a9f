"""A wheel holds what browsers load, or is not built; the checkout's own install needs neither."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, tracked_files

NAMED_BY_CONTENT = "edge_agent/register_app/dist/assets/index-1.js"
# Stand-ins for what `make assets` builds.
ASSETS = (
    "edge_agent/register_app/dist/index.html",
    "edge_agent/register_app/dist/licenses.md",
    NAMED_BY_CONTENT,
    "hub/dashboard/static/built/htmx.min.js",
    "hub/dashboard/static/built/htmx.LICENSE.txt",
)
# What papers are drawn with, and the licence that must ship with it.
FONTS = tuple(
    f"protocol/documents/fonts/{name}"
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "LICENSE")
)
REFUSAL = re.compile(r"^ *hanout: the wheel would lack .*; run `make assets` first$", re.MULTILINE)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What a clone has."""
    target = tmp_path / "clone"
    for path in tracked_files():
        if not path.startswith(("tests/", "docs/")):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, target / path)
    return target


def lay(tree: Path, *paths: str) -> None:
    for path in paths:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).touch()


def pip(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Offline: the backend is this environment's own."""
    command = [sys.executable, "-m", "pip", *arguments, "--no-deps", "--no-build-isolation", "-q"]
    return subprocess.run(
        command, cwd=tree, capture_output=True, text=True, timeout=100, check=False
    )


def build(tree: Path) -> subprocess.CompletedProcess[str]:
    return pip(tree, "wheel", ".", "--wheel-dir", "built")


@pytest.mark.slow
def test_a_wheel_holds_what_browsers_load_and_papers_are_drawn_with(tree: Path) -> None:
    lay(tree, *ASSETS)
    result = build(tree)
    assert result.returncode == 0, result.stderr
    (wheel,) = (tree / "built").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert {*ASSETS, *FONTS} - set(archive.namelist()) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "there", [(), ASSETS[1:], ASSETS[:-1]], ids=["none", "no app", "no licence"]
)
def test_a_wheel_without_one_is_refused_in_a_sentence(tree: Path, there: tuple[str, ...]) -> None:
    lay(tree, *there)
    result = build(tree)
    assert result.returncode != 0
    refusal = REFUSAL.search(result.stderr)
    assert refusal is not None, result.stderr
    missing = set(ASSETS) - set(there) - {NAMED_BY_CONTENT}
    assert {path for path in ASSETS if path in refusal[0]} == missing
    assert "Traceback" not in result.stderr
    assert list((tree / "built").glob("*")) == []


@pytest.mark.slow
def test_an_editable_install_goes_before_them(tree: Path) -> None:
    result = pip(tree, "install", "--editable", ".", "--target", "installed")
    assert result.returncode == 0, result.stderr
    assert list((tree / "installed").glob("hanout-*.dist-info"))
