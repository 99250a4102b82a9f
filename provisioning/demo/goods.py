"""What the demo's shops sell: gift-ware by Online Retail's codes, groceries by real GTINs.

Grocery prices and rates are made up (the source has none) but stay the same for each GTIN.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from protocol.vocabulary.text import fold
from provisioning.demo.online_retail_tickets import CatalogueEntry
from provisioning.demo.plan import demo_id
from provisioning.demo.sample_files import Grocery

# Postage, fees and vouchers among the codes carry no VAT here.
_SERVICES = {"POST", "DOT", "C2", "M", "m", "BANK CHARGES", "AMAZONFEE", "CRUK", "S", "D"}
_LOWER_RATE_WORDS = ("lait", "eau", "pain", "farine", "huile", "sucre", "cafe", "حليب", "ماء")
_LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product as the office enters it; `names` by language."""

    id: UUID
    sku: str
    names: dict[str, str]
    codes: tuple[str, ...]
    tax_id: str
    price_minor: int


def gift_id(stock_code: str) -> UUID:
    """The product of a stock code."""
    return demo_id("gift", stock_code)


def grocery_id(gtin: str) -> UUID:
    """The product of a GTIN."""
    return demo_id("grocery", gtin)


def gift_ware(entries: Sequence[CatalogueEntry]) -> list[Product]:
    """One product per stock code; letter case matters, as in the source."""
    return [
        Product(
            id=gift_id(entry.stock_code),
            sku=entry.stock_code,
            names={"en": (entry.name.strip() or entry.stock_code)[:_LONGEST_NAME]},
            codes=(),
            tax_id="vat-0" if entry.stock_code in _SERVICES else "vat-20",
            price_minor=entry.usual_price_minor,
        )
        for entry in entries
    ]


def groceries(found: Sequence[Grocery]) -> list[Product]:
    """One product per GTIN, at whole five dinars."""
    return [
        Product(
            id=grocery_id(one.gtin),
            sku=one.gtin,
            names={one.language: one.name[:_LONGEST_NAME]},
            codes=(one.gtin,),
            tax_id="tva-9" if _is_staple(one.name) else "tva-19",
            price_minor=_dinars(one.gtin) * 100,
        )
        for one in found
    ]


def _is_staple(name: str) -> bool:
    folded = fold(name)
    return any(fold(word) in folded for word in _LOWER_RATE_WORDS)


def _dinars(gtin: str) -> int:
    """20 to 900 dinars, cheap things being more common."""
    draw = int.from_bytes(hashlib.sha256(gtin.encode()).digest()[:4], "big") / 2**32
    return 5 * round((20 + 880 * draw**3) / 5)
