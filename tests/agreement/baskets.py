"""Random baskets, tariffs and tenders as JSON's plain objects: mostly sound, at times absurd.

The file's law: everything follows from the dice; figures that matter at an edge come up often.
"""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from protocol.vocabulary.quantity import UNIT_SCALES

Plain = dict[str, Any]

_CURRENCIES = ["DZD"] * 6 + ["EUR", "EUR", "TND", "JPY", "CHF"]
_STEPS = [1, 1, 5, 10, 50, 100, 500, 500, 500, 1000]
_TAXES = [
    *[("tva19", 190_000, "taxed"), ("tva9", 90_000, "taxed"), ("tva0", 0, "taxed")] * 3,
    *[("tva19", 0, "exempt"), ("tva19", 0, "outside"), ("tva19", 170_000, "taxed")],
    *[("odd", 55_555, "taxed"), ("whole", 1_000_000, "taxed"), ("tenfold", 10_000_000, "taxed")],
]
_DAYS = ["2024-12-31", "2025-01-01", "2026-11-23", "2026-11-24"]


def an_id(number: int) -> str:
    """The id of a small number, so that ids meet."""
    return str(UUID(int=number))


def a_step(dice: Random) -> int:
    return dice.choice(_STEPS) if dice.random() > 0.002 else dice.choice([0, -5])


def an_amount(dice: Random) -> int:
    """Mostly what a shop asks; sometimes nothing, at times as much as there may be."""
    roll = dice.random()
    if roll < 0.5:
        return dice.randrange(1, 2_000)
    if roll < 0.8:
        return dice.randrange(50, 400) * 500
    if roll < 0.95:
        return dice.randrange(0, 200_000)
    return dice.choice([0, 1, 99, 10**6, 10**9, 10**11 + 7])


def a_quantity(dice: Random, unit: str) -> str:
    scale = UNIT_SCALES[unit]
    most = dice.choice([1, 3, 3, 12, 200])
    return format(Decimal(dice.randint(1, most * 10**scale)).scaleb(-scale).normalize(), "f")


def a_discount(dice: Random, most: int) -> Plain:
    if dice.random() < 0.6:
        return {"percent_ppm": dice.choice([0, 50_000, 125_000, 333_333, dice.randint(0, 10**6)])}
    return {"amount_minor": dice.randint(0, max(0, most))}


