"""The demo's certificates as production has them: made by `hanout-hub ca`, kept in one folder."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from provisioning.demo.identity import Identity

_RENEW_BEFORE = timedelta(days=30)
Command = Callable[[Sequence[str], Mapping[str, str]], None]


class HubCertificates:
    """Implements `broker.Certificates`. `worker`: the ingest worker's name."""

    def __init__(self, folder: Path, *, worker: str) -> None:
        self._folder = folder
        self._worker = worker

    @property
    def ca_file(self) -> Path:
        """The authority's certificate, for everyone to trust."""
        return self._folder / "authority.crt"

    @property
    def environment(self) -> dict[str, str]:
        """Where a program of the hub finds the authority."""
        return {
            "HANOUT_HUB_DEVICE_CA_CERTIFICATE_FILE": str(self.ca_file),
            "HANOUT_HUB_DEVICE_CA_KEY_FILE": str(self._folder / "authority.key"),
        }

    def server(self) -> Identity:
        """The broker's, valid for localhost and 127.0.0.1."""
        return self._identity("broker")

    def worker(self) -> Identity:
        """The ingest worker's."""
        return self._identity(self._worker)

    def make(self, command: Command) -> None:
        """Whatever is missing or ends within a month; `command` runs `hanout-hub`."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        out = ["--out", str(self._folder)]
        if not self.ca_file.exists():
            command(["ca", "init", "--name", "Hanout demo"], self.environment)
        if not self._lasts("broker"):
            command(["ca", "issue-broker", "localhost", "127.0.0.1", *out], self.environment)
        if not self._lasts(self._worker):
            command(["ca", "issue-worker", self._worker, *out], self.environment)

    def _lasts(self, name: str) -> bool:
        file = self._identity(name).certificate_file
        if not file.exists():
            return False
        ends = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
        return ends - _RENEW_BEFORE > datetime.now(UTC)

    def _identity(self, name: str) -> Identity:
        return Identity(
            name=name,
            certificate_file=self._folder / f"{name}.crt",
            key_file=self._folder / f"{name}.key",
        )
