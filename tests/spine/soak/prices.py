"""The office changes prices all the time; in the end every shop asks what was published last."""

import asyncio
import time
from contextlib import suppress
from random import Random

from provisioning.demo.goods import Product
from provisioning.demo.plan import CASHIER_PIN, SUPERETTE
from provisioning.demo.stack import Agent
from tests.spine.running import client_of, tablet_of
from tests.spine.soak.ground import Ground

_BETWEEN_S = (4.0, 12.0)
_ARRIVES_S = 120.0
_POLL_S = 0.5
_STEP_MINOR = 500


class Prices:
    """Of the superettes."""

    def __init__(self, ground: Ground, goods: list[Product], rng: Random) -> None:
        self._ground = ground
        self._goods = goods
        self._rng = rng
        self._last: dict[str, int] = {}
        self.published = 0

    async def keep_changing(self, stop: asyncio.Event) -> None:
        """A price every few seconds until told to stop."""
        office = self._ground.offices[SUPERETTE.id]
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._rng.uniform(*_BETWEEN_S))
                return
            product = self._rng.choice(self._goods)
            price = _STEP_MINOR * self._rng.randint(4, 200)
            body = {"currency": SUPERETTE.currency, "unit_price_minor": price}
            self._last[product.codes[0]] = price
            await office.ask("PUT", f"/v1/products/{product.id}/price", body)
            self.published += 1

    async def differences(self) -> list[str]:
        """Empty when every superette soon asks the last price of everything that was changed."""
        found: list[str] = []
        for agent in self._ground.boxes.in_use:
            if agent.organization_id == SUPERETTE.id:
                found += await self._differences_at(agent)
        return found

    async def _differences_at(self, agent: Agent) -> list[str]:
        deadline = time.monotonic() + _ARRIVES_S
        async with client_of(agent) as client:
            while True:
                tablet = tablet_of(client, agent.store.registers[0])
                await tablet.sign_in(pin=CASHIER_PIN)
                asked = {code: (await tablet.product(code)).unit_price_minor for code in self._last}
                if asked == self._last:
                    return []
                if time.monotonic() > deadline:
                    wrong = {
                        code: price for code, price in asked.items() if price != self._last[code]
                    }
                    return [f"{agent.store.slug} asks {wrong}"]
                await asyncio.sleep(_POLL_S)
