"""The office of the superette: changes prices, reads what the hub says of its devices."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx

from provisioning.demo.plan import OWNER_PASSWORD, SUPERETTE
from provisioning.demo.stack import Agent, Stack

_TIMEOUT_S = 30.0


class Office:
    """Signed in as the owner."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def price(self, product_id: UUID, unit_price_minor: int) -> None:
        """From now on the product costs so much, in every store."""
        body = {"currency": SUPERETTE.currency, "unit_price_minor": unit_price_minor}
        answer = await self._client.put(f"/v1/products/{product_id}/price", json=body)
        assert answer.status_code == 204, answer.text

    async def alerts(self, device_id: UUID) -> list[dict[str, Any]]:
        """The oldest first."""
        answer = await self._client.get(f"/v1/devices/{device_id}/alerts")
        assert answer.status_code == 200, answer.text
        return list(reversed(answer.json()["items"]))

    async def bring(self, device_id: UUID, journal: bytes) -> dict[str, Any]:
        """Import an exported journal."""
        answer = await self._client.post(f"/v1/devices/{device_id}/journal", content=journal)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def successor(self, agent: Agent) -> str:
        """The code, as its QR says it, with which another box takes this one's place."""
        slot = {
            "store_id": str(agent.store.id),
            "name": "Successor",
            "replaces": str(agent.store.device_id),
        }
        answer = await self._client.post("/v1/devices/claims", json=slot)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["claim_uri"])

    async def device(self, device_id: UUID) -> dict[str, Any]:
        """What the fleet page shows."""
        answer = await self._client.get(f"/v1/devices/{device_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@asynccontextmanager
async def office(stack: Stack) -> AsyncIterator[Office]:
    """Open for the block."""
    async with httpx.AsyncClient(base_url=stack.hub_url, timeout=_TIMEOUT_S) as client:
        credentials = {"email": SUPERETTE.email, "password": OWNER_PASSWORD}
        answer = await client.post("/v1/auth/sign-in", json=credentials)
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield Office(client)
