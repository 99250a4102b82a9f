"""From when until when a certificate holds, without the 17 MB of a library for all of X.509.

Walks the DER (RFC 5280 §4.1) as far as `validity`: version, serial number, algorithm and issuer
come before it. Judges nothing: what a certificate is worth is protocol.codec.certificates' affair.
"""

import ssl
from datetime import UTC, datetime

from protocol.errors import Malformed

_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
_FIELDS_BEFORE = 3


def read_validity(certificate_pem: str) -> tuple[datetime, datetime]:
    """First and last moment; raises Malformed `bad-certificate`."""
    try:
        tbs = _enter(_enter(ssl.PEM_cert_to_DER_cert(certificate_pem)))
        if tbs[0] == _VERSION:
            tbs = tbs[_end(tbs) :]
        for _ in range(_FIELDS_BEFORE):
            tbs = tbs[_end(tbs) :]
        validity = _enter(tbs)
        return _time(validity), _time(validity[_end(validity) :])
    except (IndexError, ValueError) as error:
        raise Malformed("bad-certificate", f"This is no certificate: {error}") from error


def _enter(der: bytes) -> bytes:
    """The content of the sequence that begins here."""
    if der[0] != _SEQUENCE:
        raise ValueError(f"tag {der[0]} where a sequence begins")
    start, length = _extent(der)
    return der[start : start + length]


def _time(der: bytes) -> datetime:
    start, length = _extent(der)
    text = der[start : start + length].decode("ascii")
    if der[0] == _UTC_TIME:
        century = "19" if text[:2] >= "50" else "20"  # RFC 5280 §4.1.2.5.1
        text = century + text
    elif der[0] != _GENERALIZED_TIME:
        raise ValueError(f"tag {der[0]} where a time begins")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _end(der: bytes) -> int:
    start, length = _extent(der)
    return start + length


def _extent(der: bytes) -> tuple[int, int]:
    """Where the content of the element begins and how long it is."""
    first = der[1]
    if first < 0x80:
        return 2, first
    octets = first & 0x7F
    return 2 + octets, int.from_bytes(der[2 : 2 + octets], "big")
