"""The month's figures are what the Z reports of the shops say, to the centime."""

import asyncio
import csv
from collections.abc import AsyncIterator, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
import pytest
from typer.testing import CliRunner, Result

from hub.cli import app
from protocol.codec.facts import decode_fact
from protocol.messages.till import ShiftClosed
from tests.fakes.shop_facts import ShiftFacts, ShopFacts
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.fiscal_days import journal_of_days, moved
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world
from tests.unit.hub.sales.test_rules import fiscal_sale

pytestmark = pytest.mark.slow
ON = date(2026, 11, 20)


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


async def run(world: InboxWorld, device: Device, *words: str) -> Result:
    own = ["extract", "--tenant", str(device.ref.organization_id), *words]
    environment = {"HANOUT_HUB_DATABASE_URL": world.app_url}
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, own, env=environment))


async def tables(
    world: InboxWorld, device: Device, folder: Path, *words: str, month: str = "2026-11"
) -> dict[str, list[dict[str, str]]]:
    """File → its rows by heading, read as a spreadsheet does."""
    result = await run(world, device, "--month", month, "--out", str(folder), *words)
    assert result.exit_code == 0, result.output
    files = [Path(line) for line in result.stdout.splitlines()]
    found = {}
    for file in files:
        assert file.read_bytes().startswith(b"\xef\xbb\xbf")
        with file.open(encoding="utf-8-sig", newline="") as text:
            found[file.name.partition("-")[0]] = list(csv.DictReader(text, delimiter=";"))
    return found


def total(rows: Iterable[dict[str, str]], heading: str, **where: str) -> int:
    """In minor units."""
    own = (row for row in rows if all(row[name] == value for name, value in where.items()))
    return sum(int(Decimal(row[heading].replace(",", ".")) * 100) for row in own)


def zs(facts: Iterable[bytes]) -> list[ShiftClosed]:
    bodies = (decode_fact(raw).body for raw in facts)
    return [body for body in bodies if isinstance(body, ShiftClosed)]


async def test_a_month_is_the_sum_of_its_zs(world: InboxWorld, tmp_path: Path) -> None:
    device = await world.new_device()
    shop = ShopFacts(seed=3, store_id=device.ref.store_id)
    november = [raw for day in (1, 15, 30) for raw in shop.day(25, on=date(2026, 11, day))]
    others = [*shop.day(5, on=date(2026, 10, 31)), *shop.day(5, on=date(2026, 12, 1))]
    await world.send(device, [*november, *others])
    await world.project_all()
    found = await tables(world, device, tmp_path)
    reports, journal = zs(november), found["journal"]
    assert total(journal, "ventes TTC") == sum(z.gross_minor for z in reports)
    assert total(journal, "retours TTC") == sum(z.returns_minor for z in reports)
    assert total(journal, "net TTC") == sum(z.net_minor for z in reports)
    assert sum(int(row["tickets"]) for row in journal) == sum(z.sales_count for z in reports)
    for kind in ("cash", "card"):
        sums = [t.amount_minor for z in reports for t in z.tenders if t.kind == kind]
        assert total(journal, f"reçu {kind}") == sum(sums)
    named = {(tax.tax_id, tax.rate_ppm) for z in reports for tax in z.taxes}
    assert len(named) == 3
    for tax_id, rate in named:
        own = [tax for z in reports for tax in z.taxes if tax.tax_id == tax_id]
        base, tax_minor = sum(t.base_minor for t in own), sum(t.tax_minor for t in own)
        where = {"taxe": tax_id, "régime du taux": "taxé"}
        assert total(found["tva"], "base HT nette", **where) == base
        assert total(found["tva"], "TVA nette", **where) == tax_minor
        words = f"{tax_id} {rate // 10_000} %"
        assert total(journal, f"base HT {words}") == base
        assert total(journal, f"TVA {words}") == tax_minor
    assert total(journal, "base HT autres") == total(journal, "reçu autres") == 0
    assert [row["date"] for row in journal] == ["2026-11-01", "2026-11-15", "2026-11-30"]


