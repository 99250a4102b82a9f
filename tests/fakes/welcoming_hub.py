"""A real Mosquitto with mutual TLS, and behind it a hub that welcomes whoever says hello."""

import asyncio
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import aiomqtt

from protocol.codec.chain import genesis
from protocol.codec.control import decode_control, encode_control
from protocol.codec.topics import DeviceTopics, parse
from protocol.messages.sync import Hello, Welcome
from provisioning.demo.mosquitto import mosquitto_program
from provisioning.demo.ports import free_port, listens
from tests.fakes.authority import Authority

_CONFIGURATION = """\
listener {port} 127.0.0.1
user root
cafile {folder}/ca.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
acl_file {folder}/acl
listener {plain_port} 127.0.0.1
allow_anonymous true
"""
_ACL = "pattern readwrite r1/+/%u/#\n"


class WelcomingHub:
    """`hellos`: what was heard. The hub itself comes in by a plain listener of its own."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.port, self._plain_port = free_port(), free_port()
        self.hellos: list[Hello] = []
        folder.mkdir(parents=True)
        (folder / "ca.crt").write_text(authority.pem)
        authority.server_files(folder)
        (folder / "acl").write_text(_ACL)
        text = _CONFIGURATION.format(port=self.port, plain_port=self._plain_port, folder=folder)
        (folder / "mosquitto.conf").write_text(f"per_listener_settings true\n{text}")
        self._folder = folder
        self._stopping = threading.Event()

    @contextmanager
    def running(self) -> Iterator["WelcomingHub"]:
        """Broker and hub, until the end of the `with`."""
        command = [str(mosquitto_program()), "-c", str(self._folder / "mosquitto.conf")]
        with (self._folder / "log").open("wb") as log:
            broker = subprocess.Popen(command, stdout=log, stderr=log)
        thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        try:
            while not (listens(self.port) and listens(self._plain_port)):
                assert broker.poll() is None, (self._folder / "log").read_text()
                time.sleep(0.02)
            thread.start()
            yield self
        finally:
            self._stopping.set()
            broker.kill()
            broker.wait(timeout=10)
            thread.join(timeout=10)

    async def _serve(self) -> None:
        with suppress(aiomqtt.MqttError):
            async with aiomqtt.Client("127.0.0.1", self._plain_port, identifier="hub") as client:
                await client.subscribe("r1/+/+/up/hello", qos=1)
                async for message in client.messages:
                    hello = decode_control(bytes(message.payload), Hello)
                    self.hellos.append(hello)
                    await self._welcome(client, parse(str(message.topic)).device_id, hello)

    async def _welcome(self, client: aiomqtt.Client, device_id: UUID, hello: Hello) -> None:
        welcome = Welcome(
            epoch=1,
            base=0,
            base_hash=genesis(device_id),
            hwm=hello.head,
            hash=hello.head_hash,
            credit=4,
            hub_time_ms=int(time.time() * 1000),
            sess=hello.sess,
        )
        topic = DeviceTopics(device_id).down("welcome")
        await client.publish(topic, encode_control(welcome), qos=1)
