"""What the office does with devices: invites them, with a QR to show, and revokes them."""

from dataclasses import dataclass

import segno

from hub.fleet import rules
from hub.fleet.claiming import Slots
from hub.fleet.enrolment import Enrolment, not_set_up
from hub.fleet.models import OpenClaim, Slot
from hub.fleet.revocation import Revocation
from hub.kit.permissions import Principal


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """A slot with its code, and what a QR says of it; to be shown this once."""

    claim: OpenClaim
    uri: str
    qr_svg: str
    ca_fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Office:
    """`enrolment` is None on a hub that has no authority."""

    slots: Slots
    revocation: Revocation
    enrolment: Enrolment | None

    async def invite(self, principal: Principal, slot: Slot, *, found_at: str) -> Invitation:
        """Make a slot. `found_at`: where the caller found this hub, if that is not configured.

        Raises as `Slots.make`, and Unavailable `claiming-not-set-up`.
        """
        if self.enrolment is None:
            raise not_set_up()
        claim = await self.slots.make(principal, slot)
        fingerprint = self.enrolment.authority.fingerprint
        hub_url = self.enrolment.whereabouts.hub_url or found_at.rstrip("/")
        uri = rules.claim_uri(hub_url=hub_url, code=claim.code, ca_fingerprint=fingerprint)
        svg = segno.make_qr(uri, error="m").svg_inline(omitsize=True, border=4, light="#fff")
        return Invitation(claim=claim, uri=uri, qr_svg=svg, ca_fingerprint=fingerprint)
