from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from protocol.checkout.prices import PricePoint
from protocol.codec.facts import decode_fact
from protocol.messages.collections import CatalogueItem, PriceItem, TaxRate
from protocol.messages.proposal import ProductProposed
from protocol.vocabulary.quantity import UNIT_SCALES
from tests.unit.edge_agent.shop_floor import CASHIER, CASHIER_PIN, PAIRING_TOKENS, STORE, ShopFloor

PRODUCT = UUID("019a7c11-3b5e-7a20-9c41-1f0e8d6b2a01")
PROPOSAL = {
    "id": "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a09",
    "name": "Kesra",
    "unit": "piece",
    "code": "KESRA",
    "unit_price_minor": 4000,
}


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[ShopFloor]:
    floor = ShopFloor(tmp_path)
    await floor.start()
    await floor.publish_all()
    milk = CatalogueItem(
        product_id=PRODUCT,
        sku="LAIT",
        names={"ar": "حليب", "fr": "Lait"},
        unit="piece",
        codes=["6130000000015"],
    )
    price = PriceItem(
        product_id=PRODUCT,
        currency="DZD",
        tax_id="tva9",
        schedule=[PricePoint(unit_price_minor=2500)],
    )
    await floor.publish("catalogue", [milk])
    await floor.publish("prices", [TaxRate(tax_id="tva9", name="TVA", rate_ppm=90_000), price])
    yield floor
    await floor.stop()


@pytest.fixture
async def http(floor: ShopFloor) -> AsyncIterator[httpx.AsyncClient]:
    pairing = await floor.shop.pair(PAIRING_TOKENS[0], tablet_name="T")
    tablet = await floor.shop.tablet(pairing.tablet_token)
    sign_in = await floor.staff.sign_in(CASHIER_PIN, tablet=tablet)
    async with floor.client() as client:
        client.headers["Authorization"] = f"Bearer {sign_in.token}"
        yield client


async def test_a_product_by_code_by_words_by_id_and_in_the_list(http: httpx.AsyncClient) -> None:
    expected = {
        "id": str(PRODUCT),
        "sku": "LAIT",
        "codes": ["6130000000015"],
        "name": "Lait",
        "names": {"ar": "حليب", "fr": "Lait"},
        "unit": "piece",
        "category": None,
        "active": True,
        "proposed": False,
        "currency": "DZD",
        "unit_price_minor": 2500,
        "tax_id": "tva9",
        "tax_rate_ppm": 90_000,
        "prices_include_tax": True,
        "price_version": 1,
    }
    assert (await http.get(f"/products/{PRODUCT}")).json() == expected
    for query in ("code=6130000000015", "q=lai", "limit=5", ""):
        answer = await http.get(f"/products?{query}")
        assert answer.json() == {"items": [expected], "next": None}
    assert (await http.get(f"/products?after={PRODUCT}")).json()["items"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/products?code=4000000000006", 404),
        (f"/products/{STORE}", 404),
        ("/products/x", 422),
        ("/products?limit=0", 422),
        ("/products?limit=201", 422),
        ("/products?code=1&q=2", 422),
        ("/products?after=x", 422),
        ("/products?colour=red", 400),
    ],
)
async def test_wrong_questions(http: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


@pytest.mark.parametrize("field", ["name", "code", "tax_id"])
@pytest.mark.parametrize("blank", ["", "  ", "\u202e\u202e", "\u200b", "a\x00"])
async def test_a_proposal_that_nobody_can_read_is_refused(
    http: httpx.AsyncClient, field: str, blank: str
) -> None:
    refused = await http.post("/products", json={**PROPOSAL, field: blank})
    assert refused.status_code == 422
    assert set(refused.json()["fields"]) == {field}
    if blank not in ("", "a\x00"):
        assert "write something that can be seen" in refused.json()["fields"][field]


@pytest.mark.parametrize("unit", ["box", "Piece", "piece ", "", "\u202e", "a\x00", "x" * 17, 1])
async def test_a_unit_in_which_nothing_is_sold_is_refused(
    http: httpx.AsyncClient, unit: str | int
) -> None:
    refused = await http.post("/products", json={**PROPOSAL, "unit": unit})
    assert refused.status_code == 422
    assert set(refused.json()["fields"]) == {"unit"}
    if isinstance(unit, str):
        assert ", ".join(UNIT_SCALES) in refused.json()["fields"]["unit"]


@pytest.mark.parametrize("unit", UNIT_SCALES)
async def test_a_unit_in_which_quantities_are_sold_is_taken(
    http: httpx.AsyncClient, unit: str
) -> None:
    taken = await http.post("/products", json={**PROPOSAL, "unit": unit})
    assert (taken.status_code, taken.json()["unit"]) == (201, unit)


async def test_a_proposal_is_sellable_and_journalled_once(
    http: httpx.AsyncClient, floor: ShopFloor
) -> None:
    answers = [await http.post("/products", json=PROPOSAL) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["proposed"]
    assert answers[0].json()["currency"] == "DZD"
    [found] = (await http.get("/products?code=KESRA")).json()["items"]
    assert found == answers[0].json()
    other = await http.post("/products", json={**PROPOSAL, "unit_price_minor": 1})
    assert (other.status_code, other.json()["code"]) == (409, "product-id-reused")
    [stored] = await floor.journal.facts_from(1, max_count=9, max_bytes=10**6)
    fact = decode_fact(stored.raw)
    assert isinstance(fact.body, ProductProposed)
    assert (fact.body.name, fact.body.unit_price_minor) == ("Kesra", 4000)
    assert (fact.envelope.staff_id, fact.envelope.store_id) == (CASHIER, STORE)


@pytest.mark.parametrize(
    "change",
    [
        {"unit_price_minor": -1},
        {"unit_price_minor": 1.5},
        {"unit_price_minor": "5"},
        {"name": ""},
        {"id": "x"},
        {"colour": "red"},
    ],
)
async def test_malformed_proposals(http: httpx.AsyncClient, change: dict[str, object]) -> None:
    answer = await http.post("/products", json={**PROPOSAL, **change})
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == list(change)
