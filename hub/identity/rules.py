"""What an e-mail is, and how a session's token is read."""

import base64
import binascii
import re
from hashlib import sha256
from uuid import UUID

from protocol.errors import Malformed, Unauthenticated

SECRET_BYTES = 32
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


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
