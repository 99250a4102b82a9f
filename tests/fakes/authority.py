"""A certificate authority for tests: any name, any validity, any key."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = timedelta(days=1)


def new_key() -> ec.EllipticCurvePrivateKey:
    """On the curve of devices."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The private key as its file holds it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class Authority:
    """`now` dates what it issues."""

    def __init__(self, *, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)
        self._key = new_key()
        self._serial = 0
        self._certificate = (
            self._builder("Hanout test authority", self._key.public_key(), days=3650)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_KEY_USAGE, critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        """Its own certificate."""
        return _pem(self._certificate)

    def device(
        self, device_id: UUID | str, public_key: ec.EllipticCurvePublicKey, *, days: float = 90
    ) -> str:
        """A device's certificate, issued `now − 1 day`, that ends `days` from `now`."""
        return self._leaf(str(device_id), public_key, days=days)

    def server(self, public_key: ec.EllipticCurvePublicKey, *, days: float = 90) -> str:
        """For a server on the loopback address."""
        return self._leaf("localhost", public_key, days=days, server=True)

    def server_files(self, folder: Path, *, days: float = 90) -> tuple[Path, Path]:
        """A server's certificate and key as files."""
        key = new_key()
        certificate_file, key_file = folder / "server.crt", folder / "server.key"
        certificate_file.write_text(self.server(key.public_key(), days=days))
        key_file.write_bytes(key_pem(key))
        return certificate_file, key_file

    def device_files(self, folder: Path, device_id: UUID, *, days: float = 90) -> dict[str, str]:
        """`ca.crt`, `device.crt`, `device.key` in a folder, as settings of an agent."""
        folder.mkdir(parents=True, exist_ok=True)
        key = new_key()
        (folder / "ca.crt").write_text(self.pem)
        (folder / "device.crt").write_text(self.device(device_id, key.public_key(), days=days))
        (folder / "device.key").write_bytes(key_pem(key))
        (folder / "device.key").chmod(0o600)
        names = {"ca_file": "ca.crt", "certificate_file": "device.crt", "key_file": "device.key"}
        return {setting: str(folder / name) for setting, name in names.items()}

    def _leaf(
        self, name: str, public_key: ec.EllipticCurvePublicKey, *, days: float, server: bool = False
    ) -> str:
        use = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = self._builder(name, public_key, days=days).add_extension(
            x509.ExtendedKeyUsage([use]), critical=False
        )
        if server:
            names: list[x509.GeneralName] = [
                x509.DNSName("localhost"),
                x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            ]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return _pem(builder.sign(self._key, hashes.SHA256()))

    def _builder(
        self, name: str, public_key: ec.EllipticCurvePublicKey, *, days: float
    ) -> x509.CertificateBuilder:
        self._serial += 1
        began = min(self.now - _DAY, self.now + (days - 90) * _DAY) if days < 0 else self.now - _DAY
        return (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name("Hanout test authority"))
            .public_key(public_key)
            .serial_number(self._serial)
            .not_valid_before(began)
            .not_valid_after(self.now + days * _DAY)
        )


_KEY_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
