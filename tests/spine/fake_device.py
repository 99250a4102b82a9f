"""A device that speaks the protocol by hand, rightly or wrongly, under a certificate of its own."""

import asyncio
import socket
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import aiomqtt
import msgspec
from msgspec import Raw

from protocol.codec.chain import genesis, links
from protocol.codec.control import Control, decode_control, encode_control
from protocol.codec.frames import BatchBody, encode_batch
from protocol.codec.topics import DeviceTopics
from protocol.messages.sync import Ack, Hello, Nak, Probe, Welcome
from provisioning.demo.identity import Identity

_ANSWER_S = 30.0
_KINDS: dict[str, type[Control]] = {"welcome": Welcome, "ack": Ack, "nak": Nak, "probe": Probe}
T = TypeVar("T", Ack, Nak, Probe, Welcome)


class FakeDevice:
    """Knows where its chain stands; what it sends may be anything."""

    def __init__(self, client: aiomqtt.Client, device_id: UUID) -> None:
        self.device_id = device_id
        self.topics = DeviceTopics(device_id)
        self.epoch = 1
        self.seq = 0
        self.hash = genesis(device_id)
        self.topics_heard: set[str] = set()
        self._client = client
        self.sess = 0
        self._heard: dict[type[Any], asyncio.Queue[Any]] = defaultdict(asyncio.Queue)

    async def publish(self, topic: str, payload: bytes) -> None:
        """Anything anywhere; returns when the broker took it or dropped it."""
        await self._client.publish(topic, payload, qos=1)

    async def subscribe(self, topic: str) -> None:
        """To anything; what the broker says to it is its own affair."""
        await self._client.subscribe(topic, qos=1)

    async def up(self, channel: str, payload: bytes) -> None:
        """Anything on a channel of its own."""
        await self.publish(self.topics.up(channel), payload)

    async def answer(self, kind: type[T]) -> T:
        """The next message of this kind; raises TimeoutError when the hub stays silent."""
        async with asyncio.timeout(_ANSWER_S):
            found: T = await self._heard[kind].get()
            return found

    async def hello(self, **wrong: Any) -> None:
        """Say where the chain stands, or something else."""
        self.sess += 1
        fields = {
            "dev": self.device_id,
            "epoch": self.epoch,
            "head": self.seq,
            "head_hash": self.hash,
            "acked": self.seq,
            "acked_hash": self.hash,
            "boot": "test",
            "sess": self.sess,
        }
        await self.up("hello", encode_control(Hello(**{**fields, **wrong})))

    async def greet(self) -> Welcome:
        """Be welcomed; again and again, because the hub may not be there yet."""
        while True:
            await self.hello()
            try:
                async with asyncio.timeout(2):
                    found: Welcome = await self._heard[Welcome].get()
                    return found
            except TimeoutError:
                continue

    def frame(self, facts: Sequence[bytes], **wrong: Any) -> bytes:
        """The next batch of the chain, without moving on. `wrong` replaces what it says."""
        hashes = links(self.hash, epoch=self.epoch, first_seq=self.seq + 1, raws=list(facts))
        fields: dict[str, Any] = {
            "dev": self.device_id,
            "epoch": self.epoch,
            "first": self.seq + 1,
            "prev": self.hash,
            "head": hashes[-1],
            "body": BatchBody(ev=[Raw(fact) for fact in facts]),
        }
        return encode_batch(**{**fields, **wrong})

    def move_on(self, facts: Sequence[bytes]) -> None:
        """Stand behind these facts before the hub has acknowledged them."""
        hashes = links(self.hash, epoch=self.epoch, first_seq=self.seq + 1, raws=list(facts))
        self.seq, self.hash = self.seq + len(facts), hashes[-1]

    async def send(self, facts: Sequence[bytes]) -> Ack:
        """Send the next batch as it should be and move on with the hub's ack."""
        await self.up("ev", self.frame(facts))
        return await self.acked(self.seq + len(facts))

    async def acked(self, seq: int) -> Ack:
        """Wait for the ack up to `seq` and stand there."""
        while True:
            ack = await self.answer(Ack)
            if ack.hwm >= seq:
                self.epoch, self.seq, self.hash = ack.epoch, ack.hwm, ack.hash
                return ack

    async def listen(self) -> None:
        """Sort what comes by its kind, for ever."""
        async for message in self._client.messages:
            self.topics_heard.add(str(message.topic))
            kind = _KINDS.get(str(message.topic).rpartition("/")[2])
            if kind is None:
                continue
            said = decode_control(bytes(message.payload), kind)
            if not isinstance(said, Welcome) or said.sess == self.sess:
                self._heard[kind].put_nowait(said)


def with_header(frame: bytes, **changed: Any) -> bytes:
    """The frame with other words in its clear line, as no device of ours would write it."""
    line, _, body = frame.partition(b"\n")
    header = {**msgspec.json.decode(line), **changed}
    return msgspec.json.encode(header) + b"\n" + body


@asynccontextmanager
async def fake_device(
    identity: Identity, *, ca_file: Path, broker_port: int
) -> AsyncIterator[FakeDevice]:
    """Connected and listening; the device must be registered at the hub by then."""
    device_id = UUID(identity.name)
    tls = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(ca_file))
    tls.load_cert_chain(str(identity.certificate_file), keyfile=identity.key_file)
    async with aiomqtt.Client(
        "127.0.0.1",
        broker_port,
        identifier=identity.name,
        protocol=aiomqtt.ProtocolVersion.V311,
        tls_context=tls,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        timeout=_ANSWER_S,
    ) as client:
        device = FakeDevice(client, device_id)
        await client.subscribe(device.topics.all_down, qos=1)
        listening = asyncio.create_task(device.listen())
        try:
            yield device
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
