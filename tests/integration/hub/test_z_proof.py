"""A real register's Zs go on from each other at the hub; whatever was changed in one is named."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from zlib import crc32

import msgspec
import pytest

from hub.tills.floors import TillFloors
from protocol.codec.facts import decode_fact
from protocol.messages.till import ShiftClosed
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.fiscal_days import (
    SigningBox,
    journal_of_days,
    moved,
    rewritten,
    signing_box,
)
from tests.integration.hub.inbox_world import InboxWorld, inbox_world

pytestmark = pytest.mark.slow


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


@pytest.fixture
async def box(world: InboxWorld) -> SigningBox:
    return await signing_box(world, await world.new_device())


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return asyncio.run(journal_of_days(tmp_path_factory.mktemp("till")))


async def odds(world: InboxWorld, box: SigningBox) -> list[tuple[str, str]]:
    rows = await world.rows(
        "select code, subject from discrepancy where organization_id = $1 order by 1, 2",
        box.device.ref.organization_id,
    )
    return [(row["code"], row["subject"]) for row in rows]


def last_z(facts: list[bytes]) -> tuple[int, ShiftClosed]:
    body = decode_fact(facts[-1]).body
    assert isinstance(body, ShiftClosed)
    return len(facts) - 1, body


async def test_the_zs_of_a_real_register_prove_each_other(
    world: InboxWorld, box: SigningBox, days: list[bytes]
) -> None:
    """Over a turn of the year, with late tickets and signatures."""
    facts = [box.signed(raw) for raw in moved(days, box.device)]
    await world.send(box.device, facts)
    await world.project_all()
    assert await odds(world, box) == []
    rows = await world.rows(
        "select z_number, perpetual ->> 'year' as year, json_array_length(addenda) as late,"
        " certificate_serial is not null as signed, length(chain_hash) as chain"
        " from z_report where organization_id = $1 order by z_number",
        box.device.ref.organization_id,
    )
    assert [tuple(row.values()) for row in rows] == [
        (1, "2026", 0, True, 32),
        (2, "2026", 1, True, 32),
        (3, "2027", 1, True, 32),
    ]
    _, z = last_z(facts)
    async with world.app.tenant(box.device.ref.organization_id) as session:
        (floor,) = await TillFloors().floors(session, box.device.ref.store_id)
    assert (floor.z_number, floor.perpetual) == (3, z.perpetual)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"gross_minor": 1}, ("z-differs-from-tickets", "gross_minor")),
        ({"duty_count": 9}, ("z-differs-from-tickets", "duty_count")),
        ({"z_number": 4}, ("z-number-gap", "z_number")),
        ({"perpetual": "sales_count"}, ("z-perpetual-breaks", "perpetual.sales_count")),
        ({"perpetual": "year_sales_minor"}, ("z-perpetual-breaks", "perpetual.year_sales_minor")),
        ({"addenda": []}, ("z-perpetual-breaks", "perpetual.sales_minor")),
        ({"addenda": "sales_count"}, ("z-addenda-differ", "addenda.2.sales_count")),
    ],
)
async def test_what_was_changed_in_a_z_is_named(
    world: InboxWorld,
    box: SigningBox,
    days: list[bytes],
    changes: dict[str, Any],
    expected: tuple[str, str],
) -> None:
    facts = moved(days, box.device)
    place, z = last_z(facts)
    for part, name in [(p, n) for p, n in changes.items() if isinstance(n, str)]:
        value = getattr(z, part)
        own = value[0] if isinstance(value, list) else value
        own = msgspec.structs.replace(own, **{name: getattr(own, name) + 10_000_000})
        changes = {part: [own] if isinstance(value, list) else own}
    facts[place] = rewritten(facts[place], **changes)
    await world.send(box.device, [box.signed(raw) for raw in facts])
    await world.project_all()
    assert expected in await odds(world, box)


async def test_a_z_that_was_signed_and_then_changed_is_not_its_devices(
    world: InboxWorld, box: SigningBox, days: list[bytes]
) -> None:
    facts = moved(days, box.device)
    unsigned = next(raw for raw in facts if isinstance(decode_fact(raw).body, ShiftClosed))
    signed = [raw if raw == unsigned else box.signed(raw) for raw in facts]
    place, z = last_z(signed)
    signed[place] = rewritten(signed[place], first_receipt=(z.first_receipt or 0) + 1)
    await world.send(box.device, signed)
    await world.project_all()
    assert await odds(world, box) == [
        ("z-signature-wrong", "signature"),
        ("z-unsigned", "signature"),
    ]
    rows = await world.rows(
        "select certificate_serial is null as strange from z_report where device_id = $1"
        " order by z_number",
        box.device.ref.device_id,
    )
    assert [row["strange"] for row in rows] == [True, False, True]
