"""Sealing people: AES-256-GCM under one random key per person (DESIGN §2, Facts).

Law: a name or number leaves this module only as `nonce ‖ ciphertext`, or to someone who holds the
person's key. The key and the nonce are handed in; no nonce is used twice under a key.
"""

from typing import TypeVar

import msgspec
from msgspec import Struct

from protocol.messages.invoice import Party
from protocol.messages.proposal import PersonCard

KEY_BYTES = 32
NONCE_BYTES = 12

_Card = TypeVar("_Card", PersonCard, Party)


class SealedCustomer(Struct, frozen=True, kw_only=True):
    """A customer as stored; `key` is None once the person has been erased."""

    sealed: bytes
    key: bytes | None


def seal(card: PersonCard | Party, *, key: bytes, nonce: bytes) -> bytes:
    """`nonce ‖ ciphertext ‖ tag` of the card's JSON."""
    from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415 — 10 MB, rarely used
        AESGCM,
    )

    assert len(key) == KEY_BYTES
    assert len(nonce) == NONCE_BYTES
    return nonce + AESGCM(key).encrypt(nonce, msgspec.json.encode(card), None)


def unseal(sealed: bytes, kind: type[_Card], *, key: bytes) -> _Card:
    """The card of that kind; raises cryptography's InvalidTag when the key is not the one that
    sealed it."""
    from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415 — 10 MB, rarely used
        AESGCM,
    )

    plain = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
    return msgspec.json.decode(plain, type=kind)
