"""How far devices have come, in Postgres: epochs and hashes, written as the device's tenant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from hub.ingest.repository import QUERIES
from hub.kit.db import TenantSession
from protocol.errors import LocalProtocolError, Unavailable
from protocol.messages.sync import Hello
from protocol.session.hub import DeviceView, Epoch, Place
from protocol.vocabulary.ids import partition_of


class PostgresSync:
    """Implements `ports.SyncStore`."""

    async def ensure_device(
        self, session: TenantSession, device_id: UUID, genesis: bytes, *, at: datetime
    ) -> None:
        """Give the device its first epoch unless it has an epoch already; changes nothing else."""
        first = {
            "device_id": device_id,
            "genesis": genesis,
            "partition": partition_of(device_id),
            "at": at,
        }
        # The sync row decides: a device that went on to later epochs keeps them.
        if await session.execute(QUERIES["insert_device_sync"], first):
            await session.execute(QUERIES["insert_first_epoch"], first)
            await session.execute(QUERIES["insert_device_projection"], first)

    async def view(self, session: TenantSession, device_id: UUID) -> DeviceView:
        """What is durably held of the device, its row locked until the transaction's end.

        Raises LocalProtocolError for a device that `ensure_device` has not seen.
        """
        current = await session.row(QUERIES["lock_device_sync"], {"device_id": device_id})
        if current is None:
            raise LocalProtocolError("unknown-device", f"Device {device_id} has no sync row.")
        past: Sequence[RowMapping] = ()
        if current["parent_epoch"]:
            past = await session.rows(QUERIES["past_epochs"], {"device_id": device_id})
        epochs = tuple(epoch_of(row) for row in (*past, current))
        taken = await self._taken(session, device_id)
        return DeviceView(device_id=device_id, epochs=epochs, taken=taken)

    async def hashes_at(
        self, session: TenantSession, device_id: UUID, places: Sequence[Place]
    ) -> dict[Place, bytes]:
        """The hashes of those places that hold a row."""
        rows = await session.rows(
            QUERIES["hashes_at"],
            {
                "device_id": device_id,
                "epochs": [epoch for epoch, _ in places],
                "seqs": [seq for _, seq in places],
            },
        )
        return {(row["epoch"], row["seq"]): row["hash"] for row in rows}

    async def issue_epoch(
        self, session: TenantSession, view: DeviceView, epoch: Epoch, *, at: datetime
    ) -> list[tuple[int, bytes]]:
        """End the current epoch where it stands and begin this one; `view` was read by us.

        The seqs and bytes that were kept ahead of a gap and go with the old epoch. Raises
        Unavailable `epoch-taken` when another device of the store got this number meanwhile:
        receipts are numbered by register and epoch.
        """
        current = view.current
        await session.execute(QUERIES["hold_store"], {"device_id": view.device_id})
        if await self._taken(session, view.device_id) >= epoch.epoch:
            raise Unavailable(
                "epoch-taken", "Another device of the store parted at the same moment; retry."
            )
        place: dict[str, Any] = {"device_id": view.device_id, "at": at}
        old = {**place, "epoch": current.epoch, "hwm": current.hwm, "hash": current.hash}
        new = {
            **place,
            "epoch": epoch.epoch,
            "parent_epoch": epoch.parent,
            "base_seq": epoch.base,
            "base_hash": epoch.base_hash,
        }
        await session.execute(QUERIES["end_epoch"], old)
        ahead = await session.rows(QUERIES["drop_rows_ahead"], old)
        await session.execute(QUERIES["insert_epoch"], new)
        if not await session.execute(QUERIES["begin_epoch"], new):
            raise LocalProtocolError(
                "epoch-not-newer", f"Epoch {epoch.epoch} is not newer than {current.epoch}."
            )
        return sorted((row["seq"], row["raw"]) for row in ahead)

    async def _taken(self, session: TenantSession, device_id: UUID) -> int:
        """The highest epoch of the store's other devices."""
        taken: int = await session.scalar(QUERIES["store_epoch"], {"device_id": device_id})
        return taken

    async def note_hello(
        self, session: TenantSession, device_id: UUID, hello: Hello, *, at: datetime
    ) -> None:
        """Remember how far the device says that it has come; what it holds is fleet's to show."""
        seen = {"device_id": device_id, "head": hello.head, "at": at}
        await session.execute(QUERIES["note_head"], seen)


def epoch_of(row: RowMapping) -> Epoch:
    """An epoch from a row that names where it stands."""
    return Epoch(
        epoch=row["epoch"],
        parent=row["parent_epoch"],
        base=row["base_seq"],
        base_hash=row["base_hash"],
        hwm=row["hwm"],
        hash=row["hash"],
    )
