"""The NATS server's door: it maps a certificate's subject to a user, so everyone is named.

`nats.conf` includes the file. A device that is not in it does not connect, and a reload ends the
connection of one that is in it no more; there is no list of certificates beside it.
"""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from hub.fleet.ports import AdmissionState
from hub.fleet.reloading import Reload
from hub.kit.files import write_whole
from protocol.codec.topics import DeviceTopics

USERS_FILE = "users.conf"

# NATS spells a topic's slash as a dot. `$MQTT.sub` is where a client's own QoS 1 queue comes from;
# over MQTT nobody may subscribe to it by name, hence no other kind of connection is allowed.
_USER = """\
    {{ user: "CN={name}", allowed_connection_types: ["MQTT"], permissions {{
      publish: [{publish}], subscribe: [{subscribe}, "$MQTT.sub.>"] }} }}"""


class NatsAdmission:
    """Implements `ports.BrokerAdmission` with one file in `folder`."""

    def __init__(self, folder: Path, *, reload: Reload) -> None:
        self._folder = folder
        self._reload = reload

    def apply(self, state: AdmissionState) -> None:
        """Write the users and have them read. Raises Unavailable."""
        write_whole(self._folder / USERS_FILE, users_text(state).encode())
        self._reload()


def users_text(state: AdmissionState) -> str:
    """The `authorization` block: devices and workers, each with its own topics."""
    devices = [_device(device) for device in sorted(state.admitted)]
    workers = [
        _user(
            name,
            publish=("r1.*.*.dn.*", "r1.*.*.want"),
            subscribe=("r1.*.*.up.*", "r1.*.*.pres"),
        )
        for name in sorted(state.workers)
    ]
    users = ",\n".join([*devices, *workers])
    return f"authorization {{\n  users: [\n{users}\n  ]\n}}\n"


def _device(device_id: UUID) -> str:
    """It writes what is named, without a wildcard: docs/adr/0015."""
    topics = DeviceTopics(device_id)
    return _user(
        str(device_id),
        publish=map(_subject, topics.all_up),
        subscribe=map(_subject, (topics.all_down, topics.want)),
    )


def _subject(topic: str) -> str:
    return topic.replace("/", ".").replace("+", "*")


def _user(name: str, *, publish: Iterable[str], subscribe: Iterable[str]) -> str:
    return _USER.format(name=name, publish=_quoted(publish), subscribe=_quoted(subscribe))


def _quoted(subjects: Iterable[str]) -> str:
    return ", ".join(f'"{subject}"' for subject in subjects)
