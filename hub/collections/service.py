"""Publishing to shops, and the pages that they pull.

Both take the caller's transaction: what is published commits with the change that caused it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from hub.collections import repository, rules
from hub.collections.models import StoreRow
from hub.collections.rules import Snapshot
from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from protocol.messages.sync import Cursor, Page, PageRequest

TOMBSTONE_DAYS = 90
_PUT_ROWS = 5_000
_PRUNE_ROWS = 5_000


class CollectionWriter:
    """Where slices publish. Payloads that did not change make no version."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def hold(
        self, session: TenantSession, store_ids: Sequence[UUID], *, collection: str
    ) -> None:
        """Wait for other publishers of these collections and keep them waiting until the commit.

        Call it before reading what is to be published, else a change that another transaction
        commits in between is published by neither.
        """
        await repository.lock_heads(session, sorted(store_ids), collection=collection)

    async def put(
        self, session: TenantSession, *, store_id: UUID, collection: str, rows: Mapping[str, bytes]
    ) -> int:
        """Publish rows (key → payload) to one store; how many of them changed."""
        own = [StoreRow(store_id, key, payload) for key, payload in rows.items()]
        return await self.put_all(session, own, collection=collection)

    async def put_all(
        self, session: TenantSession, rows: Sequence[StoreRow], *, collection: str
    ) -> int:
        """Publish rows to any number of stores; how many of them changed.

        A key may be there once per store.
        """
        await repository.lock_heads(
            session, sorted({row.store_id for row in rows}), collection=collection
        )
        changed = 0
        for start in range(0, len(rows), _PUT_ROWS):
            changed += await repository.put(
                session,
                rows[start : start + _PUT_ROWS],
                collection=collection,
                at=self._clock.now(),
            )
        return changed

    async def delete(
        self, session: TenantSession, *, store_id: UUID, collection: str, keys: Sequence[str]
    ) -> int:
        """Leave tombstones for these keys; how many were there."""
        await repository.lock_heads(session, [store_id], collection=collection)
        return await repository.remove(
            session, keys, store_id=store_id, collection=collection, at=self._clock.now()
        )

    async def replace_all(
        self, session: TenantSession, *, store_id: UUID, collection: str, rows: Mapping[str, bytes]
    ) -> int:
        """Make the collection exactly these rows; how many rows changed or went."""
        await repository.lock_heads(session, [store_id], collection=collection)
        gone = await repository.remove(
            session,
            list(rows),
            store_id=store_id,
            collection=collection,
            at=self._clock.now(),
            all_others=True,
        )
        return gone + await self.put(session, store_id=store_id, collection=collection, rows=rows)


class CollectionReader:
    """What ingest answers pulls and hellos from."""

    async def page_after(
        self, session: TenantSession, store_id: UUID, *, request: PageRequest
    ) -> Page:
        """The page that answers `request` for this store.

        With `done`, the rows received since the pull began equal the collection at `version`.
        """
        after = request.cursor
        if after is not None and not rules.readable(after):
            after = None
        snapshot = await self._rows(session, after, store_id=store_id, request=request)
        if after is not None and not rules.may_go_on(after, snapshot):
            after = None
            snapshot = await self._rows(session, after, store_id=store_id, request=request)
        return rules.page_of(request, snapshot, after=after)

    async def versions(self, session: TenantSession, store_id: UUID) -> dict[str, int]:
        """Collection → newest version, for `want` and welcome."""
        return await repository.versions(session, store_id)

    async def versions_of_stores(
        self, session: TenantSession, store_ids: Sequence[UUID]
    ) -> dict[UUID, dict[str, int]]:
        """Store → collection → newest version, for `want` to a whole fleet."""
        return await repository.versions_of_stores(session, store_ids)

    async def _rows(
        self,
        session: TenantSession,
        after: Cursor | None,
        *,
        store_id: UUID,
        request: PageRequest,
    ) -> Snapshot:
        return await repository.rows_after(
            session,
            after,
            store_id=store_id,
            collection=request.collection,
            most=rules.MAX_PAGE_ROWS,
        )


async def prune_tombstones(session: TenantSession, clock: Clock) -> int:
    """Drop one tenant's tombstones and versions older than 90 days, in a bounded step.

    0 when none are left.
    """
    before = clock.now() - timedelta(days=TOMBSTONE_DAYS)
    tombstones = await repository.prune_tombstones(session, before, most=_PRUNE_ROWS)
    return tombstones + await repository.prune_versions(session, before, most=_PRUNE_ROWS)
