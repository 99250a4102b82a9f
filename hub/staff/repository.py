"""All SQL of staff."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping

from hub.kit.db import TenantSession
from hub.kit.queries import load_queries
from hub.staff.models import StaffMember

_QUERIES = load_queries("hub.staff")


async def put_member(session: TenantSession, member: StaffMember, *, at: datetime) -> None:
    """Create or change a person."""
    await session.execute(
        _QUERIES["put_member"],
        {
            "staff_id": member.staff_id,
            "name": member.name,
            "roles": list(member.roles),
            "store_ids": list(member.store_ids),
            "active": member.active,
            "at": at,
        },
    )


async def put_pin(session: TenantSession, staff_id: UUID, *, pin_hash: str, at: datetime) -> None:
    """Set the hash of a person's PIN."""
    await session.execute(
        _QUERIES["put_pin"], {"staff_id": staff_id, "pin_hash": pin_hash, "at": at}
    )


async def pin_hash(session: TenantSession, staff_id: UUID) -> str | None:
    """The hash of a person's PIN, if there is one."""
    found: str | None = await session.scalar(_QUERIES["pin_hash"], {"staff_id": staff_id})
    return found


async def published_members(session: TenantSession) -> Sequence[RowMapping]:
    """Everybody with a PIN."""
    return await session.rows(_QUERIES["published_members"])
