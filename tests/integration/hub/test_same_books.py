"""What a shop's Z sums up is what the hub's tickets come to, however oddly tablets wrote them."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.integration.edge_agent.shop_seed import MILK, MILK_PRICE, ORGANIZATION, STORE
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.inbox_world import Device, InboxWorld
from tests.spine.wrong_books import WRONG
from tests.unit.edge_agent.embedded_till import Till, open_till

pytestmark = pytest.mark.slow
_TICKETS = 120
# Every ticket here is odd, so that it has differences of its own; the Z shall have none.
_LOOKED_AT = [what for what in WRONG if what != "discrepancies"]


async def test_a_z_over_odd_tickets_is_what_the_hub_holds(
    hub_database: HubDatabase, tmp_path: Path
) -> None:
    """Cashback on a card, change on a refund, no tender at all, amounts that agree with nothing."""
    async with open_till(tmp_path) as till:
        shift_id = (await till.open_shift())["id"]
        await _trade(till, shift_id, chance=Random(20_261_123))
        z = await till.close_shift(shift_id)
        facts = await _journal(till)
    assert z["sales_count"] + z["returns_count"] == _TICKETS
    world = InboxWorld(hub_database.server, hub_database.name)
    try:
        await world.send(await _shop(world), facts)
        await world.project_all()
        assert await world.rows("select 1 from z_report") != []
        assert await world.rows("select * from discrepancy where code like 'z-%'") == []
        for what in _LOOKED_AT:
            assert await world.rows(WRONG[what]) == [], what
    finally:
        await world.close()


async def _trade(till: Till, shift_id: str, *, chance: Random) -> None:
    """Sales, and returns of them, each written as some tablet once wrote it."""
    sold: list[str] = []
    for _ in range(_TICKETS):
        odd = _odd(chance)
        if sold and chance.random() < 0.3:
            answer = await till.post(
                "/v1/returns", _return(till, shift_id, chance.choice(sold), odd)
            )
        else:
            answer = await till.sell(shift_id, mode="handed_over", **odd)
            sold.append(answer.json()["id"])
        assert answer.status_code in (200, 201), answer.text


def _odd(chance: Random) -> dict[str, Any]:
    """Tenders and totals: some agree, most do not."""
    tenders = [
        {
            "kind": chance.choice(("cash", "cash", "card", "voucher", "CB 12")),
            "amount_minor": chance.choice((MILK_PRICE, 0, 500, 20_000, MILK_PRICE // 2)),
        }
        for _ in range(chance.choice((0, 1, 1, 1, 2, 3)))
    ]
    totals = {
        "payable_minor": chance.choice((MILK_PRICE, MILK_PRICE, 0, 11_999)),
        "change_minor": chance.choice((0, 0, 8_000, 500, 100_000)),
    }
    return {"tenders": tenders, "totals": totals}


def _return(till: Till, shift_id: str, sale_id: str, odd: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": till.ids.next(),
        "mode": "handed_over",
        "shift_id": shift_id,
        "currency": "DZD",
        "rung_at": till.clock.now().isoformat(),
        "reason": "brought back",
        "original_sale_id": sale_id,
        "lines": [{"line_no": 1, "original_line_no": 1, "product_id": str(MILK), "quantity": "1"}],
        **odd,
    }


async def _journal(till: Till) -> list[bytes]:
    return await till.agent.writer.submit(
        lambda connection: [
            bytes(raw) for (raw,) in connection.execute("SELECT bytes FROM journal ORDER BY seq")
        ]
    )


async def _shop(world: InboxWorld) -> Device:
    """The device of the same shop at the hub."""
    async with world.superuser() as connection:
        await connection.execute(
            "insert into organization values ($1, 'El Bahdja', 'DZD', now())", ORGANIZATION
        )
        await connection.execute("insert into tenant_counter values ($1)", ORGANIZATION)
        await connection.execute(
            "insert into store (organization_id, store_id, code, name, currency, timezone,"
            " created_at) values ($1, $2, 'S', 'El Bahdja', 'DZD', 'Africa/Algiers', now())",
            ORGANIZATION,
            STORE,
        )
    return await world.new_device(organization_id=ORGANIZATION, store_id=STORE)
