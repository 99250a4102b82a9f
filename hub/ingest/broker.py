"""The ingest worker's connection to the broker: MQTT 3.1.1 by aiomqtt, clean sessions, bounded."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiomqtt
from msgspec import Struct
from paho.mqtt.reasoncodes import ReasonCode

from protocol.errors import Unavailable

# aiomqtt drops what does not fit; devices repeat what was not acknowledged (DESIGN §2.4).
INCOMING_MESSAGES = 4096
INCOMING_BYTES = 64 * 1024 * 1024
_OUTGOING_CALLS = 64
_KEEPALIVE_S = 30
_TIMEOUT_S = 10.0
_REFUSED = 0x80
# Else a message waits for the acknowledgement of the one before, up to 40 ms.
_AT_ONCE = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Broker(Struct, frozen=True, kw_only=True):
    """Where the broker is and who this worker is. Without a CA file the connection is plain."""

    host: str
    port: int
    client_id: str
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


class Inbound(Struct, frozen=True):
    """What the broker delivered."""

    topic: str
    payload: bytes


class Outbound(Struct, frozen=True):
    """What is to be published."""

    topic: str
    payload: bytes
    retain: bool = False


class BrokerConnection:
    """One connection. Everything raises Unavailable when it is gone."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._messages = aiter(client.messages)
        self._counted = 0

    def dropped(self) -> int:
        """How many messages found no room since this was asked last."""
        queue = self._client._queue
        assert isinstance(queue, IncomingQueue)
        counted, self._counted = self._counted, queue.dropped
        return self._counted - counted

    async def subscribe(self, topic: str) -> None:
        """At QoS 1; raises Unavailable `subscription-refused` when the broker says no."""
        with _translated():
            codes = await self._client.subscribe(topic, qos=1)
        if any(_code(code) >= _REFUSED for code in codes):
            raise Unavailable("subscription-refused", f"The broker refuses {topic}.")

    async def unsubscribe(self, topic: str) -> None:
        """No more of this topic."""
        with _translated():
            await self._client.unsubscribe(topic)

    async def publish(self, message: Outbound) -> None:
        """At QoS 1, until the broker took it."""
        with _translated():
            await self._client.publish(message.topic, message.payload, qos=1, retain=message.retain)

    async def receive(self) -> Inbound:
        """The next message; waits for one."""
        with _translated():
            message = await anext(self._messages)
        return Inbound(str(message.topic), bytes(message.payload))


class IncomingQueue(asyncio.Queue[aiomqtt.Message]):
    """Bounded by bytes as well: full messages are a thousand times as large as empty ones."""

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self._bytes = 0
        self.dropped = 0

    def put_nowait(self, item: aiomqtt.Message) -> None:
        """Raises QueueFull, which aiomqtt takes for leave to drop the message."""
        try:
            super().put_nowait(item)
        except asyncio.QueueFull:
            self.dropped += 1
            raise

    def _put(self, item: aiomqtt.Message) -> None:
        super()._put(item)
        self._bytes += len(bytes(item.payload))

    def _get(self) -> aiomqtt.Message:
        item = super()._get()
        self._bytes -= len(bytes(item.payload))
        return item

    def full(self) -> bool:
        """What comes now is dropped."""
        return super().full() or self._bytes >= INCOMING_BYTES


@asynccontextmanager
async def connect(broker: Broker) -> AsyncIterator[BrokerConnection]:
    """Connect; raises Unavailable. Certificates are read anew each time."""
    with _translated():
        client = aiomqtt.Client(
            broker.host,
            broker.port,
            identifier=broker.client_id,
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=True,
            keepalive=_KEEPALIVE_S,
            timeout=_TIMEOUT_S,
            max_queued_incoming_messages=INCOMING_MESSAGES,
            queue_type=IncomingQueue,
            max_concurrent_outgoing_calls=_OUTGOING_CALLS,
            tls_context=_tls(broker),
            socket_options=[_AT_ONCE],
        )
        async with client:
            _heed_cancellation()
            yield BrokerConnection(client)


def _code(code: int | ReasonCode) -> int:
    return code.value if isinstance(code, ReasonCode) else code


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (aiomqtt.MqttError, OSError, ValueError) as error:
        raise Unavailable("broker-unavailable", f"The broker is gone: {error}") from error
    _heed_cancellation()


def _heed_cancellation() -> None:
    """aiomqtt waits by `asyncio.wait_for`, which until Python 3.12 forgets a cancellation that
    comes with the answer (CPython issue 86296): the task would go on for ever."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _tls(broker: Broker) -> ssl.SSLContext | None:
    if broker.ca_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(broker.ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if broker.certificate_file is not None:
        context.load_cert_chain(str(broker.certificate_file), keyfile=broker.key_file)
    return context
