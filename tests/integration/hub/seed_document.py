"""A seed file of two small tenants, as a dict that tests change."""

from typing import Any
from uuid import UUID, uuid5

_NAMESPACE = UUID("01890000-0000-7000-8000-000000000000")


def seed_id(*words: object) -> UUID:
    """The id of a thing of the seed file, by its words."""
    return uuid5(_NAMESPACE, "/".join(map(str, words)))


ALPHA = seed_id("alpha")
BETA = seed_id("beta")


def tenant(name: str, *, currency: str, stores: int = 2, products: int = 3) -> dict[str, Any]:
    """One tenant; its things' ids are `seed_id(name, kind, number)`."""
    return {
        "id": str(seed_id(name)),
        "name": name.title(),
        "currency": currency,
        "owner": {
            "email": f"owner@{name}.example",
            "password": f"{name} password",
            "name": f"{name.title()} Owner",
        },
        "tax_rates": [
            {"id": "tva-19", "name": "TVA 19 %", "rate_ppm": 190_000},
            {"id": "tva-9", "name": "TVA 9 %", "rate_ppm": 90_000},
        ],
        "categories": [{"code": "drinks", "names": {"fr": "Boissons", "ar": "مشروبات"}}],
        "stores": [_store(name, number) for number in range(stores)],
        "staff": [
            {
                "id": str(seed_id(name, "staff", 0)),
                "name": "Karim",
                "roles": ["cashier"],
                "pin": "1234",
            },
            {
                "id": str(seed_id(name, "staff", 1)),
                "name": "Lila",
                "roles": ["cashier", "manager"],
                "pin": "98765",
                "stores": [str(seed_id(name, "store", 0))],
            },
        ],
        "products": [_product(name, number) for number in range(products)],
    }


def document() -> dict[str, Any]:
    """Both tenants."""
    return {
        "tenants": [
            tenant("alpha", currency="GBP", stores=1),
            tenant("beta", currency="DZD"),
        ]
    }


def without_staff() -> dict[str, Any]:
    """Both tenants without people at the registers, whose PINs take their time."""
    both = document()
    for one in both["tenants"]:
        one["staff"] = []
    return both


def _store(name: str, number: int) -> dict[str, Any]:
    return {
        "id": str(seed_id(name, "store", number)),
        "code": f"S{number}",
        "name": f"Store {number}",
        "timezone": "Africa/Algiers",
        "registers": [
            {
                "id": str(seed_id(name, "register", number, 0)),
                "name": "Caisse 1",
                "code": f"A{number}",
                "pairing_token": f"{name}-{number}-token",
            }
        ],
        "devices": [{"id": str(seed_id(name, "device", number)), "name": "Agent"}],
    }


def _product(name: str, number: int) -> dict[str, Any]:
    return {
        "id": str(seed_id(name, "product", number)),
        "sku": f"SKU-{number}",
        "names": {"fr": f"Produit {number}", "ar": f"منتج {number}"},
        "tax_id": "tva-19",
        "codes": [f"613000000{number:04d}"],
        "category": "drinks",
        "price_minor": 100 + number,
    }
