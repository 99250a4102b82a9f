"""What an e-mail is, how a session's token is read, and how often one may try to sign in."""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from protocol.errors import Malformed, Unauthenticated

SECRET_BYTES = 32
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


@dataclass(frozen=True)
class Allowance:
    """At most `attempts` failures in `window_s` seconds."""

    attempts: int
    window_s: int


# After PyPI's: per person and address, per person, per address.
PERSON_AND_ADDRESS = Allowance(10, 300)
PERSON = Allowance(50, 300)
ADDRESS = Allowance(100, 300)


def normal_email(email: str) -> str:
    """Lower case without blanks around; raises Malformed `bad-email`."""
    normal = email.strip().lower()
    if not _EMAIL.fullmatch(normal):
        raise Malformed("bad-email", "Give an e-mail address.", fields={"email": "not an address"})
    return normal


def session_token(organization_id: UUID, secret: bytes) -> str:
    """The cookie's value: the tenant in clear, so that it is looked up as that tenant."""
    assert len(secret) == SECRET_BYTES
    return base64.urlsafe_b64encode(organization_id.bytes + secret).decode()


def read_session_token(token: str) -> tuple[UUID, bytes]:
    """Tenant and hash of a cookie; raises Unauthenticated `session-ended` when it is not ours."""
    try:
        raw = base64.b64decode(token[:128], altchars=b"-_", validate=True)
        if len(raw) != 16 + SECRET_BYTES:
            raise ValueError(len(raw))
        return UUID(bytes=raw[:16]), token_hash(token)
    except (binascii.Error, ValueError) as error:
        raise Unauthenticated("session-ended", "Sign in again.") from error


def token_hash(token: str) -> bytes:
    """What the database keeps of a token of 256 random bits; no slow hash is needed for those."""
    return sha256(token.encode()).digest()


def wait_s(failures_ms: list[int], *, allowance: Allowance, now_ms: int) -> int:
    """Seconds until another attempt is allowed, 0 when it is now. The failures rise in time."""
    window_ms = allowance.window_s * 1000
    recent = [at for at in failures_ms if at > now_ms - window_ms]
    if len(recent) < allowance.attempts:
        return 0
    return max(1, (recent[-allowance.attempts] + window_ms - now_ms) // 1000)
