"""Which register a pairing token belongs to."""

import hmac
from collections.abc import Sequence

from protocol.messages.collections import RegisterSettings


def register_of_token(
    registers: Sequence[RegisterSettings], token_hash_hex: str
) -> RegisterSettings | None:
    """The active register with this token hash. All are compared, each in constant time."""
    found = None
    given = token_hash_hex.encode()
    for register in registers:
        kept = register.pairing_token_hash.lower().encode()
        if hmac.compare_digest(kept, given) and register.active:
            found = register
    return found
