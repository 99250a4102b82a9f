"""A hub with two tenants: an Algerian chain of two shops and a British one of one, both selling."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
from fastapi import FastAPI

from hub.cli.seed_file import SeedFile
from hub.cli.seeding import Seeding
from hub.dashboard.live import LiveFeed, StreamLimits
from hub.kit.clock import SystemClock
from hub.kit.db import Database
from hub.kit.ids import system_ids
from hub.kit.passwords import Passwords
from hub.main import Outside, build_feed, create_app
from hub.settings import HubSettings
from protocol.vocabulary.ids import uuid7
from tests.fakes.shop_facts import ShiftFacts, ShopFacts
from tests.integration.hub.claim_world import make_authority, write_authority
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.inbox_world import Device, InboxWorld

DAY = date(2026, 11, 20)
PASSWORD = "a long enough password"
_chance = Random(20261120)


def new_id() -> UUID:
    """A repeatable UUIDv7."""
    return uuid7(_chance.getrandbits(40), _chance.getrandbits(74))


class Shop:
    """A store of a tenant, its register, its agent, and the facts it writes."""

    def __init__(self, *, code: str, name: str, timezone: str, currency: str) -> None:
        self.store_id, self.register_id = new_id(), new_id()
        self.code, self.name, self.timezone, self.currency = code, name, timezone, currency
        self.facts = ShopFacts(seed=len(name), store_id=self.store_id, currency=currency)
        self.facts.register_id = self.register_id
        self.shift = ShiftFacts(self.facts, DAY)
        self.device: Device | None = None

    def at(self, hour: int, minute: int = 0) -> None:
        """The shop's clock: its next fact is a little later than this (UTC)."""
        self.facts._at = datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=UTC)


class Tenant:
    """An organization with an owner who signs in, products, and shops."""

    def __init__(self, *, name: str, currency: str, email: str, shops: list[Shop]) -> None:
        self.organization_id = new_id()
        self.name, self.currency, self.email, self.shops = name, currency, email, shops
        self.product_ids = [new_id() for _ in range(3)]

    def seed(self) -> dict[str, object]:
        """The tenant as a seed file has it."""
        names = ({"fr": "Lait UHT 1 L", "ar": "حَليب"}, {"fr": "Thé à la menthe", "en": "Mint tea"})
        return {
            "id": str(self.organization_id),
            "name": self.name,
            "currency": self.currency,
            "owner": {"email": self.email, "password": PASSWORD, "name": "Amel", "language": "fr"},
            "tax_rates": [{"id": "TVA19", "name": "TVA 19 %", "rate_ppm": 190_000}],
            "stores": [_store(shop) for shop in self.shops],
            "staff": [{"id": str(new_id()), "name": "Karim", "roles": ["cashier"], "pin": "4821"}],
            "products": [
                {
                    "id": str(product_id),
                    "sku": f"SKU-{number}",
                    "names": names[number] if number < 2 else {"fr": "Œufs 12"},
                    "tax_id": "TVA19",
                    "codes": [f"613000000000{number}"],
                    "price_minor": 10_000 + number,
                }
                for number, product_id in enumerate(self.product_ids)
            ],
        }


@dataclass
class HubWorld:
    """Everything a test of the hub's outside needs."""

    settings: HubSettings
    database: Database
    inbox: InboxWorld
    app: FastAPI
    feed: LiveFeed
    outside: Outside
    algiers: Tenant
    london: Tenant

    async def send(self, shop: Shop, facts: list[bytes]) -> None:
        """What the shop wrote reaches the hub and takes effect."""
        assert shop.device is not None
        await self.inbox.send(shop.device, facts)
        await self.inbox.project_all(self.inbox.projector(on_projected=self.feed.on_projected))

    @asynccontextmanager
    async def client(self, tenant: Tenant | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """An HTTP client; signed in as the tenant's owner when one is given."""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            if tenant is not None:
                credentials = {"email": tenant.email, "password": PASSWORD}
                answer = await client.post("/v1/auth/sign-in", json=credentials)
                assert answer.status_code == 200, answer.text
                client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client


@asynccontextmanager
async def hub_world(
    hub: HubDatabase, folder: Path, *, limits: StreamLimits | None = None
) -> AsyncIterator[HubWorld]:
    """Seed both tenants, sell a morning in every shop, and build the application."""
    clock = SystemClock()
    database = Database(hub.url("app"), pool_size=6)
    outside = Outside(
        database=database, clock=clock, ids=system_ids(clock), random_bytes=os.urandom
    )
    certificate_file, ca_key_file = write_authority(folder, make_authority())
    settings = HubSettings(
        token_key_file=folder / "token.key",
        device_ca_certificate_file=certificate_file,
        device_ca_key_file=ca_key_file,
    )
    feed = build_feed(outside, limits)
    algiers, london = _tenants()
    passwords = Passwords()
    seeding = Seeding(database, clock=clock, ids=outside.ids, passwords=passwords)
    file = {"tenants": [algiers.seed(), london.seed()]}
    await seeding.seed(SeedFile.model_validate(file))
    passwords.close()
    inbox = InboxWorld(hub.server, hub.name)
    app = create_app(settings, outside, feed=feed)
    world = HubWorld(settings, database, inbox, app, feed, outside, algiers, london)
    try:
        for tenant in (algiers, london):
            for shop in tenant.shops:
                await _open(world, tenant, shop)
        async with app.router.lifespan_context(app):
            yield world
    finally:
        feed.close()
        await inbox.close()
        await database.close()


def _tenants() -> tuple[Tenant, Tenant]:
    bab = Shop(code="BEZ", name="Bab Ezzouar", timezone="Africa/Algiers", currency="DZD")
    hydra = Shop(code="HYD", name="Hydra", timezone="Africa/Algiers", currency="DZD")
    soho = Shop(code="SOH", name="Soho", timezone="Europe/London", currency="GBP")
    return (
        Tenant(
            name="Superette El Baraka", currency="DZD", email="amel@baraka.dz", shops=[bab, hydra]
        ),
        Tenant(name="Gifts & Co", currency="GBP", email="ann@gifts.example", shops=[soho]),
    )


async def _open(world: HubWorld, tenant: Tenant, shop: Shop) -> None:
    shop.device = await world.inbox.new_device(
        organization_id=tenant.organization_id, store_id=shop.store_id
    )
    morning = [shop.shift.opened()]
    for hour in range(7, 13):
        shop.at(hour, 5)
        morning += [shop.shift.sale() for _ in range(3 + (hour * len(shop.name)) % 5)]
        if hour == 10:
            morning += [shop.shift.refund(), shop.facts.stock(DAY), shop.shift.cash()]
    await world.send(shop, morning)


def _store(shop: Shop) -> dict[str, object]:
    return {
        "id": str(shop.store_id),
        "code": shop.code,
        "name": shop.name,
        "timezone": shop.timezone,
        "registers": [
            {
                "id": str(shop.register_id),
                "name": "Caisse 1",
                "code": "C1",
                "pairing_token": "pairing-token",
            }
        ],
    }
