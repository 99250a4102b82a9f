"""All SQL of published collections."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hub.collections.models import StoreRow
from hub.collections.rules import (
    Head,
    PublishedRow,
    Snapshot,
    newest_seen,
    next_version_after,
)
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries
from protocol.messages.sync import Cursor

_QUERIES = load_queries("hub.collections")


async def lock_heads(session: TenantSession, store_ids: Sequence[UUID], *, collection: str) -> None:
    """Hold the heads until the transaction's end; makes those that are missing."""
    parameters = {"collection": collection, "store_ids": list(store_ids)}
    await session.execute(_QUERIES["ensure_heads"], parameters)
    await session.rows(_QUERIES["lock_heads"], parameters)


async def put(
    session: TenantSession, rows: Sequence[StoreRow], *, collection: str, at: datetime
) -> int:
    """Write what differs; the number of rows that did. The heads are locked."""
    return await session.execute(
        _QUERIES["put"],
        {
            "collection": collection,
            "store_ids": [row.store_id for row in rows],
            "keys": [row.key for row in rows],
            "payloads": [row.payload for row in rows],
            "at": at,
            "version": next_version_after(at),
        },
    )


async def remove(
    session: TenantSession,
    keys: Sequence[str],
    *,
    store_id: UUID,
    collection: str,
    at: datetime,
    all_others: bool = False,
) -> int:
    """Turn rows into tombstones: those named, or all but those. The head is locked."""
    return await session.execute(
        _QUERIES["remove"],
        {
            "store_id": store_id,
            "collection": collection,
            "keys": list(keys),
            "all_others": all_others,
            "at": at,
            "version": next_version_after(at),
        },
    )


async def rows_after(
    session: TenantSession, after: Cursor | None, *, store_id: UUID, collection: str, most: int
) -> Snapshot:
    """Up to `most` rows after the cursor, and the head of the same instant."""
    found = await session.rows(
        _QUERIES["rows_after"],
        {
            "store_id": store_id,
            "collection": collection,
            "version": after.version if after else 0,
            "key": after.key if after else "",
            "seen": newest_seen(after) if after else 0,
            "most": most,
        },
    )
    if not found:
        return Snapshot(Head(0, 0), [], known=after is None or newest_seen(after) == 0)
    return Snapshot(
        Head(found[0]["head_version"], found[0]["pruned_version"]),
        [
            PublishedRow(row["key"], row["version"], row["payload"])
            for row in found
            if row["key"] is not None
        ],
        known=found[0]["known"],
    )


async def versions(session: TenantSession, store_id: UUID) -> dict[str, int]:
    """Collection → newest version."""
    rows = await session.rows(_QUERIES["versions"], {"store_id": store_id})
    return {row["collection"]: row["version"] for row in rows}


async def versions_of_stores(
    session: TenantSession, store_ids: Sequence[UUID]
) -> dict[UUID, dict[str, int]]:
    """Store → collection → newest version; a store without collections is missing."""
    found: dict[UUID, dict[str, int]] = {}
    for row in await session.rows(_QUERIES["versions_of_stores"], {"store_ids": [*store_ids]}):
        found.setdefault(row["store_id"], {})[row["collection"]] = row["version"]
    return found


async def prune_tombstones(session: TenantSession, before: datetime, *, most: int) -> int:
    """Delete up to `most` tombstones older than `before`, and remember the newest of them."""
    return await session.execute(_QUERIES["prune_tombstones"], {"before": before, "most": most})


async def prune_versions(session: TenantSession, before: datetime, *, most: int) -> int:
    """Forget up to `most` versions that were given before and are not the newest."""
    return await session.execute(_QUERIES["prune_versions"], {"before": before, "most": most})
