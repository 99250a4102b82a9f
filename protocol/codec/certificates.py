"""Devices' certificates: whose one is, who issued it, and what its key signs.

A device's certificate is of the hub's own authority and names the device: common name = its UUID.
Laws: keys are P-256; validity in time is not judged here, because an exported journal outlives its
certificate and a box may not know the time. Pure: keys and certificates come as PEM.
"""

from datetime import datetime
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID
from msgspec import Struct

from protocol.errors import Malformed, RemoteProtocolError

_RENEWAL = b"hanout-renew\0"


class DeviceCertificate(Struct, frozen=True, kw_only=True):
    """A certificate that the authority issued. `public_key`: SubjectPublicKeyInfo, DER."""

    device_id: UUID
    serial: int
    not_before: datetime
    not_after: datetime
    public_key: bytes


def fingerprint(certificate_pem: str) -> str:
    """SHA-256 of the certificate's DER, lower-case hex; raises Malformed `bad-certificate`."""
    return _certificate(certificate_pem).fingerprint(hashes.SHA256()).hex()


def read_issued(certificate_pem: str, *, ca_pem: str) -> DeviceCertificate:
    """A device's certificate under this authority.

    Raises Malformed `bad-certificate`; RemoteProtocolError `foreign-certificate` when the
    authority did not issue it, or not to a device.
    """
    certificate, authority = _certificate(certificate_pem), _certificate(ca_pem)
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, TypeError, ValueError) as error:
        raise _foreign("another authority issued it") from error
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    public_key = certificate.public_key()
    try:
        (name,) = names
        device_id = UUID(str(name.value))
    except ValueError as error:
        raise _foreign("it names no device") from error
    if str(name.value) != str(device_id) or not _is_p256(public_key):
        raise _foreign("it is not a device's")
    return DeviceCertificate(
        device_id=device_id,
        serial=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        public_key=_public_bytes(public_key),
    )


def validity(certificate_pem: str) -> tuple[datetime, datetime]:
    """From when until when; raises Malformed `bad-certificate`."""
    certificate = _certificate(certificate_pem)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def fits(certificate_pem: str, *, key_pem: bytes) -> bool:
    """Whether the certificate is for this key; False too when one of them is damaged."""
    try:
        return _public_bytes(_certificate(certificate_pem).public_key()) == public_key_of(key_pem)
    except Malformed:
        return False


def public_key_of(key_pem: bytes) -> bytes:
    """The public half of a private key, as `DeviceCertificate.public_key`; raises Malformed."""
    return _public_bytes(_key(key_pem).public_key())


def request_for(key_pem: bytes) -> x509.CertificateSigningRequest:
    """A request to sign this key. It names nobody: the hub knows whose it is."""
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return request.sign(_key(key_pem), hashes.SHA256())


def request_pem(request: x509.CertificateSigningRequest) -> str:
    """The request as the hub takes it."""
    return request.public_bytes(serialization.Encoding.PEM).decode()


def renewal_message(nonce: str, request: x509.CertificateSigningRequest) -> bytes:
    """What the old key signs to have the new one certified."""
    return _RENEWAL + nonce.encode() + b"\0" + request.public_bytes(serialization.Encoding.DER)


def sign(key_pem: bytes, message: bytes) -> bytes:
    """ECDSA over SHA-256 of the message, DER."""
    return _key(key_pem).sign(message, ec.ECDSA(hashes.SHA256()))


def sign_digest(key_pem: bytes, digest: bytes) -> bytes:
    """As `sign`, of a message whose SHA-256 is known."""
    return _key(key_pem).sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))


def has_signed(public_key: bytes, signature: bytes, *, digest: bytes) -> bool:
    """Whether the signature over this SHA-256 digest is of that key."""
    key = serialization.load_der_public_key(public_key)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    try:
        key.verify(signature, digest, ec.ECDSA(Prehashed(hashes.SHA256())))
    except InvalidSignature:
        return False
    return True


def _certificate(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise Malformed("bad-certificate", f"This is no certificate: {error}") from error


def _key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (TypeError, ValueError) as error:
        raise Malformed("bad-key", "This is no private key.") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Malformed("bad-key", "A device's key is on the curve P-256.")
    return key


def _is_p256(key: object) -> bool:
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def _public_bytes(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _foreign(why: str) -> RemoteProtocolError:
    return RemoteProtocolError("foreign-certificate", f"No certificate of this hub: {why}.")