def a_line(dice: Random, line_no: int) -> Plain:
    unit = dice.choice(["piece", "piece", "piece", "kg", "l", "m", "hour"])
    tax_id, rate, treatment = dice.choice(_TAXES)
    line: Plain = {
        "line_no": line_no,
        "quantity": a_quantity(dice, unit),
        "unit": unit,
        "unit_price_minor": an_amount(dice),
        "tax_id": tax_id,
        "tax_rate_ppm": rate,
    }
    if treatment != "taxed":
        line["tax_treatment"] = treatment
    left = int(Decimal(line["quantity"]) * int(line["unit_price_minor"]))
    if dice.random() < 0.25:
        line["promotions"] = []
        for number in dice.sample(range(1, 9), dice.randint(1, 3)):
            off = dice.randint(1, max(1, left // 2))
            line["promotions"].append({"promotion_id": an_id(number), "amount_minor": off})
            left -= off
    if dice.random() < 0.25:
        line["discount"] = a_discount(dice, left)
    return line


def a_basket(dice: Random) -> Plain:
    """Without tenders."""
    count = dice.choice([1, 1, 2, 2, 3, 4, 5, 8, 8, 25])
    numbers = list(range(1, count + 1))
    if dice.random() < 0.3:
        dice.shuffle(numbers)
    basket: Plain = {
        "currency": dice.choice(_CURRENCIES),
        "prices_include_tax": dice.random() < 0.6,
        "business_date": dice.choice(_DAYS),
        "lines": [a_line(dice, number) for number in numbers],
    }
    if dice.random() < 0.3:
        discounts = [a_discount(dice, 500) for _ in range(dice.randint(1, 3))]
        basket["ticket_discounts"] = discounts
    if dice.random() < 0.2:
        basket["paper"] = dice.choice(["ticket", "invoice"])
    if dice.random() < 0.04:
        dice.choice(_SPOILERS)(dice, basket)
    return basket


def tenders(dice: Random, due: int, in_cash: int) -> list[Plain]:
    """For what is due without and with cash: mostly what settles it."""
    roll = dice.random()
    if roll < 0.3:
        return [_tender("cash", in_cash)]
    if roll < 0.5:
        return [_tender("cash", in_cash + dice.randrange(0, 5_000))]
    if roll < 0.65:
        return [_tender("card", max(1, due))]
    if roll < 0.9:
        by_card = dice.randint(1, max(1, due))
        return [_tender("card", by_card), _tender("cash", max(0, in_cash - by_card) + 5_000)]
    return [
        _tender(dice.choice(["cash", "card", "mobile", ""]), dice.choice([0, 1, due, in_cash, -1]))
        for _ in range(dice.randint(0, 3))
    ]


def some_tariffs(dice: Random) -> list[Plain]:
    if dice.random() < 0.4:
        return []
    return [_a_tariff(dice) for _ in range(dice.choice([1, 1, 2, 3]))]


def _a_tariff(dice: Random) -> Plain:
    count = dice.choice([1, 1, 2, 3, 4])
    starts = [0, *sorted(dice.sample(range(1, 200_000), count - 1))]
    tariff: Plain = {
        "currency": dice.choice(_CURRENCIES),
        "valid_from": dice.choice(_DAYS),
        "brackets": [
            {
                "above_minor": above,
                "tranche_minor": dice.choice([1, 100, 10_000, 10_000, 33_333]),
                "duty_minor": dice.choice([0, 1, 100, 150, 200]),
            }
            for above in starts
        ],
    }
    optional: Plain = {
        "mode": dice.choice(["whole", "marginal"]),
        "scope": dice.choice(["invoices", "tickets"]),
        "exempt_up_to_minor": dice.choice([0, 300, 30_000]),
        "minimum_minor": dice.choice([0, 500]),
        "maximum_minor": dice.choice([None, 500, 250_000]),
    }
    tariff |= {name: value for name, value in optional.items() if dice.random() < 0.4}
    if dice.random() < 0.03:
        bracket = dice.choice(tariff["brackets"])
        bracket[dice.choice(sorted(bracket))] = dice.choice([-1, 0, 10**12 + 1])
    return tariff


def _tender(kind: str, amount_minor: int) -> Plain:
    return {"kind": kind, "amount_minor": amount_minor}


def _set_in_line(field: str, values: list[Any]) -> Callable[[Random, Plain], None]:
    def spoil(dice: Random, basket: Plain) -> None:
        dice.choice(basket["lines"])[field] = dice.choice(values)

    return spoil


def _set(field: str, values: list[Any]) -> Callable[[Random, Plain], None]:
    def spoil(dice: Random, basket: Plain) -> None:
        basket[field] = dice.choice(values)

    return spoil


_SPOILERS = [
    _set("currency", ["ZZZ", "dzd", ""]),
    _set("lines", [[]]),
    _set("ticket_discounts", [[{}], [{"percent_ppm": 1, "amount_minor": 1}]]),
    _set("ticket_discounts", [[{"percent_ppm": 1_000_001}], [{"amount_minor": 10**12 + 1}]]),
    _set("ticket_discounts", [[{"percent_ppm": 10**6}], [{"amount_minor": 10**9}]]),
    _set_in_line("line_no", [0, -1, 1, 2, 10**6]),
    _set_in_line("quantity", ["0", "-1", "0.0005", "1000000000", "1000000001", "1.50"]),
    _set_in_line("unit", ["dozen", "", "toString", "g"]),
    _set_in_line("unit_price_minor", [0, -1, 10**12, 10**12 + 1]),
    _set_in_line("tax_id", ["", "é", "\ufffd", "\U0001f600"]),
    _set_in_line("tax_rate_ppm", [-1, 10**7, 10**7 + 1, 10**6]),
    _set_in_line("tax_treatment", ["exempt", "outside"]),
    _set_in_line("discount", [{"percent_ppm": 10**6}, {"percent_ppm": -1}, {"amount_minor": -1}]),
    _set_in_line("promotions", [[{"promotion_id": an_id(1), "amount_minor": 10**9}]]),
    _set_in_line("promotions", [[{"promotion_id": an_id(1), "amount_minor": 0}] * 2]),
]
