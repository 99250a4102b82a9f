"""A link that loses what one way carries while every connection stays up.

TLS ends here on both sides, with the same certificates, so that whole MQTT packets can be lost:
PUBLISH and nothing else, acknowledged in the receiver's place, for a QoS 1 sender would otherwise
find its connection dead. What is left to notice the loss is the sync protocol alone.
"""

import asyncio
import ssl
from contextlib import suppress
from uuid import UUID

from provisioning.demo.ports import free_port
from tests.servers.pki import Pki

_PUBLISH, _PUBACK = 3, bytes((0x40, 2))
_QOS = 0b110
_MORE = 0x80


class MuteLink:
    """Forwards `port` to the broker; `muted` holds "to_broker" or "from_broker"."""

    def __init__(self, broker_port: int, pki: Pki) -> None:
        self.port = free_port()
        self.muted: set[str] = set()
        self.swallowed = 0
        self.connections = 0
        self._broker_port = broker_port
        self._pki = pki

    async def serve(self) -> asyncio.Server:
        """Accept devices from now on."""
        own = self._pki.server()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self._pki.ca_file)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(own.certificate_file, own.key_file)
        return await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=context)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        subject = dict(pair for (pair,) in writer.get_extra_info("peercert")["subject"])
        device = self._pki.device(UUID(subject["commonName"]))
        context = ssl.create_default_context(cafile=self._pki.ca_file)
        context.load_cert_chain(device.certificate_file, device.key_file)
        there, back = await asyncio.open_connection("127.0.0.1", self._broker_port, ssl=context)
        pumps = [
            asyncio.create_task(self._pump("to_broker", reader, (back, writer))),
            asyncio.create_task(self._pump("from_broker", there, (writer, back))),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            for side in (writer, back):
                side.transport.abort()

    async def _pump(
        self,
        way: str,
        reader: asyncio.StreamReader,
        ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:
        onward, sender = ends
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head, body = await _packet(reader)
                if way not in self.muted or head[0] >> 4 != _PUBLISH:
                    onward.write(head + body)
                    await onward.drain()
                    continue
                self.swallowed += 1
                if head[0] & _QOS:
                    after_topic = 2 + int.from_bytes(body[:2], "big")
                    sender.write(_PUBACK + body[after_topic : after_topic + 2])
                    await sender.drain()


async def _packet(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Type, flags and length; and what they announce."""
    head = await reader.readexactly(2)
    while head[-1] & _MORE:
        head += await reader.readexactly(1)
    length = sum((byte & ~_MORE) << 7 * place for place, byte in enumerate(head[1:]))
    return head, await reader.readexactly(length)
