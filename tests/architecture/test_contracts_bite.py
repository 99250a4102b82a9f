"""The import contracts hold, and each of them refuses what it is there to refuse."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.seeds import ROOT, SEEDS, copy_tree, sow

LINTER = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(LINTER), "--no-logo", "--no-cache", *options]
    wide = {**os.environ, "COLUMNS": "1000"}
    return subprocess.run(
        command, cwd=folder, env=wide, capture_output=True, text=True, timeout=60, check=False
    )


def contracts() -> set[str]:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    prefix = "importlinter:contract:"
    return {name.removeprefix(prefix) for name in config.sections() if name.startswith(prefix)}


@pytest.fixture(scope="module")
def clean_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("clean")
    copy_tree(target)
    return target


def test_every_contract_is_kept(clean_tree: Path) -> None:
    result = lint(clean_tree)
    assert result.returncode == 0, result.stdout
    assert " 0 broken" in result.stdout


def test_every_contract_has_a_seed() -> None:
    assert {seed.contract for seed in SEEDS} == contracts()


@pytest.mark.parametrize("contract", sorted(contracts()))
def test_seeded_violations_are_refused(contract: str, clean_tree: Path, tmp_path: Path) -> None:
    """All seeds of a contract are sown at once, and each must be named among its violations."""
    shutil.copytree(clean_tree, tmp_path, dirs_exist_ok=True)
    seeds = [seed for seed in SEEDS if seed.contract == contract]
    for seed in seeds:
        sow(seed, tmp_path)
    result = lint(tmp_path, "--contract", contract)
    assert result.returncode != 0, result.stdout
    assert "0 kept, 1 broken" in result.stdout
    assert [seed for seed in seeds if not seed.is_named_in(result.stdout)] == []
