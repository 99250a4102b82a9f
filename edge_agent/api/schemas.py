"""What belongs to no slice, over HTTP: the agent itself, its store, its sync."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from edge_agent.api.sync_report import SyncReport
from edge_agent.storage import replicas
from edge_agent.storage.room import RoomState
from protocol.messages.collections import COLLECTIONS


class StoreState(BaseModel):
    """The shop, as the office set it."""

    id: UUID
    name: str
    currency: str
    timezone: str
    languages: list[str]


class RegisterState(BaseModel):
    """A station to which tablets are paired."""

    id: UUID
    name: str
    code: str


class Meta(BaseModel):
    """Who answers here. `store` is null until the office's settings have arrived."""

    name: str = Field(examples=["hanout-edge"])
    version: str
    api: str = Field(examples=["v1"])
    device_id: UUID
    store: StoreState | None
    registers: list[RegisterState]
    rules_version: str


class Health(BaseModel):
    """Alive."""

    status: str = Field(examples=["ok"])


class Readiness(BaseModel):
    """Ready to sell. `warnings` name what is wrong all the same."""

    status: str = Field(examples=["ready"])
    warnings: list[str] = Field(default=[], examples=[["disk-low"]])


class DebtState(BaseModel):
    """What the hub has not durably acknowledged."""

    count: int
    value_minor: dict[str, int] = Field(examples=[{"DZD": 1250000}])
    oldest_age_s: int | None


class CollectionState(BaseModel):
    """A copy of the office's: the version in force, and the newest one that is wanted."""

    version: int
    wanted_version: int
    unreadable_count: int = Field(description="Rows that this release cannot read.")


class AlarmState(BaseModel):
    """Something the sync noticed."""

    code: str
    detail: str
    at_ms: int


class SalvageState(BaseModel):
    """A database broke; what could be read of it was saved. Replace the card soon."""

    at_ms: int
    cause: str
    kept_as: str = Field(description="The folder that holds the broken files.")
    facts_lost: int = Field(description="Facts that neither this shop nor the hub holds.")
    tables_torn: int


class SyncState(BaseModel):
    """The sync debt. The shop sells whatever this says."""

    connected: bool
    epoch: int
    head_seq: int
    acked_seq: int
    debt: DebtState
    dead_count: int
    quarantined_count: int
    disk_free_bytes: int
    disk_state: RoomState = Field(
        description="low: only sales are written; full: from the reserve. Free some space."
    )
    salvages: list[SalvageState]
    collections: dict[str, CollectionState]
    last_ack_at: datetime | None
    hub_offset_ms: int | None
    alarms: list[AlarmState]

    @classmethod
    def of(cls, report: SyncReport) -> "SyncState":
        """The same for HTTP."""
        status = report.status
        wanted = {} if status is None else status.wanted
        alarms = [] if status is None else status.alarms
        return cls(
            connected=status is not None and status.welcomed,
            epoch=report.device.epoch,
            head_seq=report.device.head_seq,
            acked_seq=report.device.acked_seq,
            debt=DebtState(
                count=report.debt.count,
                value_minor=dict(report.debt.value_minor),
                oldest_age_s=report.oldest_age_s,
            ),
            dead_count=report.device.dead_count,
            quarantined_count=report.quarantined_count,
            disk_free_bytes=report.room.free_bytes,
            disk_state=report.room.state,
            salvages=[
                SalvageState.model_validate(one, from_attributes=True) for one in report.salvages
            ],
            collections={
                name: _collection(report.collections.get(name), wanted.get(name, 0))
                for name in COLLECTIONS
            },
            last_ack_at=report.device.last_ack_at,
            hub_offset_ms=None if status is None else status.hub_offset_ms,
            alarms=[
                AlarmState(code=alarm.code, detail=alarm.detail, at_ms=alarm.at_ms)
                for alarm in alarms
            ],
        )


def _collection(held: replicas.CollectionState | None, wanted_version: int) -> CollectionState:
    version = 0 if held is None else held.version
    return CollectionState(
        version=version,
        wanted_version=max(version, wanted_version),
        unreadable_count=0 if held is None else held.unreadable_count,
    )
