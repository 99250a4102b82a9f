"""Rows of collections: keys, round trips, and rows of a later release."""

from uuid import UUID

import pytest

from protocol.checkout.prices import PricePoint
from protocol.codec.items import decode_item, encode_item, item_key
from protocol.errors import RemoteProtocolError
from protocol.messages.collections import (
    CatalogueItem,
    Item,
    PriceItem,
    RegisterSettings,
    StaffMember,
    StoreSettings,
    TaxRate,
)

ID = UUID("0192d6a0-0000-7000-8000-000000000001")
ITEMS: list[tuple[str, Item]] = [
    (f"product/{ID}", CatalogueItem(product_id=ID, sku="A", names={"fr": "Lait"}, unit="piece")),
    (
        f"price/{ID}",
        PriceItem(
            product_id=ID,
            currency="DZD",
            tax_id="tva-9",
            schedule=[PricePoint(unit_price_minor=1)],
        ),
    ),
    ("tax/tva-9", TaxRate(tax_id="tva-9", name="TVA 9 %", rate_ppm=90_000)),
    (f"staff/{ID}", StaffMember(staff_id=ID, name="Amina", roles=["cashier"], pin_hash="x")),
    (
        f"store/{ID}",
        StoreSettings(
            store_id=ID,
            organization_id=ID,
            name="Hydra",
            currency="DZD",
            timezone="Africa/Algiers",
            prices_include_tax=True,
            languages=["fr", "ar"],
        ),
    ),
    (
        f"register/{ID}",
        RegisterSettings(register_id=ID, name="Caisse 1", code="R1", pairing_token_hash="00"),
    ),
]


@pytest.mark.parametrize(("key", "item"), ITEMS)
def test_a_row_comes_back_under_its_key(key: str, item: Item) -> None:
    assert item_key(item) == key
    assert decode_item(key, encode_item(item)) == item


def test_a_kind_of_a_later_release_is_none() -> None:
    assert decode_item("loyalty/1", b"{}") is None


def test_a_known_kind_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(RemoteProtocolError, match="undecodable"):
        decode_item("tax/1", b"{}")
