"""What is too large or too odd for random questions and for files, asked of both languages."""

from random import Random

import msgspec
import pytest

from tests.agreement.agent import answer
from tests.agreement.baskets import Plain, a_line, an_id
from tests.agreement.tablet import Tablet
from tests.bench.pricing import a_full_basket

pytestmark = pytest.mark.slow

_DICE = 12


def a_ticket(lines: list[Plain], **more: object) -> Plain:
    basket: Plain = {
        "currency": "DZD",
        "prices_include_tax": False,
        "business_date": "2026-11-23",
        "lines": lines,
    }
    basket |= more
    return {"of": "quote", "basket": basket, "cash_step_minor": 500, "tariffs": []}


def promoted(count: int, pieces: int, promotions: list[Plain]) -> Plain:
    """Lines of falling prices, so that each is a pool of its own."""
    lines = [
        {
            "line_no": number,
            "product_id": an_id(number),
            "category": "bread",
            "quantity": str(pieces),
            "unit": "piece",
            "unit_price_minor": 100_000 - 37 * number,
            "tax_rate_ppm": [190_000, 90_000][number % 2],
        }
        for number in range(1, count + 1)
    ]
    basket: Plain = {
        "currency": "DZD",
        "business_date": "2026-11-23",
        "minute": 0,
        "prices_include_tax": False,
        "lines": lines,
    }
    return {"of": "reduce", "basket": basket, "promotions": promotions}


def a_promotion(number: int, **terms: object) -> Plain:
    return {
        "promotion_id": an_id(number),
        "names": {"fr": "Promotion"},
        "currency": "DZD",
        "starts_on": "2026-11-23",
        "ends_on": "2026-11-23",
        **terms,
    }


def a_bundle(number: int, *counts: int) -> Plain:
    parts = [{"goods": {"everything": True}, "count": count} for count in counts]
    return a_promotion(number, kind="bundle", price_minor=1_000, parts=parts)


def lines_of(count: int) -> list[Plain]:
    dice = Random(_DICE)
    return [a_line(dice, number) for number in range(1, count + 1)]


_SHARES = [{"promotion_id": an_id(number), "amount_minor": 1} for number in range(1_001)]
_ONE = {"line_no": 1, "quantity": "1", "unit": "piece", "unit_price_minor": 10**6}
_TAX = {"tax_id": "t", "tax_rate_ppm": 0}
_BRACKETS = [{"above_minor": at, "tranche_minor": 1, "duty_minor": 0} for at in range(51)]
_TARIFF = {"currency": "DZD", "valid_from": "2020-01-01", "brackets": _BRACKETS}
_THOUSAND = [
    a_promotion(number, kind="percent", percent_ppm=number, stacks=True)
    for number in range(1, 1_003)
]
_N_FOR_M: Plain = {"kind": "n_for_m", "buy": 6, "pay": 5}
QUESTIONS: dict[str, Plain] = {
    "the most lines": a_ticket(lines_of(2_000)),
    "a line too many": a_ticket(lines_of(2_001)),
    "a discount too many": a_ticket(
        [{**_ONE, **_TAX}], ticket_discounts=[{"amount_minor": 0}] * 101
    ),
    "the most shares of a line": a_ticket([{**_ONE, **_TAX, "promotions": _SHARES[:-1]}]),
    "a share too many": a_ticket([{**_ONE, **_TAX, "promotions": _SHARES}]),
    "a bracket too many": a_ticket([{**_ONE, **_TAX}]) | {"tariffs": [_TARIFF]},
    "more promotions than a line may have": promoted(3, 1, _THOUSAND),
    "a group of twenty pieces": promoted(30, 1, [a_promotion(1, **_N_FOR_M | {"buy": 20})]),
    "one n for m beyond its steps": promoted(40, 900, [a_promotion(1, **_N_FOR_M, most=500)]),
    "one n for m within its steps": promoted(40, 900, [a_promotion(1, **_N_FOR_M, most=3)]),
    "more patterns than are looked at": promoted(40, 3, [a_bundle(1, 1, 1, 1)]),
    "bundles that share everything": promoted(25, 2, [a_bundle(n, 1, n) for n in range(1, 7)]),
    "bundles and n for m": promoted(
        20, 5, [a_bundle(1, 2, 1), a_promotion(2, **_N_FOR_M), a_promotion(3, **_N_FOR_M, most=2)]
    ),
    "a leaflet of fifty": a_full_basket(Random(_DICE), crowded=False),
    "fifty that all meet": a_full_basket(Random(_DICE), crowded=True),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=list(QUESTIONS))
def test_the_large_and_the_odd_agree(asked: Tablet, question: Plain) -> None:
    text = msgspec.json.encode(question)
    assert asked.ask([msgspec.Raw(text)]) == [answer(text)]
