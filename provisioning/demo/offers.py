"""What the superette gives away: promotions of each kind, and a price from six pieces on.

Pure; written as shops pull them. Dated far beyond any demo, and at both ends, as every promotion.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from provisioning.demo.goods import Product
from provisioning.demo.plan import Tenant, demo_id

_FROM, _UNTIL = "2026-01-01", "2035-12-31"
_SHELF = 12
_PERCENT = 10_000
_DINAR = 100


def price_lists() -> list[dict[str, Any]]:
    """For customers whom the office puts on it."""
    return [{"price_list_id": str(_id("wholesale")), "name": "Gros"}]


def list_prices(goods: Sequence[Product]) -> dict[UUID, list[dict[str, Any]]]:
    """A tenth off, at whole five dinars: on the list, and for everybody from six pieces on."""
    found = {}
    for product in goods[2 * _SHELF : 3 * _SHELF]:
        less = product.price_minor * 9 // 10 // (5 * _DINAR) * (5 * _DINAR)
        found[product.id] = [
            {"price_minor": less, "min_quantity": "6"},
            {"price_minor": less, "price_list_id": str(_id("wholesale"))},
        ]
    return found


def promotions(tenant: Tenant, goods: Sequence[Product]) -> list[dict[str, Any]]:
    """A percent off a shelf, three for two of another, an evening hour, a large basket."""
    first, second = (_goods(goods[n * _SHELF : (n + 1) * _SHELF]) for n in range(2))
    dated = {"currency": tenant.currency, "starts_on": _FROM, "ends_on": _UNTIL}
    made: list[dict[str, Any]] = [
        {
            "promotion_id": str(_id("ten percent")),
            "names": {"fr": "10 % de remise", "ar": "تخفيض 10 %"},
            "kind": "percent",
            "percent_ppm": 10 * _PERCENT,
            "goods": first,
        },
        {
            "promotion_id": str(_id("three for two")),
            "names": {"fr": "3 pour 2", "ar": "3 بسعر 2"},
            "kind": "n_for_m",
            "buy": 3,
            "pay": 2,
            "goods": second,
        },
        {
            "promotion_id": str(_id("evening")),
            "names": {"fr": "Heure creuse", "ar": "ساعة المساء"},
            "kind": "amount",
            "amount_minor": 5 * _DINAR,
            "goods": first,
            "happy_hour": {"from_minute": 18 * 60, "to_minute": 20 * 60},
        },
        {
            "promotion_id": str(_id("large basket")),
            "names": {"fr": "Grand panier", "ar": "سلة كبيرة"},
            "kind": "ticket_amount",
            "amount_minor": 100 * _DINAR,
            "min_spend_minor": 3_000 * _DINAR,
        },
    ]
    return [{"promotion": {**dated, **one}} for one in made]


def _goods(products: Sequence[Product]) -> dict[str, Any]:
    return {"product_ids": [str(product.id) for product in products]}


def _id(*words: str) -> UUID:
    return demo_id("offer", *words)
