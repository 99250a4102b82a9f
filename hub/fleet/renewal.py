"""A new certificate for a device that proves by its old key that it is the device.

Laws: a challenge is never stored (any serving program of this hub reads any other's); who proved
nothing learns nothing; an expired certificate may be renewed for a year, a revoked device never.
"""

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from hub.audit.models import Act
from hub.audit.service import AuditTrail
from hub.fleet import repository, rules
from hub.fleet.authority import RequestedKey, read_request
from hub.fleet.signing import DeviceSigner
from hub.kit.clock import Clock
from hub.kit.db import Database, TenantSession
from hub.kit.throttle import Allowance, Keys, Throttle, network_of
from protocol.codec.certificates import has_signed, read_issued, renewal_message
from protocol.errors import Forbidden, Malformed, Refused, RemoteProtocolError, Throttled

CHALLENGE_LIFETIME = timedelta(minutes=5)
ADDRESS = Allowance(50, 300)
DEVICE = Allowance(10, 300)
CHALLENGES = Allowance(300, 300)
_RANDOM_BYTES = 16
_TIME_BYTES = 8
_MAC_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What the old key shall sign, and until when."""

    nonce: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class RenewalAttempt:
    """A device's request. `signature`: base64 of the old key's over `renewal_message`."""

    device_id: UUID
    nonce: str
    csr_pem: str
    certificate_pem: str
    signature: str
    address: str


class Renewal:
    """Gives out challenges and new certificates. `random_bytes(n)`: n unpredictable bytes."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        signer: DeviceSigner,
        trail: AuditTrail,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._clock = clock
        self._signer = signer
        self._trail = trail
        self._random_bytes = random_bytes
        self._secret = signer.authority.secret("renewal challenge")
        self._throttle = Throttle(clock)

    def challenge(self, device_id: UUID, *, address: str) -> Challenge:
        """A word to sign, for known and unknown devices alike. Raises Throttled."""
        keys = {f"challenges {network_of(address)}": CHALLENGES}
        self._throttle.check(keys)
        self._throttle.failed(keys)
        expires_at = self._clock.now() + CHALLENGE_LIFETIME
        body = int(expires_at.timestamp()).to_bytes(_TIME_BYTES, "big")
        body += self._random_bytes(_RANDOM_BYTES)
        nonce = base64.urlsafe_b64encode(body + self._mac(device_id, body)).decode()
        return Challenge(nonce=nonce, expires_at=expires_at.replace(microsecond=0))

    async def renew(self, attempt: RenewalAttempt) -> str:
        """The certificate (PEM) for the request's key; the same key again gets the same.

        Raises Malformed, Refused `challenge-ended`, Throttled, Forbidden `renewal-refused`,
        `certificate-too-old`, `device-revoked`.
        """
        requested = read_request(attempt.csr_pem)
        with self._throttle.attempt(_keys(attempt), wrong=(Forbidden, Malformed)):
            self._check_challenge(attempt)
            self._check_proof(attempt, requested)
            return await self._issue(attempt, requested)

    def _check_challenge(self, attempt: RenewalAttempt) -> None:
        try:
            raw = base64.b64decode(attempt.nonce, altchars=b"-_", validate=True)
        except ValueError:
            raw = b""
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        genuine = hmac.compare_digest(mac, self._mac(attempt.device_id, body))
        ends_at = int.from_bytes(body[:_TIME_BYTES], "big")
        if not genuine or ends_at <= self._clock.now().timestamp():
            raise Refused("challenge-ended", "Ask for a new challenge and sign that.")

    def _check_proof(self, attempt: RenewalAttempt, requested: RequestedKey) -> None:
        """Raise unless the old certificate is this device's and its key signed the request."""
        try:
            old = read_issued(attempt.certificate_pem, ca_pem=self._signer.authority.pem)
            signature = base64.b64decode(attempt.signature, validate=True)
        except (RemoteProtocolError, ValueError) as error:
            raise _refused() from error
        digest = sha256(renewal_message(attempt.nonce, requested.request)).digest()
        if old.device_id != attempt.device_id:
            raise _refused()
        if not has_signed(old.public_key, signature, digest=digest):
            raise _refused()
        if self._clock.now() > old.not_after + rules.RENEWABLE_AFTER_EXPIRY:
            raise Forbidden(
                "certificate-too-old", "It expired over a year ago: claim the box anew."
            )
        if old.public_key == requested.public_der:
            raise Malformed(
                "same-key", "Make a new key for the new certificate.", fields={"csr_pem": "old key"}
            )

    async def _issue(self, attempt: RenewalAttempt, requested: RequestedKey) -> str:
        now, device_id = self._clock.now(), attempt.device_id
        async with self._database.lookup() as lookup:
            home = await repository.home(lookup, device_id)
        if home is None:
            raise _refused()
        async with self._database.tenant(home.organization_id) as session:
            found = await repository.lock(session, device_id)
            if found is None:
                raise _refused()
            if found[1] == "revoked":
                raise Forbidden("device-revoked", "This device was revoked; ask the office.")
            held = await self._signer.held(session, device_id, requested=requested, at=now)
            return held or await self._issue_new(session, device_id, requested)

    async def _issue_new(
        self, session: TenantSession, device_id: UUID, requested: RequestedKey
    ) -> str:
        now = self._clock.now()
        count = await repository.certificates_since(session, device_id, now - timedelta(days=1))
        if count >= rules.CERTIFICATES_A_DAY:
            raise Throttled("too-many-certificates", "Renew again tomorrow.", retry_after_s=86_400)
        act = Act(
            actor_kind="device",
            actor_id=device_id,
            action="certificate.renewed",
            subject_kind="device",
            subject_id=str(device_id),
        )
        await self._trail.record(session, act)
        return await self._signer.issue(session, device_id, requested=requested, at=now)

    def _mac(self, device_id: UUID, body: bytes) -> bytes:
        return hmac.digest(self._secret, device_id.bytes + body, "sha256")


def _keys(attempt: RenewalAttempt) -> Keys:
    return {
        f"address {network_of(attempt.address)}": ADDRESS,
        f"device {attempt.device_id} {network_of(attempt.address)}": DEVICE,
    }


def _refused() -> Forbidden:
    return Forbidden("renewal-refused", "The old certificate and its key do not prove this device.")
