"""All SQL of commands and device clocks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping

from hub.fleet.models import DueCommand, NewCommand
from hub.kit.db import Session, TenantSession
from hub.kit.queries import load_queries

_SQL = load_queries("hub.fleet", "commands.sql")


async def device_status(session: TenantSession, device_id: UUID) -> str | None:
    """The device's status, its row locked; None when there is no such device."""
    status: str | None = await session.scalar(_SQL["lock_device"], {"device_id": device_id})
    return status


async def device_exists(session: TenantSession, device_id: UUID) -> bool:
    """Whether the tenant has it."""
    return bool(await session.scalar(_SQL["device_exists"], {"device_id": device_id}))


async def count_open(session: TenantSession, device_id: UUID, at: datetime) -> int:
    """Commands that are neither answered nor too late."""
    return int(await session.scalar(_SQL["open_commands"], {"device_id": device_id, "at": at}))


async def insert(session: TenantSession, command: NewCommand, at: datetime) -> bool:
    """False when the id is used already."""
    row = {
        "command_id": command.command_id,
        "device_id": command.device_id,
        "kind": command.kind,
        "created_by": command.created_by,
        "expires_at": command.expires_at,
        "at": at,
    }
    return await session.execute(_SQL["insert_command"], row) == 1


async def commands(
    session: TenantSession,
    device_id: UUID,
    *,
    command_id: UUID | None = None,
    before_id: UUID | None = None,
    most: int = 1,
) -> Sequence[RowMapping]:
    """A device's commands, the newest first."""
    return await session.rows(
        _SQL["commands"],
        {
            "device_id": device_id,
            "command_id": command_id,
            "before_id": before_id,
            "most": most,
        },
    )


async def due(
    session: Session,
    devices: Sequence[tuple[UUID, UUID]],
    *,
    at: datetime,
    told_before: datetime,
    most: int,
) -> list[DueCommand]:
    """What these (organization, device) are to be told; asked without a tenant."""
    rows = await session.rows(
        _SQL["commands_due"],
        {
            "organization_ids": [organization_id for organization_id, _ in devices],
            "device_ids": [device_id for _, device_id in devices],
            "at": at,
            "told_before": told_before,
            "most": most,
        },
    )
    return [DueCommand(**row) for row in rows]


async def note_told(session: TenantSession, command_ids: Sequence[UUID], at: datetime) -> None:
    """They were published."""
    await session.execute(_SQL["note_told"], {"command_ids": list(command_ids), "at": at})


async def note_answer(
    session: TenantSession,
    device_id: UUID,
    *,
    command_id: UUID,
    result: str,
    detail: str,
    at: datetime,
) -> bool:
    """Whether an open command of this device was answered by it."""
    answer = {
        "device_id": device_id,
        "command_id": command_id,
        "result": result,
        "detail": detail,
        "at": at,
    }
    return await session.execute(_SQL["note_answer"], answer) == 1


async def forget(session: TenantSession, before: datetime) -> int:
    """Delete commands created before then; how many."""
    return await session.execute(_SQL["forget_commands"], {"before": before})


async def note_clock(
    session: TenantSession, device_id: UUID, *, offset_ms: int, source: str, at: datetime
) -> None:
    """What the device's clock said."""
    clock = {"device_id": device_id, "offset_ms": offset_ms, "source": source, "at": at}
    await session.execute(_SQL["note_clock"], clock)
