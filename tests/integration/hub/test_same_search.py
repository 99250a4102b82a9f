"""The same words find the same products in the shop (SQLite) and at the hub (Postgres)."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from edge_agent.catalog.service import CatalogService
from edge_agent.storage.readers import Readers
from edge_agent.storage.writer import Writer
from hub.catalog import readmodel
from hub.catalog.models import Product
from hub.catalog.readmodel import ProductFilter
from protocol.messages.collections import CatalogueItem
from protocol.vocabulary.text import query_terms
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.foundation import Foundation
from tests.integration.hub.seed_document import BETA, seed_id, without_staff
from tests.unit.edge_agent.clock import ManualClock
from tests.unit.edge_agent.pages import page

SHOP = seed_id("beta", "store", 0)
NAMES: tuple[dict[str, str], ...] = (
    {"fr": "Eau minérale 1,5 L", "ar": "مياه معدنية"},
    {"fr": "Huile d'olive vierge", "ar": "زيت الزيتون"},
    {"fr": "L’Oasis jus d’orange", "ar": "عصير برتقال"},
    {"fr": "Café moulu Ifri", "ar": "قهوة مطحونة"},
    {"fr": "Crème fraîche d´Isigny", "ar": "كريمة طازجة"},
    {"fr": "Coca-Cola 33cl", "ar": "كوكا كولا"},
    {"fr": "Œufs (plateau de 30)", "ar": "بيض"},
    {"fr": "M'semen maison", "ar": "مسمّن"},
    {"fr": "Aujourd'hui, le journal", "ar": "جريدة اليوم"},
    {"fr": "Bateau en bois", "ar": "قارب"},
    {"fr": "Dattes Deglet-Nour", "ar": "دقلة نور"},
    {"fr": "Riz étuvé", "ar": "أرز", "en": "Parboiled rice"},
)
# query → the products found, by their place above
QUERIES: tuple[tuple[str, set[int]], ...] = (
    ("l'eau", {0}),
    ("L’EAU", {0}),
    ("l`eau minerale", {0}),
    ("eau", {0}),  # no bateau: the beginning of a word
    ("huile d'olive", {1}),
    ("d'olive", {1}),
    ("jus d orange", {2}),
    ("l'oasis", {2}),
    ("café", {3}),
    ("CAFE m", {3}),
    ("d'isigny", {4}),
    ("creme fraiche", {4}),
    ("coca cola", {5}),
    ("coca-cola 33", {5}),
    ("cola", {5}),
    ("oeufs", {6}),
    ("œuf", {6}),
    ("m'semen", {7}),
    ("semen", {7}),
    ("aujourd'hui", {8}),
    ("qu'aujourd", {8}),
    ("deglet nour", {10}),
    ("étu", {11}),
    ("rice", {11}),
    ("قهوة", {3}),
    ("قهوه", {3}),
    ("قَهْوَة", {3}),
    ("قهـــوة", {3}),
    ("ارز", {11}),
    ("أرز", {11}),
    ("مسمن", {7}),
    ("الزيتون", {1}),
    ("معدنيه", {0}),
    ("1,5", {0}),
    ("KAT-3", {3, 5, 6}),  # 33cl and 30 begin so, too
    ("6130000000", set(range(len(NAMES)))),
    ("rien de tel", set()),
)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[CatalogService]:
    writer = Writer(tmp_path / "hanout.db")
    readers = Readers(tmp_path / "hanout.db", count=1)
    await writer.start()
    await readers.open()
    catalog = CatalogService(readers, ManualClock())
    items = [
        CatalogueItem(
            product_id=UUID(int=number + 1),
            sku=f"KAT-{number}",
            names=names,
            unit="piece",
            codes=[f"6130000000{number:03d}"],
        )
        for number, names in enumerate(NAMES)
    ]
    [published] = [each for each in catalog.collections if each.name == "catalogue"]
    sent = page("catalogue", items)
    await writer.submit(lambda connection: published.stage_page(connection, sent))
    yield catalog
    await readers.close()
    await writer.stop()


@pytest.fixture
async def hub(foundation: Foundation, hub_database: HubDatabase) -> Foundation:
    hub_database.sql("truncate price, product_alias, product_code, product, collection_row cascade")
    await foundation.seed(without_staff())
    hub_database.sql("truncate product_code, product cascade")
    owner = foundation.principal(BETA)
    for number, names in enumerate(NAMES):
        await foundation.catalog.create_product(
            owner,
            Product(
                product_id=UUID(int=number + 1),
                sku=f"KAT-{number}",
                names=names,
                unit="piece",
                tax_id="tva-9",
                codes=(f"6130000000{number:03d}",),
            ),
        )
    return foundation


async def test_the_same_words_find_the_same_products(shop: CatalogService, hub: Foundation) -> None:
    in_shop, at_hub = {}, {}
    for query, _ in QUERIES:
        found = await shop.search(query, limit=50, on=date(2026, 3, 2))
        in_shop[query] = {product.product_id.int - 1 for product in found}
        chosen = ProductFilter(terms=query_terms(query), active=True)
        async with hub.database.tenant(BETA) as session:
            rows = await readmodel.products(session, chosen, most=50)
        at_hub[query] = {row["product_id"].int - 1 for row in rows}
    expected = dict(QUERIES)
    assert in_shop == expected
    assert at_hub == expected
