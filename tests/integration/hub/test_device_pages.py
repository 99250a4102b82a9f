"""The page of devices: codes made, shown once, withdrawn; devices revoked; of one tenant alone."""

import html
import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.integration.hub.claim_world import Box
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.hub_world import PASSWORD, HubWorld, Tenant, hub_world

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    hub_database: HubDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HubWorld]:
    async with hub_world(hub_database, tmp_path_factory.mktemp("hub")) as made:
        yield made


class Visitor:
    """Somebody's browser."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def form_token(self, path: str = "/devices") -> str:
        page = await self.client.get(path)
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)
        assert token is not None, page.text
        return token[1]

    async def enter(self, tenant: Tenant) -> None:
        token = await self.form_token("/sign-in")
        fields = {"email": tenant.email, "password": PASSWORD, "form_token": token}
        entered = await self.client.post("/sign-in", data=fields)
        assert entered.status_code == 303, entered.text

    async def send(self, path: str, **fields: str) -> httpx.Response:
        return await self.client.post(path, data={"form_token": await self.form_token(), **fields})


@pytest_asyncio.fixture(loop_scope="module")
async def owner(world: HubWorld) -> AsyncIterator[Visitor]:
    async with world.client() as client:
        visitor = Visitor(client)
        await visitor.enter(world.algiers)
        yield visitor


async def test_a_code_is_made_shown_once_and_makes_a_device(
    world: HubWorld, owner: Visitor
) -> None:
    shop = world.algiers.shops[0]
    made = await owner.send("/devices/claims", store=str(shop.store_id), name="Boîtier <2>")
    assert made.status_code == 200
    code = re.search(r"<strong>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</strong>", made.text)
    assert code is not None
    assert "<svg" in made.text
    assert "Boîtier &lt;2&gt;" in made.text
    assert f"code={code[1]}" in html.unescape(made.text)
    assert code[1] not in (await owner.client.get("/devices")).text
    claimed = await owner.client.post("/v1/provisioning/claim", json=Box().claim(code[1]))
    assert claimed.status_code == 200
    device_id = claimed.json()["device_id"]
    page = (await owner.client.get("/devices")).text
    assert "En attente du premier contact" in page
    assert "certificat jusqu’au" in page
    gone = await owner.send(f"/devices/{device_id}/revoke", reason="volé")
    assert gone.status_code == 303
    await owner.client.get("/language/ar")
    page = (await owner.client.get("/devices")).text
    assert "ملغى" in page
    assert "volé" in page


async def test_a_code_is_withdrawn(world: HubWorld, owner: Visitor) -> None:
    await owner.send("/devices/claims", store=str(world.algiers.shops[0].store_id), name="Spare")
    page = (await owner.client.get("/devices")).text
    address = re.search(r'action="(/devices/claims/[0-9a-f-]+/withdraw)"', page)
    assert address is not None
    assert (await owner.send(address[1])).status_code == 303
    assert address[1] not in (await owner.client.get("/devices")).text


async def test_what_is_wrong_is_said_on_the_page(world: HubWorld, owner: Visitor) -> None:
    store = str(world.algiers.shops[0].store_id)
    foreign_device = world.london.shops[0].device
    assert foreign_device is not None
    wrong = [
        {"store": "none", "name": "x"},
        {"store": store, "name": " "},
        {"store": str(world.london.shops[0].store_id), "name": "x"},
        {"store": store, "name": "x", "replaces": str(foreign_device.ref.device_id)},
        {"store": store, "name": "x", "replaces": "none"},
    ]
    for fields in wrong:
        answer = await owner.send("/devices/claims", **fields)
        assert answer.status_code == 422, fields
        assert 'role="alert"' in answer.text
        assert "Soho" not in answer.text


async def test_nothing_of_another_tenant_is_seen_or_touched(
    world: HubWorld, owner: Visitor
) -> None:
    async with world.client(world.london) as victim:
        slot = {"store_id": str(world.london.shops[0].store_id), "name": "Agent"}
        claim = (await victim.post("/v1/devices/claims", json=slot)).json()
        device = world.london.shops[0].device
        assert device is not None
        page = await owner.client.get("/devices")
        for foreign in ("Soho", str(device.ref.device_id), claim["claim_id"]):
            assert foreign not in page.text
        for path in (
            f"/devices/claims/{claim['claim_id']}/withdraw",
            f"/devices/{device.ref.device_id}/revoke",
        ):
            assert (await owner.send(path, reason="theft")).status_code == 404, path
        shown = (await victim.get(f"/v1/devices/{device.ref.device_id}")).json()
        assert shown["status"] == "active"
        listed = (await victim.get("/v1/devices/claims")).json()["items"]
        assert [item["state"] for item in listed] == ["open"]


async def test_no_other_page_can_send_its_forms(world: HubWorld, owner: Visitor) -> None:
    store = str(world.algiers.shops[0].store_id)
    for fields in ({}, {"form_token": "0" * 48}):
        sent = {"store": store, "name": "x", **fields}
        assert (await owner.client.post("/devices/claims", data=sent)).status_code == 403
    async with world.client() as stranger:
        assert (await stranger.get("/devices")).status_code == 303
        assert (await stranger.post("/devices/claims", data={})).status_code == 303
