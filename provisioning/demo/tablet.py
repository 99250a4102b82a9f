"""A simulated tablet: speaks the agent's HTTP API and nothing else, and never gives up a sale.

A request whose answer is lost is sent again with the same id and body until it is answered, as the
register app does; so a killed agent costs patience, never a ticket.
"""

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any
from uuid import UUID

import httpx
from msgspec import Struct

from protocol.errors import Refused, Unavailable
from provisioning.demo.plan import Register

_TIMEOUT_S = 15.0
_FIRST_WAIT_S = 0.05
_LAST_WAIT_S = 1.0
# An agent that is away for longer is not coming back.
_PATIENCE_S = 180.0
_RETRIED = {429, 500, 502, 503, 504}
# What was asked for is the trouble, not who asks.
_ABOUT_THE_TICKET = {404, 409, 413, 422}


class TicketRefused(Refused):
    """The agent answered that it does not take this; the message is its own sentence."""


class Found(Struct, frozen=True, kw_only=True):
    """A product as the agent told it."""

    product_id: UUID
    name: str
    unit: str
    unit_price_minor: int
    tax_id: str
    tax_rate_ppm: int


class Tablet:
    """One tablet, paired to one register and signed in. Used by one task."""

    def __init__(self, client: httpx.AsyncClient, register: Register, *, rng: Random) -> None:
        self.register = register
        self.rng = rng
        self._client = client
        self._tablet_token = ""
        self._token = ""
        self._pin = ""
        self._found: dict[str, Found] = {}

    async def sign_in(self, *, pin: str) -> None:
        """Pair if need be, and sign in; waits for an agent that has no catalogue yet."""
        self._pin = pin
        if not self._tablet_token:
            body = {
                "pairing_token": self.register.pairing_token,
                "tablet_name": f"Demo {self.register.code}",
            }
            answer = await self._ask("POST", "/v1/pairings", body, token="")
            self._tablet_token = answer["tablet_token"]
        answer = await self._ask("POST", "/v1/sign-ins", {"pin": pin}, token=self._tablet_token)
        self._token = answer["token"]

    async def product(self, code: str) -> Found:
        """The product with exactly this SKU or code, asked once; raises TicketRefused."""
        found = self._found.get(code)
        if found is None:
            answer = await self.get("/v1/products", {"code": code})
            item = _carrying(code, answer["items"])
            found = Found(
                product_id=UUID(item["id"]),
                name=item["name"],
                unit=item["unit"],
                unit_price_minor=item["unit_price_minor"],
                tax_id=item["tax_id"],
                tax_rate_ppm=item["tax_rate_ppm"],
            )
            self._found[code] = found
        return found

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Read; raises Refused on a 4xx."""
        return await self._ask("GET", path, None, query=query)

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send until answered; raises Refused on a 4xx."""
        answer = await self._ask("POST", path, body)
        if self.rng.random() < 0.02 and "id" in body:
            again = await self._ask("POST", path, body)  # as if the first answer had been lost
            if again != answer:
                raise Refused("answers-differ", f"{path} answered the same request differently.")
        return answer

    async def open_shift(self, shift_id: UUID, *, float_minor: int) -> UUID:
        """The register's open shift, or a new one with this id."""
        try:
            return UUID((await self.get("/v1/shifts/current"))["id"])
        except Refused:
            body = {"id": str(shift_id), "float_minor": float_minor}
            try:
                return UUID((await self.post("/v1/shifts", body))["id"])
            except Refused:  # its neighbour at the same register was faster
                return UUID((await self.get("/v1/shifts/current"))["id"])

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        token: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        waited_s = 0.0
        wait_s = _FIRST_WAIT_S
        while True:
            bearer = self._token if token is None else token
            headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
            try:
                response = await self._client.request(
                    method, path, json=body, params=query, headers=headers, timeout=_TIMEOUT_S
                )
            except httpx.TransportError as error:
                problem = str(error) or type(error).__name__
            else:
                if response.is_success:
                    return dict(response.json())
                problem = response.text
                if response.status_code in _ABOUT_THE_TICKET:
                    raise TicketRefused(
                        _code(response), _detail(response), fields=_fields(response)
                    )
                if response.status_code not in _RETRIED:
                    raise Refused(_code(response), f"{method} {path}: {problem[:500]}")
            if waited_s > _PATIENCE_S:
                raise Unavailable("agent-away", f"{method} {path}: no answer: {problem[:200]}")
            await asyncio.sleep(wait_s)
            waited_s += wait_s
            wait_s = min(_LAST_WAIT_S, wait_s * 1.5)


def _carrying(code: str, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Codes that are equal as GTINs may be different products: only its own will do."""
    for item in items:
        if item["sku"] == code:
            return item
    for item in items:
        if code in item["codes"]:
            return item
    raise TicketRefused("unknown-code", f"No product has the code {code}.")


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return response.text[:500]


def _fields(response: httpx.Response) -> dict[str, str]:
    try:
        return {str(name): str(why) for name, why in response.json()["fields"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _code(response: httpx.Response) -> str:
    try:
        return str(response.json()["type"]).rpartition(":")[2]
    except (ValueError, KeyError, TypeError):
        return f"http-{response.status_code}"
