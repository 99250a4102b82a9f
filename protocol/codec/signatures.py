"""The signature that a Z bears: by the device's key over the fact's own bytes without it.

The file's law: what is signed is bytes, never a decoded and re-encoded report, so that fields of a
later release are signed too. Where and when the bytes stand in the journal is the chain's business.
"""

import re
from base64 import b64decode
from hashlib import sha256

from protocol.codec.certificates import has_signed, sign
from protocol.errors import RemoteProtocolError

_DOMAIN = b"hanout-z\0"
# Quotes inside of texts are escaped in JSON, so this stands in no text; no other part of a Z has a
# member of this name.
_MEMBER = re.compile(rb',"signature":"([A-Za-z0-9+/]*={0,2})"')


def sign_z(unsigned_fact: bytes, *, key_pem: bytes) -> bytes:
    """The signature (ECDSA, DER) for a `shift.closed` fact that was encoded without one."""
    return sign(key_pem, _DOMAIN + unsigned_fact)


def split_signature(fact: bytes) -> tuple[bytes, bytes | None]:
    """The fact as it was signed, and its signature; None where it bears none.

    RemoteProtocolError `undecodable`: it bears two, or one that is no base64.
    """
    found = list(_MEMBER.finditer(fact))
    if not found:
        return fact, None
    if len(found) > 1:
        raise RemoteProtocolError("undecodable", "A report bears one signature.")
    member = found[0]
    try:
        signature = b64decode(member.group(1), validate=True)
    except ValueError as error:
        raise RemoteProtocolError("undecodable", "The signature is no base64.") from error
    return fact[: member.start()] + fact[member.end() :], signature


def z_is_signed_by(fact: bytes, *, public_key: bytes) -> bool:
    """Whether a `shift.closed` fact bears this key's signature (`DeviceCertificate.public_key`)."""
    unsigned, signature = split_signature(fact)
    if signature is None:
        return False
    digest = sha256(_DOMAIN + unsigned).digest()
    return has_signed(public_key, signature, digest=digest)
