"""A superette for the register app: real shelves in French and Arabic, seeded into an agent."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from hashlib import sha256
from uuid import UUID

from msgspec import Raw

from edge_agent.main import create_agent
from edge_agent.settings import EdgeSettings
from edge_agent.storage.replicas import ReplicatedCollection
from protocol.checkout.duty import ALGERIAN_CASH_DUTY
from protocol.checkout.prices import PricePoint
from protocol.checkout.promotions import GoodsSelector, Promotion
from protocol.codec.items import encode_item, item_key
from protocol.messages.collections import (
    CashTerms,
    CatalogueItem,
    Item,
    PriceItem,
    PromotionItem,
    RegisterSettings,
    StoreSettings,
    TaxRate,
)
from protocol.messages.sync import Cursor, Page, Put
from tests.integration.edge_agent.shop_seed import collections

MILK_CODE = "6130234000010"
DATES_CODE = "2000000000015"
# One register per test, so that they can share an agent.
REGISTERS = 16
# Code, French name, Arabic name, unit, price in centimes, rate in ppm.
SHELVES = (
    (MILK_CODE, "Lait demi-écrémé 1 L", "حليب نصف دسم 1 ل", "piece", 12_000, 90_000),
    ("6130234000027", "Lait en poudre 500 g", "حليب مجفف 500 غ", "piece", 38_500, 90_000),
    ("6130456000010", "Café moulu 250 g", "قهوة مطحونة 250 غ", "piece", 32_000, 190_000),
    ("6130456000027", "Thé vert 200 g", "شاي أخضر 200 غ", "piece", 24_550, 190_000),
    ("6130789000015", "Semoule moyenne 1 kg", "سميد متوسط 1 كغ", "piece", 9_000, 0),
    ("6130789000022", "Couscous fin 1 kg", "كسكسي رقيق 1 كغ", "piece", 16_500, 0),
    ("6130111000010", "Huile de tournesol 5 L", "زيت عباد الشمس 5 ل", "piece", 65_000, 190_000),
    ("6130111000027", "Huile d'olive 1 L", "زيت زيتون 1 ل", "piece", 118_000, 190_000),
    ("6130222000015", "Sucre blanc 1 kg", "سكر أبيض 1 كغ", "piece", 9_500, 90_000),
    ("6130222000022", "Harissa 380 g", "هريسة 380 غ", "piece", 21_030, 190_000),
    (DATES_CODE, "Dattes Deglet Nour", "تمر دقلة نور", "kg", 75_000, 0),
    ("2000000000022", "Olives vertes", "زيتون أخضر", "kg", 54_000, 90_000),
    ("6130333000010", "Eau minérale 1,5 L", "ماء معدني 1.5 ل", "piece", 4_000, 190_000),
    ("6130333000027", "Limonade 2 L", "ليمونادة 2 ل", "piece", 13_000, 190_000),
    ("6130444000015", "Savon de Marseille", "صابون مرسيليا", "piece", 7_500, 190_000),
)


# Three bottles of milk for the price of two, and stamp duty on what is paid in cash.
OFFER_AND_DUTY: dict[str, list[Item]] = {
    "prices": [
        PromotionItem(
            promotion=Promotion(
                promotion_id=UUID("0192d6a0-0000-7000-8000-000000000901"),
                names={"fr": "Lait : 3 pour 2", "ar": "حليب: 3 بسعر 2"},
                kind="n_for_m",
                currency="DZD",
                starts_on=date(2020, 1, 1),
                ends_on=date(2099, 12, 31),
                goods=GoodsSelector(product_ids=(UUID("0192d6a0-0000-7000-8000-000000000001"),)),
                buy=3,
                pay=2,
            )
        )
    ],
    "settings": [CashTerms(currency="DZD", duty_tariffs=[ALGERIAN_CASH_DUTY])],
}


async def stock_shelves(settings: EdgeSettings, terms: Mapping[str, Sequence[Item]]) -> None:
    """Publish the shop, its shelves and besides these terms into the agent's folder, as version 1
    of each collection."""
    agent = create_agent(settings)
    await agent.start()
    try:
        published = collections()
        store = [item for item in published["settings"] if isinstance(item, StoreSettings)]
        published |= {"settings": [*store, *_registers()], **_shelves()}
        for collection in agent.collections:
            items = [*published[collection.name], *terms.get(collection.name, ())]
            page = _page(collection.name, items)
            await agent.writer.submit(partial(_stage, collection, page))
    finally:
        await agent.close()


def pairing_token(register: int) -> str:
    """The code that pairs a tablet to register 1, 2, …"""
    return f"pairing-token-of-register-{register}"


def _registers() -> list[RegisterSettings]:
    return [
        RegisterSettings(
            register_id=UUID(f"0192d6a0-0000-7000-8000-0000000001{number:02d}"),
            name=f"Caisse {number}",
            code=f"R{number}",
            pairing_token_hash=sha256(pairing_token(number).encode()).hexdigest(),
        )
        for number in range(1, REGISTERS + 1)
    ]


def _shelves() -> dict[str, list[Item]]:
    catalogue: list[Item] = []
    prices: list[Item] = [
        TaxRate(tax_id=f"tva{rate // 10_000}", name=f"TVA {rate // 10_000} %", rate_ppm=rate)
        for rate in (0, 90_000, 190_000)
    ]
    for number, (code, french, arabic, unit, price_minor, rate_ppm) in enumerate(SHELVES, start=1):
        product_id = UUID(f"0192d6a0-0000-7000-8000-{number:012d}")
        catalogue.append(
            CatalogueItem(
                product_id=product_id,
                sku=f"A{number:03d}",
                names={"fr": french, "ar": arabic},
                unit=unit,
                codes=[code],
            )
        )
        prices.append(
            PriceItem(
                product_id=product_id,
                currency="DZD",
                tax_id=f"tva{rate_ppm // 10_000}",
                schedule=[PricePoint(unit_price_minor=price_minor)],
            )
        )
    return {"catalogue": catalogue, "prices": prices}


def _stage(collection: ReplicatedCollection, page: Page, connection: sqlite3.Connection) -> None:
    collection.stage_page(connection, page)


def _page(name: str, items: Sequence[Item]) -> Page:
    return Page(
        rid="1",
        collection=name,
        next=Cursor(version=1, key="~", since=1),
        version=1,
        done=True,
        restart=True,
        puts=[Put(key=item_key(item), version=1, payload=Raw(encode_item(item))) for item in items],
    )
