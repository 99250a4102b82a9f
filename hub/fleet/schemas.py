"""Devices as the API shows them, and the slots for those to come."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import RowMapping

from hub.fleet.models import DeviceStatus
from hub.fleet.rules import CLOCK_WRONG_MS, SILENT_AFTER, ClaimState
from hub.kit.http import FROM_JSON, Answer, ListAnswer, ListParameters, Strict, Text, example
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
            "open_alert_count": 0,
            "disk_free_bytes": 12_000_000_000,
            "clock_offset_ms": -340,
            "clock_source": "ntp",
            "clock_wrong": False,
            "created_at": "2026-11-01T08:00:00Z",
            "certificate_expires_at": "2027-01-30T08:00:00Z",
            "replaces": None,
            "revoked_at": None,
            "revoked_reason": "",
        }
    ),
):
    """A shop's agent. `pending`: it has its certificate and has not said hello yet."""

    device_id: UUID
    store_id: UUID
    store_name: str
    name: str
    status: DeviceStatus
    online: Annotated[bool, Field(description="Connected, and heard within the last minute.")]
    last_seen_at: datetime | None
    heartbeat_at: datetime | None
    agent_version: str
    head_seq: Annotated[int, Field(description="The last fact the shop wrote.")]
    acked_seq: Annotated[int, Field(description="Up to here the shop knows the hub's ack.")]
    sync_debt: SyncDebt
    dead_count: int
    open_alert_count: Annotated[
        int, Field(description="Forks, restored backups, clones that nobody has settled.")
    ]
    disk_free_bytes: int | None
    clock_offset_ms: Annotated[
        int | None, Field(description="The shop's clock minus the hub's, as of `heartbeat_at`.")
    ]
    clock_source: Annotated[
        str,
        Field(
            description="Who sets it: `ntp` (kept right), `rtc` (a battery kept it through the"
            " last power cut), `unsync` (nobody, or not known)."
        ),
    ]
    clock_wrong: Annotated[bool, Field(description="The shop's clock is off by over two minutes.")]
    created_at: datetime
    certificate_expires_at: Annotated[
        datetime | None, Field(description="Null when the hub did not issue it.")
    ]
    replaces: Annotated[UUID | None, Field(description="The device it took over from.")]
    revoked_at: datetime | None
    revoked_reason: str

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
        last_seen: datetime | None = row["last_seen_at"]
        online = row["online"] and last_seen is not None and now - last_seen <= SILENT_AFTER
        clock_wrong = abs(row["clock_offset_ms"] or 0) > CLOCK_WRONG_MS
        return cls.model_validate(
            {**row, "online": online, "sync_debt": debt, "clock_wrong": clock_wrong}
        )


class DeviceList(ListAnswer[Device]):
    """A page of devices."""

    @classmethod
    def of_rows(cls, page: Page[RowMapping], *, now: datetime) -> Self:
        """The answer for a page of rows of the read model."""
        return cls(items=[Device.of_row(row, now=now) for row in page.items], next=page.next)


class DeviceParameters(ListParameters):
    """Which devices or claims to list."""

    store_id: UUID | None = None


_DEVICE_ID = "0197a1b2-0000-7000-8000-000000000012"
_STORE_ID = "0197a1b2-0000-7000-8000-000000000010"
_CLAIM = {
    "claim_id": "0197a1b2-0000-7000-8000-000000000031",
    "device_id": _DEVICE_ID,
    "store_id": _STORE_ID,
    "name": "Agent",
}
_FINGERPRINT = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class NewClaim(
    Strict, json_schema_extra=example({"store_id": _STORE_ID, "name": "Agent", "replaces": None})
):
    """A slot for a device to come."""

    store_id: UUID
    name: Text
    replaces: Annotated[
        UUID | None,
        Field(description="A device of the same store; it is revoked when the new one claims."),
    ] = None


class OpenClaim(
    Answer,
    json_schema_extra=example(
        {
            **_CLAIM,
            "code": "7KQ2-M9XA-04ZT",
            "claim_uri": "hanout://claim?hub=https%3A%2F%2Fhub.example&code=7KQ2-M9XA-04ZT"
            f"&ca={_FINGERPRINT}",
            "qr_svg": '<svg xmlns="http://www.w3.org/2000/svg" width="53" height="53"></svg>',
            "expires_at": "2026-11-24T10:00:00Z",
            "ca_fingerprint": _FINGERPRINT,
        }
    ),
):
    """A new slot with its code, which is shown this once."""

    claim_id: UUID
    device_id: UUID
    store_id: UUID
    name: str
    code: str
    claim_uri: Annotated[str, Field(description="What the QR says: hub, code and authority.")]
    qr_svg: str
    expires_at: datetime
    ca_fingerprint: Annotated[str, Field(description="SHA-256 of the authority's certificate.")]


class Claim(
    Answer,
    json_schema_extra=example(
        {
            **_CLAIM,
            "store_name": "Bab Ezzouar",
            "replaces": None,
            "state": "open",
            "created_by": "0197a1b2-0000-7000-8000-000000000003",
            "created_at": "2026-11-23T10:00:00Z",
            "expires_at": "2026-11-24T10:00:00Z",
            "used_at": None,
            "withdrawn_at": None,
        }
    ),
):
    """A slot. Its code is not known to the hub any more."""

    claim_id: UUID
    device_id: UUID
    store_id: UUID
    store_name: str
    name: str
    replaces: UUID | None
    state: Literal["open", "used", "expired", "withdrawn"]
    created_by: UUID
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    withdrawn_at: datetime | None

    @classmethod
    def of_row(cls, row: RowMapping, *, now: datetime) -> Self:
        """The claim of a row of the read model."""
        state = ClaimState(
            expires_at=row["expires_at"], withdrawn_at=row["withdrawn_at"], used_at=row["used_at"]
        )
        return cls.model_validate({**row, "state": state.at(now)})


class ClaimList(ListAnswer[Claim]):
    """A page of claims, the newest first."""

    @classmethod
    def of_rows(cls, page: Page[RowMapping], *, now: datetime) -> Self:
        """The answer for a page of rows of the read model."""
        return cls(items=[Claim.of_row(row, now=now) for row in page.items], next=page.next)


class Revocation(Strict, json_schema_extra=example({"reason": "stolen"})):
    """Why a device may not come any more."""

    reason: Text
