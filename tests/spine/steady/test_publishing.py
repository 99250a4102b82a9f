"""What the office changes reaches the shops, and what the shops sell reaches the owner's screen.

Promises H and J through both HTTP interfaces; how long it takes is the benchmark's question.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from protocol.errors import Refused
from protocol.vocabulary.ids import uuid7
from provisioning.demo.plan import CASHIER_PIN, GIFTS, OWNER_PASSWORD, SUPERETTE, Tenant
from provisioning.demo.stack import Agent
from provisioning.demo.tablet import Tablet
from tests.spine.running import Running, client_of, tablet_of
from tests.spine.steady.plain_sale import sell_one

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="package"),
]
_ARRIVES_S = 60.0
_POLL_S = 0.05
_MADE_MS = 1_770_000_000_000


@dataclass(frozen=True, kw_only=True)
class Office:
    """An owner at the hub's API, and a cashier in one of the owner's shops."""

    hub: httpx.AsyncClient
    tablet: Tablet
    agent: Agent

    async def in_shop(self, code: str) -> dict[str, Any] | None:
        """The product as the shop's tablets see it now."""
        try:
            found = await self.tablet.get("/v1/products", {"code": code})
        except Refused as unknown:
            if unknown.code != "unknown-code":
                raise
            return None
        item: dict[str, Any] = found["items"][0]
        return item


@pytest_asyncio.fixture(loop_scope="package")
async def office(world: Running) -> AsyncIterator[Office]:
    async with (
        httpx.AsyncClient(base_url=world.stack.hub_url) as hub,
        client_of(world.agent(1)) as client,
    ):
        hub.headers["Authorization"] = f"Bearer {await _access_token(hub, SUPERETTE)}"
        tablet = tablet_of(client, world.agent(1).store.registers[0])
        await tablet.sign_in(pin=CASHIER_PIN)
        yield Office(hub=hub, tablet=tablet, agent=world.agent(1))


async def test_a_changed_price_reaches_the_shop(world: Running, office: Office) -> None:
    product = world.groceries[3]
    before = await office.in_shop(product.codes[0])
    assert before is not None
    price_minor = before["unit_price_minor"] + 500
    answer = await office.hub.put(
        f"/v1/products/{product.id}/price",
        json={"currency": "DZD", "unit_price_minor": price_minor},
    )
    assert answer.status_code == 204, answer.text

    async def arrived() -> bool:
        now = await office.in_shop(product.codes[0])
        return now is not None and now["unit_price_minor"] == price_minor

    await _eventually(arrived)
    now = await office.in_shop(product.codes[0])
    assert now is not None
    assert now["price_version"] > before["price_version"]


async def test_a_price_of_one_store_stays_there(world: Running, office: Office) -> None:
    product = world.groceries[4]
    oran = world.agent(2)
    before = await office.in_shop(product.codes[0])
    assert before is not None
    body = {"currency": "DZD", "unit_price_minor": 123_500, "store_id": str(oran.store.id)}
    answer = await office.hub.put(f"/v1/products/{product.id}/price", json=body)
    assert answer.status_code == 204, answer.text
    async with client_of(oran) as client:
        tablet = tablet_of(client, oran.store.registers[0])
        await tablet.sign_in(pin=CASHIER_PIN)

        async def arrived() -> bool:
            found = await tablet.get("/v1/products", {"code": product.codes[0]})
            return bool(found["items"][0]["unit_price_minor"] == 123_500)

        await _eventually(arrived)
    assert await office.in_shop(product.codes[0]) == before


