"""`hanout-hub verify`: a journal that is whole proves itself; one bit of it changed is found."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4
from zlib import crc32

import pytest
from typer.testing import CliRunner, Result

from hub.cli import app
from protocol.messages.invoice import InvoiceKind
from tests.fakes.shop_facts import ShiftFacts, ShopFacts
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.fiscal_days import DAYS, journal_of_days, the_agents_own
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world
from tests.integration.hub.test_invoices import ON, paper

pytestmark = pytest.mark.slow


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


async def verify(world: InboxWorld, device: Device, *more: str) -> Result:
    """The command as an accountant gives it."""
    words = ["verify", "--tenant", str(device.ref.organization_id), *more]
    environment = {"HANOUT_HUB_DATABASE_URL": world.app_url, "COLUMNS": "200"}
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, words, env=environment))


async def told(world: InboxWorld, device: Device, *more: str) -> tuple[int, Any]:
    """Exit code and what it says to scripts."""
    result = await verify(world, device, "--json", *more)
    return result.exit_code, json.loads(result.stdout)


async def found(world: InboxWorld, device: Device) -> list[tuple[str, int, str]]:
    """What does not hold: code, seq, subject."""
    code, said = await told(world, device)
    findings = [one for each in said["devices"] for one in each["findings"]]
    assert code == (3 if findings else 0)
    assert said["proven"] is not bool(findings)
    return [(one["code"], one["seq"], one["subject"]) for one in findings]


async def test_the_days_of_a_real_agent_are_proved(
    world: InboxWorld, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Chain, series, late tickets, perpetual totals, signatures: all by the agent's own bytes."""
    facts = await journal_of_days(tmp_path_factory.mktemp("till"))
    box = await the_agents_own(world)
    await world.send(box.device, facts)
    await world.project_all()
    unsigned = await found(world, box.device)
    assert [(code, subject) for code, _, subject in unsigned] == [("z-unsigned", "")] * len(DAYS)
    code, said = await told(world, box.device)
    (proof,) = said["devices"]
    assert code == 3
    assert (proof["rows"], proof["z_reports"]) == (len(facts), len(DAYS))
    assert (proof["repeated"], proof["pending"], proof["unchecked"]) == (0, 0, 0)


async def shop_at_work(world: InboxWorld, *, days: int = 3) -> tuple[Device, ShopFacts, int]:
    """A device with some days in its journal, an invoice or two, and how many facts."""
    device = await world.new_device()
    shop = ShopFacts(seed=3, store_id=device.ref.store_id)
    facts = [raw for _ in range(days) for raw in shop.day(30, on=ON)]
    shift = ShiftFacts(shop, ON)
    sold, back = shift.sale(), shift.refund()
    kinds: tuple[InvoiceKind, ...] = ("invoice", "credit_note")
    papers = [
        paper(shop, raw, number=1, kind=kind) for raw, kind in zip((sold, back), kinds, strict=True)
    ]
    facts += [shift.opened(), sold, back, *papers]
    await world.send(device, facts)
    await world.project_all()
    return device, shop, len(facts)


async def test_a_whole_journal_is_proved(world: InboxWorld) -> None:
    device, _, count = await shop_at_work(world)
    code, said = await told(world, device)
    (proof,) = said["devices"]
    assert (code, said["proven"], proof["findings"]) == (0, True, [])
    assert (proof["rows"], proof["tickets"], proof["z_reports"]) == (count, 92, 3)
    assert proof["invoices"] == 2
    shown = await verify(world, device)
    assert shown.exit_code == 0
    assert "Bab El Oued" in shown.stdout


async def test_one_bit_changed_in_the_inbox_is_found_where_it_is(world: InboxWorld) -> None:
    """A bit that was changed in a stored fact breaks the chain there and nowhere else."""
    device, _, count = await shop_at_work(world)
    for seq in (1, 17, count):
        change = (
            "update inbox set bytes = set_byte(bytes, 300, get_byte(bytes, 300) # 1)"
            f" where device_id = '{device.ref.device_id}' and seq = {seq}"
        )
        async with world.superuser() as connection:
            await connection.execute(change)
        broken = await found(world, device)
        assert [place for code, place, _ in broken if code == "journal-hash-breaks"] == [seq]
        assert {place for code, place, _ in broken if code == "fact-id-reused"} <= {seq}
        shown = await verify(world, device)
        assert shown.exit_code == 3
        assert "journal-hash-breaks" in shown.stdout
        async with world.superuser() as connection:
            await connection.execute(change)
        assert await found(world, device) == []


