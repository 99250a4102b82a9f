"""Everything but locks and listening through PgBouncer with one server connection (DESIGN §2).

Whoever held a connection and waited for another would wait for ever; whoever left something on the
server would be found by the next tenant.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import asyncpg
import httpx
import pytest

from provisioning.demo.postgres import PostgresServer
from tests.servers.pki import Pki
from tests.spine.load.hollow import open_shops, trade
from tests.spine.load.yard import Role, Yard, yard

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
_SHOPS = 6
_TRADE_S = 2.0


@dataclass(frozen=True)
class Narrow:
    """A hub on one server connection: as one process, or as one for each role."""

    yard: Yard
    roles: tuple[Role, ...]


@pytest.fixture(
    params=[("postgres15_server", ("serve", "ingest", "work")), ("postgres_server", ("all",))],
    ids=["postgres15-three-processes", "postgres18-one-process"],
)
async def narrow(
    request: pytest.FixtureRequest,
    new_database: Callable[[PostgresServer], str],
    tmp_path: Path,
    pki: Pki,
) -> AsyncIterator[Narrow]:
    name, roles = request.param
    server: PostgresServer = request.getfixturevalue(name)
    async with yard(tmp_path, server, new_database(server), pki=pki, server_connections=1) as made:
        yield Narrow(made, roles)


@pytest.mark.fault(42, "F")
async def test_the_whole_hub_on_one_server_connection(narrow: Narrow) -> None:
    """No tenant's setting is left on the one connection that serving, ingest and projector share.

    And none of the three waits for ever.
    """
    yard = narrow.yard
    shops = await yard.shops(_SHOPS, tenants=3)
    names = [f"hub-{role}" for role in narrow.roles]
    url, *_ = await asyncio.gather(*map(yard.start, narrow.roles, names))
    async with open_shops(shops), httpx.AsyncClient(base_url=url, timeout=30) as client:
        reading = asyncio.create_task(_read(client))
        await trade(shops, seconds=_TRADE_S, rng=Random(1))
        await yard.quiet(shops)
        reading.cancel()
        ended = await asyncio.gather(reading, return_exceptions=True)
    assert isinstance(ended[0], asyncio.CancelledError), ended
    assert await yard.wrong(shops) == []
    for name in names:
        assert "database-busy" not in yard.log(name)
        assert "database-unavailable" not in yard.log(name)
    assert await _left_on_the_server(yard) == (0, "", "")


async def _read(client: httpx.AsyncClient) -> None:
    """Sign-ins and readiness, which ask the database without a tenant."""
    while True:
        ready = await client.get("/readyz")
        assert ready.status_code == 200, ready.text
        wrong = {"email": "nobody@example.org", "password": "not the password"}
        assert (await client.post("/v1/auth/sign-in", json=wrong)).status_code in (401, 429)
        await asyncio.sleep(0.2)


async def _left_on_the_server(yard: Yard) -> tuple[int, str, str]:
    """Prepared statements, the tenant, and a time limit, as the next client would find them."""
    connection = await asyncpg.connect(yard.pooler.url(yard.world.name), statement_cache_size=0)
    try:
        row = await connection.fetchrow(
            "select (select count(*) from pg_prepared_statements where name <> ''),"
            " coalesce(current_setting('app.organization_id', true), ''),"
            " nullif(current_setting('lock_timeout'), '0')"
        )
        return row[0], row[1], row[2] or ""
    finally:
        await connection.close()
