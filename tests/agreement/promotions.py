"""Random promotions and the baskets that they are looked for on, as JSON's plain objects.

The file's law: goods, prices and promotions are few and alike, so that promotions meet on them.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from tests.agreement.baskets import Plain, a_quantity, an_amount, an_id

_CATEGORIES = ["bread", "drinks", "soap"]
_CODES = ["MINT", "SUMMER", "NOUR"]
_TODAY = "2026-11-23"  # A Monday.


def a_promoted_basket(dice: Random) -> Plain:
    prices = [_a_price(dice) for _ in range(dice.randint(1, 4))]
    count = dice.choice([1, 2, 2, 3, 3, 4, 5, 6, 8, 12])
    basket: Plain = {
        "currency": "DZD" if dice.random() < 0.97 else "EUR",
        "business_date": _TODAY,
        "minute": dice.choice([0, 599, 600, 1_079, 1_080, 1_439, 1_440]),
        "prices_include_tax": dice.random() < 0.6,
        "lines": [_a_line(dice, number, prices) for number in range(1, count + 1)],
    }
    if dice.random() < 0.3:
        basket["coupons"] = dice.choices([*_CODES, *_CODES, "GONE"], k=dice.randint(1, 3))
    if dice.random() < 0.3:
        basket["price_lists"] = [an_id(dice.randint(1, 3))]
    if dice.random() < 0.02:
        _spoil(dice, basket)
    return basket


def some_promotions(dice: Random) -> list[Plain]:
    count = dice.choice([0, 1, 1, 2, 2, 3, 3, 4, 6, 9])
    return [_a_promotion(dice, dice.randint(1, 40)) for _ in range(count)]


def _a_price(dice: Random) -> int:
    return dice.choice([100, 199, 199, 250, 1_000, 12_030, an_amount(dice)])


def _a_line(dice: Random, line_no: int, prices: list[int]) -> Plain:
    unit = dice.choice(["piece"] * 5 + ["kg"])
    pieces = str(dice.choice([1, 1, 2, 3, 3, 4, 6, 12]))
    line: Plain = {
        "line_no": line_no,
        "product_id": an_id(dice.randint(1, 6)),
        "category": dice.choice([*_CATEGORIES, None]),
        "quantity": pieces if unit == "piece" else a_quantity(dice, unit),
        "unit": unit,
        "unit_price_minor": dice.choice(prices),
        "tax_rate_ppm": dice.choice([190_000, 190_000, 90_000, 0]),
    }
    if dice.random() < 0.05:
        line["barred"] = True
    if dice.random() < 0.02:
        line["quantity"] = dice.choice(["0", "-1", "100", "1001", "5000", "5000", "5000"])
    return line


def some_goods(dice: Random) -> Plain:
    if dice.random() < 0.3:
        return {"everything": True}
    if dice.random() < 0.5:
        return {"categories": dice.sample(_CATEGORIES, dice.randint(1, 2))}
    return {"product_ids": [an_id(number) for number in dice.sample(range(1, 7), 2)]}


def _a_promotion(dice: Random, number: int) -> Plain:
    promotion: Plain = {
        "promotion_id": an_id(number),
        "names": {"fr": "Promotion"},
        "currency": "DZD",
        "starts_on": _TODAY,
        "ends_on": "2026-11-30",
    }
    promotion |= dice.choice(_KINDS)(dice)
    if dice.random() < 0.08:
        promotion["starts_on"] = "2026-11-24"
    if dice.random() < 0.15:
        promotion["coupon"] = dice.choice(_CODES)
    if dice.random() < 0.1:
        promotion["price_lists"] = [an_id(dice.randint(1, 3))]
    if dice.random() < 0.1:
        promotion["happy_hour"] = {"from_minute": 600, "to_minute": dice.choice([1_080, 600, 300])}
        if dice.random() < 0.5:
            promotion["happy_hour"]["weekdays"] = dice.sample(range(7), 4)
    if dice.random() < 0.15:
        promotion["min_spend_minor"] = dice.choice([500, 2_000, 30_000])
    if dice.random() < 0.04:
        field = dice.choice(list(_ABSURD))
        promotion[field] = dice.choice(_ABSURD[field])
    return promotion


def _percent(dice: Random) -> Plain:
    ppm = dice.choice([100_000, 200_000, 333_333, 500_000, 10**6, dice.randint(1, 10**6)])
    return {"kind": "percent", "percent_ppm": ppm, "goods": some_goods(dice)} | _stacking(dice)


def _amount(dice: Random) -> Plain:
    amount = dice.choice([1, 20, 50, 150, 5_000])
    return {"kind": "amount", "amount_minor": amount, "goods": some_goods(dice)} | _stacking(dice)


def _n_for_m(dice: Random) -> Plain:
    buy = dice.choice([2, 2, 3, 3, 4, 6])
    terms: Plain = {"buy": buy, "pay": dice.randint(1, buy - 1), "goods": some_goods(dice)}
    return {"kind": "n_for_m"} | terms | _most(dice)


def _bundle(dice: Random) -> Plain:
    parts = [
        {"goods": some_goods(dice), "count": dice.choice([1, 1, 2])}
        for _ in range(dice.choice([1, 2, 2, 3]))
    ]
    price = dice.choice([100, 250, 400, 900, 20_000])
    return {"kind": "bundle", "parts": parts, "price_minor": price} | _most(dice)


def _ticket(dice: Random) -> Plain:
    if dice.random() < 0.5:
        return {"kind": "ticket_percent", "percent_ppm": 50_000} | _stacking(dice)
    return {"kind": "ticket_amount", "amount_minor": dice.choice([100, 999, 10**6])} | _stacking(
        dice
    )


def _stacking(dice: Random) -> Plain:
    return {"stacks": True} if dice.random() < 0.4 else {}


def _most(dice: Random) -> Plain:
    return {"most": dice.choice([1, 1, 2, 3, 40, 900])} if dice.random() < 0.3 else {}


def _spoil(dice: Random, basket: Plain) -> None:
    line = dice.choice(basket["lines"])
    line["unit_price_minor"] = dice.choice([0, -1, 10**12, 10**12 + 1])


_KINDS: list[Callable[[Random], Plain]] = [
    *(_percent, _percent, _amount, _n_for_m, _n_for_m, _n_for_m, _bundle, _bundle, _ticket)
]
# Beyond a bound or at it; space that one language takes off and another does not; odd alphabets.
_NUMBERS = [-1, 0, 1, 2, 10**12, 10**12 + 1]
_TEXTS = ["", " x", "x\u00a0", "\ufeffx", "x\x1f", "\U0001f600" * 200, "x" * 201, "\u200bx"]
_ABSURD: dict[str, list[Any]] = {
    **dict.fromkeys(("percent_ppm", "amount_minor", "price_minor", "min_spend_minor"), _NUMBERS),
    "buy": [1, 20, 21],
    "pay": [0, 1, 20, 21],
    "most": [0, 10_000, 10_001],
    "coupon": _TEXTS,
    "names": [{}, *({"fr": text} for text in _TEXTS)],
    "goods": [
        {},
        {"everything": True, "categories": ["bread"]},
        {"categories": ["bread", ""]},
        {"product_ids": [an_id(number) for number in range(5_001)]},
    ],
    "parts": [
        [],
        [{"goods": {"everything": True}, "count": count} for count in (1, 19)],
        [{"goods": {"everything": True}, "count": count} for count in (1, 20)],
        [{"goods": {"everything": True}, "count": 1}] * 11,
        [{"goods": {}, "count": 0}, {"goods": {"categories": [""]}, "count": 2}],
    ],
    "happy_hour": [
        {"from_minute": -1, "to_minute": 1_440},
        {"weekdays": [0, 0]},
        {"weekdays": [7]},
        {"weekdays": [0]},
    ],
    "currency": ["EUR", "ZZZ"],
    "starts_on": ["2026-12-01"],
    "stacks": [True],
    "price_lists": [[an_id(number) for number in range(1_001)]],
}
