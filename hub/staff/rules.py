"""What a PIN may be."""

import re

from protocol.errors import Malformed

_PIN = re.compile(r"[0-9]{4,8}")


def checked_pin(pin: str) -> str:
    """Raises Malformed `bad-pin` unless it is four to eight digits."""
    if not _PIN.fullmatch(pin):
        raise Malformed("bad-pin", "Use four to eight digits.", fields={"pin": "4 to 8 digits"})
    return pin
