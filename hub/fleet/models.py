"""A shop's agent as the hub knows it."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

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
