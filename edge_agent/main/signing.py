"""The device's key, for what it signs beside its connections."""

from pathlib import Path

import structlog

from edge_agent.sync.identity import DeviceIdentity
from protocol.errors import HanoutError

_log = structlog.get_logger(__name__)


class DeviceSigner:
    """`tills.ports.ZSigner` with the key of the certificate in force; read each time, because it
    is renewed while the agent runs. A box without one signs nothing."""

    def __init__(self, certificate_file: Path | None, key_file: Path | None) -> None:
        self._identity = None
        if certificate_file is not None and key_file is not None:
            self._identity = DeviceIdentity(certificate_file, key_file)

    def sign(self, unsigned_fact: bytes) -> bytes | None:
        """See `ZSigner`."""
        if self._identity is None:
            return None
        from protocol.codec.signatures import sign_z  # noqa: PLC0415 - 17 MB, once a day

        try:
            return sign_z(unsigned_fact, key_pem=self._identity.current().key_file.read_bytes())
        except (OSError, HanoutError) as error:
            _log.error("z_unsigned", error=str(error))
            return None
