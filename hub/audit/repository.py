"""The table of audit entries: appended, never changed (the role has no grant to)."""

from datetime import datetime
from uuid import UUID

import msgspec

from hub.audit.models import Act
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries

_QUERIES = load_queries("hub.audit")


async def append(session: TenantSession, act: Act, *, entry_id: UUID, at: datetime) -> None:
    """Write one entry."""
    await session.execute(
        _QUERIES["append"],
        {
            "entry_id": entry_id,
            "at": at,
            "actor_kind": act.actor_kind,
            "actor_id": act.actor_id,
            "action": act.action,
            "subject_kind": act.subject_kind,
            "subject_id": act.subject_id,
            "details": msgspec.json.encode(dict(act.details)).decode(),
        },
    )