async def test_a_new_product_can_be_sold(office: Office) -> None:
    product_id = uuid7(_MADE_MS, 1)
    code = "6130760000017"
    created = await office.hub.post(
        "/v1/products",
        json={
            "product_id": str(product_id),
            "sku": "HARISSA-1",
            "names": {"fr": "Harissa du Cap Bon", "ar": "هريسة"},
            "tax_id": "tva-19",
            "codes": [code],
        },
    )
    assert created.status_code == 201, created.text
    priced = await office.hub.put(
        f"/v1/products/{product_id}/price", json={"currency": "DZD", "unit_price_minor": 24_000}
    )
    assert priced.status_code == 204, priced.text

    async def arrived() -> bool:
        found = await office.in_shop(code)
        return found is not None and found["unit_price_minor"] == 24_000

    await _eventually(arrived)
    found = await office.tablet.product(code)
    shift = await office.tablet.open_shift(uuid7(_MADE_MS, 2), float_minor=0)
    ticket = await sell_one(
        office.tablet, found, sale_id=uuid7(_MADE_MS, 3), shift_id=shift, currency="DZD"
    )
    assert ticket["totals"]["payable_minor"] == 24_000


async def test_a_renamed_product_is_found_by_its_new_name(world: Running, office: Office) -> None:
    product = world.groceries[5]
    path = f"/v1/products/{product.id}"
    revision = (await office.hub.get(path)).headers["ETag"]
    changed = await office.hub.patch(
        path, json={"names": {"fr": "Quatre épices d'Oran"}}, headers={"If-Match": revision}
    )
    assert changed.status_code == 200, changed.text

    async def arrived() -> bool:
        found = await office.tablet.get("/v1/products", {"q": "quatre epices"})
        return [item["id"] for item in found["items"]] == [str(product.id)]

    await _eventually(arrived)


async def test_a_sale_reaches_the_owners_screen(world: Running, office: Office) -> None:
    async with httpx.AsyncClient(base_url=world.stack.hub_url) as browser:
        await _sign_in(browser, SUPERETTE)
        before = await _tickets_shown(browser, office.agent.store.id)
        position = await _position_shown(browser)
        told = asyncio.create_task(_told_of_sales(browser, position))
        shift = await office.tablet.open_shift(uuid7(_MADE_MS, 4), float_minor=0)
        found = await office.tablet.product(world.groceries[0].codes[0])
        await sell_one(
            office.tablet, found, sale_id=uuid7(_MADE_MS, 5), shift_id=shift, currency="DZD"
        )
        await asyncio.wait_for(told, _ARRIVES_S)

        async def arrived() -> bool:
            return await _tickets_shown(browser, office.agent.store.id) == before + 1

        await _eventually(arrived)


async def test_another_owner_sees_nothing_of_it(world: Running, office: Office) -> None:
    async with httpx.AsyncClient(base_url=world.stack.hub_url) as browser:
        await _sign_in(browser, GIFTS)
        page = (await browser.get("/")).text
        assert str(office.agent.store.id) not in page
        assert "El Baraka" not in page


async def _eventually(arrived: Callable[[], Awaitable[bool]]) -> None:
    """Raises TimeoutError when it does not come."""
    async with asyncio.timeout(_ARRIVES_S):
        while True:
            if await arrived():
                return
            await asyncio.sleep(_POLL_S)


async def _access_token(hub: httpx.AsyncClient, tenant: Tenant) -> str:
    body = {"email": tenant.email, "password": OWNER_PASSWORD}
    answer = await hub.post("/v1/auth/sign-in", json=body)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


async def _sign_in(browser: httpx.AsyncClient, tenant: Tenant) -> None:
    page = (await browser.get("/sign-in")).text
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    form = {"form_token": found[1], "email": tenant.email, "password": OWNER_PASSWORD}
    answer = await browser.post("/sign-in", data=form)
    assert answer.status_code == 303, answer.text


async def _tickets_shown(browser: httpx.AsyncClient, store_id: UUID) -> int:
    page = (await browser.get("/today/takings")).text
    figure = re.search(rf'data-figure="tickets-{store_id}-DZD">([^<]*)<', page)
    return int(re.sub(r"\D", "", figure[1])) if figure else 0


async def _position_shown(browser: httpx.AsyncClient) -> str:
    found = re.search(r'data-stream="/live\?position=(\d+)"', (await browser.get("/")).text)
    assert found is not None
    return found[1]


async def _told_of_sales(browser: httpx.AsyncClient, position: str) -> None:
    """Listen to the page's stream until it names the sales."""
    async with browser.stream("GET", f"/live?position={position}", timeout=None) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:") and '"sales"' in line:
                return
