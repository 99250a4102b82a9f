"""What the authority signs, and what it refuses to read."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from hub.fleet.authority import SERIAL_BYTES, Authority, Term, new_authority, read_request
from protocol.errors import Malformed

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def term(days: int = 90, serial: bytes = b"\xff" * SERIAL_BYTES) -> Term:
    return Term(serial=serial, not_before=NOON, not_after=NOON + timedelta(days=days))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return new_authority(new_key(), name="Devices", term=term(3650))


def test_it_vouches_for_leaves_alone(authority: Authority) -> None:
    extensions = authority.certificate.extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca) == (True, True)
    assert constraints.value.path_length == 0
    leaf = x509.load_pem_x509_certificate(
        authority.issue_client(new_key().public_key(), name="d", term=term()).pem.encode()
    )
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_no_leaf_outlives_it(authority: Authority) -> None:
    issued = authority.issue_client(new_key().public_key(), name="d", term=term(10_000))
    assert issued.not_after == authority.certificate.not_valid_after_utc


def test_a_brokers_certificate_names_its_hosts_and_is_no_clients(authority: Authority) -> None:
    hosts = ["mqtt.example", "192.0.2.1", "::1"]
    issued = authority.issue_server(new_key().public_key(), hosts=hosts, term=term())
    certificate = x509.load_pem_x509_certificate(issued.pem.encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["mqtt.example"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address(a) for a in hosts[1:]]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


@given(st.binary(min_size=SERIAL_BYTES, max_size=SERIAL_BYTES))
def test_every_serial_is_positive_and_short(serial: bytes) -> None:
    authority = new_authority(KEY, name="Devices", term=term(serial=serial))
    number = authority.certificate.serial_number
    assert 0 < number < 1 << 159


KEY = new_key()


def test_the_list_of_revocations_names_what_was_revoked(authority: Authority) -> None:
    serials = [
        authority.issue_client(
            new_key().public_key(), name="d", term=term(serial=bytes([n]) * SERIAL_BYTES)
        ).serial
        for n in range(3)
    ]
    until = NOON + timedelta(days=30)
    pem = authority.revocations(serials[:2], at=NOON, until=until, number=7)
    revoked = x509.load_pem_x509_crl(pem)
    assert revoked.is_signature_valid(authority.key.public_key())
    assert {f"{entry.serial_number:x}" for entry in revoked} == set(serials[:2])
    assert revoked.next_update_utc == until


def test_a_secret_is_the_keys_and_the_purposes(authority: Authority) -> None:
    other = new_authority(new_key(), name="Devices", term=term())
    secrets = {authority.secret("a"), authority.secret("b"), other.secret("a")}
    assert len(secrets) == 3
    assert authority.secret("a") in secrets


def request(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    chosen = hashes.SHA256() if isinstance(key, ec.EllipticCurvePrivateKey) else None
    return builder.sign(key, chosen).public_bytes(serialization.Encoding.PEM).decode()


def test_a_request_shows_its_key() -> None:
    key = new_key()
    first, second = read_request(request(key)), read_request(request(key))
    assert first.key == key.public_key()
    assert first.hash == second.hash
    assert read_request(request(new_key())).hash != first.hash


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP256K1(), ec.SECP224R1(), None])
def test_other_curves_are_refused(curve: ec.EllipticCurve | None) -> None:
    key = ec.generate_private_key(curve) if curve else ed25519.Ed25519PrivateKey.generate()
    with pytest.raises(Malformed) as caught:
        read_request(request(key))
    assert caught.value.code == "bad-signing-request"


@given(st.text(max_size=200) | st.binary(max_size=60).map(lambda raw: raw.hex()))
def test_noise_is_refused(noise: str) -> None:
    for pem in (noise, f"-----BEGIN CERTIFICATE REQUEST-----\n{noise}\n"):
        with pytest.raises(Malformed):
            read_request(pem)
