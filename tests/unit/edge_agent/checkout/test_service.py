"""A return with its ticket is booked by the ticket's terms, whatever the office said since."""

from decimal import Decimal
from functools import partial
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from hub.sales.rules import differences
from protocol.codec.facts import decode_fact
from protocol.codec.items import encode_item, item_key
from protocol.messages.collections import StoreSettings
from protocol.messages.sync import Cursor, Page, Put
from protocol.messages.ticket import ReturnFinalised
from tests.integration.edge_agent.shop_seed import MILK, collections
from tests.unit.edge_agent.embedded_till import Json, Till, open_till

# 120.00 with 9 % in it, and with 9 % on it.
PAID_MINOR = {True: 12000, False: 13080}


async def say_included(till: Till, included: bool, *, version: int) -> None:
    """The office publishes whether prices include tax."""
    [collection] = [one for one in till.agent.collections if one.name == "settings"]
    items = [
        replace(item, prices_include_tax=included) if isinstance(item, StoreSettings) else item
        for item in collections()["settings"]
    ]
    page = Page(
        rid=str(version),
        collection="settings",
        next=Cursor(version=version, key="~", since=1),
        version=version,
        done=True,
        puts=[
            Put(key=item_key(item), version=version, payload=msgspec.Raw(encode_item(item)))
            for item in items
        ],
    )

    await till.agent.writer.submit(partial(collection.stage_page, page=page))


def by_card(amount_minor: int) -> Json:
    return {
        "tenders": [{"kind": "card", "amount_minor": amount_minor}],
        "totals": {"payable_minor": amount_minor},
    }


def back(till: Till, sale: Json, **more: object) -> Json:
    return {
        "id": till.ids.next(),
        "mode": "live",
        "shift_id": sale["shift_id"],
        "currency": "DZD",
        "rung_at": till.clock.now().isoformat(),
        "reason": "sour",
        "original_sale_id": sale["id"],
        "lines": [{"line_no": 1, "product_id": str(MILK), "quantity": "1"}],
        **by_card(sale["totals"]["payable_minor"]),
        **more,
    }


async def returned(till: Till) -> list[tuple[ReturnFinalised, list[str]]]:
    """Every return's fact, and what the hub says of its figures."""
    rows = await till.agent.writer.submit(
        lambda connection: connection.execute("SELECT bytes FROM journal ORDER BY seq").fetchall()
    )
    found = []
    for fact in (decode_fact(bytes(raw)) for (raw,) in rows):
        if isinstance(fact.body, ReturnFinalised):
            assert fact.envelope.business_date is not None
            odd = differences(fact.body, on=fact.envelope.business_date)
            found.append((fact.body, [each.subject for each in odd]))
    return found


@pytest.mark.parametrize("mode", ["live", "handed_over"])
@pytest.mark.parametrize("included", [True, False])
async def test_a_return_keeps_its_tickets_word_on_tax(
    tmp_path: Path, mode: str, included: bool
) -> None:
    """Sold with tax included, brought back when prices are before tax, and the other way."""
    async with open_till(tmp_path) as till:
        await say_included(till, included, version=2)
        shift = await till.open_shift()
        sale = (await till.sell(shift["id"], **by_card(PAID_MINOR[included]))).json()
        await say_included(till, not included, version=3)
        answer = await till.post("/v1/returns", back(till, sale, mode=mode))
        document = answer.json()
        assert (answer.status_code, document["flags"]) == (201, [])
        assert document["prices_include_tax"] is included
        for part in ("totals", "tax_lines"):
            assert document[part] == sale[part]
        [(body, odd)] = await returned(till)
        assert (body.prices_include_tax, odd) == (included, [])


async def test_a_return_that_does_not_fit_is_told_by_its_tickets_terms(tmp_path: Path) -> None:
    """A second time at the handed-over door: a flag, and figures that still add up."""
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        sale = (await till.sell(shift["id"], **by_card(12000))).json()
        await say_included(till, False, version=2)
        await till.post("/v1/returns", back(till, sale))
        again = (await till.post("/v1/returns", back(till, sale, mode="handed_over"))).json()
        assert again["flags"] == ["already-returned"]
        assert again["totals"] == sale["totals"]
        assert [odd for _, odd in await returned(till)] == [[], []]


async def test_without_ticket_the_shops_terms_of_the_day_hold(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        sale = (await till.sell(shift["id"], **by_card(12000))).json()
        await say_included(till, False, version=2)
        loose = back(till, sale, original_sale_id=None, **by_card(13080))
        document = (await till.post("/v1/returns", loose)).json()
        assert document["prices_include_tax"] is False
        assert document["totals"]["added_tax_minor"] == 1080
        [(body, odd)] = await returned(till)
        assert (body.lines[0].quantity, odd) == (Decimal(1), [])
