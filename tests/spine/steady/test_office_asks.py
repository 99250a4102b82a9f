"""The office asks a shop's agent for something, and the broker forgets or repeats old news."""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import pytest
import pytest_asyncio

from protocol.codec.control import encode_control
from protocol.codec.topics import DeviceTopics
from protocol.messages.sync import Want
from provisioning.demo.plan import OWNER_PASSWORD, SUPERETTE
from provisioning.demo.stack import HUB, Agent
from tests.spine.running import Running, client_of, tablet_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="package"),
]
_ARRIVES_S = 60.0


@pytest_asyncio.fixture(loop_scope="package")
async def hub(world: Running) -> AsyncIterator[httpx.AsyncClient]:
    """As the owner of the superette."""
    async with httpx.AsyncClient(base_url=world.stack.hub_url) as client:
        entered = await client.post(
            "/v1/auth/sign-in", json={"email": SUPERETTE.email, "password": OWNER_PASSWORD}
        )
        client.headers["Authorization"] = f"Bearer {entered.json()['access_token']}"
        yield client


async def _until(what: str, holds: Any) -> None:
    async with asyncio.timeout(_ARRIVES_S):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.1)


async def _versions(agent: Agent) -> dict[str, int]:
    async with client_of(agent) as client:
        found = await tablet_of(client, agent.store.registers[0]).get("/v1/sync")
    return {name: one["version"] for name, one in found["collections"].items()}


@pytest.mark.fault(47, "B")
async def test_a_command_is_answered_by_the_shop(world: Running, hub: httpx.AsyncClient) -> None:
    """Asked twice under one id, the shop sends its diagnostics once, and the office reads them."""
    agent = world.agent(1)
    path = f"/v1/devices/{agent.store.device_id}/commands"
    body = {"kind": "send-diagnostics", "command_id": "0197a1b2-0000-7000-8000-00000000c0de"}
    first, again = [await hub.post(path, json=body) for _ in range(2)]
    assert first.status_code == again.status_code == 201, again.text
    other = await hub.post(path, json={**body, "kind": "restart"})
    assert other.status_code == 409

    async def answered() -> bool:
        (item,) = (await hub.get(path)).json()["items"]
        return bool(item["status"] == "done")

    await _until("it is answered", answered)
    (item,) = (await hub.get(path)).json()["items"]
    report = json.loads(item["detail"])
    assert report["agent"].startswith("hanout ")
    assert set(report["collections"]) >= {"catalogue", "prices", "staff", "settings"}


async def test_the_shops_clock_is_shown(world: Running, hub: httpx.AsyncClient) -> None:
    agent = world.agent(1)

    async def known() -> bool:
        device = (await hub.get(f"/v1/devices/{agent.store.device_id}")).json()
        told = device["clock_source"] in ("ntp", "rtc", "unsync")
        return told and device["clock_offset_ms"] is not None and not device["clock_wrong"]

    await _until("a heartbeat said what time it is", known)


async def test_a_code_for_a_dead_boxs_place(world: Running, hub: httpx.AsyncClient) -> None:
    """`hanout-provision replace` before the real hub, as somebody at the office types it."""
    agent = world.agent(1)
    asked = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "hanout-provision"),
        *("replace", "--hub", world.stack.hub_url, "--email", SUPERETTE.email),
        *("--device", str(agent.store.device_id), "--json"),
        env={**os.environ, "HANOUT_PASSWORD": OWNER_PASSWORD},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await asyncio.wait_for(asked.communicate(), _ARRIVES_S)
    assert asked.returncode == 0
    found = json.loads(told)
    assert found["store_name"] == agent.store.name
    assert found["code"] in found["claim_uri"]
    withdrawn = await hub.delete(f"/v1/devices/claims/{found['claim_id']}")
    assert withdrawn.status_code == 204


@pytest.mark.fault(54, "H,J")
async def test_retained_news_that_are_older_or_lost(world: Running) -> None:
    """A `want` of long ago, or none at all, leaves the shop with what the hub published last."""
    agent = world.agent(1)
    newest = await _versions(agent)
    await _retain(world, agent, encode_control(Want(versions=dict.fromkeys(newest, 1))))
    await _settled(agent, newest)
    await _retain(world, agent, b"")
    await agent.link.reset()
    await _settled(agent, newest)


async def _settled(agent: Agent, newest: dict[str, int]) -> None:
    """At every moment and in the end the shop has a version that was published, the newest one."""
    for _ in range(20):
        found = await _versions(agent)
        assert found == newest
        await asyncio.sleep(0.1)


async def _retain(world: Running, agent: Agent, payload: bytes) -> None:
    """As the hub's worker, in its place: nobody else is admitted, and one name has one client."""
    certificates = world.stack.certificates
    identity = certificates.worker()
    tls = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(certificates.ca_file))
    tls.load_cert_chain(str(identity.certificate_file), keyfile=identity.key_file)
    await asyncio.to_thread(world.children.stop, HUB)
    async with aiomqtt.Client(
        "127.0.0.1",
        world.stack.description()["mqtt"]["port"],
        identifier=identity.name,
        protocol=aiomqtt.ProtocolVersion.V311,
        clean_session=False,  # what the broker holds for the hub stays held
        tls_context=tls,
    ) as client:
        topic = DeviceTopics(agent.store.device_id).want
        await client.publish(topic, payload, qos=1, retain=True)
    await asyncio.to_thread(world.children.start, HUB)
