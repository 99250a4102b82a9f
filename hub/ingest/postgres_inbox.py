"""The inbox in Postgres: many devices in one commit, as the role that sees all tenants' inboxes.

The file's law: rows are locked in one order, statements are few and take arrays, and nothing but
inbox and `device_sync` is touched (DESIGN §4). Quarantine is written as the device's tenant.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from hub.ingest import repository
from hub.ingest.inbox import DeviceRef, InboxMove, Quarantined
from hub.ingest.postgres_sync import epoch_of
from hub.ingest.repository import QUERIES, QuarantineItem
from hub.ingest.rules import encode_keys
from hub.kit.db import Database, Session
from hub.kit.ids import IdSource
from protocol.errors import Unavailable
from protocol.session.hub import Epoch, Row


class PostgresInbox:
    """Implements `inbox.InboxStore`. `database`: as the role `ingest`; `tenants`: as `app`."""

    def __init__(self, database: Database, *, tenants: Database, ids: IdSource) -> None:
        self._database = database
        self._tenants = tenants
        self._ids = ids

    @asynccontextmanager
    async def transaction(
        self, devices: Sequence[DeviceRef]
    ) -> AsyncIterator["PostgresInboxTransaction"]:
        """Lock these devices; committed at the end. Raises Unavailable."""
        async with self._database.lookup() as session:
            yield await self.begin(session, devices)

    @staticmethod
    async def begin(session: Session, devices: Sequence[DeviceRef]) -> "PostgresInboxTransaction":
        """Lock these devices in a transaction that the caller opened and ends."""
        rows = await session.rows(QUERIES["lock_device_syncs"], _keys(devices))
        current = {row["device_id"]: epoch_of(row) for row in rows}
        return PostgresInboxTransaction(session, devices, current)

    async def quarantine(self, items: Sequence[Quarantined], *, at: datetime) -> None:
        """Keep these messages; one transaction per tenant."""
        by_tenant = attrgetter("device.organization_id")
        for organization_id, own in groupby(sorted(items, key=by_tenant), key=by_tenant):
            kept = [
                QuarantineItem(
                    id=self._ids.next(),
                    device_id=item.device.device_id,
                    epoch=item.epoch,
                    from_seq=item.first,
                    to_seq=item.last,
                    reason=item.reason,
                    raw=item.bytes,
                    fact_id=item.fact_id,
                )
                for item in own
            ]
            async with self._tenants.tenant(organization_id) as session:
                await repository.quarantine(session, kept, at=at)


class PostgresInboxTransaction:
    """Implements `inbox.InboxTransaction`."""

    def __init__(
        self, session: Session, devices: Sequence[DeviceRef], current: Mapping[UUID, Epoch]
    ) -> None:
        self._session = session
        self._devices = [device for device in devices if device.device_id in current]
        self._current = current
        self._ahead: dict[UUID, tuple[Row, ...]] | None = None

    @property
    def current(self) -> Mapping[UUID, Epoch]:
        """Each device's current epoch; a device that never said hello is missing."""
        return self._current

    async def hashes_held(
        self, batches: Sequence[tuple[DeviceRef, int, int, int]]
    ) -> dict[UUID, dict[int, bytes]]:
        """For (device, epoch, first, last): seq → hash of what the inbox has in these ranges."""
        held: dict[UUID, dict[int, bytes]] = {device.device_id: {} for device, *_ in batches}
        wanted = {
            **_keys([device for device, *_ in batches]),
            "epochs": [epoch for _, epoch, _, _ in batches],
            "firsts": [first for _, _, first, _ in batches],
            "lasts": [last for _, _, _, last in batches],
        }
        for row in await self._session.rows(QUERIES["hashes_held"], wanted):
            held[row["device_id"]][row["seq"]] = row["hash"]
        return held

    async def ahead(self, device: DeviceRef, epoch: Epoch) -> tuple[Row, ...]:
        """The rows beyond the contiguous prefix, rising; all devices' are read at once."""
        assert epoch == self._current[device.device_id]
        if self._ahead is None:
            self._ahead = await self._read_ahead()
        return self._ahead.get(device.device_id, ())

    async def write(self, moves: Sequence[InboxMove], *, at: datetime) -> None:
        """Rows that never fitted go, new ones come, prefixes move.

        Raises Unavailable `inbox-conflict` when a row lies there that the locks should have shown:
        nothing is written, and the next attempt sees it.
        """
        await self._drop(moves)
        rows = [
            (
                move.device.organization_id,
                move.device.device_id,
                move.epoch.epoch,
                row.seq,
                row.raw,
                row.hash,
                row.dead,
                encode_keys(move.keys.get(row.seq, {})),
            )
            for move in moves
            for row in move.rows
        ]
        if rows:
            names = (
                "organization_ids",
                "device_ids",
                "epochs",
                "seqs",
                "bytes",
                "hashes",
                "reasons",
                "person_keys",
            )
            columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
            written = await self._session.execute(
                QUERIES["insert_inbox"], {**columns, "received_at": at}
            )
            if written != len(rows):
                raise Unavailable("inbox-conflict", "Somebody else wrote these rows; retry.")
        await self._move(moves, at)

    async def _drop(self, moves: Sequence[InboxMove]) -> None:
        unfit = [(move, seq) for move in moves for seq in move.dropped]
        if unfit:
            parameters = {
                **_keys([move.device for move, _ in unfit]),
                "epochs": [move.epoch.epoch for move, _ in unfit],
                "seqs": [seq for _, seq in unfit],
            }
            await self._session.execute(QUERIES["drop_rows"], parameters)

    async def _move(self, moves: Sequence[InboxMove], at: datetime) -> None:
        parameters: dict[str, Any] = {
            **_keys([move.device for move in moves]),
            "epochs": [move.epoch.epoch for move in moves],
            "hwms": [move.epoch.hwm for move in moves],
            "hashes": [move.epoch.hash for move in moves],
            "updated_at": at,
        }
        moved = await self._session.execute(QUERIES["update_device_syncs"], parameters)
        if moved != len(moves):
            raise Unavailable("inbox-conflict", "A device's epoch changed meanwhile; retry.")

    async def _read_ahead(self) -> dict[UUID, tuple[Row, ...]]:
        epochs = [self._current[device.device_id] for device in self._devices]
        wanted = {
            **_keys(self._devices),
            "epochs": [epoch.epoch for epoch in epochs],
            "hwms": [epoch.hwm for epoch in epochs],
        }
        ahead: dict[UUID, list[Row]] = {}
        for row in await self._session.rows(QUERIES["rows_ahead"], wanted):
            slot = Row(seq=row["seq"], raw=row["bytes"], hash=row["hash"], dead=row["reason"])
            ahead.setdefault(row["device_id"], []).append(slot)
        return {device_id: tuple(rows) for device_id, rows in ahead.items()}


def _keys(devices: Sequence[DeviceRef]) -> dict[str, list[UUID]]:
    return {
        "organization_ids": [device.organization_id for device in devices],
        "device_ids": [device.device_id for device in devices],
    }
