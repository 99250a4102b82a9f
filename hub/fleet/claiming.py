"""Slots for devices to come, and the single use of their codes (DESIGN §2, provisioning §4).

Laws: a code is shown once and kept as its hash; what a device gets is committed before it is
answered and the same bytes again; a code that does not hold is answered alike, whatever is wrong,
after the same one look-up.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from hub.audit.models import Act
from hub.audit.service import AuditTrail
from hub.fleet import repository, rules
from hub.fleet.authority import RequestedKey, read_request
from hub.fleet.models import Claimed, Hardware, OpenClaim, Slot
from hub.fleet.repository import StoredClaim
from hub.fleet.revocation import Revocation
from hub.fleet.signing import DeviceSigner
from hub.kit.clock import Clock
from hub.kit.db import Database, TenantSession
from hub.kit.ids import IdSource
from hub.kit.permissions import Permission, Principal
from hub.kit.throttle import Allowance, Keys, Throttle, network_of
from protocol.errors import NotFound, Refused

# Somebody who mistypes gets by; 60 bits cannot be guessed within what is left.
ADDRESS = Allowance(20, 300)
CODE = Allowance(10, 300)
EVERYONE = Allowance(1000, 300)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What a box sends with a code. `address`: from where."""

    code: str
    csr_pem: str
    agent_version: str
    hardware: Hardware
    address: str


class Slots:
    """The office's side."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        ids: IdSource,
        random_bytes: Callable[[int], bytes],
        trail: AuditTrail,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._random_bytes = random_bytes
        self._trail = trail

    async def make(self, principal: Principal, slot: Slot) -> OpenClaim:
        """A slot and its code.

        Raises NotFound `unknown-store` or `unknown-device`, Refused `too-many-claims`.
        """
        principal.require(Permission.FLEET_WRITE)
        now = self._clock.now()
        claim = OpenClaim(
            claim_id=self._ids.next(),
            device_id=self._ids.next(),
            slot=slot,
            code=rules.claim_code(self._random_bytes(rules.CODE_BYTES)),
            expires_at=now + rules.CODE_LIFETIME,
        )
        async with self._database.tenant(principal.organization_id) as session:
            await self._check(session, slot, now)
            await repository.insert_claim(
                session,
                claim,
                code_hash=rules.code_hash(claim.code),
                by=principal.user_id,
                at=now,
            )
            made = {"store_id": slot.store_id, "device_id": claim.device_id, "name": slot.name}
            act = _act(principal, "claim.made", claim.claim_id)
            await self._trail.record(session, replace(act, details=made))
        return claim

    async def withdraw(self, principal: Principal, claim_id: UUID) -> None:
        """The code does not hold any more; again: nothing happens.

        Raises NotFound `unknown-claim`, Refused `claim-used`.
        """
        principal.require(Permission.FLEET_WRITE)
        async with self._database.tenant(principal.organization_id) as session:
            claim = await repository.lock_claim(session, claim_id)
            if claim is None:
                raise NotFound("unknown-claim", "There is no such claim.")
            if claim.state.used_at is not None:
                raise Refused("claim-used", "A box has used this code; revoke the device instead.")
            if claim.state.withdrawn_at is None:
                await repository.withdraw_claim(session, claim_id, self._clock.now())
                await self._trail.record(session, _act(principal, "claim.withdrawn", claim_id))

    async def _check(self, session: TenantSession, slot: Slot, now: datetime) -> None:
        if not await repository.store_exists(session, slot.store_id):
            raise NotFound("unknown-store", "There is no such store.")
        if slot.replaces is not None:
            found = await repository.lock(session, slot.replaces)
            if found is None or found[0] != slot.store_id:
                raise NotFound("unknown-device", "This store has no such device to replace.")
        if await repository.open_claims(session, now) >= rules.OPEN_CLAIMS:
            raise Refused("too-many-claims", "Withdraw codes that nobody needs, then try again.")


class Claiming:
    """The device's side. Who knows a code is no user: the code names the tenant."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        signer: DeviceSigner,
        revocation: Revocation,
        trail: AuditTrail,
    ) -> None:
        self._database = database
        self._clock = clock
        self._signer = signer
        self._revocation = revocation
        self._trail = trail
        self._throttle = Throttle(clock)

    async def claim(self, attempt: Attempt) -> Claimed:
        """Use a code; the same code and key again get the same answer.

        Raises Malformed `bad-signing-request`, Throttled, NotFound `unknown-claim`, Refused
        `claim-used`.
        """
        requested = read_request(attempt.csr_pem)
        code_hash = rules.code_hash(attempt.code)
        keys = _keys(attempt.address, code_hash)
        with self._throttle.attempt(keys, wrong=(NotFound, Refused)):
            return await self._use(code_hash, requested, attempt)

    async def _use(self, code_hash: bytes, requested: RequestedKey, attempt: Attempt) -> Claimed:
        now = self._clock.now()
        async with self._database.lookup() as lookup:
            found = await repository.claim_by_code(lookup, code_hash)
        if found is None:
            raise rules.unknown_claim()
        organization_id, claim_id, state = found
        rules.check_claim(state, at=now)
        async with self._database.tenant(organization_id) as session:
            claim = await repository.lock_claim(session, claim_id)
            if claim is None:
                raise rules.unknown_claim()
            rules.check_claim(claim.state, at=now)
            if claim.key_hash is None:
                await repository.use_claim(session, claim_id, key_hash=requested.hash, at=now)
                await self._create(session, claim, attempt)
                certificate_pem = await self._signer.issue(
                    session, claim.device_id, requested=requested, at=now
                )
            else:
                certificate_pem = await self._again(session, claim, requested)
            epoch = await repository.first_epoch(session, claim.device_id)
        return Claimed(
            organization_id=organization_id,
            store_id=claim.store_id,
            store_name=claim.store_name,
            device_id=claim.device_id,
            name=claim.name,
            epoch=epoch,
            certificate_pem=certificate_pem,
        )

    async def _again(
        self, session: TenantSession, claim: StoredClaim, requested: RequestedKey
    ) -> str:
        if claim.key_hash != requested.hash:
            raise rules.claim_used()
        device = await repository.lock(session, claim.device_id)
        pem = await self._signer.held(
            session, claim.device_id, requested=requested, at=self._clock.now()
        )
        if device is None or device[1] == "revoked" or pem is None:
            raise rules.unknown_claim()
        return pem

    async def _create(self, session: TenantSession, claim: StoredClaim, attempt: Attempt) -> None:
        await repository.insert_claimed(
            session,
            claim,
            hardware=attempt.hardware,
            agent_version=attempt.agent_version,
            at=self._clock.now(),
        )
        act = Act(
            actor_kind="device",
            actor_id=claim.device_id,
            action="claim.used",
            subject_kind="claim",
            subject_id=str(claim.claim_id),
            details={"address": attempt.address, "model": attempt.hardware.model},
        )
        await self._trail.record(session, act)
        if claim.replaces is not None:
            await self._revocation.replaced(session, claim.replaces, by=claim.device_id)


def _keys(address: str, code_hash: bytes) -> Keys:
    return {
        f"address {network_of(address)}": ADDRESS,
        f"code {code_hash.hex()}": CODE,
        "everyone": EVERYONE,
    }


def _act(principal: Principal, action: str, claim_id: UUID) -> Act:
    return Act(
        actor_kind="user",
        actor_id=principal.user_id,
        action=action,
        subject_kind="claim",
        subject_id=str(claim_id),
    )
