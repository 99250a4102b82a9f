"""A hub that lets boxes in, at a time that tests set; an office, and boxes with their keys."""

import base64
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.fleet.authority import (
    AUTHORITY_LIFETIME,
    CLOCK_SKEW,
    SERIAL_BYTES,
    Authority,
    Term,
    new_authority,
    private_pem,
)
from hub.identity.tokens import AccessTokens, load_or_create_key
from hub.kit.permissions import Permission
from hub.main import Outside, build_feed, create_app
from hub.settings import HubSettings
from protocol.codec import certificates
from tests.integration.hub.foundation import NOON, Foundation, SetClock
from tests.integration.hub.seed_document import BETA, seed_id

STORE = seed_id("beta", "store", 0)
Json = dict[str, Any]


def make_authority(name: str = "Hanout devices") -> Authority:
    """A new authority of the tests' time."""
    term = Term(
        serial=os.urandom(SERIAL_BYTES),
        not_before=NOON - CLOCK_SKEW,
        not_after=NOON + AUTHORITY_LIFETIME,
    )
    return new_authority(ec.generate_private_key(ec.SECP256R1()), name=name, term=term)


def write_authority(folder: Path, authority: Authority) -> tuple[Path, Path]:
    """Its certificate's and its key's file."""
    certificate, key = folder / "device-ca.crt", folder / "device-ca.key"
    certificate.write_text(authority.pem)
    key.touch(mode=0o600)
    key.write_bytes(authority.key_pem())
    return certificate, key


class Box:
    """A key, and what is asked with it."""

    def __init__(self) -> None:
        self.key_pem = private_pem(ec.generate_private_key(ec.SECP256R1()))
        request = certificates.request_for(self.key_pem)
        self.csr_pem = request.public_bytes(serialization.Encoding.PEM).decode()
        self.request = request

    def claim(self, code: str, **changes: Any) -> Json:
        """The body of a claim."""
        hardware = {"machine_id": "3f1c", "model": "Pi 5"}
        body = {"code": code, "csr_pem": self.csr_pem, "agent_version": "0.1.0"}
        return {**body, "hardware": hardware, **changes}

    def renewal(self, old: "Box", *, device_id: str, certificate_pem: str, nonce: str) -> Json:
        """The body of a renewal: this is the new key."""
        message = certificates.renewal_message(nonce, self.request)
        return {
            "device_id": device_id,
            "nonce": nonce,
            "csr_pem": self.csr_pem,
            "certificate_pem": certificate_pem,
            "signature": base64.b64encode(certificates.sign(old.key_pem, message)).decode(),
        }


class ClaimWorld:
    """The hub's HTTP side over a foundation's database."""

    def __init__(self, foundation: Foundation, folder: Path) -> None:
        self.foundation = foundation
        self.clock: SetClock = foundation.clock
        self.authority = make_authority()
        certificate, key = write_authority(folder, self.authority)
        self.settings = HubSettings(
            token_key_file=folder / "token.key",
            device_ca_certificate_file=certificate,
            device_ca_key_file=key,
            public_url="https://hub.example",
            public_broker_host="mqtt.example",
        )
        outside = Outside(
            database=foundation.database,
            clock=foundation.clock,
            ids=foundation.ids,
            random_bytes=os.urandom,
        )
        self.feed = build_feed(outside)
        self.app = create_app(self.settings, outside, feed=self.feed)
        self._tokens = AccessTokens(
            load_or_create_key(self.settings.token_key_file), clock=foundation.clock
        )

    def client(self, address: str = "192.0.2.1") -> httpx.AsyncClient:
        """A box's, or anybody's."""
        transport = httpx.ASGITransport(app=self.app, client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url="http://hub")

    async def office(
        self,
        method: str,
        path: str,
        *,
        organization_id: UUID = BETA,
        permissions: Sequence[Permission] = tuple(Permission),
        json: Json | None = None,
    ) -> httpx.Response:
        """A request of somebody who is signed in."""
        principal = self.foundation.principal(organization_id, permissions)
        token = self._tokens.issue(principal).token
        headers = {"Authorization": f"Bearer {token}"}
        async with self.client() as client:
            return await client.request(method, path, json=json, headers=headers)

    async def slot(self, **more: Any) -> Json:
        """A new slot with its code."""
        body = {"store_id": str(STORE), "name": "Agent", **more}
        answer = await self.office("POST", "/v1/devices/claims", json=body)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    async def post(self, path: str, body: Json, *, address: str = "192.0.2.1") -> httpx.Response:
        """What a box sends to `/v1/provisioning/<path>`."""
        async with self.client(address) as client:
            return await client.post(f"/v1/provisioning/{path}", json=body)

    async def claimed(self, box: Box, **more: Any) -> Json:
        """A device that this box became."""
        slot = await self.slot(**more)
        answer = await self.post("claim", box.claim(slot["code"]))
        assert answer.status_code == 200, answer.text
        device: Json = answer.json()
        return device

    async def nonce(self, device_id: str) -> str:
        """A challenge for the device."""
        answer = await self.post("challenge", {"device_id": device_id})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["nonce"])


@asynccontextmanager
async def claim_world(foundation: Foundation, folder: Path) -> AsyncIterator[ClaimWorld]:
    """A hub that was just started: its throttles remember nothing."""
    world = ClaimWorld(foundation, folder)
    async with world.app.router.lifespan_context(world.app):
        yield world
    world.feed.close()


def certificate_of(pem: str) -> x509.Certificate:
    """The certificate in a PEM text."""
    return x509.load_pem_x509_certificate(pem.encode())
