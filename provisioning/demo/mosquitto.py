"""Mosquitto as Debian and Ubuntu ship it (2.0): the broker of production and the demo."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from protocol.codec.topics import UP_CHANNELS
from protocol.errors import Unavailable
from provisioning.demo.broker import HEADER_BYTES, MAX_PAYLOAD_BYTES, Broker

_CONFIGURATION = """\
per_listener_settings false
user root
listener {port} 127.0.0.1
cafile {ca_file}
certfile {certificate_file}
keyfile {key_file}
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
acl_file {acl_file}
message_size_limit {message_bytes}
max_inflight_messages 64
max_queued_messages 1000
max_queued_bytes 67108864
persistence true
persistence_location {folder}/
autosave_interval 1
persistent_client_expiration 7d
max_keepalive 120
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
log_type notice
log_type information
connection_messages false
"""
_GUARD = """\
crlfile {door}/revoked.crl
pid_file {pid_file}
"""
# The user's name in a pattern is the certificate's common name, which is the device's UUID.
# Without the gatekeeper nobody knows the devices, and so not their partitions either.
_WRITING = "pattern write r1/+/%u/{channel}\n"
_READING = """\
pattern read r1/+/%u/dn/+
pattern read r1/+/%u/want
"""
_HUB_WORKER = """\
user {name}
topic write r1/+/+/dn/+
topic write r1/+/+/want
topic read r1/+/+/up/+
topic read r1/+/+/pres
"""


class MosquittoBroker(Broker):
    """Any certificate of the authority is let in; the patterns bind it to its own topics.

    As root it stays the user that it was started as (`user root`), because it reads keys that
    nobody else may; inside a user namespace that is an ordinary user.
    """

    kind = "mosquitto"
    _ready_words = " running"
    _reloaded_words = "Reloading config."
    _door_files = ("acl", "revoked.crl")

    def _configuration(self) -> Mapping[str, str]:
        server = self.pki.server()
        text = _CONFIGURATION.format(
            port=self.port,
            ca_file=self.pki.ca_file.resolve(),
            certificate_file=server.certificate_file.resolve(),
            key_file=server.key_file.resolve(),
            folder=self.folder,
            acl_file=(self.door or self.folder) / "acl",
            message_bytes=MAX_PAYLOAD_BYTES + HEADER_BYTES,
        )
        if self.door is not None:
            guard = _GUARD.format(door=self.door, pid_file=self.pid_file)
            return {"mosquitto.conf": text + guard}
        workers = "\n".join(_HUB_WORKER.format(name=name) for name in sorted(self._hub_workers))
        channels = (*(f"up/{channel}" for channel in UP_CHANNELS), "pres")
        writing = "".join(_WRITING.format(channel=channel) for channel in channels)
        return {"mosquitto.conf": text, "acl": f"{writing}{_READING}\n{workers}"}

    def _command(self) -> tuple[str, ...]:
        program = mosquitto_program()
        if program is None:
            raise Unavailable("no-mosquitto", "Install the package mosquitto.")
        return (str(program), "-c", str(self.folder / "mosquitto.conf"))


def mosquitto_program() -> Path | None:
    """The installed Mosquitto, also where only root's PATH names its folder."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return Path(found) if found else None
