"""The inbox becomes books exactly once, whatever happens on the way (promises B, C, I)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date
from random import Random
from uuid import UUID, uuid4
from zlib import crc32

import msgspec
import pytest

from hub.analytics.projection import recompute_rollups
from hub.events.service import EventLog
from hub.ingest.projector import Projector
from hub.ingest.repository import Limits
from hub.ingest.settling import Settling
from hub.worker import fact_handlers
from protocol.codec.facts import decode_fact, encode_fact
from protocol.messages.ticket import SaleFinalised, Tender
from provisioning.demo.postgres import PostgresServer
from tests.fakes.shop_facts import ShiftFacts, ShopFacts
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.inbox_world import RECEIVED_AT, Device, InboxWorld, inbox_world

pytestmark = pytest.mark.slow
ON = date(2026, 11, 20)


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


def shop_of(device: Device, *, seed: int = 1) -> ShopFacts:
    return ShopFacts(seed=seed, store_id=device.ref.store_id)


def projector_with(world: InboxWorld, limits: Limits) -> Projector:
    """As the worker builds it, but in groups of another size."""
    settling = Settling(
        fact_handlers(clock=world.clock, proposals=[]), clock=world.clock, ids=world.ids
    )
    return Projector(world.app, settling, EventLog(world.clock), clock=world.clock, limits=limits)


def changed(raw: bytes, *, same_id: bool = True, **totals: int) -> bytes:
    """The sale with other totals, under its own id or a new one."""
    fact = decode_fact(raw)
    assert isinstance(fact.body, SaleFinalised)
    body = msgspec.structs.replace(
        fact.body, totals=msgspec.structs.replace(fact.body.totals, **totals)
    )
    envelope = fact.envelope
    return encode_fact(
        id=envelope.id if same_id else UUID(int=envelope.id.int ^ 0xFF),
        at=envelope.at,
        store_id=envelope.store_id,
        body=body,
        register_id=envelope.register_id,
        shift_id=envelope.shift_id,
        staff_id=envelope.staff_id,
        business_date=envelope.business_date,
    )


async def count(world: InboxWorld, device: Device, table: str, where: str = "true") -> int:
    rows = await world.rows(
        f"select count(*) as n from {table} where organization_id = $1 and {where}",
        device.ref.organization_id,
    )
    number: int = rows[0]["n"]
    return number


async def asides(world: InboxWorld, device: Device) -> list[tuple[int, int, str]]:
    rows = await world.rows(
        "select seq, state, reason from inbox where device_id = $1 and state > 0 order by seq",
        device.ref.device_id,
    )
    return [(row["seq"], row["state"], row["reason"]) for row in rows]


async def test_a_day_becomes_the_books_it_was(world: InboxWorld) -> None:
    device = await world.new_device()
    facts = shop_of(device).day(90)
    await world.send(device, facts)
    assert await world.project_all() == len(facts)
    bodies = [decode_fact(raw).body for raw in facts]
    sold = sum(b.totals.payable_minor for b in bodies if isinstance(b, SaleFinalised))
    (day,) = await world.rows(
        "select * from rollup_day_store where organization_id = $1", device.ref.organization_id
    )
    assert (day["sales_minor"], day["sales_count"], day["returns_count"]) == (sold, 79, 11)
    assert await count(world, device, "sale") == 90
    assert await count(world, device, "discrepancy") == 0
    assert await count(world, device, "z_report") == 1
    assert await count(world, device, "shift", "status = 'closed' and opened_at is not null") == 1
    assert await count(world, device, "cash_movement", "amount_minor = 20000") == 2
    assert await asides(world, device) == []


async def test_on_hand_is_the_sum_of_movements(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.send(device, shop_of(device).day(60))
    await world.project_all()
    wrong = await world.rows(
        "select * from (select product_id, sum(quantity) as moved from stock_movement"
        " where organization_id = $1 group by product_id) m"
        " full join stock_on_hand h using (product_id)"
        " where h.organization_id = $1 and h.quantity is distinct from m.moved",
        device.ref.organization_id,
    )
    assert wrong == []
    assert await count(world, device, "stock_on_hand") > 10


async def test_events_follow_the_journal_without_gaps(world: InboxWorld) -> None:
    device = await world.new_device()
    facts = shop_of(device).day(30)
    await world.send(device, facts)
    told: list[tuple[UUID, frozenset[UUID], int]] = []
    await world.project_all(world.projector(on_projected=lambda *what: told.append(what)))
    rows = await world.rows(
        "select id, position from event where organization_id = $1 order by position",
        device.ref.organization_id,
    )
    assert [row["id"] for row in rows] == [decode_fact(raw).envelope.id for raw in facts]
    assert [row["position"] for row in rows] == list(range(1, len(facts) + 1))
    store = frozenset({device.ref.store_id})
    assert told == [(device.ref.organization_id, store, len(facts))]


@pytest.mark.parametrize("facts_at_once", [1, 7, 64])
async def test_the_size_of_groups_changes_nothing(
    postgres_server: PostgresServer,
    new_database: Callable[[PostgresServer], str],
    facts_at_once: int,
) -> None:
    books = []
    for limits in (Limits(), Limits(facts=facts_at_once, bytes=5_000)):
        async with inbox_world(postgres_server, new_database(postgres_server)) as world:
            device = await world.new_device()
            await world.send(device, shop_of(device).day(40))
            await world.project_all(projector_with(world, limits))
            books.append(await world.books(device.ref.organization_id))
    assert books[0] == books[1]


@pytest.mark.fault(19, "B,C")
async def test_the_same_facts_under_a_new_epoch_change_nothing(world: InboxWorld) -> None:
    """Facts sent again under a new epoch fill their places and have no effect."""
    device = await world.new_device()
    facts = shop_of(device).day(30)
    await world.send(device, facts)
    await world.project_all()
    before = await world.books(device.ref.organization_id)
    await world.issue_epoch(device, base=10)
    await world.send(device, facts[10:])
    assert await world.project_all() == len(facts) - 10
    assert await world.books(device.ref.organization_id) == before


async def test_an_epoch_without_facts_is_passed(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.send(device, shop_of(device).day(5))
    await world.issue_epoch(device, base=3)
    await world.issue_epoch(device, base=2)
    await world.project_all()
    assert await count(world, device, "sale") == 5
    async with world.app.lookup() as session:
        due = await session.rows("select device_id from projection_due(1000)")
    assert device.ref.device_id not in {row["device_id"] for row in due}


async def test_a_used_id_with_other_content_is_quarantined(world: InboxWorld) -> None:
    device = await world.new_device()
    first, second, third = shop_of(device).sales(3, lines=2)
    await world.send(device, [first, changed(first, change_minor=1), second])
    await world.project_all()
    await world.send(device, [changed(second, change_minor=1), second, third])
    await world.project_all()
    assert await count(world, device, "sale") == 3
    rows = await world.rows(
        "select reason, from_seq, to_seq, bytes from quarantine where device_id = $1"
        " order by from_seq",
        device.ref.device_id,
    )
    assert [(row["reason"], row["from_seq"], row["to_seq"]) for row in rows] == [
        ("id-reused", 2, 2),
        ("id-reused", 4, 4),
    ]
    assert rows[0]["bytes"] == changed(first, change_minor=1)
    assert await asides(world, device) == []


async def test_two_devices_claim_an_id_once(world: InboxWorld) -> None:
    one = await world.new_device()
    ref = one.ref
    two = await world.new_device(organization_id=ref.organization_id, store_id=ref.store_id)
    facts = shop_of(one).day(40)
    await world.send(one, facts)
    await world.send(two, list(reversed(facts)))
    projectors = [projector_with(world, Limits(facts=9)) for _ in range(3)]
    for _ in range(12):
        await asyncio.gather(*(each.run_once() for each in projectors))
    assert await world.project_all() == 0
    assert await count(world, one, "sale") == 40
    assert await count(world, one, "event") == len(facts)
    assert await count(world, one, "quarantine") == 0
    positions = await world.rows(
        "select min(position) as low, max(position) as high from event where organization_id = $1",
        ref.organization_id,
    )
    assert (positions[0]["low"], positions[0]["high"]) == (1, len(facts))


@pytest.mark.fault(23, "I,L")
async def test_one_poisonous_fact_blocks_nothing(world: InboxWorld) -> None:
    """A fact that breaks its handler is parked with the reason, and the others are booked."""
    device = await world.new_device()
    shop = shop_of(device)
    good = list(shop.sales(40, lines=2))
    poison = {
        5: changed(good[5], payable_minor=10**30),
        11: good[11].replace(b'"name":"Produit', b'"name":"\\u0000Produit', 1),
        12: good[12].replace(b'"line_no":2', b'"line_no":1', 1),
        20: good[20].replace(b'"sale.finalised"', b'"sale.invented"'),
        21: good[21].replace(b'"sv":1', b'"sv":7'),
        22: b'{"half a fa',
        30: good[30].replace(b'"shift_id":"', b'"shift_id":"x', 1),
        33: good[33].replace(str(device.ref.store_id).encode(), str(uuid4()).encode(), 1),
    }
    facts = [poison.get(index, raw) for index, raw in enumerate(good)]
    await world.send(device, facts, dead={35: "too-large"})
    assert await world.project_all() == 40
    assert await count(world, device, "sale") == 31
    assert [(seq, state) for seq, state, _ in await asides(world, device)] == [
        (6, 2),
        (12, 2),
        (13, 2),
        (21, 2),
        (22, 2),
        (23, 1),
        (31, 1),
        (34, 2),
        (36, 1),
    ]
    reasons = {seq: reason for seq, _, reason in await asides(world, device)}
    assert reasons[6] == "impossible-amount"
    assert reasons[12].startswith("unprojectable:")
    assert reasons[13].startswith("unprojectable:")
    assert reasons[21] == "unknown-type"
    assert reasons[22] == "unknown-version"
    assert reasons[23] == "undecodable"
    assert reasons[34] == "foreign-store"
    assert reasons[36] == "too-large"
    kept = await world.rows(
        "select bytes from inbox where device_id = $1 and seq = 23", device.ref.device_id
    )
    assert kept[0]["bytes"] == b'{"half a fa'
    assert await world.reproject() == 0
    assert len(await asides(world, device)) == 9


async def test_a_negative_or_absurd_figure_is_booked_and_named(world: InboxWorld) -> None:
    device = await world.new_device()
    (raw,) = shop_of(device).sales(1, lines=2)
    await world.send(device, [changed(raw, payable_minor=-7)])
    await world.project_all()
    assert await count(world, device, "sale", "payable_minor = -7") == 1
    found = await world.rows(
        "select code, subject, found from discrepancy where organization_id = $1",
        device.ref.organization_id,
    )
    assert [tuple(row.values()) for row in found] == [
        ("figure-differs", "totals.payable_minor", "-7")
    ]


async def test_a_z_shows_that_a_ticket_is_missing(world: InboxWorld) -> None:
    device = await world.new_device()
    facts = shop_of(device).day(20)
    await world.send(device, facts, dead={4: "too-large"})
    await world.project_all()
    found = await world.rows(
        "select code, subject, expected, found from discrepancy where organization_id = $1",
        device.ref.organization_id,
    )
    assert {row["code"] for row in found} == {"z-differs-from-tickets"}
    by_subject = {row["subject"]: (row["expected"], row["found"]) for row in found}
    assert by_subject["sales_count"] == ("17", "18")


async def test_a_word_too_long_for_a_key_costs_its_own_ticket_alone(world: InboxWorld) -> None:
    """Not the tickets beside it, and not the Z of their shift, which sums by the same word."""
    device = await world.new_device()
    shop = shop_of(device)
    shift = ShiftFacts(shop, ON)
    words = Random(3)
    long = "".join(chr(words.randrange(0x4E00, 0x9FFF)) for _ in range(1_500))
    ticket = shop.ticket(ON, lines=1)
    tender = Tender(kind=long, amount_minor=ticket.totals.tendered_minor)
    taxes = [msgspec.structs.replace(tax, tax_id=long) for tax in ticket.tax_lines]
    odd = [
        msgspec.structs.replace(ticket, tenders=[tender]),
        msgspec.structs.replace(ticket, tax_lines=taxes),
        msgspec.structs.replace(ticket, told={long: "x"}),
    ]
    facts = [shift.opened(), shift.sale(), *map(shift.booked, odd), shift.sale(), shift.closed()]
    await world.send(device, facts)
    await world.project_all()
    assert await asides(world, device) == [(3, 2, "impossible-word"), (4, 2, "impossible-word")]
    assert await count(world, device, "sale") == 3
    assert await count(world, device, "z_report", f"tenders::text like '%{long}%'") == 1
    named = await world.rows(
        "select code, subject from discrepancy where organization_id = $1",
        device.ref.organization_id,
    )
    by_code = {row["code"]: row["subject"] for row in named}
    assert by_code["read-otherwise"].startswith(long[:200])
    z = {row["subject"] for row in named if row["code"] == "z-differs-from-tickets"}
    assert "sales_count" in z
    assert sum(subject.startswith(f"tenders.{long[:200]}") for subject in z) == 2


async def test_addenda_after_the_close_are_not_in_the_z(world: InboxWorld) -> None:
    device = await world.new_device()
    shop = shop_of(device)
    facts = shop.day(10)
    shift_id = decode_fact(facts[-1]).envelope.shift_id
    late = decode_fact(next(shop.sales(1, lines=1)))
    assert isinstance(late.body, SaleFinalised)
    addendum = encode_fact(
        id=late.envelope.id,
        at=late.envelope.at,
        store_id=late.envelope.store_id,
        shift_id=shift_id,
        business_date=ON,
        body=msgspec.structs.replace(
            late.body, mode="handed_over", addendum_to_z=1, flags=["shift-closed"]
        ),
    )
    await world.send(device, [*facts, addendum])
    await world.project_all()
    assert await count(world, device, "discrepancy") == 0
    assert await count(world, device, "sale", "flags = '{shift-closed}' and addendum_to_z = 1") == 1


async def test_late_facts_land_on_their_own_date(world: InboxWorld) -> None:
    device = await world.new_device()
    shop = shop_of(device)
    far, near = date(2011, 3, 9), date(2026, 11, 19)
    facts = [
        *shop.sales(2, lines=2, on=far),
        *shop.sales(1, lines=1, on=near),
        *shop.sales(1, lines=1, on=date(1970, 1, 1)),
    ]
    await world.send(device, facts)
    await world.project_all()
    rows = await world.rows(
        "select business_date, flags, count(*) as n from sale where organization_id = $1"
        " group by 1, 2 order by 1, 2",
        device.ref.organization_id,
    )
    assert [tuple(row.values()) for row in rows] == [
        (far, [], 2),
        (near, [], 1),
        (RECEIVED_AT.date(), ["business-date-out-of-range"], 1),
    ]
    assert await world.rows("select to_regclass('sale_line_2011_03') is not null as there") == [
        {"there": True}
    ]


async def test_keys_of_people_move_to_where_they_can_be_erased(world: InboxWorld) -> None:
    device = await world.new_device()
    shop = shop_of(device)
    person, other = world.new_id(), world.new_id()
    facts = [shop.customer(ON, customer_id=person), shop.customer(ON, customer_id=other)]
    keys = {0: {str(person): b"k" * 32}, 1: {str(other): b"o" * 32}}
    await world.send(device, facts, keys=keys)
    await world.project_all()
    where = "organization_id = $1 order by key"
    stored = await world.rows(
        f"select person_id, key from person_key where {where}", device.ref.organization_id
    )
    assert [tuple(row.values()) for row in stored] == [(person, b"k" * 32), (other, b"o" * 32)]
    assert await count(world, device, "customer") == 2
    assert await count(world, device, "inbox", "person_keys is not null") == 0
    async with world.superuser() as connection:
        await connection.execute("update person_key set key = '' where person_id = $1", person)
    await world.issue_epoch(device, base=0)
    await world.send(device, facts, keys=keys)
    await world.project_all()
    assert await count(world, device, "person_key", "key = ''") == 1
    assert await count(world, device, "inbox", "person_keys is not null") == 0


async def test_recomputed_rollups_equal_the_incremental_ones(world: InboxWorld) -> None:
    device = await world.new_device()
    shop = shop_of(device)
    await world.send(device, [*shop.day(50), *shop.day(20, on=date(2026, 11, 21))])
    await world.project_all(projector_with(world, Limits(facts=11)))
    before = await world.books(device.ref.organization_id)
    for on in (ON, date(2026, 11, 21)):
        async with world.app.tenant(device.ref.organization_id) as session:
            await recompute_rollups(session, device.ref.store_id, on)
    after = await world.books(device.ref.organization_id)
    assert after == before
    assert len(before["rollup_hour_store_sku"]) > 10


async def test_recomputing_repairs_and_takes_turns_with_the_projector(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.send(device, shop_of(device).day(60))
    projector = projector_with(world, Limits(facts=5))

    async def recompute() -> None:
        for _ in range(10):
            async with world.app.tenant(device.ref.organization_id) as session:
                await recompute_rollups(session, device.ref.store_id, ON)
            await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        group.create_task(world.project_all(projector))
        group.create_task(recompute())
    raced = await world.books(device.ref.organization_id)
    async with world.app.tenant(device.ref.organization_id) as session:
        await session.execute("update rollup_day_store set payable_minor = 0")
        await recompute_rollups(session, device.ref.store_id, ON)
    assert await world.books(device.ref.organization_id) == raced


async def test_a_hole_in_the_inbox_stops_that_device_alone(world: InboxWorld) -> None:
    broken, sound = await world.new_device(), await world.new_device()
    await world.send(broken, shop_of(broken).day(8))
    await world.send(sound, shop_of(sound, seed=2).day(8))
    async with world.superuser() as connection:
        await connection.execute(
            "delete from inbox where device_id = $1 and seq = 4", broken.ref.device_id
        )
    await world.project_all()
    assert await count(world, sound, "sale") == 8
    assert await count(world, broken, "sale") == 0
