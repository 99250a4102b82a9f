"""Which words name a register, and how a pairing token is kept."""

import base64
import re
from hashlib import sha256

from protocol.errors import Malformed

TOKEN_BYTES = 10
# Printed before every receipt number, and part of an invoice number.
_REGISTER_CODE = re.compile(r"[A-Z0-9]{1,8}")


def pairing_token(random_bytes: bytes) -> str:
    """A token that people can type: 80 bits in base32, in groups of four."""
    assert len(random_bytes) == TOKEN_BYTES
    letters = base64.b32encode(random_bytes).decode()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def pairing_token_hash(token: str) -> str:
    """What the hub keeps and the shop compares: sha256 hex of the token as shown."""
    return sha256(token.encode()).hexdigest()


def checked_register_code(code: str) -> str:
    """Raises Malformed unless it is one to eight capital letters or digits."""
    if not _REGISTER_CODE.fullmatch(code):
        raise Malformed(
            "bad-register-code",
            "Use one to eight capital letters or digits.",
            fields={"code": "A-Z and 0-9, at most eight"},
        )
    return code
