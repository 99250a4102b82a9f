"""All SQL of the fleet."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import msgspec

from hub.fleet.models import Device, DeviceHome
from hub.fleet.rules import Debt
from hub.kit.db import Session, TenantSession
from hub.kit.queries import load_queries

_QUERIES = load_queries("hub.fleet")


async def register(session: TenantSession, device: Device, at: datetime) -> None:
    """Create a device, or change its name and certificate."""
    await session.execute(_QUERIES["register_device"], {**asdict(device), "at": at})


async def revoke(session: TenantSession, device_id: UUID, at: datetime) -> bool:
    """Whether an active device was revoked."""
    found = await session.execute(_QUERIES["revoke_device"], {"device_id": device_id, "at": at})
    return found == 1


async def home(session: Session, device_id: UUID) -> DeviceHome | None:
    """Whose device it is, asked before the tenant is known."""
    row = await session.row(_QUERIES["device_home"], {"device_id": device_id})
    return DeviceHome(**row) if row else None


async def greeted(session: TenantSession, device_id: UUID, *, agent: str, at: datetime) -> None:
    """It said hello."""
    await session.execute(_QUERIES["greeted"], {"device_id": device_id, "agent": agent, "at": at})


async def sighted(
    session: TenantSession, device_id: UUID, *, online: bool | None, at: datetime
) -> None:
    """It was heard of; `online` None leaves that as it was."""
    await session.execute(_QUERIES["sighted"], {"device_id": device_id, "online": online, "at": at})


async def heartbeat(session: TenantSession, device_id: UUID, *, debt: Debt, at: datetime) -> None:
    """Its own account of what it still holds."""
    await session.execute(
        _QUERIES["heartbeat"],
        {
            "device_id": device_id,
            "at": at,
            "head_seq": debt.head_seq,
            "acked_seq": debt.acked_seq,
            "debt_count": debt.count,
            "debt_value": msgspec.json.encode(dict(debt.value_minor)).decode(),
            "oldest_at": debt.oldest_at,
            "dead_count": debt.dead_count,
            "disk_free_bytes": debt.disk_free_bytes,
        },
    )
