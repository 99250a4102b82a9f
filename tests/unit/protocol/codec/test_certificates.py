"""Whose a certificate is, and what may be believed of it."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from protocol.codec.certificates import (
    fingerprint,
    fits,
    has_signed,
    public_key_of,
    read_issued,
    renewal_message,
    request_for,
    request_pem,
    sign,
    sign_digest,
    validity,
)
from protocol.errors import Malformed, RemoteProtocolError

DEVICE = UUID("0192d6a0-0000-7000-8000-000000000001")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def certificate(
    *names: str, key: Key, issuer: ec.EllipticCurvePrivateKey, issuer_name: str = "ca"
) -> str:
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer_name)]))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=90))
        .sign(issuer, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


CA_KEY = new_key()
CA = certificate("ca", key=CA_KEY, issuer=CA_KEY)


def test_a_certificate_of_the_authority_names_its_device() -> None:
    key = new_key()
    own = certificate(str(DEVICE), key=key, issuer=CA_KEY)
    found = read_issued(own, ca_pem=CA)
    assert (found.device_id, found.serial) == (DEVICE, 7)
    assert found.public_key == public_key_of(pem(key))
    assert fits(own, key_pem=pem(key))
    assert not fits(own, key_pem=pem(new_key()))
    assert not fits(own, key_pem=b"half a k")
    assert (found.not_before, found.not_after) == validity(own) == (NOW, NOW + timedelta(days=90))
    der = x509.load_pem_x509_certificate(CA.encode()).public_bytes(serialization.Encoding.DER)
    assert fingerprint(CA) == sha256(der).hexdigest()


@pytest.mark.fault(40, "FK")
def test_foreign_and_wildcard_certificates_name_nobody() -> None:
    """A certificate of another authority, for a worker, for `*` or on another curve is refused."""
    other = new_key()
    foreign = [
        certificate(str(DEVICE), key=new_key(), issuer=other),
        certificate(str(DEVICE), key=new_key(), issuer=CA_KEY, issuer_name="another"),
        certificate("hub-worker", key=new_key(), issuer=CA_KEY),
        certificate("*", key=new_key(), issuer=CA_KEY),
        certificate(str(DEVICE).upper(), key=new_key(), issuer=CA_KEY),
        certificate(str(DEVICE), str(DEVICE), key=new_key(), issuer=CA_KEY),
        certificate(key=new_key(), issuer=CA_KEY),
        certificate(str(DEVICE), key=ec.generate_private_key(ec.SECP384R1()), issuer=CA_KEY),
        certificate(str(DEVICE), key=ed25519.Ed25519PrivateKey.generate(), issuer=CA_KEY),
    ]
    for each in foreign:
        with pytest.raises(RemoteProtocolError) as caught:
            read_issued(each, ca_pem=CA)
        assert caught.value.code == "foreign-certificate"


def test_what_is_no_certificate_or_key_is_said() -> None:
    with pytest.raises(Malformed, match="no certificate"):
        fingerprint("hello")
    with pytest.raises(Malformed, match="no private key"):
        public_key_of(b"hello")
    with pytest.raises(Malformed, match="P-256"):
        public_key_of(pem(ed25519.Ed25519PrivateKey.generate()))


def test_only_the_keys_own_signature_is_good() -> None:
    key, message = pem(new_key()), b"some bytes"
    public, digest = public_key_of(key), sha256(message).digest()
    assert has_signed(public, sign(key, message), digest=digest)
    assert has_signed(public, sign_digest(key, digest), digest=digest)
    assert not has_signed(public, sign(pem(new_key()), message), digest=digest)
    assert not has_signed(public, b"junk", digest=digest)


def test_a_request_names_nobody_and_the_renewal_message_covers_it() -> None:
    key = pem(new_key())
    request = request_for(key)
    named = x509.load_pem_x509_csr(request_pem(request).encode())
    assert named.public_key() == request.public_key()
    assert request.is_signature_valid
    assert list(request.subject) == []
    message = renewal_message("nonce", request)
    assert message == b"hanout-renew\0nonce\0" + request.public_bytes(serialization.Encoding.DER)
