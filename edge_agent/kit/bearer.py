"""Bearer tokens: how one is made, and how it is kept (only ever as its SHA-256)."""

import base64
import re
from collections.abc import Callable
from hashlib import sha256

RandomBytes = Callable[[int], bytes]

_TOKEN_BYTES = 32
_PLAIN = re.compile("Bearer ([!-~]+)")


def new_token(random_bytes: RandomBytes) -> str:
    """256 random bits, URL-safe, without padding."""
    return base64.urlsafe_b64encode(random_bytes(_TOKEN_BYTES)).rstrip(b"=").decode("ascii")


def plain_token(authorization: str) -> str | None:
    """The token of an Authorization header in its plainest form; None leaves it to FastAPI, which
    alone knows the others (another case, more spaces)."""
    found = _PLAIN.fullmatch(authorization)
    return found and found[1]


def token_hash(token: str) -> bytes:
    """What is stored of a token. A plain hash serves: the token itself has 256 bits."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
