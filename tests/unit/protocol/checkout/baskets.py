"""Baskets for property tests, and the shared vectors as structs."""

import json
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from protocol.checkout import BasketInput, Discount, LineInput, TenderInput
from protocol.checkout.basket import PromotionShare, TaxTreatment
from protocol.vocabulary.money import multiply
from protocol.vocabulary.quantity import unit_scale
from tests.unit.protocol.vocabulary.vectors import Vector, load

T = TypeVar("T")

TODAY = date(2026, 11, 23)
STEPS = st.sampled_from([1, 5, 50, 500])
RATES = [("exempt", 0), ("tva9", 90_000), ("tva19", 190_000), ("odd", 55_555), ("whole", 10**6)]
TREATMENTS: st.SearchStrategy[TaxTreatment] = st.sampled_from(
    ["taxed", "taxed", "taxed", "exempt", "outside"]
)


def checkout_vectors(name: str) -> list[Vector]:
    found: list[Vector] = load(f"checkout_{name}")["vectors"]
    return found


def read(document: object, into: type[T]) -> T:
    """The struct a vector's JSON stands for, read as a program would: from bytes."""
    return msgspec.json.decode(json.dumps(document).encode(), type=into)


def written(struct: object) -> object:
    """The JSON of a struct, as plain objects."""
    return json.loads(msgspec.json.encode(struct))


def cash(amount_minor: int) -> TenderInput:
    return TenderInput(kind="cash", amount_minor=amount_minor)


def card(amount_minor: int) -> TenderInput:
    return TenderInput(kind="card", amount_minor=amount_minor)


def a_line(line_no: int = 1, **changes: object) -> LineInput:
    """One piece at 10.00, untaxed."""
    line = LineInput(
        line_no=line_no,
        quantity=Decimal(1),
        unit="piece",
        unit_price_minor=1000,
        tax_id="t",
        tax_rate_ppm=0,
    )
    return msgspec.structs.replace(line, **changes)


def a_basket(*lines: LineInput, **changes: object) -> BasketInput:
    """Euros, tax included, one line unless others are given."""
    basket = BasketInput(
        currency="EUR", prices_include_tax=True, business_date=TODAY, lines=lines or (a_line(),)
    )
    return msgspec.structs.replace(basket, **changes)


def shares(*amounts_minor: int) -> tuple[PromotionShare, ...]:
    """What promotions 1, 2, … take off a line."""
    return tuple(
        PromotionShare(promotion_id=UUID(int=number), amount_minor=amount)
        for number, amount in enumerate(amounts_minor, start=1)
    )


percent_discounts = st.integers(0, 10**6).map(lambda ppm: Discount(percent_ppm=ppm))


@st.composite
def lines(draw: st.DrawFn, line_no: int) -> LineInput:
    unit = draw(st.sampled_from(["piece", "kg", "m"]))
    scale = unit_scale(unit)
    tax_id, rate = draw(st.sampled_from(RATES))
    treatment = draw(TREATMENTS)
    quantity = Decimal(draw(st.integers(1, 5 * 10**scale))).scaleb(-scale)
    price = draw(st.integers(0, 20_000))
    left, amounts = multiply(quantity, price), []
    for percent in draw(st.lists(st.integers(1, 60), max_size=2)):
        if left * percent // 100:
            amounts.append(left * percent // 100)
            left -= amounts[-1]
    return LineInput(
        line_no=line_no,
        quantity=quantity,
        unit=unit,
        unit_price_minor=price,
        tax_id=tax_id,
        tax_rate_ppm=rate if treatment == "taxed" else 0,
        discount=draw(st.none() | percent_discounts),
        promotions=shares(*amounts),
        tax_treatment=treatment,
    )


@st.composite
def baskets(draw: st.DrawFn) -> BasketInput:
    """Up to eight lines, some on promotion or untaxed, and three ticket discounts."""
    count = draw(st.integers(1, 8))
    percents = draw(st.lists(st.integers(0, 900_000), max_size=3))
    return BasketInput(
        currency="DZD",
        prices_include_tax=draw(st.booleans()),
        business_date=TODAY,
        lines=tuple(draw(lines(number)) for number in range(1, count + 1)),
        ticket_discounts=tuple(Discount(percent_ppm=ppm) for ppm in percents),
    )
