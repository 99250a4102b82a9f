"""Boxes that are revoked and replaced while everything else fails.

The shop closes its shifts and brings the old box's debt home; then another box claims its place and
the shop sells there. The old box keeps running and trying: nobody may listen to it.
"""

import asyncio
from typing import Any

from tests.spine.running import client_of, stocked, tablet_of
from tests.spine.soak.ground import Ground
from tests.spine.soak.street import REGISTERS
from tests.spine.soak.tills import Place

_PATIENCE_S = 600.0
_SHUT_OUT_S = 60.0
_POLL_S = 0.5


async def replace_box(ground: Ground, place: Place) -> None:
    """Returns when the tills sell at the new box. Raises TimeoutError."""
    old = place.agent
    place.leaving.set()
    async with asyncio.timeout(_PATIENCE_S):
        for _ in range(REGISTERS):
            await place.closed.acquire()
        while True:
            if not (await _sync(place))["debt"]["count"]:
                break
            await asyncio.sleep(_POLL_S)
        new = await ground.boxes.replace(ground.offices[old.organization_id], old.store.slug)
    await stocked(new)
    place.agent, place.first_register = new, REGISTERS
    place.moved.set()


async def shut_out(place: Place, ground: Ground) -> list[str]:
    """Empty when the box that was replaced gets no connection any more."""
    name = place.agent.store.slug
    old = Place(place.tenant, ground.boxes.named[name])
    for _ in range(int(_SHUT_OUT_S / _POLL_S)):
        if not (await _sync(old))["connected"]:
            return []
        await asyncio.sleep(_POLL_S)
    return [f"{name} was replaced and is connected"]


async def _sync(place: Place) -> dict[str, Any]:
    async with client_of(place.agent) as client:
        return await tablet_of(client, place.agent.store.registers[0]).get("/v1/sync")
