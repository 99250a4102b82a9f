"""An agent in this process under a clock that the test sets, spoken to without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from edge_agent.api.agent import Agent
from edge_agent.main import create_agent
from edge_agent.settings import EdgeSettings
from tests.integration.edge_agent.shop_seed import (
    CASHIER,
    DEVICE,
    MILK,
    MILK_PRICE,
    ORGANIZATION,
    PAIRING_TOKENS,
    PINS,
    STORE,
    seed,
)
from tests.unit.edge_agent.clock import ManualClock

Json = dict[str, Any]


class Counter:
    """The test's ids."""

    def __init__(self) -> None:
        self._count = 0

    def next(self) -> str:
        self._count += 1
        return str(UUID(int=(7 << 76) | (2 << 62) | self._count))


class Till:
    """A signed-in tablet at the first register."""

    def __init__(self, agent: Agent, clock: ManualClock) -> None:
        self.agent = agent
        self.clock = clock
        self.ids = Counter()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(agent.app), base_url="http://shop"
        )

    async def sign_in(self, staff_id: UUID = CASHIER) -> None:
        body = {"pairing_token": PAIRING_TOKENS[0], "tablet_name": "t"}
        paired = await self._client.post("/v1/pairings", json=body)
        token = paired.json()["tablet_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"
        signed_in = await self._client.post("/v1/sign-ins", json={"pin": PINS[staff_id]})
        self._client.headers["Authorization"] = f"Bearer {signed_in.json()['token']}"

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path)

    async def post(self, path: str, body: Json) -> httpx.Response:
        return await self._client.post(path, json=body)

    async def open_shift(self) -> Json:
        body = {"id": self.ids.next(), "float_minor": 0}
        return dict((await self.post("/v1/shifts", body)).json())

    async def close_shift(self, shift_id: str) -> Json:
        path = f"/v1/shifts/{shift_id}/close"
        return dict((await self.post(path, {"counted_cash_minor": 0})).json())

    async def sell(self, shift_id: str, **more: Any) -> httpx.Response:
        line = {
            "line_no": 1,
            "product_id": str(MILK),
            "quantity": "1",
            "unit_price_minor": MILK_PRICE,
        }
        body = {
            "id": self.ids.next(),
            "mode": "live",
            "shift_id": shift_id,
            "currency": "DZD",
            "rung_at": self.clock.now().isoformat(),
            "lines": [line],
            "tenders": [{"kind": "cash", "amount_minor": MILK_PRICE}],
            "totals": {"payable_minor": MILK_PRICE},
            **more,
        }
        return await self.post("/v1/sales", body)


@asynccontextmanager
async def open_till(folder: Path, **more: Any) -> AsyncIterator[Till]:
    settings = EdgeSettings(
        data_dir=folder, device_id=DEVICE, organization_id=ORGANIZATION, store_id=STORE, **more
    )
    await seed(settings)
    clock = ManualClock()
    agent = create_agent(settings, clock=clock)
    await agent.start()
    try:
        till = Till(agent, clock)
        await till.sign_in()
        yield till
    finally:
        await agent.close()
