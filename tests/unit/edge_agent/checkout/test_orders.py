from uuid import UUID

import pytest

from edge_agent.catalog.models import Product
from edge_agent.checkout.rules.orders import price_list
from protocol.messages.collections import StoreSettings
from tests.unit.edge_agent.checkout.orders import MILK

SETTINGS = StoreSettings(
    store_id=UUID(int=3),
    organization_id=UUID(int=1),
    name="Bab El Oued",
    currency="DZD",
    timezone="Africa/Algiers",
    prices_include_tax=True,
    languages=["fr", "ar"],
)


@pytest.mark.parametrize(
    ("name", "sold_as"),
    [("Lait demi-écrémé", "Lait demi-écrémé"), ("é" * 700_000, "é" * 1_000)],
)
def test_an_office_that_writes_a_novel_costs_no_sale_its_place(name: str, sold_as: str) -> None:
    """A ticket with a text of over 2,000 characters is parked at the hub."""
    product = Product(
        product_id=MILK,
        sku="6130000000015",
        codes=[],
        names={"fr": name, "ar": "حليب"},
        unit="piece",
        category=None,
        active=True,
        currency="DZD",
        unit_price_minor=12000,
        tax_id="tva9",
        tax_rate_ppm=90_000,
        price_version=7,
        proposed=False,
    )
    offers = price_list([product], settings=SETTINGS).offers
    assert offers[MILK].name == sold_as
