"""A shop's agent as the hub knows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from protocol.messages.sync import Heartbeat

DeviceStatus = Literal["active", "revoked"]


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
