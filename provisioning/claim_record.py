"""What a box remembers of its claim, so that the same command, given again, says the same. Pure.

Law: the code itself is not in it. The device's id salts its hash.
"""

from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from provisioning.claim_link import ClaimLink

# As the hub reads what was typed.
_MISREAD = str.maketrans("OIL", "011", "- \t")


class ClaimRecord(Struct, frozen=True, kw_only=True):
    """Who the box became, and with what: `code_sha256` is salted, `ca` the authority's print."""

    device_id: UUID
    name: str
    store_name: str
    hub_url: str
    ca: str
    code_sha256: str

    def is_of(self, link: ClaimLink) -> bool:
        """Whether this claim was made with the same code, at the same hub."""
        return (
            self.code_sha256 == code_hash(link.code, self.device_id)
            and self.hub_url == plain_url(link.hub_url)
            and link.ca in {None, self.ca}
        )


def code_hash(code: str, device_id: UUID) -> str:
    """SHA-256 of a code as the hub reads it, in hexadecimal."""
    return sha256(device_id.bytes + code.upper().translate(_MISREAD).encode()).hexdigest()


def plain_url(url: str) -> str:
    """The address as it is compared."""
    return url.strip().rstrip("/").lower()


def read_record(content: bytes | None) -> ClaimRecord | None:
    """None where there is none, or none that can be read."""
    try:
        return None if content is None else msgspec.json.decode(content, type=ClaimRecord)
    except msgspec.DecodeError:
        return None
