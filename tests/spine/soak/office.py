"""An owner at the hub's API, who waits for a hub that is away."""

import asyncio
from typing import Any

import httpx

from provisioning.demo.plan import OWNER_PASSWORD, Tenant

_PATIENCE_S = 180.0
_PAUSE_S = 0.5
_TIMEOUT_S = 15.0
_AWAY = {429, 500, 502, 503, 504}


class Office:
    """Signs in when it must. Every request may reach the hub more than once."""

    def __init__(self, tenant: Tenant, hub_url: str) -> None:
        self.tenant = tenant
        self._client = httpx.AsyncClient(base_url=hub_url, timeout=_TIMEOUT_S)

    async def ask(self, method: str, path: str, body: object) -> Any:
        """What the hub answers, once it does; raises AssertionError when it refuses."""
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                answer = await self._try(method, path, body)
                if answer is not None and answer.status_code == 401:
                    await self._sign_in()
                    continue
                if answer is None or answer.status_code in _AWAY:
                    await asyncio.sleep(_PAUSE_S)
                    continue
                assert answer.is_success, f"{method} {path}: {answer.text}"
                return answer.json() if answer.content else None

    async def close(self) -> None:
        """End its connections."""
        await self._client.aclose()

    async def _sign_in(self) -> None:
        credentials = {"email": self.tenant.email, "password": OWNER_PASSWORD}
        answer = await self._try("POST", "/v1/auth/sign-in", credentials)
        if answer is not None and answer.is_success:
            self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        else:
            await asyncio.sleep(_PAUSE_S)

    async def _try(self, method: str, path: str, body: object) -> httpx.Response | None:
        try:
            return await self._client.request(method, path, json=body)
        except httpx.TransportError:
            return None
