"""The live stream over a listening hub: who is told what, when, and until when."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from hub.dashboard.live import StreamLimits
from hub.dashboard.visitors import SESSION_COOKIE
from hub.kit.server import HttpServer
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.hub_world import PASSWORD, HubWorld, Tenant, hub_world

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

_PATIENCE_S = 20.0
# Long enough that what is to come would have come.
_SILENCE_S = 3.0


@dataclass
class Listening:
    """The hub at an address."""

    world: HubWorld
    url: str

    @asynccontextmanager
    async def visitor(self, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
        """Signed in through the form."""
        async with httpx.AsyncClient(base_url=self.url, timeout=_PATIENCE_S) as client:
            form = await client.get("/sign-in")
            token = re.search(r'name="form_token" value="([0-9a-f]+)"', form.text)
            assert token is not None
            answer = await client.post(
                "/sign-in",
                data={"email": tenant.email, "password": PASSWORD, "form_token": token[1]},
            )
            assert answer.status_code == 303
            yield client

    async def position(self, tenant: Tenant) -> int:
        rows = await self.world.inbox.rows(
            "select event_position from tenant_counter where organization_id = $1",
            tenant.organization_id,
        )
        return int(rows[0]["event_position"])


class Stream:
    """An open stream, read event by event."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()

    async def next(self, *, within_s: float = _PATIENCE_S) -> dict[str, Any]:
        """The next event; TimeoutError when none comes. Comments and retry are passed over."""
        async with asyncio.timeout(within_s):
            found: dict[str, Any] = {}
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name in {"id", "event"}:
                    found[name] = value
                elif name == "data":
                    found["data"] = json.loads(value)
                elif not line and "event" in found:
                    return found
            raise EOFError

    async def heartbeat(self) -> None:
        """Until a comment comes."""
        async with asyncio.timeout(_PATIENCE_S):
            async for line in self._lines:
                if line.startswith(":"):
                    return


@asynccontextmanager
async def stream(
    client: httpx.AsyncClient, *, position: int, **headers: str
) -> AsyncIterator[Stream]:
    async with client.stream("GET", f"/live?position={position}", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(
    hub_database: HubDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Listening]:
    limits = StreamLimits(heartbeat_s=0.5, per_tenant=3)
    async with hub_world(hub_database, tmp_path_factory.mktemp("hub"), limits=limits) as world:
        urls: asyncio.Queue[str] = asyncio.Queue()
        server = HttpServer(world.app, host="127.0.0.1", port=0, announce=urls.put_nowait)
        serving = asyncio.create_task(server.serve())
        yield Listening(world, await urls.get())
        world.feed.close()
        server.stop()
        await serving


async def test_a_sale_is_told_to_its_tenant_alone(hub: Listening) -> None:
    algiers, london = hub.world.algiers, hub.world.london
    async with hub.visitor(algiers) as ours, hub.visitor(london) as theirs:
        own = stream(ours, position=await hub.position(algiers))
        other = stream(theirs, position=await hub.position(london))
        async with own as told, other as untold:
            shop = algiers.shops[0]
            await hub.world.send(shop, [shop.shift.sale()])
            event = await told.next()
            assert event["event"] == "changed"
            assert event["data"] == {"topics": ["sales"]}
            assert int(event["id"]) == await hub.position(algiers)
            with pytest.raises(TimeoutError):
                await untold.next(within_s=_SILENCE_S)


async def test_a_reconnect_is_told_only_what_it_missed(hub: Listening) -> None:
    algiers = hub.world.algiers
    async with hub.visitor(algiers) as client:
        now = await hub.position(algiers)
        async with stream(client, position=0, **{"Last-Event-ID": str(now)}) as current:
            with pytest.raises(TimeoutError):
                await current.next(within_s=_SILENCE_S)
        async with stream(client, position=0, **{"Last-Event-ID": str(now - 1)}) as stale:
            assert (await stale.next())["id"] == str(now)
        # As after a restore: the tab is ahead of the hub.
        async with stream(client, position=now + 1000) as ahead:
            assert (await ahead.next())["id"] == str(now)
        async with stream(client, position=0, **{"Last-Event-ID": "nonsense"}) as lost:
            assert (await lost.next())["event"] == "resync"


async def test_a_device_that_is_heard_is_told(hub: Listening) -> None:
    algiers = hub.world.algiers
    async with (
        hub.visitor(algiers) as client,
        stream(client, position=await hub.position(algiers)) as told,
    ):
        await told.heartbeat()
        async with hub.world.inbox.superuser() as connection:
            await connection.execute(
                "update device set online = true, last_seen_at = now() where organization_id = $1",
                algiers.organization_id,
            )
        assert (await told.next())["data"] == {"topics": ["devices"]}


async def test_a_session_that_ended_sees_nothing_more(hub: Listening) -> None:
    algiers = hub.world.algiers
    async with (
        hub.visitor(algiers) as client,
        stream(client, position=await hub.position(algiers)) as told,
    ):
        async with hub.world.inbox.superuser() as connection:
            await connection.execute("update user_session set revoked_at = now()")
        assert (await told.next())["event"] == "signed-out"
        with pytest.raises(EOFError):
            await told.next()
        refused = await client.get("/today/takings", headers={"HX-Request": "true"})
        assert refused.status_code == 401
        assert refused.headers["hx-refresh"] == "true"


async def test_streams_have_a_bound_and_give_their_place_back(hub: Listening) -> None:
    algiers = hub.world.algiers
    async with hub.visitor(algiers) as client:
        now = await hub.position(algiers)
        async with (
            stream(client, position=now),
            stream(client, position=now),
            stream(client, position=now) as third,
        ):
            await third.heartbeat()
            refused = await client.get("/live")
            assert refused.status_code == 429
            assert "retry-after" in refused.headers
        for _ in range(200):
            if not hub.world.feed.stream_count:
                break
            await asyncio.sleep(0.05)
        async with stream(client, position=now) as again:
            await again.heartbeat()


async def test_without_a_session_there_is_no_stream(hub: Listening) -> None:
    async with httpx.AsyncClient(base_url=hub.url) as client:
        assert (await client.get("/live")).status_code == 303
        client.cookies.set(SESSION_COOKIE, "A" * 64)
        assert (await client.get("/live")).status_code == 303
