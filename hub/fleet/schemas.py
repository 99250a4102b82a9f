"""Devices as the API shows them."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import RowMapping

from hub.kit.http import FROM_JSON, Answer, ListAnswer, ListParameters, example
from hub.kit.pages import Page

_DEBT = {
    "count": 3,
    "value_minor": {"DZD": 125_000},
    "oldest_at": "2026-11-23T09:58:00Z",
    "oldest_age_s": 120,
}


class SyncDebt(Answer, json_schema_extra=example(_DEBT)):
    """What the shop had sold and the hub had not yet confirmed, as of `heartbeat_at`."""

    count: int
    value_minor: Annotated[dict[str, int], FROM_JSON, Field(description="Currency → minor units.")]
    oldest_at: datetime | None
    oldest_age_s: Annotated[int | None, Field(description="At the time of this answer.")]


class Device(
    Answer,
    json_schema_extra=example(
        {
            "device_id": "0197a1b2-0000-7000-8000-000000000012",
            "store_id": "0197a1b2-0000-7000-8000-000000000010",
            "store_name": "Bab Ezzouar",
            "name": "Agent",
            "status": "active",
            "online": True,
            "last_seen_at": "2026-11-23T10:00:00Z",
            "heartbeat_at": "2026-11-23T10:00:00Z",
            "agent_version": "0.1.0",
            "head_seq": 4203,
            "acked_seq": 4200,
            "sync_debt": _DEBT,
            "dead_count": 0,
            "disk_free_bytes": 12_000_000_000,
            "created_at": "2026-11-01T08:00:00Z",
            "revoked_at": None,
        }
    ),
):
    """A shop's agent."""

    device_id: UUID
    store_id: UUID
    store_name: str
    name: str
    status: Literal["active", "revoked"]
    online: bool
    last_seen_at: datetime | None
    heartbeat_at: datetime | None
    agent_version: str
    head_seq: Annotated[int, Field(description="The last fact the shop wrote.")]
    acked_seq: Annotated[int, Field(description="Up to here the shop knows the hub's ack.")]
    sync_debt: SyncDebt
    dead_count: int
    disk_free_bytes: int | None
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of_row(cls, row: RowMapping, *, now: datetime) -> Self:
        """The device of a row of the read model."""
        oldest: datetime | None = row["oldest_unsynced_at"]
        debt = {
            "count": row["sync_debt_count"],
            "value_minor": row["sync_debt_value"],
            "oldest_at": oldest,
            "oldest_age_s": max(0, int((now - oldest).total_seconds())) if oldest else None,
        }
        return cls.model_validate({**row, "sync_debt": debt})


class DeviceList(ListAnswer[Device]):
    """A page of devices."""

    @classmethod
    def of_rows(cls, page: Page[RowMapping], *, now: datetime) -> Self:
        """The answer for a page of rows of the read model."""
        return cls(items=[Device.of_row(row, now=now) for row in page.items], next=page.next)


class DeviceParameters(ListParameters):
    """Which devices to list."""

    store_id: UUID | None = None
