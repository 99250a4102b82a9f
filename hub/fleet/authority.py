"""The authority that signs for devices, hub workers and the broker: P-256, one level.

Laws: a request's subject is never believed, the name comes from who asks this module; time and
serial numbers are given; a leaf never outlives the authority. Whose certificate one is, is read by
`protocol.codec.certificates`.
"""

import hmac
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from protocol.errors import Malformed

SERIAL_BYTES = 16
AUTHORITY_LIFETIME = timedelta(days=3650)
# Boxes without a clock battery start in the past.
CLOCK_SKEW = timedelta(days=1)
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, kw_only=True)
class Term:
    """A certificate's number and time. `serial`: random bytes."""

    serial: bytes
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate: `serial` in lower-case hex, `fingerprint` the SHA-256 of its DER."""

    pem: str
    serial: str
    fingerprint: str
    not_after: datetime


@dataclass(frozen=True)
class RequestedKey:
    """The key of a signing request that proved to own it. `hash`: SHA-256 of its DER."""

    request: x509.CertificateSigningRequest
    key: ec.EllipticCurvePublicKey

    @cached_property
    def hash(self) -> bytes:
        return sha256(_public_der(self.key)).digest()

    @cached_property
    def public_der(self) -> bytes:
        """SubjectPublicKeyInfo."""
        return _public_der(self.key)


@dataclass(frozen=True)
class Authority:
    """The authority's certificate and key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @cached_property
    def pem(self) -> str:
        """Its certificate, for everyone to trust."""
        return _pem(self.certificate)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of its certificate's DER, lower-case hex: what a claim's QR carries."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def key_pem(self) -> bytes:
        """The private key, for the one file that holds it."""
        return private_pem(self.key)

    def secret(self, purpose: str) -> bytes:
        """32 bytes that every program with this key derives alike, and nobody else."""
        raw = self.key.private_numbers().private_value.to_bytes(32, "big")
        return hmac.digest(raw, f"hanout {purpose}".encode(), "sha256")

    def issue_client(self, key: ec.EllipticCurvePublicKey, *, name: str, term: Term) -> Issued:
        """A certificate with which a device or a hub worker connects; `name` becomes its CN."""
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = self._leaf(key, name, term).add_extension(usage, critical=False)
        return self._signed(builder)

    def issue_server(
        self, key: ec.EllipticCurvePublicKey, *, hosts: Sequence[str], term: Term
    ) -> Issued:
        """A broker's certificate for these host names and addresses; no client's."""
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        builder = self._leaf(key, hosts[0], term).add_extension(usage, critical=False)
        return self._signed(builder.add_extension(names, critical=False))

    def revocations(
        self, serials: Iterable[str], *, at: datetime, until: datetime, number: int
    ) -> bytes:
        """The PEM list of what it no longer vouches for. After `until` brokers refuse everyone."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(at - CLOCK_SKEW)
            .next_update(until)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(self._own_identifier(), critical=False)
        )
        for serial in serials:
            entry = x509.RevokedCertificateBuilder().serial_number(int(serial, 16))
            builder = builder.add_revoked_certificate(entry.revocation_date(at).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _leaf(
        self, key: ec.EllipticCurvePublicKey, name: str, term: Term
    ) -> x509.CertificateBuilder:
        latest = self.certificate.not_valid_after_utc
        return (
            _builder(name, key, term)
            .issuer_name(self.certificate.subject)
            .not_valid_after(min(term.not_after, latest))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage("digital_signature"), critical=True)
            .add_extension(self._own_identifier(), critical=False)
        )

    def _signed(self, builder: x509.CertificateBuilder) -> Issued:
        certificate = builder.sign(self.key, hashes.SHA256())
        return Issued(
            pem=_pem(certificate),
            serial=f"{certificate.serial_number:x}",
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
            not_after=certificate.not_valid_after_utc,
        )

    def _own_identifier(self) -> x509.AuthorityKeyIdentifier:
        own = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value)


def new_authority(key: ec.EllipticCurvePrivateKey, *, name: str, term: Term) -> Authority:
    """An authority that signs itself; it vouches for leaves alone."""
    public = key.public_key()
    builder = (
        _builder(name, public, term)
        .issuer_name(_name(name))
        .not_valid_after(term.not_after)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
    )
    return Authority(builder.sign(key, hashes.SHA256()), key)


def read_request(pem: str) -> RequestedKey:
    """What a signing request asks to have signed. Raises Malformed `bad-signing-request`.

    Its subject and extensions are not read: the hub names whom it signs for.
    """
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = request.public_key()
        proven = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _bad_request("no certificate signing request") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _bad_request("its key is not on the curve P-256")
    if not proven:
        raise _bad_request("its signature is not the key's")
    return RequestedKey(request, key)


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """An unencrypted PKCS #8 key."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _builder(name: str, key: ec.EllipticCurvePublicKey, term: Term) -> x509.CertificateBuilder:
    # One bit less than the bytes have, and never zero (RFC 5280: positive, at most 20 bytes).
    serial = int.from_bytes(term.serial, "big") >> 1 | 1
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(term.not_before)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def public_key_in(certificate_pem: str) -> bytes:
    """The key (DER) of a certificate that this hub issued and kept."""
    key = x509.load_pem_x509_certificate(certificate_pem.encode()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return _public_der(key)


def _key_usage(*granted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in granted for usage in _USAGES})


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _public_der(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _bad_request(why: str) -> Malformed:
    message = "Send a PKCS #10 request for a P-256 key."
    return Malformed("bad-signing-request", message, fields={"csr_pem": why})
