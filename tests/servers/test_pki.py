"""Identities: issued once, used again, renewed in time."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from protocol.codec.certificates import fingerprint
from protocol.errors import Malformed
from provisioning.demo.identity import Identity
from tests.servers.pki import Pki

SHOP = UUID("018f3a52-0000-7000-8000-0000000000a1")
TODAY = datetime(2026, 11, 23, 12, tzinfo=UTC)


def fingerprint_of(identity: Identity) -> str:
    return fingerprint(identity.certificate_file.read_text())


def authority(folder: Path, *, at: datetime = TODAY) -> Pki:
    return Pki(folder, now=lambda: at)


def test_the_common_name_is_the_identity(tmp_path: Path) -> None:
    pki = authority(tmp_path)
    for identity, name in ((pki.device(SHOP), str(SHOP)), (pki.hub_worker("hub-1"), "hub-1")):
        certificate = x509.load_pem_x509_certificate(identity.certificate_file.read_bytes())
        [found] = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert found.value == identity.name == name
        assert len(fingerprint_of(identity)) == 64


def test_the_servers_certificate_is_trusted_for_the_loopback_address(tmp_path: Path) -> None:
    pki = authority(tmp_path)
    trusted = Store([x509.load_pem_x509_certificate(pki.ca_file.read_bytes())])
    served = x509.load_pem_x509_certificate(pki.server().certificate_file.read_bytes())
    name = served.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    address = name.get_values_for_type(x509.IPAddress)[0]
    verifier = (
        PolicyBuilder().store(trusted).time(TODAY).build_server_verifier(x509.IPAddress(address))
    )
    assert len(verifier.verify(served, [])) == 2


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    pki = authority(tmp_path)
    pki.device(SHOP)
    pki.server()
    for key in tmp_path.glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(list(tmp_path.glob("*.key"))) == 3


def test_a_second_start_uses_what_the_first_issued(tmp_path: Path) -> None:
    first = authority(tmp_path)
    issued = (fingerprint_of(first.device(SHOP)), fingerprint_of(first.server()))
    second = authority(tmp_path, at=TODAY + timedelta(days=1))
    again = (fingerprint_of(second.device(SHOP)), fingerprint_of(second.server()))
    assert again == issued


def test_an_expiring_certificate_is_issued_anew_by_the_same_authority(tmp_path: Path) -> None:
    first = authority(tmp_path)
    old = fingerprint_of(first.device(SHOP))
    ca = first.ca_file.read_bytes()
    later = authority(tmp_path, at=TODAY + timedelta(days=390))
    assert fingerprint_of(later.device(SHOP)) != old
    assert later.ca_file.read_bytes() == ca


@pytest.mark.parametrize("lost", ["ca.crt", "ca.key"])
def test_half_an_authority_is_replaced_with_all_it_signed(tmp_path: Path, lost: str) -> None:
    old = fingerprint_of(authority(tmp_path).device(SHOP))
    (tmp_path / lost).unlink()
    assert fingerprint_of(authority(tmp_path).device(SHOP)) != old


def test_a_key_that_does_not_fit_or_cannot_be_read_is_replaced(tmp_path: Path) -> None:
    pki = authority(tmp_path)
    identity = pki.device(SHOP)
    old = fingerprint_of(identity)
    identity.key_file.write_bytes(pki.server().key_file.read_bytes())
    assert fingerprint_of(pki.device(SHOP)) != old
    identity.key_file.write_text("torn")
    assert "PRIVATE KEY" in pki.device(SHOP).key_file.read_text()


def test_a_hub_workers_name_says_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        authority(tmp_path).hub_worker("worker-1")
