"""Access tokens: EdDSA, five minutes, for one tenant.

What a role may do is written into the token, so a change of role counts within those minutes.
"""

import os
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.identity.models import AccessToken
from hub.kit.clock import Clock
from hub.kit.permissions import Principal
from protocol.errors import Refused, Unauthenticated

LIFETIME = timedelta(minutes=5)
_ISSUER = "hanout-hub"
_AUDIENCE = "hanout-api"
_TYPE = "at+jwt"
_CLAIMS = ["exp", "iat", "iss", "aud", "sub", "org", "perms"]


class AccessTokens:
    """Makes and reads access tokens with one key."""

    def __init__(self, key: Ed25519PrivateKey, *, clock: Clock) -> None:
        self._key = key
        self._public = key.public_key()
        raw = self._public.public_bytes_raw()
        self._key_id = sha256(raw).hexdigest()[:16]
        self._clock = clock

    def issue(self, principal: Principal) -> AccessToken:
        """A token that says who, where and what for five minutes."""
        now = self._clock.now()
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": str(principal.user_id),
            "org": str(principal.organization_id),
            "perms": sorted(principal.permissions),
            "iat": now,
            "exp": now + LIFETIME,
        }
        headers = {"kid": self._key_id, "typ": _TYPE}
        token = jwt.encode(claims, self._key, algorithm="EdDSA", headers=headers)
        return AccessToken(token=token, expires_in_s=int(LIFETIME.total_seconds()))

    def read(self, token: str) -> Principal:
        """Raises Unauthenticated `token-invalid` for anything but a token of ours that holds."""
        try:
            if jwt.get_unverified_header(token).get("typ") != _TYPE:
                raise jwt.InvalidTokenError("another type")
            claims = jwt.decode(
                token,
                self._public,
                algorithms=["EdDSA"],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                # Expiry is checked below, against the clock that was handed in.
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},
            )
            if self._clock.now().timestamp() >= int(claims["exp"]):
                raise jwt.ExpiredSignatureError("expired")
            return Principal(
                user_id=UUID(claims["sub"]),
                organization_id=UUID(claims["org"]),
                permissions=frozenset(claims["perms"]),
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise Unauthenticated("token-invalid", "Sign in again.") from error


def load_or_create_key(path: Path) -> Ed25519PrivateKey:
    """The key in a PEM file that only its owner reads; made at the first start.

    Raises Refused `bad-token-key` for a file that holds something else.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _load_key(path)
    key = Ed25519PrivateKey.generate()
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return key


def _load_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise Refused("bad-token-key", f"{path} is no private key; move it away.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Refused("bad-token-key", f"{path} is no Ed25519 key; move it away.")
    return key
