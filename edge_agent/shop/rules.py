"""Which register a pairing token belongs to, and which regime is shown."""

import hmac
from collections.abc import Sequence
from datetime import date

from protocol.checkout.tax import RegimeKind, regime_on
from protocol.errors import Malformed
from protocol.messages.collections import LegalEntity, RegisterSettings


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


def shown_regime(entity: LegalEntity | None, on: date) -> RegimeKind:
    """The regime to show prices by; a sale asks more strictly (`no-regime-on-day`)."""
    try:
        return regime_on(entity.regimes if entity else (), on)
    except Malformed:
        return "reel"
