"""Every tracked source keeps the rules of `checks`, and every rule bites."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.architecture import checks
from tests.architecture.checks import Source
from tests.architecture.tree import ROOT, sources, texts

Check = Callable[[Source], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    checks.foreign_commits,
    checks.stray_sql,
    checks.impure_rules,
    checks.impure_imports,
    checks.upward_imports,
    checks.global_chance,
    checks.oversized,
    checks.crowded_signatures,
    checks.vague_names,
)
SLICE = "edge_agent/sales/service.py"
RULES = "hub/sales/rules.py"

# (check, path, text that must be refused)
REFUSED: tuple[tuple[Check, str, str], ...] = (
    (checks.foreign_commits, SLICE, "connection.commit()"),
    (checks.foreign_commits, "hub/ingest/tasks.py", "await session.rollback()"),
    (checks.stray_sql, SLICE, 'QUERY = "SELECT id FROM sale"'),
    (checks.stray_sql, "edge_agent/sales/store.py", 'db.execute("insert into sale values (1)")'),
    (checks.stray_sql, "hub/sales/service.py", 'f"DELETE FROM sale WHERE id = {id}"'),
    (checks.stray_sql, "hub/sales/tasks.py", 'text("UPDATE sale SET flags = :flags")'),
    (checks.stray_sql, SLICE, 'db.execute("BEGIN IMMEDIATE")'),
    (checks.stray_sql, SLICE, 'db.execute("COMMIT")'),
    (checks.stray_sql, "hub/sales/tasks.py", 'text("select max(position) from event")'),
    (checks.stray_sql, "hub/sales/tasks.py", 'text("create table x (id int)")'),
    (checks.stray_sql, SLICE, 'db.execute("-- gone\\ndelete from ticket")'),
    (checks.stray_sql, SLICE, 'text("/* now */ replace into ticket values (1)")'),
    (checks.stray_sql, SLICE, 'db.execute("end")'),
    (checks.stray_sql, SLICE, 'db.executemany(f"{verb} ticket", rows)'),
    (checks.stray_sql, "hub/sales/tasks.py", 'text("truncate sale")'),
    (checks.impure_rules, "protocol/checkout/duty.py", "third = int(total_minor / 3)"),
    (checks.impure_rules, RULES, "total_minor /= 2"),
    (checks.impure_imports, "protocol/checkout/duty.py", "import http.client"),
    (checks.impure_imports, "protocol/session/edge.py", "from pathlib import Path"),
    (checks.impure_imports, "protocol/checkout/duty.py", "from PIL import Image"),
    (checks.impure_imports, "protocol/documents/escpos.py", "import socket"),
    (checks.impure_imports, RULES, "from urllib import request"),
    (checks.impure_imports, RULES, "import math"),
    (checks.impure_imports, RULES, "kept = open('figures')"),
    (checks.impure_rules, RULES, "async def decide(): ..."),
    (checks.impure_rules, RULES, "now = datetime.now(UTC)"),
    (checks.impure_rules, RULES, "now = datetime.datetime.now()"),
    (checks.impure_rules, RULES, "today = date.today()"),
    (checks.impure_rules, RULES, "sale_id = uuid4()"),
    (checks.impure_rules, RULES, "sale_id = uuid.uuid4()"),
    (checks.impure_rules, RULES, "pin = secrets.randbelow(10)"),
    (checks.impure_rules, RULES, "started = time.monotonic()"),
    (checks.impure_rules, RULES, "rate = 0.19"),
    (checks.impure_rules, RULES, "def tax(rate: float) -> int: ..."),
    (checks.impure_rules, "edge_agent/checkout/rules/live.py", "sale_id = uuid4()"),
    (checks.impure_rules, "edge_agent/sync/renewal_rules.py", "now = datetime.now(UTC)"),
    (checks.impure_imports, "edge_agent/sync/renewal_rules.py", "import sqlite3"),
    (checks.upward_imports, "hub/fleet/command_repository.py", "import hub.fleet.service"),
    (checks.upward_imports, "hub/fleet/device_schemas.py", "from hub.fleet import alert_routes"),
    (checks.upward_imports, "hub/fleet/service.py", "from hub.fleet.device_schemas import Slot"),
    (checks.impure_rules, "protocol/checkout/totals.py", "rate = float(text)"),
    (checks.global_chance, "protocol/session/edge.py", "delay_ms = random.randint(0, 10)"),
    (checks.oversized, SLICE, "x = 1\n" * 401),
    (checks.oversized, "tests/unit/test_x.py", "x = 1\n" * 801),
    (checks.oversized, SLICE, "def long():\n" + "    x = 1\n" * 70),
    (checks.crowded_signatures, SLICE, "def sell(sale, shift, tender, at): ..."),
    (
        checks.crowded_signatures,
        SLICE,
        "class A:\n    def sell(self, sale, shift, tender, at): ...",
    ),
    (checks.vague_names, "edge_agent/sales/utils.py", ""),
    (checks.vague_names, SLICE, "class SaleManager: ..."),
    (checks.vague_names, SLICE, "def process_sale(): ..."),
    (checks.vague_names, SLICE, "def saleInfo(): ..."),
)

# (check, path, text that must be left alone)
ACCEPTED: tuple[tuple[Check, str, str], ...] = (
    (checks.foreign_commits, "edge_agent/storage/writer.py", "connection.commit()"),
    (checks.upward_imports, "hub/fleet/command_routes.py", "import hub.fleet.command_repository"),
    (checks.upward_imports, "hub/fleet/service.py", "from hub.tills.routes import build_router"),
    (checks.stray_sql, "hub/sales/repository.py", 'QUERY = "SELECT id FROM sale"'),
    (checks.stray_sql, SLICE, '"""Select what came from the shop."""'),
    (checks.stray_sql, SLICE, 'hint = "Select a product from the list."'),
    (checks.stray_sql, SLICE, 'hint = "Update the price list before the set date."'),
    (checks.impure_rules, SLICE, "now = datetime.now(UTC)"),
    (checks.stray_sql, SLICE, 'db.execute(QUERIES["sale"])'),
    (checks.stray_sql, SLICE, 'word = "end"'),
    (checks.impure_imports, RULES, "from urllib.parse import urlsplit"),
    (checks.impure_imports, "protocol/documents/fonts.py", "from PIL import ImageFont"),
    (checks.impure_imports, SLICE, "import http.client"),
    (checks.impure_rules, RULES, "def tax(base_minor: int, rate_ppm: int) -> int: ..."),
    (checks.impure_rules, "protocol/vocabulary/ids.py", "made = uuid7(time_ms, random_bits)"),
    (checks.global_chance, "protocol/session/edge.py", "chance = random.Random(seed)"),
    (checks.crowded_signatures, SLICE, "def sell(sale, shift, tender, *, printer): ..."),
    (checks.crowded_signatures, SLICE, "@router.get('/')\ndef sell(sale, shift, tender, at): ..."),
    (checks.vague_names, SLICE, "def metadata(): ...\nclass FactHandler: ..."),
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_tree_keeps_the_rule(check: Check) -> None:
    assert [complaint for source in sources() for complaint in check(source)] == []


@pytest.mark.parametrize(("check", "path", "text"), REFUSED)
def test_the_rule_bites(check: Check, path: str, text: str) -> None:
    assert list(check(Source(path, text)))


@pytest.mark.parametrize(("check", "path", "text"), ACCEPTED)
def test_the_rule_leaves_alone(check: Check, path: str, text: str) -> None:
    assert list(check(Source(path, text))) == []


def test_nothing_is_left_for_later() -> None:
    suffixes = (".py", ".ts", ".tsx", ".js", ".css", ".html", ".sql", ".sh", ".yml")
    code = [(path, text) for path, text in texts() if path.endswith(suffixes)]
    assert [complaint for path, text in code for complaint in checks.unfinished(path, text)] == []


@pytest.mark.parametrize(
    "word", ["TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error"]
)
def test_unfinished_work_is_seen(word: str) -> None:
    assert list(checks.unfinished(SLICE, f"x = 1  # {word}: later"))


def test_files_and_functions_are_mostly_small() -> None:
    """Median file 120 lines, 95 of 100 functions 45 lines; the hard limits are `oversized`'s."""
    shipped = [source for source in sources() if not source.is_test]
    files = [len(source.text.splitlines()) for source in shipped]
    functions = [checks.function_lines(node) for source in shipped for node in source.functions()]
    assert median(files) <= 120
    assert quantiles(functions, n=100)[94] <= 45


# Rules that ruff enforces are proved here too: its configuration could lose them silently.
LINTED = (
    ("BLE001", SLICE, "try:\n    sell()\nexcept Exception:\n    count += 1\n"),
    ("DTZ005", SLICE, "from datetime import datetime\n\nnow = datetime.now()\n"),
    ("E722", SLICE, "try:\n    sell()\nexcept:\n    count += 1\n"),
    ("S110", SLICE, "try:\n    sell()\nexcept Exception:\n    pass\n"),
    ("T201", SLICE, 'print("sold")\n'),
    ("TID252", SLICE, "from .rules import decide\n"),
)


@pytest.mark.parametrize(("rule", "path", "text"), LINTED)
def test_ruff_bites(rule: str, path: str, text: str) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    command = [str(ruff), "check", "--output-format=json", f"--stdin-filename={path}", "-"]
    result = subprocess.run(
        command, cwd=ROOT, input=text, capture_output=True, text=True, timeout=30, check=False
    )
    assert rule in {violation["code"] for violation in json.loads(result.stdout)}
