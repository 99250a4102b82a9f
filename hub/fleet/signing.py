"""Certificates for devices, kept in the transaction that gives them out.

The caller holds the device's row, so that two requests at once get the same bytes.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from hub.fleet import repository, rules
from hub.fleet.authority import CLOCK_SKEW, SERIAL_BYTES, Authority, RequestedKey, Term
from hub.kit.db import TenantSession


class DeviceSigner:
    """Signs with the authority. `random_bytes(n)`: n unpredictable bytes, for serial numbers."""

    def __init__(self, authority: Authority, random_bytes: Callable[[int], bytes]) -> None:
        self.authority = authority
        self._random_bytes = random_bytes

    async def held(
        self, session: TenantSession, device_id: UUID, *, requested: RequestedKey, at: datetime
    ) -> str | None:
        """The certificate that this key got before, if it still holds."""
        return await repository.certificate_of_key(
            session, device_id, key_hash=requested.hash, at=at
        )

    async def issue(
        self, session: TenantSession, device_id: UUID, *, requested: RequestedKey, at: datetime
    ) -> str:
        """A new certificate for this key."""
        term = Term(
            serial=self._random_bytes(SERIAL_BYTES),
            not_before=at - CLOCK_SKEW,
            not_after=at + rules.CERTIFICATE_LIFETIME,
        )
        issued = self.authority.issue_client(requested.key, name=str(device_id), term=term)
        certificate = repository.NewCertificate(
            device_id=device_id,
            serial=issued.serial,
            fingerprint=issued.fingerprint,
            key_hash=requested.hash,
            certificate_pem=issued.pem,
            at=at,
            expires_at=issued.not_after,
        )
        await repository.insert_certificate(session, certificate)
        return issued.pem
