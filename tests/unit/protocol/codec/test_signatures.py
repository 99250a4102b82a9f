"""What a Z's signature covers, and what breaks it."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec.structs import replace

from protocol.codec.certificates import public_key_of
from protocol.codec.facts import decode_fact
from protocol.codec.signatures import sign_z, split_signature, z_is_signed_by
from protocol.errors import RemoteProtocolError
from protocol.messages.till import ShiftClosed
from tests.unit.protocol.codec.examples import BODIES, example


def new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


KEY = new_key()
PUBLIC_KEY = public_key_of(KEY)
Z = BODIES["shift.closed"]
assert isinstance(Z, ShiftClosed)
UNSIGNED = example(Z)
SIGNED = example(replace(Z, signature=sign_z(UNSIGNED, key_pem=KEY)))


def test_a_signed_z_is_the_keys_own() -> None:
    assert z_is_signed_by(SIGNED, public_key=PUBLIC_KEY)
    assert not z_is_signed_by(SIGNED, public_key=public_key_of(new_key()))


def test_what_was_signed_is_the_fact_without_its_signature() -> None:
    unsigned, signature = split_signature(SIGNED)
    body = decode_fact(SIGNED).body
    assert isinstance(body, ShiftClosed)
    assert (unsigned, signature) == (UNSIGNED, body.signature)


def test_a_z_without_signature_is_nobodys() -> None:
    assert split_signature(UNSIGNED) == (UNSIGNED, None)
    assert not z_is_signed_by(UNSIGNED, public_key=PUBLIC_KEY)


@pytest.mark.parametrize("position", range(0, len(UNSIGNED), 7))
def test_any_changed_byte_breaks_it(position: int) -> None:
    changed = bytearray(SIGNED)
    changed[position] ^= 1
    try:
        accepted = z_is_signed_by(bytes(changed), public_key=PUBLIC_KEY)
    except RemoteProtocolError:
        accepted = False
    assert not accepted


def test_fields_of_a_later_release_are_signed_too() -> None:
    later = UNSIGNED.replace(b'"body":{', b'"body":{"later":[1],')
    signature = split_signature(SIGNED)[1]
    assert signature is not None
    moved = SIGNED.replace(b'"body":{', b'"body":{"later":[1],')
    assert not z_is_signed_by(moved, public_key=PUBLIC_KEY)
    assert split_signature(moved)[0] == later


@pytest.mark.parametrize("tail", [b',"signature":"AA=="', b',"signature":"A"'])
def test_what_cannot_be_a_signature_is_undecodable(tail: bytes) -> None:
    broken = SIGNED + tail if tail.endswith(b'=="') else UNSIGNED + tail
    with pytest.raises(RemoteProtocolError, match="undecodable"):
        split_signature(broken)
