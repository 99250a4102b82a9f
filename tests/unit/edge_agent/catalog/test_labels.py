"""Shelf labels over HTTP: what hangs false, the paper, and what is confirmed."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from msgspec.structs import replace

from protocol.checkout.prices import PricePoint
from protocol.messages.collections import CatalogueItem, Item, PriceItem
from tests.integration.edge_agent.shop_seed import CHEESE, MILK, WITHDRAWN, collections
from tests.unit.edge_agent.embedded_till import Json, Till, open_till
from tests.unit.edge_agent.pages import page


async def changes(till: Till, query: str = "") -> list[Json]:
    answer = await till.get(f"/v1/labels/changes{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def hang(till: Till, *items: Json) -> None:
    told = [{"product_id": one["product_id"], "price": one["new"]} for one in items]
    assert (await till.post("/v1/labels/confirm", {"items": told})).status_code == 204


async def publish(till: Till, name: str, items: list[Item], *, version: int) -> None:
    [collection] = [one for one in till.agent.collections if one.name == name]
    sent = page(name, items, version=version, restart=True)
    await till.agent.writer.submit(partial(collection.stage_page, page=sent))


async def test_the_queue_empties_as_labels_are_hung_and_fills_as_prices_change(
    tmp_path: Path,
) -> None:
    async with open_till(tmp_path) as till:
        first = await changes(till)
        assert [one["product_id"] for one in first] == [str(MILK), str(CHEESE)]
        assert first[0]["old"] is None
        assert first[0]["new"] == {"unit_price_minor": 12_000, "breaks": []}
        assert (first[0]["name"], first[0]["currency"]) == ("Lait", "DZD")
        await hang(till, *first)
        assert await changes(till) == []
        tomorrow = till.clock.now() + timedelta(days=1)
        points = [
            PricePoint(unit_price_minor=12_000),
            PricePoint(unit_price_minor=12_500, effective_at=tomorrow),
            PricePoint(unit_price_minor=11_000, min_quantity=6),  # type: ignore[arg-type]
        ]
        prices = [
            replace(item, schedule=points)
            if isinstance(item, PriceItem) and item.product_id == MILK
            else item
            for item in collections()["prices"]
        ]
        await publish(till, "prices", prices, version=2)
        [now] = await changes(till)
        assert now["new"] == {
            "unit_price_minor": 12_000,
            "breaks": [{"quantity": "6", "unit_price_minor": 11_000}],
        }
        assert now["old"] == {"unit_price_minor": 12_000, "breaks": []}
        [then] = await changes(till, f"?at={tomorrow.isoformat().replace('+00:00', 'Z')}")
        assert then["new"]["unit_price_minor"] == 12_500
        await hang(till, then)
        assert len(await changes(till)) == 1  # It hangs a day too early.


async def test_the_label_of_what_is_sold_no_more_comes_off(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        await hang(till, *await changes(till))
        gone = [
            replace(item, active=False)
            if isinstance(item, CatalogueItem) and item.product_id == MILK
            else item
            for item in collections()["catalogue"]
        ]
        await publish(till, "catalogue", gone, version=2)
        [off] = await changes(till)
        assert (off["product_id"], off["new"]) == (str(MILK), None)
        await hang(till, off)
        assert await changes(till) == []


async def test_labels_on_paper_and_which_have_none(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        both = {"product_ids": [str(CHEESE), str(MILK)]}
        for form, start in (("png", b"\x89PNG"), ("escpos", b"\x1b@"), ("pdf", b"%PDF-")):
            answer = await till.post(f"/v1/labels/paper?format={form}&width=58&languages=ar", both)
            assert (answer.status_code, answer.content.startswith(start)) == (200, True)
        assert len(await changes(till)) == 2  # Printed is not hung.
        await publish(till, "prices", [], version=2)
        for products, code in (
            ([str(UUID(int=5))], "unknown-product"),
            ([str(MILK)], "no-price-for-label"),
        ):
            answer = await till.post("/v1/labels/paper", {"product_ids": products})
            assert (answer.status_code, answer.json()["code"]) == (404, code)
        assert await changes(till) == []
        assert (await till.post("/v1/labels/paper", {"product_ids": []})).status_code == 422
        assert str(WITHDRAWN) not in str(await changes(till))


async def test_a_long_queue_comes_in_pages(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        first = (await till.get("/v1/labels/changes?limit=1")).json()
        assert first["next"] == str(MILK)
        second = (await till.get(f"/v1/labels/changes?limit=1&after={first['next']}")).json()
        assert [one["product_id"] for one in second["items"]] == [str(CHEESE)]
        last = (await till.get(f"/v1/labels/changes?after={second['next']}")).json()
        assert last == {"items": [], "next": None}
