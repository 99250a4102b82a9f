"""Topic names. No tenant is in them: the hub's registry says whose a device is, so that no
wildcard crosses tenants.
"""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from protocol.errors import RemoteProtocolError
from protocol.vocabulary.ids import partition_of

PARTITIONS = 64
Direction = Literal["up", "dn", "pres", "want"]
UP_CHANNELS = ("hello", "ev", "bk", "req", "rsp", "hb", "cmd")
DOWN_CHANNELS = ("welcome", "ack", "nak", "rsp", "probe", "cmd")
_LONGEST_TOPIC = 64
_LONGEST_NAMED = 1024


class Topic(Struct, frozen=True):
    """A parsed topic; `channel` is empty for `pres` and `want`."""

    partition: int
    device_id: UUID
    direction: Direction
    channel: str


class DeviceTopics:
    """All topics of one device, the partition computed once.

    `all_up`: everything that it may write, name by name; `all_down` is a filter.
    """

    def __init__(self, device_id: UUID) -> None:
        self.device_id = device_id
        self.root = _root(device_id)
        self.presence = f"{self.root}/pres"
        self.want = f"{self.root}/want"
        self.all_down = f"{self.root}/dn/+"
        self.all_up = (*map(self.up, UP_CHANNELS), self.presence)

    def up(self, channel: str) -> str:
        """Where the device writes; `channel` is one of UP_CHANNELS."""
        assert channel in UP_CHANNELS
        return f"{self.root}/up/{channel}"

    def down(self, channel: str) -> str:
        """Where the hub writes; `channel` is one of DOWN_CHANNELS."""
        assert channel in DOWN_CHANNELS
        return f"{self.root}/dn/{channel}"

    def channel_of(self, topic: str) -> str:
        """The channel of a topic the device is subscribed to; raises RemoteProtocolError."""
        if topic == self.want:
            return "want"
        channel = topic.removeprefix(f"{self.root}/dn/")
        if channel not in DOWN_CHANNELS:
            raise _wrong(topic)
        return channel


def parse(topic: str) -> Topic:
    """Read a topic; raises RemoteProtocolError when it is not exactly one that a peer may use.

    A wrong partition is refused as well: it would put one device's facts before two workers.
    """
    parts = topic.split("/") if len(topic) <= _LONGEST_TOPIC else []
    match parts:
        case ["r1", p, dev, "up", channel] if channel in UP_CHANNELS:
            return _topic(topic, p=p, dev=dev, direction="up", channel=channel)
        case ["r1", p, dev, "dn", channel] if channel in DOWN_CHANNELS:
            return _topic(topic, p=p, dev=dev, direction="dn", channel=channel)
        case ["r1", p, dev, "pres"]:
            return _topic(topic, p=p, dev=dev, direction="pres", channel="")
        case ["r1", p, dev, "want"]:
            return _topic(topic, p=p, dev=dev, direction="want", channel="")
        case _:
            raise _wrong(topic)


def device_named(topic: str) -> UUID | None:
    """Whose topic it claims to be, also when it is none of this protocol's; None: nobody's."""
    parts = topic[:_LONGEST_NAMED].split("/")
    try:
        return UUID(parts[2]) if len(parts) > 2 else None
    except ValueError:
        return None


def _root(device_id: UUID) -> str:
    return f"r1/{partition_of(device_id)}/{device_id}"


def _topic(topic: str, *, p: str, dev: str, direction: Direction, channel: str) -> Topic:
    try:
        device_id = UUID(dev)
    except ValueError:
        raise _wrong(topic) from None
    if str(device_id) != dev or p != str(partition_of(device_id)):
        raise _wrong(topic)
    return Topic(int(p), device_id, direction, channel)


def _wrong(topic: str) -> RemoteProtocolError:
    return RemoteProtocolError(
        "wrong-topic", f"not a topic of this protocol: {topic[:_LONGEST_TOPIC]!r}"
    )