async def test_late_tickets_are_in_the_month_and_in_the_perpetual_totals(
    world: InboxWorld, tmp_path: Path
) -> None:
    """A real register's: the journal over all months is what its last Z has sold since ever."""
    device = await world.new_device()
    days = moved(await journal_of_days(tmp_path / "till"), device)
    await world.send(device, days)
    await world.project_all()
    gross = returns = 0
    for month in ("2026-12", "2027-01"):
        journal = (await tables(world, device, tmp_path, month=month))["journal"]
        gross += total(journal, "ventes TTC")
        returns += total(journal, "retours TTC")
    newest = zs(days)[-1].perpetual
    assert newest is not None
    assert (gross, returns) == (newest.sales_minor, newest.returns_minor)


async def owned(world: InboxWorld, device: Device, code: str) -> None:
    """The device's store is this legal entity's."""
    ref = device.ref
    async with world.superuser() as connection:
        await connection.execute(
            "insert into legal_entity (organization_id, legal_entity_id, code, name, created_at)"
            " values ($1, $2, $3, $3, now())",
            ref.organization_id,
            ref.store_id,
            code,
        )
        await connection.execute(
            "update store set legal_entity_id = store_id where store_id = $1", ref.store_id
        )


async def test_duty_and_exempt_sales_by_legal_entity(world: InboxWorld, tmp_path: Path) -> None:
    one = await world.new_device()
    ref = one.ref
    two = await world.new_device(organization_id=ref.organization_id)
    await owned(world, one, "EURL")
    await owned(world, two, "SARL")
    for device, count in ((one, 2), (two, 1)):
        shop = ShopFacts(seed=count, store_id=device.ref.store_id)
        shift = ShiftFacts(shop, ON)
        numbered: list[Any] = [fiscal_sale(receipt_number=number) for number in range(1, count + 1)]
        await world.send(device, [shift.booked(ticket) for ticket in numbered])
    await world.project_all()
    both = await tables(world, one, tmp_path)
    assert [(row["entité"], row["tickets timbrés"], row["timbre"]) for row in both["timbre"]] == [
        ("EURL", "2", "18,00"),
        ("SARL", "1", "9,00"),
    ]
    treated = {(row["entité"], row["régime du taux"]): row for row in both["tva"]}
    assert treated["EURL", "exonéré"]["base HT nette"] == "1020,78"
    assert treated["EURL", "exonéré"]["taux %"] == ""
    assert treated["EURL", "taxé"]["base HT nette"] == "579,94"
    assert treated["EURL", "taxé"]["taux %"] == "0"
    alone = await tables(world, one, tmp_path, "--legal-entity", "SARL")
    assert {row["entité"] for rows in alone.values() for row in rows} == {"SARL"}
    assert (tmp_path / "timbre-2026-11-SARL.csv").exists()
    tickets = msgspec.json.encode([len(rows) for rows in alone.values()])
    assert tickets == b"[2,1,1]"


async def test_what_cannot_be_said_is_refused_in_a_sentence(
    world: InboxWorld, tmp_path: Path
) -> None:
    device = await world.new_device()
    wrong = await run(world, device, "--month", "11/2026")
    assert (wrong.exit_code, "bad-month" in wrong.stderr) == (1, True)
    nobody = await run(world, device, "--month", "2026-11", "--legal-entity", "X")
    assert (nobody.exit_code, "unknown-legal-entity" in nobody.stderr) == (1, True)
    (tmp_path / "file").write_text("x")
    unwritable = await run(world, device, "--month", "2026-11", "--out", str(tmp_path / "file/x"))
    assert unwritable.exit_code == 1
    empty = await tables(world, device, tmp_path)
    assert empty == {"tva": [], "timbre": [], "journal": []}
