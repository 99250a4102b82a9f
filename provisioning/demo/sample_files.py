"""Readers of the data in `samples/`; its README says where each file comes from."""

from pathlib import Path
from typing import NamedTuple

import polars as pl

_FOLDER = Path(__file__).parent / "samples"
ONLINE_RETAIL = _FOLDER / "online_retail.parquet"
_OPEN_FOOD_FACTS = _FOLDER / "open_food_facts_dz.parquet"
_BASKET_SHAPES = _FOLDER / "basket_shapes.parquet"


class Grocery(NamedTuple):
    """A product as its maker numbers it; `language`: `fr` or `ar`, that of the name."""

    gtin: str
    name: str
    language: str


class BasketShape(NamedTuple):
    """When somebody bought how much of what: `lines` are (product rank from 1, quantity)."""

    iso_weekday: int
    hour: int
    lines: tuple[tuple[int, int], ...]


def read_groceries() -> list[Grocery]:
    """Algerian and Arabic-named products, sorted by GTIN."""
    return [Grocery._make(row) for row in pl.read_parquet(_OPEN_FOOD_FACTS).iter_rows()]


def read_basket_shapes() -> list[BasketShape]:
    """Baskets in the order in which they were bought, each with at least one line."""
    frame = pl.read_parquet(_BASKET_SHAPES)
    return [
        BasketShape(weekday, hour, tuple(zip(ranks, quantities, strict=True)))
        for weekday, hour, ranks, quantities in frame.iter_rows()
    ]