async def test_rows_that_are_gone_are_found(world: InboxWorld) -> None:
    device, _, count = await shop_at_work(world)
    async with world.superuser() as connection:
        await connection.execute(
            "delete from inbox where device_id = $1 and seq in (9, 10)", device.ref.device_id
        )
        await connection.execute(
            "delete from inbox where device_id = $1 and seq = $2", device.ref.device_id, count
        )
    broken = await found(world, device)
    assert [place for code, place, _ in broken if code == "journal-gap"] == [9, count]
    assert "receipt-number-gap" in {code for code, _, _ in broken}
    assert "z-differs-from-tickets" in {code for code, _, _ in broken}


async def test_books_that_were_changed_are_found(world: InboxWorld) -> None:
    device, _, _ = await shop_at_work(world)
    organization_id = device.ref.organization_id
    async with world.superuser() as connection:
        await connection.execute(
            "update sale set payable_minor = payable_minor + 1 where organization_id = $1"
            " and seq = 2",
            organization_id,
        )
        await connection.execute(
            "update z_report set net_minor = 0 where organization_id = $1 and z_number = 1",
            organization_id,
        )
        await connection.execute(
            "delete from sale where organization_id = $1 and seq = 5", organization_id
        )
        await connection.execute(
            "delete from fact_effect where organization_id = $1 and seq = 7", organization_id
        )
    broken = await found(world, device)
    differ = [place for code, place, _ in broken if code == "books-differ"]
    assert differ[:2] == [2, 5]
    assert len(differ) == 3
    assert ("fact-not-booked", 7, "") in broken


async def test_histories_that_parted_are_proved_each(world: InboxWorld) -> None:
    device, shop, count = await shop_at_work(world, days=1)
    rows = await world.rows(
        "select bytes from inbox where device_id = $1 order by seq", device.ref.device_id
    )
    await world.issue_epoch(device, base=10)
    again = [row["bytes"] for row in rows[10:]]
    await world.send(device, [*again, *shop.sales(1, lines=1, on=ON)])
    await world.project_all()
    code, said = await told(world, device)
    (proof,) = said["devices"]
    assert (code, proof["findings"]) == (0, [])
    assert (proof["rows"], proof["repeated"]) == (2 * count - 10 + 1, count - 10)
    async with world.superuser() as connection:
        await connection.execute(
            "update device_epoch set base_hash = $2 where device_id = $1 and epoch = 2",
            device.ref.device_id,
            b"x" * 32,
        )
    parted = {(code, place) for code, place, _ in await found(world, device)}
    assert parted == {("journal-fork-differs", 10), ("journal-hash-breaks", 11)}


async def test_what_was_set_aside_is_told_and_what_waits_is_counted(world: InboxWorld) -> None:
    device = await world.new_device()
    facts = list(ShopFacts(seed=3, store_id=device.ref.store_id).sales(5, lines=1))
    facts[2] = facts[2].replace(b'"sale.finalised"', b'"sale.invented"')
    await world.send(device, facts)
    code, said = await told(world, device)
    assert said["devices"][0]["pending"] == 4
    assert [one["code"] for one in said["devices"][0]["findings"]] == ["fact-set-aside"]
    assert code == 3
    await world.project_all()
    assert [(code, place) for code, place, _ in await found(world, device)] == [
        ("fact-set-aside", 3),
        ("receipt-number-gap", 4),
    ]


async def test_one_store_or_device_alone(world: InboxWorld) -> None:
    first, shop, count = await shop_at_work(world)
    ref = first.ref
    second = await world.new_device(organization_id=ref.organization_id, store_id=ref.store_id)
    other = await world.new_device(organization_id=ref.organization_id)
    later = ShiftFacts(shop, ON)
    await world.send(second, [later.opened(), later.sale(), later.closed()])
    await world.project_all()
    code, said = await told(world, first, "--store", str(ref.store_id))
    assert [each["rows"] for each in said["devices"]] == [count, 3]
    assert (code, said["findings"]) == (0, 0)
    code, said = await told(world, first, "--device", str(second.ref.device_id))
    assert (code, [each["rows"] for each in said["devices"]]) == (0, [3])
    code, said = await told(world, first, "--device", str(other.ref.device_id))
    assert (code, [each["rows"] for each in said["devices"]]) == (0, [0])
    for words in (["--store", "nowhere"], ["--device", str(uuid4())]):
        assert (await verify(world, first, *words)).exit_code == 1
    assert (await verify(world, first, "--device", "x")).exit_code == 2
