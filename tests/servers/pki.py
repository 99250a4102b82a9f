"""A certificate authority for tests with a broker, so that every connection is mutual TLS.

A certificate's common name is the identity the broker knows: a device's UUID, or a hub worker's
name (`hub-…`). Idempotent: what a folder holds and is still valid is used again.
"""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from protocol.errors import Malformed
from provisioning.demo.identity import Identity
from provisioning.demo.secret_files import write_secret

_AUTHORITY_DAYS = 3650
_LEAF_DAYS = 397
_RENEW_BEFORE = timedelta(days=30)
_CLOCK_SKEW = timedelta(days=1)  # boxes without a clock battery start in the past
_HUB_PREFIX = "hub-"


class Pki:
    """The authority in `folder`: issues and re-uses identities.

    `now` is the clock validity is judged and dated by.
    """

    def __init__(
        self, folder: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._folder = folder
        self._now = now
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._authority = self._reuse("ca") or self._issue_authority()

    @property
    def ca_file(self) -> Path:
        """The authority's certificate, for everyone to trust."""
        return self._authority.certificate_file

    def server(self) -> Identity:
        """The broker's, valid for localhost and 127.0.0.1."""
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        usage = ExtendedKeyUsageOID.SERVER_AUTH
        return self._reuse("server") or self._issue("server", usage=usage, names=names)

    def device(self, device_id: UUID) -> Identity:
        """A shop's agent; common name = its UUID, lower-case and hyphenated."""
        return self._client(str(device_id))

    def hub_worker(self, name: str) -> Identity:
        """An ingest worker; its name starts with `hub-`. Raises Malformed otherwise."""
        if not name.startswith(_HUB_PREFIX):
            raise Malformed("hub-worker-name", f"A hub worker's name starts with {_HUB_PREFIX}.")
        return self._client(name)

    def _client(self, name: str) -> Identity:
        usage = ExtendedKeyUsageOID.CLIENT_AUTH
        return self._reuse(name) or self._issue(name, usage=usage, names=[])

    def _identity(self, name: str) -> Identity:
        return Identity(
            name=name,
            certificate_file=self._folder / f"{name}.crt",
            key_file=self._folder / f"{name}.key",
        )

    def _reuse(self, name: str) -> Identity | None:
        """What the folder holds, if complete, still valid for a month and of this authority."""
        identity = self._identity(name)
        try:
            certificate = _read_certificate(identity.certificate_file)
            key = _read_key(identity.key_file)
        except (FileNotFoundError, ValueError):
            return None
        fits = certificate.public_key() == key.public_key()
        lasting = certificate.not_valid_after_utc - _RENEW_BEFORE > self._now()
        if not (fits and lasting):
            return None
        if name != "ca":
            authority = _read_certificate(self.ca_file)
            if certificate.extensions.get_extension_for_class(
                x509.AuthorityKeyIdentifier
            ).value != _issuer_identifier(authority):
                return None
        return identity

    def _issue_authority(self) -> Identity:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Hanout test authority")
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = (
            self._builder(name, key=key, days=_AUTHORITY_DAYS)
            .issuer_name(name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
        )
        return self._write("ca", certificate=builder.sign(key, hashes.SHA256()), key=key)

    def _issue(
        self, name: str, *, usage: x509.ObjectIdentifier, names: list[x509.GeneralName]
    ) -> Identity:
        authority = _read_certificate(self.ca_file)
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            self._builder(_name(name), key=key, days=_LEAF_DAYS)
            .issuer_name(authority.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(_issuer_identifier(authority), critical=False)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        signed = builder.sign(_read_key(self._authority.key_file), hashes.SHA256())
        return self._write(name, certificate=signed, key=key)

    def _builder(
        self, subject: x509.Name, *, key: ec.EllipticCurvePrivateKey, days: int
    ) -> x509.CertificateBuilder:
        now = self._now()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _CLOCK_SKEW)
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        )

    def _write(
        self, name: str, *, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
    ) -> Identity:
        identity = self._identity(name)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_secret(identity.key_file, pem.decode())
        write_secret(
            identity.certificate_file,
            certificate.public_bytes(serialization.Encoding.PEM).decode(),
        )
        return identity


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _issuer_identifier(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _read_certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path.name} is not an elliptic curve key")
    return key
