"""What a simulated tablet takes from the agent's answers."""

from random import Random
from uuid import UUID

import httpx
import pytest

from protocol.errors import Refused
from provisioning.demo.plan import GIFTS
from provisioning.demo.tablet import Tablet, TicketRefused

REGISTER = GIFTS.stores[0].registers[0]
UPC = "012345678905"


def tablet(response: httpx.Response) -> Tablet:
    transport = httpx.MockTransport(lambda _request: response)
    client = httpx.AsyncClient(base_url="http://agent.example", transport=transport)
    return Tablet(client, REGISTER, rng=Random(0))


def item(number: int, *, sku: str, codes: tuple[str, ...] = ()) -> dict[str, object]:
    return {
        "id": str(UUID(int=number)),
        "sku": sku,
        "codes": codes,
        "name": sku,
        "unit": "piece",
        "unit_price_minor": 100,
        "tax_id": "vat-20",
        "tax_rate_ppm": 200_000,
    }


async def test_of_equal_gtins_it_sells_the_product_of_its_own_code() -> None:
    items = [item(1, sku=f"00{UPC}"), item(2, sku="", codes=(UPC,)), item(3, sku=f"0{UPC}")]
    one = tablet(httpx.Response(200, json={"items": items}))
    for code, number in ((f"00{UPC}", 1), (UPC, 2), (f"0{UPC}", 3)):
        assert (await one.product(code)).product_id == UUID(int=number)
    with pytest.raises(TicketRefused, match="unknown-code"):
        await one.product("12345678905")


async def test_a_refusal_says_whether_it_is_about_the_ticket() -> None:
    problem = {"type": "urn:hanout:problem:fact-too-large", "detail": "Split it."}
    with pytest.raises(TicketRefused, match=r"\[fact-too-large\] Split it\."):
        await tablet(httpx.Response(422, json=problem)).post("/v1/sales", {})
    with pytest.raises(TicketRefused, match="nothing here"):
        await tablet(httpx.Response(404, text="nothing here")).post("/v1/sales", {})
    with pytest.raises(Refused) as refused:
        await tablet(httpx.Response(401, json={})).post("/v1/sales", {})
    assert not isinstance(refused.value, TicketRefused)
