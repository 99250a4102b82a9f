"""Whatever a device with a certificate writes, the next honest sale is booked (promises F, I)."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zlib import crc32

import pytest

from hub.collections.service import CollectionReader
from hub.fleet.service import Fleet
from hub.ingest.devices import Sightings
from hub.ingest.floors import Floors
from hub.ingest.presence import Sighting
from hub.tills.floors import TillFloors
from protocol.messages.proposal import ProductProposed
from protocol.messages.sync import Heartbeat, RegisterFloor
from tests.fakes.shop_facts import ShiftFacts, ShopFacts
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.inbox_world import RECEIVED_AT, Device, InboxWorld, inbox_world

pytestmark = pytest.mark.slow
ON = date(2026, 11, 20)
_WORDS = ("a\u0000b", "\u0000", "x" * 3_000, "\U0001f4a9 ' \" \\ %s :x {}", "")
_NUMBERS = (2**63, -(2**63) - 1, 10**30, 0, -1)


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


def leaves(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every string and number of a document with where it stands; of a list, the first element."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from leaves(value, (*at, name))
    elif isinstance(node, list):
        for index, value in enumerate(node[:1]):
            yield from leaves(value, (*at, index))
    elif isinstance(node, str | int) and not isinstance(node, bool):
        yield at, node


def with_value(raw: bytes, at: tuple[Any, ...], value: object) -> bytes:
    document = json.loads(raw)
    node = document
    for step in at[:-1]:
        node = node[step]
    node[at[-1]] = value
    return json.dumps(document).encode()


def spoilt(raw: bytes, shop: ShopFacts) -> Iterator[bytes]:
    """The fact once for each leaf and each odd value of its kind, under ids of their own."""
    for at, value in leaves(json.loads(raw)):
        for odd in _WORDS if isinstance(value, str) else _NUMBERS:
            changed = with_value(raw, at, odd)
            yield changed if at == ("id",) else with_value(changed, ("id",), str(shop.new_id()))


async def honest_sale_is_booked(world: InboxWorld, device: Device, shop: ShopFacts) -> None:
    """Everything before it was settled too, booked or set aside."""
    (sale,) = shop.sales(1, lines=3)
    await world.send(device, [sale])
    await world.project_all()
    ref = device.ref
    (done,) = await world.rows(
        "select epoch, seq from device_projection where device_id = $1", ref.device_id
    )
    assert (done["epoch"], done["seq"]) == (device.epoch.epoch, device.epoch.hwm)
    booked = "select 1 from sale where device_id = $1 and id = $2"
    assert await world.rows(booked, ref.device_id, json.loads(sale)["id"])


@pytest.mark.fault(23, "F,I")
async def test_no_value_in_no_field_holds_up_what_follows(world: InboxWorld) -> None:
    """Each string and number of each kind of fact, made odd: it is booked or kept with a reason,
    and the sale that follows is booked."""
    device = await world.new_device()
    shop = ShopFacts(seed=7, store_id=device.ref.store_id)
    shift = ShiftFacts(shop, ON)
    kinds = [shift.opened(), shift.sale(lines=2), shift.refund(), shift.cash(), shop.stock(ON)]
    facts = [each for raw in [*kinds, shift.closed()] for each in spoilt(raw, shop)]
    assert len(facts) > 500
    await world.send(device, facts)
    await honest_sale_is_booked(world, device, shop)


@pytest.mark.fault(23, "F,I")
async def test_an_unknown_type_of_any_spelling_is_parked(world: InboxWorld) -> None:
    """A type with a NUL, or as long as a fact may be, is kept like any other unknown one."""
    device = await world.new_device()
    shop = ShopFacts(seed=8, store_id=device.ref.store_id)
    facts = [
        with_value(raw, ("type",), word)
        for raw, word in zip(shop.sales(2, lines=1), ("x\u0000y", "x" * 600_000), strict=True)
    ]
    await world.send(device, facts)
    await honest_sale_is_booked(world, device, shop)
    parked = "select state, reason from inbox where device_id = $1 order by seq limit 2"
    found = await world.rows(parked, device.ref.device_id)
    assert [tuple(row.values()) for row in found] == [(2, "unknown-type")] * 2


@pytest.mark.fault(23, "F,I")
async def test_keys_that_are_nobodys_are_left_out(world: InboxWorld) -> None:
    """A release before this one kept every key whose name stands in the fact."""
    device = await world.new_device()
    shop = ShopFacts(seed=9, store_id=device.ref.store_id)
    (sale,) = shop.sales(1, lines=1)
    keys = {"sale.finalised": b"abc", "\u0000": b"", str(shop.staff_id): bytes(1_000)}
    await world.send(device, [sale], keys={0: keys})
    await honest_sale_is_booked(world, device, shop)
    assert not await world.rows(
        "select 1 from person_key where organization_id = $1", device.ref.organization_id
    )


@pytest.mark.fault(23, "F,I")
@pytest.mark.parametrize(("lines", "amount"), [(4_600, 1), (1_999, 10**12), (1, 10**14)])
async def test_no_sum_of_lies_overflows_the_books(
    world: InboxWorld, lines: int, amount: int
) -> None:
    """Many tax lines, large ones, or one of all money: kept aside, and the day's sums go on."""
    device = await world.new_device()
    shop = ShopFacts(seed=10, store_id=device.ref.store_id)
    (sale,) = shop.sales(1, lines=1)
    tax = json.loads(sale)["body"]["tax_lines"][0] | {"tax_minor": amount}
    taxes = [tax | {"tax_id": f"T{number}"} for number in range(lines)]
    await world.send(device, [with_value(sale, ("body", "tax_lines"), taxes)])
    await honest_sale_is_booked(world, device, shop)
    found = await world.rows(
        "select state, reason from inbox where device_id = $1 and seq = 1", device.ref.device_id
    )
    expected = "impossible-count" if lines > 2_000 else "impossible-amount"
    assert [tuple(row.values()) for row in found] == [(2, expected)]


