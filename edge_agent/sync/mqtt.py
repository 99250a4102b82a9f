"""MQTT 3.1.1 by aiomqtt. The broker is trusted with nothing: sessions are clean, queues bounded."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import aiomqtt
from msgspec import Struct
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.sync.ports import Connection, Message
from protocol.errors import Unavailable

# aiomqtt drops what does not fit; the protocol repeats what was dropped (DESIGN §2.4).
_INCOMING_MESSAGES = 256
_KEEPALIVE_S = 30
_TIMEOUT_S = 10.0
_REFUSED = 0x80
# Else a message waits for the acknowledgement of the one before, up to 40 ms.
_AT_ONCE = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Broker(Struct, frozen=True, kw_only=True):
    """Where the broker is and who we are. `tls` is asked for every connection, so that a renewed
    certificate is used at once; without it the connection is plain. It may raise OSError."""

    host: str
    port: int
    client_id: str
    tls: Callable[[], ssl.SSLContext] | None = None


class MqttTransport:
    """Makes connections to one broker."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    @asynccontextmanager
    async def connect(self, *, will: Message) -> AsyncIterator[Connection]:
        """See the port."""
        broker = self._broker
        with _translated():
            client = aiomqtt.Client(
                broker.host,
                broker.port,
                identifier=broker.client_id,
                protocol=aiomqtt.ProtocolVersion.V311,
                clean_session=True,
                keepalive=_KEEPALIVE_S,
                timeout=_TIMEOUT_S,
                will=aiomqtt.Will(will.topic, will.payload, qos=1, retain=True),
                max_queued_incoming_messages=_INCOMING_MESSAGES,
                tls_context=None if broker.tls is None else broker.tls(),
                socket_options=[_AT_ONCE],
            )
            async with client:
                _heed_cancellation()
                yield _MqttConnection(client)


class _MqttConnection:
    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._messages = aiter(client.messages)

    async def subscribe(self, topics: Sequence[str]) -> None:
        for topic in topics:
            with _translated():
                codes = await self._client.subscribe(topic, qos=1)
            if any(_code(code) >= _REFUSED for code in codes):
                raise Unavailable("subscription-refused", f"The broker refuses {topic}.")

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False
    ) -> None:
        with _translated():
            await self._client.publish(topic, payload, qos=qos, retain=retain)

    async def receive(self) -> Message:
        with _translated():
            message = await anext(self._messages)
        return Message(str(message.topic), bytes(message.payload))


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
