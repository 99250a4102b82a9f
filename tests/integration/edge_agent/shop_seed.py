"""A small shop as the hub would have published it, written straight into an agent's folder."""

import sqlite3
import tomllib
from collections.abc import Iterable
from functools import partial
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import msgspec
from argon2 import PasswordHasher

from edge_agent.api.agent import Agent
from edge_agent.main import create_agent
from edge_agent.settings import EdgeSettings
from edge_agent.storage.replicas import ReplicatedCollection
from protocol.checkout.prices import PricePoint
from protocol.codec.items import encode_item, item_key
from protocol.messages.collections import (
    CatalogueItem,
    Item,
    PriceItem,
    RegisterSettings,
    StaffMember,
    StoreSettings,
    TaxRate,
)
from protocol.messages.sync import Cursor, Page, Put

DEVICE = UUID("0192d6a0-0000-7000-8000-0000000000aa")
ORGANIZATION = UUID("0192d6a0-0000-7000-8000-0000000000cc")
STORE = UUID("0192d6a0-0000-7000-8000-0000000000bb")
REGISTERS = (
    UUID("0192d6a0-0000-7000-8000-000000000101"),
    UUID("0192d6a0-0000-7000-8000-000000000102"),
)
CASHIER = UUID("0192d6a0-0000-7000-8000-000000000201")
MANAGER = UUID("0192d6a0-0000-7000-8000-000000000202")
MILK = UUID("0192d6a0-0000-7000-8000-000000000301")
CHEESE = UUID("0192d6a0-0000-7000-8000-000000000302")
WITHDRAWN = UUID("0192d6a0-0000-7000-8000-000000000303")
MILK_PRICE, CHEESE_PRICE = 12000, 95000
PINS = {CASHIER: "2468", MANAGER: "135790"}
PAIRING_TOKENS = ("first-register-token", "second-register-token")


def collections() -> dict[str, list[Item]]:
    hasher = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
    return {
        "settings": [
            StoreSettings(
                store_id=STORE,
                organization_id=ORGANIZATION,
                name="Superette El Bahdja",
                currency="DZD",
                timezone="Africa/Algiers",
                prices_include_tax=True,
                languages=["fr", "ar"],
                cutoff_minute=180,
            ),
            *(
                RegisterSettings(
                    register_id=register_id,
                    name=f"Caisse {number}",
                    code=f"R{number}",
                    pairing_token_hash=sha256(token.encode()).hexdigest(),
                )
                for number, (register_id, token) in enumerate(
                    zip(REGISTERS, PAIRING_TOKENS, strict=True), start=1
                )
            ),
        ],
        "staff": [
            StaffMember(
                staff_id=CASHIER,
                name="Amine",
                roles=["cashier"],
                pin_hash=hasher.hash(PINS[CASHIER]),
            ),
            StaffMember(
                staff_id=MANAGER,
                name="Lila",
                roles=["cashier", "manager"],
                pin_hash=hasher.hash(PINS[MANAGER]),
            ),
        ],
        "catalogue": [
            CatalogueItem(
                product_id=MILK,
                sku="MILK",
                names={"fr": "Lait", "ar": "حليب"},
                unit="piece",
                codes=["6130093011426"],
            ),
            CatalogueItem(product_id=CHEESE, sku="CHEESE", names={"fr": "Fromage"}, unit="kg"),
            CatalogueItem(
                product_id=WITHDRAWN,
                sku="RECALLED",
                names={"fr": "Lait rappelé"},
                unit="piece",
                codes=["6130093011433"],
                active=False,
            ),
        ],
        "prices": [
            TaxRate(tax_id="tva9", name="TVA 9 %", rate_ppm=90_000),
            TaxRate(tax_id="tva19", name="TVA 19 %", rate_ppm=190_000),
            _price(MILK, MILK_PRICE, tax_id="tva9"),
            _price(WITHDRAWN, MILK_PRICE, tax_id="tva9"),
            _price(CHEESE, CHEESE_PRICE, tax_id="tva19"),
        ],
    }


async def seed(settings: EdgeSettings) -> None:
    """Publish the collections into the folder, as version 1 of each."""
    agent = create_agent(settings)
    await agent.start()
    try:
        await publish(agent)
    finally:
        await agent.close()


async def publish(agent: Agent) -> None:
    """All of it from the start, as to a shop that says it has nothing."""
    published = collections()
    for collection in agent.collections:
        page = _page(collection.name, published[collection.name])
        await agent.writer.submit(partial(_stage, collection, page))


def write_config(folder: Path, **more: object) -> Path:
    """A configuration for a free port and without a broker."""
    values = {
        "data_dir": str(folder / "data"),
        "listen_port": 0,
        "device_id": str(DEVICE),
        "organization_id": str(ORGANIZATION),
        "store_id": str(STORE),
        "log_level": "warning",
        **more,
    }
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in values.items()]
    path = folder / "edge.toml"
    path.write_text("\n".join(lines))
    assert tomllib.loads(path.read_text()) == values
    return path


def _stage(collection: ReplicatedCollection, page: Page, connection: sqlite3.Connection) -> None:
    collection.stage_page(connection, page)


def _price(product_id: UUID, price_minor: int, *, tax_id: str) -> PriceItem:
    return PriceItem(
        product_id=product_id,
        currency="DZD",
        tax_id=tax_id,
        schedule=[PricePoint(unit_price_minor=price_minor)],
    )


def _page(name: str, items: Iterable[Item]) -> Page:
    return Page(
        rid="1",
        collection=name,
        next=Cursor(version=1, key="~", since=1),
        version=1,
        done=True,
        puts=[
            Put(key=item_key(item), version=1, payload=msgspec.Raw(encode_item(item)))
            for item in items
        ],
    )
