"""What Postgres alone takes into the inbox: the limit beside ingest and projection."""

import time
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from hub.ingest.repository import QUERIES
from protocol.codec.chain import genesis, links
from tests.integration.hub.conftest import PASSWORDS
from tests.integration.hub.inbox_world import Device, InboxWorld

_ROWS_PER_COMMIT = (100, 1_000)
_RECEIVED_AT = datetime(2026, 11, 23, tzinfo=UTC)


async def raw_inbox_rows_per_s(world: InboxWorld, device: Device, facts: list[bytes]) -> float:
    """The bare insert on one connection as role ingest, at the better of two sizes of commit."""
    rates = [
        await _rate(world, device, facts, rows_per_commit=rows, stand_in=number)
        for number, rows in enumerate(_ROWS_PER_COMMIT, 1)
    ]
    return max(rates)


async def _rate(
    world: InboxWorld, device: Device, facts: list[bytes], *, rows_per_commit: int, stand_in: int
) -> float:
    """Under a device id of its own, so that the real one's rows are not in the way."""
    device_id = UUID(int=device.ref.device_id.int ^ stand_in)
    hashes = links(genesis(device_id), epoch=1, first_seq=1, raws=facts)
    url = world.server.url(world.name, user="ingest", password=PASSWORDS["ingest"])
    # Prepared statements, kept on the server: nothing is between this and Postgres.
    raw = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), pool_size=1)
    insert = text(QUERIES["insert_inbox"])
    began = time.perf_counter()
    for first in range(0, len(facts), rows_per_commit):
        some = facts[first : first + rows_per_commit]
        rows = {
            "organization_ids": [device.ref.organization_id] * len(some),
            "device_ids": [device_id] * len(some),
            "epochs": [1] * len(some),
            "seqs": list(range(first + 1, first + 1 + len(some))),
            "bytes": some,
            "hashes": hashes[first : first + rows_per_commit],
            "reasons": [None] * len(some),
            "person_keys": [None] * len(some),
            "received_at": _RECEIVED_AT,
        }
        async with raw.begin() as connection:
            await connection.execute(insert, rows)
    took_s = time.perf_counter() - began
    await raw.dispose()
    return len(facts) / took_s
