"""All SQL of events and discrepancies."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from hub.events.models import Discrepancy, NewEvent, StoredEvent
from hub.events.rules import subject_key
from hub.kit.bulk import BulkInsert
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries

_QUERIES = load_queries(__package__ or "")
_DISCREPANCIES = BulkInsert(
    "discrepancy",
    {
        "fact_id": "uuid",
        "code": "text",
        "subject": "text",
        "store_id": "uuid",
        "business_date": "date",
        "expected": "text",
        "found": "text",
        "recorded_at": "timestamptz",
    },
    tail="on conflict do nothing",
)
_json = msgspec.json.Encoder()


async def append_events(
    session: TenantSession, events: Sequence[NewEvent], *, recorded_at: datetime
) -> list[int]:
    """The new positions; empty when the tenant has no counter."""
    rows = await session.rows(
        _QUERIES["append_events"],
        {
            "event_count": len(events),
            "recorded_at": recorded_at,
            "ids": [event.id for event in events],
            "types": [event.type for event in events],
            "store_ids": [event.store_id for event in events],
            "times": [event.occurred_at for event in events],
            "payloads": [_json.encode(event.payload).decode() for event in events],
        },
    )
    return [row["position"] for row in rows]


async def events_after(session: TenantSession, *, after: int, most: int) -> list[StoredEvent]:
    """Events beyond a position, rising."""
    rows = await session.rows(_QUERIES["events_after"], {"after": after, "most": most})
    return [StoredEvent(**row) for row in rows]


async def last_position(session: TenantSession) -> int | None:
    """The position of the newest event; 0 before the first, None for a tenant without counter."""
    position: int | None = await session.scalar(_QUERIES["last_position"])
    return position


async def insert_discrepancies(
    session: TenantSession, found: Sequence[Discrepancy], *, recorded_at: datetime
) -> None:
    """Insert at least one."""
    rows = [
        (
            each.fact_id,
            each.code,
            subject_key(each.subject),
            each.store_id,
            each.business_date,
            each.expected,
            each.found,
            recorded_at,
        )
        for each in found
    ]
    await session.execute(_DISCREPANCIES.sql, _DISCREPANCIES.parameters(rows))
