"""Topics: one way to write each, and nothing else is read."""

from uuid import UUID

import pytest

from protocol.codec.topics import (
    DOWN_CHANNELS,
    UP_CHANNELS,
    DeviceTopics,
    Topic,
    device_named,
    parse,
)
from protocol.errors import RemoteProtocolError
from protocol.vocabulary.ids import partition_of

DEVICE = UUID("0192d6a0-0000-7000-8000-00000000abcd")
P = partition_of(DEVICE)
TOPICS = DeviceTopics(DEVICE)


def test_every_topic_is_read_as_it_was_written() -> None:
    for channel in UP_CHANNELS:
        assert parse(TOPICS.up(channel)) == Topic(P, DEVICE, "up", channel)
    for channel in DOWN_CHANNELS:
        assert parse(TOPICS.down(channel)) == Topic(P, DEVICE, "dn", channel)
        assert TOPICS.channel_of(TOPICS.down(channel)) == channel
    assert parse(TOPICS.presence) == Topic(P, DEVICE, "pres", "")
    assert parse(TOPICS.want) == Topic(P, DEVICE, "want", "")
    assert TOPICS.channel_of(TOPICS.want) == "want"
    assert TOPICS.all_down == f"r1/{P}/{DEVICE}/dn/+"


def test_what_a_device_may_write_is_named_one_by_one() -> None:
    written = [parse(topic) for topic in TOPICS.all_up]
    assert {(topic.partition, topic.device_id) for topic in written} == {(P, DEVICE)}
    ups = [("up", channel) for channel in UP_CHANNELS]
    assert [(topic.direction, topic.channel) for topic in written] == [*ups, ("pres", "")]


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "r1",
        f"r2/{P}/{DEVICE}/up/ev",
        f"r1/{(P + 1) % 64}/{DEVICE}/up/ev",
        f"r1/0{P}/{DEVICE}/up/ev",
        f"r1/{P}/{str(DEVICE).upper()}/up/ev",
        f"r1/{P}/{DEVICE.hex}/up/ev",
        f"r1/{P}/+/up/ev",
        f"r1/{P}/{DEVICE}/up/welcome",
        f"r1/{P}/{DEVICE}/dn/ev",
        f"r1/{P}/{DEVICE}/up",
        f"r1/{P}/{DEVICE}/up/ev/x",
        f"r1/{P}/{DEVICE}/up/ev" + "x" * 100,
    ],
)
def test_anything_else_is_refused(topic: str) -> None:
    with pytest.raises(RemoteProtocolError, match="wrong-topic"):
        parse(topic)


def test_a_device_hears_its_own_topics_alone() -> None:
    other = DeviceTopics(UUID("0192d6a0-0000-7000-8000-00000000abce"))
    for topic in (other.down("ack"), TOPICS.up("ev"), f"r1/{P}/{DEVICE}/dn/other"):
        with pytest.raises(RemoteProtocolError, match="wrong-topic"):
            TOPICS.channel_of(topic)


@pytest.mark.parametrize(
    ("topic", "named"),
    [
        (TOPICS.up("ev"), DEVICE),
        (f"r1/63/{DEVICE}/up/nonsense", DEVICE),
        ("r1/0", None),
        ("r1/0/nobody/up/ev", None),
        ("r1/0/" + "a" * 2_000, None),
    ],
)
def test_a_wrong_topic_still_says_whose_it_claims_to_be(topic: str, named: UUID | None) -> None:
    assert device_named(topic) == named
