"""The demo as the README shows it: proves its books, reads any file, ends cleanly, starts again.

One folder for all tests, in order, so that each start finds what the ones before it sold.
"""

import asyncio
import csv
import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx
import pytest

from provisioning.demo.plan import GIFTS, SUPERETTE
from tests.spine.demo_run import demo_run, left_running
from tests.spine.odd_invoices import TICKETS, UNSOLD, write_odd_invoices, write_unsold_invoices

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_SEED = int(os.environ.get("HANOUT_SEED", "7"))
# A machine under load is slow to begin; how soon a demo sells is measured elsewhere.
_SELLS_WITHIN_S = 120
_LINE = {
    "ok",
    "sales_accepted",
    "sales_at_hub",
    "lines",
    "gross_minor_accepted",
    "gross_minor_at_hub",
    "duplicates",
    "missing",
    "tenants",
    "outages",
    "seconds",
    "sales_per_second",
}
_PLACES = {
    "hub_url",
    "openapi_url",
    "tenants",
    "agents",
    "database_url",
    "app_database_url",
    "mqtt",
    "pids",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "folder"


@pytest.fixture(autouse=True)
def nothing_is_left(folder: Path) -> Iterator[None]:
    yield
    assert left_running(folder) == []


def test_it_sells_and_proves_its_books(folder: Path) -> None:
    with demo_run(folder, "--once", "--sales", "120", "--seed", "7", "--outages", "3") as run:
        code, lines = run.finish()
        assert (code, len(lines)) == (0, 1), run.log_tail()
    (line,) = lines
    assert set(line) == _LINE
    assert line["ok"] is True
    assert (line["sales_accepted"], line["sales_at_hub"]) == (120, 120)
    assert line["gross_minor_accepted"] == line["gross_minor_at_hub"]
    assert set(line["gross_minor_at_hub"]) == {"DZD", "GBP"}
    assert (line["duplicates"], line["missing"]) == (0, 0)
    assert (line["tenants"], line["outages"]) == (2, 3)
    assert line["lines"] > 120


def test_it_accounts_for_every_row_of_another_file(folder: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd[1].parquet"
    fates = write_odd_invoices(odd)
    with demo_run(folder, "--once", "--input", str(odd)) as run:
        code, lines = run.finish()
        assert (code, len(lines)) == (0, 1), run.log_tail()
    (line,) = lines
    assert set(line) == {*_LINE, "rows", "refused_file"}
    assert line["rows"] == dict(fates)
    assert line["sales_accepted"] == line["sales_at_hub"] == TICKETS
    with Path(line["refused_file"]).open(newline="", encoding="utf-8") as file:
        refused = list(csv.DictReader(file))
    assert len(refused) == fates["refused"]
    assert all(row["reason"] for row in refused)


def test_a_file_of_which_nothing_can_be_sold_ends_at_once(folder: Path, tmp_path: Path) -> None:
    unsold = tmp_path / "unsold.parquet"
    write_unsold_invoices(unsold)
    with demo_run(folder.with_name("unsold"), "--once", "--input", str(unsold)) as run:
        code, lines = run.finish()
        assert (code, len(lines)) == (0, 1), run.log_tail()
    (line,) = lines
    assert line["ok"] is True
    assert line["rows"] == {"sold": 0, "returned": 0, "adjusted": 0, "refused": UNSOLD}
    assert len(Path(line["refused_file"]).read_text().splitlines()) == 1 + UNSOLD


def test_a_file_that_is_none_is_refused_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.parquet"
    nonsense.write_bytes(b"no parquet at all")
    with demo_run(folder, "--once", "--input", str(nonsense)) as run:
        assert run.finish() == (1, [])
        assert "nonsense.parquet" in run.log_tail()
        assert "Traceback" not in run.log_tail()


def test_it_says_where_everything_is(folder: Path) -> None:
    with demo_run(folder, "--json", "--no-replay") as run:
        found = run.line()
        assert set(found) >= _PLACES
        assert [tenant["name"] for tenant in found["tenants"]] == [GIFTS.name, SUPERETTE.name]
        for tenant in found["tenants"]:
            assert set(tenant) >= {"id", "name", "currency", "email", "password"}
        for agent in found["agents"]:
            assert set(agent) >= {"url", "tenant", "store", "registers", "pins", "data_dir"}
            assert set(agent["pins"]) == {"cashier", "manager"}
            assert len(agent["registers"]) == 2
            assert httpx.get(f"{agent['url']}/livez").status_code == 200
            assert Path(agent["data_dir"]).is_dir()
        assert set(found["mqtt"]) >= {"host", "port", "ca_file"}
        assert set(found["pids"]) >= {"postgres", "broker", "hub"}
        assert httpx.get(found["openapi_url"]).json()["openapi"].startswith("3.")
        before = asyncio.run(_tickets(found))
        assert before == 120 + TICKETS
        time.sleep(1)
        assert asyncio.run(_tickets(found)) == before, "it sold although it was told not to"
        assert run.terminate() == 0, run.log_tail()


def test_ctrl_c_ends_it_at_any_moment_and_it_starts_again(folder: Path) -> None:
    rng = Random(_SEED)
    print(f"HANOUT_SEED={_SEED}")
    kept = 120 + TICKETS
    for _ in range(3):
        with demo_run(folder, "--json") as run:
            time.sleep(rng.uniform(0.5, 8))  # wherever it is by then
            assert run.ctrl_c() in (0, 130), run.log_tail()
            assert "Traceback" not in run.log_tail()
        assert left_running(folder) == []
    with demo_run(folder, "--json") as run:
        found = run.line()
        held = asyncio.run(_tickets(found))
        assert held >= kept
        asyncio.run(_sells(found, beyond=held))
        time.sleep(rng.uniform(0, 3))  # selling
        assert run.ctrl_c() == 0, run.log_tail()


async def _sells(found: dict[str, Any], *, beyond: int) -> None:
    """Until the books hold more tickets than `beyond`."""
    async with asyncio.timeout(_SELLS_WITHIN_S):
        while True:
            if await _tickets(found) > beyond:
                return
            await asyncio.sleep(0.2)


async def _tickets(found: dict[str, Any]) -> int:
    connection = await asyncpg.connect(found["database_url"])
    try:
        return int(await connection.fetchval("select count(*) from sale"))
    finally:
        await connection.close()
