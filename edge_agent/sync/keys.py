"""New keys for renewals."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from protocol.codec.certificates import public_key_of
from protocol.errors import Malformed


def new_key() -> bytes:
    """A P-256 key, PEM."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def is_key(file: Path) -> bool:
    """Whether a whole key lies there."""
    try:
        public_key_of(file.read_bytes())
    except (FileNotFoundError, Malformed):
        return False
    return True
