"""A movement is booked on the day it was made, however late the hub hears of it (DESIGN §4)."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from protocol.codec.facts import decode_fact
from protocol.messages.facts import Envelope
from protocol.messages.stock import StockMoved
from tests.integration.edge_agent.shop_seed import MILK
from tests.unit.edge_agent.embedded_till import Json, Till, open_till


def came(till: Till, **more: object) -> Json:
    lines = [{"product_id": str(MILK), "quantity": "5"}]
    return {
        "id": till.ids.next(),
        "kind": "goods_receipt",
        "reason": "of the dairy",
        "lines": lines,
        **more,
    }


async def movements(till: Till) -> list[Envelope]:
    rows = await till.agent.writer.submit(
        lambda connection: connection.execute("SELECT bytes FROM journal ORDER BY seq").fetchall()
    )
    facts = [decode_fact(bytes(raw)) for (raw,) in rows]
    return [fact.envelope for fact in facts if isinstance(fact.body, StockMoved)]


@pytest.mark.parametrize(
    "kind", ["goods_receipt", "waste", "adjustment", "count", "transfer_in", "transfer_out"]
)
async def test_a_movement_says_its_business_date(tmp_path: Path, kind: str) -> None:
    async with open_till(tmp_path) as till:
        assert (await till.post("/v1/stock-movements", came(till, kind=kind))).status_code == 201
        [moved] = await movements(till)
        assert moved.business_date == date(2026, 3, 2)
        assert moved.shift_id is None


async def test_the_day_begins_at_the_stores_cut_off(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        till.clock.advance(timedelta(hours=16, minutes=59))  # 02:59 in Algiers, before 03:00
        await till.sign_in()
        await till.post("/v1/stock-movements", came(till))
        till.clock.advance(timedelta(minutes=1))
        await till.post("/v1/stock-movements", came(till))
        days = [moved.business_date for moved in await movements(till)]
        assert days == [date(2026, 3, 2), date(2026, 3, 3)]


async def test_asked_again_the_next_day_it_stays_where_it_was(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        movement = came(till)
        first = await till.post("/v1/stock-movements", movement)
        till.clock.advance(timedelta(days=1))
        await till.sign_in()
        again = await till.post("/v1/stock-movements", movement)
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.content == first.content
        [moved] = await movements(till)
        assert moved.business_date == date(2026, 3, 2)
        assert (await till.get(f"/v1/stock/{MILK}")).json()["quantity"] == "5"