@pytest.mark.fault(23, "F,I")
async def test_what_a_heartbeat_owes_in_no_currency_is_nobodys_harm(world: InboxWorld) -> None:
    """One device's odd sign of life is written without what makes no sense; the others' too."""
    odd, other = await world.new_device(), await world.new_device()
    beat = Heartbeat(sess=1, head=0, acked=0, pending_count=78, mono_ms=1, clk="\u0000")
    owing = Heartbeat(
        sess=1, head=0, acked=0, pending_count=7, mono_ms=1, pending_value_minor={"\u0000": 1}
    )
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    sightings = Sightings(world.app, fleet=Fleet(world.clock), pages=CollectionReader())
    await sightings.write(
        [
            Sighting(device=each.ref, seen_at=at, online=True, heartbeat=said, heartbeat_at=at)
            for each, said in ((odd, owing), (other, beat))
        ]
    )
    ids = [odd.ref.device_id, other.ref.device_id]
    seen = "select sync_debt_count from device where device_id = any($1) order by 1"
    assert [row["sync_debt_count"] for row in await world.rows(seen, ids)] == [7, 78]


@pytest.mark.fault(23, "F,I")
async def test_a_sale_of_each_month_of_decades_locks_few_tables_at_a_time(
    world: InboxWorld,
) -> None:
    """To make a month's partitions holds up everybody who reads: a commit makes few."""
    device = await world.new_device()
    shop = ShopFacts(seed=11, store_id=device.ref.store_id)
    days = [date(2031 + at // 12, at % 12 + 1, 1).isoformat() for at in range(10)]
    sales = zip(shop.sales(len(days), lines=1), days, strict=True)
    facts = [with_value(raw, ("business_date",), day) for raw, day in sales]
    await world.send(device, facts)
    ref = device.ref
    counts = []
    projector = world.projector()
    while count := await projector.project_device(ref.organization_id, ref.device_id):
        counts.append(count)
    assert counts == [3, 3, 3, 1]
    await honest_sale_is_booked(world, device, shop)
    booked = "select 1 from sale where device_id = $1"
    assert len(await world.rows(booked, ref.device_id)) == 11


@pytest.mark.fault(23, "F,I")
async def test_a_device_changes_nothing_of_another_stores_tills(world: InboxWorld) -> None:
    """Facts of its own store that name a shift and a register of a sister shop are booked in their
    own store; the sister's shift stays open, its Z adds up and its register gets no floor."""
    own = await world.new_device()
    other = await world.new_device(organization_id=own.ref.organization_id)
    shop = ShopFacts(seed=12, store_id=own.ref.store_id)
    shift = ShiftFacts(shop, ON)
    await add_register(world, own, shop.register_id)
    await world.send(own, [shift.opened(), shift.sale()])
    await world.project_all()
    shifts = "select * from shift where id = $1"
    before = await world.rows(shifts, shift.shift_id)

    theirs = ShiftFacts(ShopFacts(seed=13, store_id=other.ref.store_id), ON)
    foreign = [theirs.opened(), theirs.sale(), theirs.refund(), theirs.cash(), theirs.closed()]
    for at, value in (
        (("register_id",), str(shop.register_id)),
        (("shift_id",), str(shift.shift_id)),
    ):
        foreign = [with_value(raw, at, value) for raw in foreign]
    await world.send(other, [*foreign[:-1], with_value(foreign[-1], ("body", "z_number"), 77)])
    assert await booked_floors(world, own) == []
    await world.project_all()
    assert await world.rows(shifts, shift.shift_id) == before
    assert await booked_floors(world, own) == []
    written = "select store_id, z_number from z_report where device_id = $1"
    found = await world.rows(written, other.ref.device_id)
    assert [tuple(row.values()) for row in found] == [(other.ref.store_id, 77)]

    await world.send(own, [shift.closed()])
    await world.project_all()
    (closed,) = await world.rows(shifts, shift.shift_id)
    assert (closed["status"], closed["device_id"]) == ("closed", own.ref.device_id)
    odd = "select code, subject from discrepancy where store_id = $1"
    assert [tuple(row.values()) for row in await world.rows(odd, own.ref.store_id)] == []
    assert [floor.z_number for floor in await booked_floors(world, own)] == [1]


@pytest.mark.fault(23, "F,I")
@pytest.mark.parametrize("number", [0, 10**9 + 1, 2**63 - 1, 10**30])
async def test_no_number_of_a_z_leaves_a_register_no_next_one(
    world: InboxWorld, number: int
) -> None:
    """A Z whose number no till ever reaches is kept aside, and no box is told of it, neither before
    nor after it was looked at."""
    device = await world.new_device()
    shop = ShopFacts(seed=14, store_id=device.ref.store_id)
    await add_register(world, device, shop.register_id)
    z = with_value(ShiftFacts(shop, ON).closed(), ("body", "z_number"), number)
    await world.send(device, [z])
    assert await all_floors(world, device) == []
    await honest_sale_is_booked(world, device, shop)
    found = await world.rows(
        "select state, reason from inbox where device_id = $1 and seq = 1", device.ref.device_id
    )
    assert [tuple(row.values()) for row in found] == [(2, "impossible-number")]
    assert await all_floors(world, device) == []


@pytest.mark.fault(23, "F,I")
async def test_the_last_number_there_is_hides_no_lower_floor(world: InboxWorld) -> None:
    """After it there would be no next Z; also one that an earlier release booked beyond it."""
    device = await world.new_device()
    shop = ShopFacts(seed=17, store_id=device.ref.store_id)
    await add_register(world, device, shop.register_id)
    closings = [
        with_value(ShiftFacts(shop, ON).closed(), ("body", "z_number"), number)
        for number in (41, 10**9)
    ]
    await world.send(device, closings)
    (floor,) = await all_floors(world, device)
    assert floor.z_number == 41
    await world.project_all()
    async with world.superuser() as connection:
        await connection.execute(
            "update z_report set z_number = $1 where z_number = $2", 2**63 - 1, 10**9
        )
    (floor,) = await all_floors(world, device)
    assert floor.z_number == 41


@pytest.mark.fault(23, "L")
async def test_many_odd_tenders_hide_no_wrong_drawer(world: InboxWorld) -> None:
    """A Z that disagrees with its tickets in more figures than are kept still tells of its cash."""
    device = await world.new_device()
    shift = ShiftFacts(ShopFacts(seed=18, store_id=device.ref.store_id), ON)
    opened, z = shift.opened(), json.loads(shift.closed())
    z["body"]["tenders"] = [
        {"kind": f"card-{number}", "count": 1, "amount_minor": 10} for number in range(60)
    ]
    z["body"]["cash"]["over_short_minor"] += 500
    await world.send(device, [opened, json.dumps(z).encode()])
    await world.project_all()
    named = await world.rows(
        "select code, count(*) as n from discrepancy where organization_id = $1 group by 1",
        device.ref.organization_id,
    )
    found = {row["code"]: row["n"] for row in named}
    assert found == {"z-cash-does-not-add-up": 1, "z-differs-from-tickets": 50}


@pytest.mark.fault(23, "F,I")
async def test_a_clock_that_was_wrong_once_holds_no_till_in_its_year(world: InboxWorld) -> None:
    """A floor's date is the day after its Z arrived at the latest, on its way and in the books."""
    device = await world.new_device()
    shop = ShopFacts(seed=15, store_id=device.ref.store_id)
    await add_register(world, device, shop.register_id)
    z = with_value(ShiftFacts(shop, ON).closed(), ("business_date",), "2100-12-31")
    await world.send(device, [z])
    latest = RECEIVED_AT.date() + timedelta(days=1)
    floor = RegisterFloor(register_id=shop.register_id, z_number=1, business_date=latest)
    assert await all_floors(world, device) == [floor]
    await world.project_all()
    assert await booked_floors(world, device) == [floor]


@pytest.mark.fault(23, "F,I")
async def test_no_text_fills_the_catalogue_of_every_shop(world: InboxWorld) -> None:
    """A product's name as long as a fact may be is kept aside, and the next product is adopted."""
    device = await world.new_device()
    shop = ShopFacts(seed=16, store_id=device.ref.store_id)
    long, usual = (
        shop.fact(
            ProductProposed(product_id=shop.new_id(), name=name, unit="piece", currency="DZD")
        )
        for name in ("x " * 380_000, "Pain")
    )
    await world.send(device, [long, usual])
    await honest_sale_is_booked(world, device, shop)
    found = await world.rows(
        "select seq, state, reason from inbox where device_id = $1 and state > 0",
        device.ref.device_id,
    )
    assert [tuple(row.values()) for row in found] == [(1, 2, "impossible-word")]


async def booked_floors(world: InboxWorld, device: Device) -> list[RegisterFloor]:
    """What the books say to the device's store."""
    async with world.app.tenant(device.ref.organization_id) as session:
        return await TillFloors().floors(session, device.ref.store_id)


async def all_floors(world: InboxWorld, device: Device) -> list[RegisterFloor]:
    """What the device is told, also of what is not in the books yet."""
    async with world.app.tenant(device.ref.organization_id) as session:
        return await Floors(TillFloors()).floors(session, device.ref)


async def add_register(world: InboxWorld, device: Device, register_id: UUID) -> None:
    """The store has a till of this id."""
    async with world.superuser() as connection:
        await connection.execute(
            "insert into register (organization_id, register_id, store_id, code, name,"
            " pairing_token_hash, created_at) values ($1, $2, $3, 'R1', 'Caisse 1', $4, now())",
            device.ref.organization_id,
            register_id,
            device.ref.store_id,
            "0" * 64,
        )
