"""A shop's agent as the hub knows it, and the slots made for those to come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from protocol.messages.sync import Heartbeat

DeviceStatus = Literal["pending", "active", "revoked"]


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device to register. `certificate_fingerprint`: sha256 hex of its DER, or empty."""

    device_id: UUID
    store_id: UUID
    name: str
    certificate_fingerprint: str = ""


@dataclass(frozen=True, kw_only=True)
class DeviceHome:
    """Where a device belongs."""

    organization_id: UUID
    store_id: UUID
    status: DeviceStatus


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """The last that was heard of a device; None: nothing was said of it."""

    seen_at: datetime
    online: bool | None = None
    heartbeat: Heartbeat | None = None


@dataclass(frozen=True, kw_only=True)
class DeviceKey:
    """A key that was certified for a device. `serial`: lower-case hex; `public_key`: DER."""

    serial: str
    public_key: bytes
    issued_at: datetime


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place for a device to come. `replaces`: the device it takes over from."""

    store_id: UUID
    name: str
    replaces: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class OpenClaim:
    """A slot with its code, shown this once."""

    claim_id: UUID
    device_id: UUID
    slot: Slot
    code: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """What a box says of itself; nothing relies on it."""

    machine_id: str = ""
    model: str = ""


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """What a device learns when its code held."""

    organization_id: UUID
    store_id: UUID
    store_name: str
    device_id: UUID
    name: str
    epoch: int
    certificate_pem: str


@dataclass(frozen=True, kw_only=True)
class Whereabouts:
    """Where devices find the hub and its broker."""

    hub_url: str
    broker_host: str
    broker_port: int


class NewCommand(Struct, frozen=True, kw_only=True):
    """A command to keep."""

    command_id: UUID
    device_id: UUID
    kind: str
    created_by: UUID | None
    expires_at: datetime


class DueCommand(Struct, frozen=True, kw_only=True):
    """A command that its device is to be told."""

    organization_id: UUID
    command_id: UUID
    device_id: UUID
    kind: str
    expires_at: datetime
