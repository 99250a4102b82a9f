"""Bearer tokens: how one comes in, how one is kept (only ever as its SHA-256)."""

import base64
from collections.abc import Callable
from hashlib import sha256

from protocol.errors import Unauthenticated

RandomBytes = Callable[[int], bytes]

_TOKEN_BYTES = 32
# Ours have 43 characters; nobody needs to have megabytes hashed.
_LONGEST_TOKEN = 512


def new_token(random_bytes: RandomBytes) -> str:
    """256 random bits, URL-safe, without padding."""
    return base64.urlsafe_b64encode(random_bytes(_TOKEN_BYTES)).rstrip(b"=").decode("ascii")


def token_hash(token: str) -> bytes:
    """What is stored of a token. A plain hash serves: the token itself has 256 bits."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def bearer_token(authorization: str | None) -> str:
    """The token of an `Authorization: Bearer …` header; raises Unauthenticated `no-token`."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
        raise Unauthenticated("no-token", "Send the header Authorization: Bearer with a token.")
    return token
