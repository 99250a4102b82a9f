"""Devices of which a hub that was restored knows nothing, entered again so that their journals can
come in.

The file's law: such a device is entered revoked. What it sold is wanted; whether it was revoked
since the backup nobody knows any more, so the box itself is claimed anew.
"""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from hub.audit.models import Act
from hub.audit.service import AuditTrail
from hub.fleet import repository
from hub.fleet.alerts import DeviceAlerts, Notice
from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from hub.kit.permissions import Principal
from protocol.codec.certificates import DeviceCertificate, fingerprint
from protocol.errors import NotFound, Refused
from protocol.session.hub import MOST_AHEAD_EPOCHS

_TWICE = "epoch-twice"
_NAME = "Forgotten box"
_REASON = "unknown after a restore of the hub"


@dataclass(frozen=True, kw_only=True)
class ForgottenDevice:
    """What its journal proves: the certificate that its key signed with, and where it sold."""

    issued: DeviceCertificate
    certificate_pem: str
    store_id: UUID
    first_epoch: int
    last_epoch: int


class ForgottenDevices:
    """`enter` is safe to repeat."""

    def __init__(self, *, clock: Clock, trail: AuditTrail, alerts: DeviceAlerts) -> None:
        self._clock = clock
        self._trail = trail
        self._alerts = alerts

    async def enter(
        self, session: TenantSession, principal: Principal, device: ForgottenDevice
    ) -> None:
        """Make it a revoked device of its store, and none of its epochs anybody else's.

        Where another device of the store got one of them meanwhile, the office is told: receipts
        are numbered by register and epoch. Must come last in the transaction.
        Raises NotFound `unknown-device` when the tenant has no such store or the device is another
        tenant's; Refused `far-epoch`.
        """
        device_id, at = device.issued.device_id, self._clock.now()
        newest = await repository.lock_newest_epoch(session, device.store_id)
        if newest is None:
            raise NotFound("unknown-device", "There is no such device.")
        if not 0 < device.first_epoch <= newest + MOST_AHEAD_EPOCHS:
            raise Refused(
                "far-epoch",
                f"The file claims epoch {device.first_epoch}, and no device of this store can have "
                "come so far: nothing of it was taken. Ask who had the card.",
            )
        entered = repository.EnteredDevice(
            device_id=device_id,
            store_id=device.store_id,
            name=_NAME,
            reason=_REASON,
            first_epoch=device.first_epoch,
        )
        if not await repository.enter(session, entered, at=at):
            if await repository.lock(session, device_id) is None:
                raise NotFound("unknown-device", "There is no such device.")
            return
        certificate = repository.NewCertificate(
            device_id=device_id,
            serial=f"{device.issued.serial:x}",
            fingerprint=fingerprint(device.certificate_pem),
            key_hash=sha256(device.issued.public_key).digest(),
            certificate_pem=device.certificate_pem,
            at=device.issued.not_before,
            expires_at=device.issued.not_after,
        )
        await repository.insert_certificate(session, certificate)
        await repository.withdraw_claims_of(session, device_id, at)
        act = Act(
            actor_kind="user",
            actor_id=principal.user_id,
            action="device.entered_again",
            subject_kind="device",
            subject_id=str(device_id),
            details={"first_epoch": device.first_epoch},
        )
        await self._trail.record(session, act)
        shared = await repository.shared_epochs(session, entered, last_epoch=device.last_epoch)
        if shared:
            notice = Notice(kind=_TWICE, once=f"epoch {shared[0]}", details={"epochs": shared})
            await self._alerts.tell(session, device_id, store_id=device.store_id, notices=[notice])
