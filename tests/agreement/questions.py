"""Random questions: any kind, from a seed and a number, so that each can be asked again alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import msgspec

from protocol.checkout import BasketInput, Quote, ReturnInput, quote, quote_return
from protocol.checkout.duty import CashDutyTariff
from protocol.errors import HanoutError
from protocol.vocabulary.quantity import UNIT_SCALES
from tests.agreement.baskets import (
    Plain,
    a_basket,
    a_step,
    an_amount,
    an_id,
    some_tariffs,
    tenders,
)
from tests.agreement.promotions import a_promoted_basket, some_promotions

_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_DAYS = ["2023-01-01", "2024-07-01", "2025-01-01", "2026-11-23", "2026-11-24"]


def a_question(seed: int, number: int) -> bytes:
    """JSON of one question."""
    dice = Random(f"{seed} {number}")
    kind = dice.choices(_KINDS, _WEIGHTS)[0]
    return msgspec.json.encode(kind(dice))


def _sale(dice: Random) -> Plain:
    basket, step, tariffs = a_basket(dice), a_step(dice), some_tariffs(dice)
    shown = _quoted(basket, step, tariffs)
    due, in_cash = (shown.due_minor, shown.cash_payable_minor) if shown else (1_000, 1_000)
    basket["tenders"] = tenders(dice, due, in_cash)
    return {"of": "sale", "basket": basket, "cash_step_minor": step, "tariffs": tariffs}


def _quote(dice: Random) -> Plain:
    return {
        "of": "quote",
        "basket": a_basket(dice),
        "cash_step_minor": a_step(dice),
        "tariffs": some_tariffs(dice),
    }


def _return_without_ticket(dice: Random) -> Plain:
    return _sale(dice) | {"of": "return-without-ticket"}


def _return(dice: Random) -> Plain:
    question = _return_quote(dice) | {"of": "return"}
    coming, step = question["return"], question["cash_step_minor"]
    try:
        shown = quote_return(msgspec.convert(coming, ReturnInput), cash_step_minor=step)
        due, in_cash = shown.due_minor, shown.cash_payable_minor
    except HanoutError:
        due = in_cash = 1_000
    exact = [{"kind": "cash", "amount_minor": in_cash}]
    coming["tenders"] = exact if dice.random() < 0.6 else tenders(dice, due, in_cash)
    return question


def _return_quote(dice: Random) -> Plain:
    shown = None
    while shown is None:
        basket = a_basket(dice)
        shown = _quoted(basket, 1, [])
    figures = msgspec.to_builtins(shown)
    sold = {line["line_no"]: line for line in basket["lines"]}
    lines = [_sold_line(dice, sold[line["line_no"]], line) for line in figures["lines"]]
    original: Plain = {
        "prices_include_tax": basket["prices_include_tax"],
        "lines": lines,
        "tax_lines": figures["tax_lines"],
    }
    if dice.random() < 0.05:
        tax = dice.choice(original["tax_lines"])
        tax[dice.choice(["base_minor", "tax_minor", "gross_minor"])] += dice.choice(
            [-1, 1, -(10**6)]
        )
    coming = dice.sample(lines, dice.randint(1, len(lines)))
    step = a_step(dice)
    back: Plain = {
        "original": original,
        "lines": [_coming(dice, number, line) for number, line in enumerate(coming, start=1)],
    }
    if dice.random() < 0.3:
        back["rounded_before_minor"] = dice.randint(-abs(step), abs(step))
    return {"of": "return-quote", "return": back, "cash_step_minor": step}


def _sold_line(dice: Random, sold: Plain, figures: Plain) -> Plain:
    """A line as it was charged, some of it back already."""
    line: Plain = {
        name: sold[name] for name in ("line_no", "quantity", "unit", "tax_id", "tax_rate_ppm")
    }
    if "tax_treatment" in sold:
        line["tax_treatment"] = sold["tax_treatment"]
    names = ("line_discount_minor", "ticket_discount_minor", "amount_minor", "promotion_minor")
    line |= {name: figures[name] for name in names if name in figures}
    if dice.random() < 0.2:
        line["returned_quantity"] = _part(dice, sold["quantity"], sold["unit"])
    if dice.random() < 0.005:
        line["quantity"] = "0"
    return line


def _coming(dice: Random, line_no: int, sold: Plain) -> Plain:
    left = Decimal(sold["quantity"]) - Decimal(sold.get("returned_quantity", 0))
    part = str(left) if dice.random() < 0.5 else _part(dice, str(left), sold["unit"])
    line: Plain = {"line_no": line_no, "original_line_no": sold["line_no"], "quantity": part}
    if dice.random() < 0.03:
        field = dice.choice(sorted(line))
        line[field] = dice.choice(["-1", "0", "1", "0.0001"]) if field == "quantity" else 1
    return line


def _part(dice: Random, whole: str, unit: str) -> str:
    scale = UNIT_SCALES.get(unit, 0)
    steps = int(Decimal(whole).scaleb(scale))
    return format(Decimal(dice.randint(min(1, steps), max(1, steps))).scaleb(-scale), "f")


def _reduce(dice: Random) -> Plain:
    return {
        "of": "reduce",
        "basket": a_promoted_basket(dice),
        "promotions": some_promotions(dice),
    }


def _promoted(dice: Random) -> Plain:
    return _reduce(dice) | {"of": "promoted", "cash_step_minor": a_step(dice)}


def _price(dice: Random) -> Plain:
    points = []
    for _ in range(dice.randint(0, 6)):
        point: Plain = {"unit_price_minor": dice.choice([100, 200, -1, 0, an_amount(dice)])}
        if dice.random() < 0.6:
            point["effective_at"] = _instant(dice)
        if dice.random() < 0.5:
            point["price_list_id"] = an_id(dice.randint(1, 3))
        if dice.random() < 0.4:
            point["min_quantity"] = dice.choice(["1", "1.0", "2", "0.5", "10"])
        points.append(point)
    return {
        "of": "price",
        "points": points,
        "at": _instant(dice),
        "quantity": dice.choice(["1", "2", "0.25", "10", "12"]),
        "price_lists": [an_id(number) for number in range(1, dice.randint(1, 4))],
    }


def _lists(dice: Random) -> Plain:
    lists = []
    for number in dice.sample(range(1, 9), dice.randint(0, 5)):
        terms: Plain = {"price_list_id": an_id(number), "everybody": dice.random() < 0.3}
        terms["customer_ids"] = [an_id(each) for each in dice.sample(range(1, 4), 2)]
        for end in ("valid_from", "valid_until"):
            if dice.random() < 0.5:
                terms[end] = dice.choice(_DAYS)
        lists.append(terms)
    customer = an_id(dice.randint(1, 4)) if dice.random() < 0.8 else None
    return {"of": "price-lists", "lists": lists, "customer_id": customer, "on": dice.choice(_DAYS)}


def _instant(dice: Random) -> str:
    """Few of them, so that they meet; down to the microsecond, with and without fraction."""
    microseconds = dice.choice([-1, 0, 1, 999_999, -86_400_000_000, 86_400_000_000])
    return (_NOON + timedelta(microseconds=microseconds)).isoformat().replace("+00:00", "Z")


def _cash_step(dice: Random) -> Plain:
    question: Plain = {
        "of": "cash-step",
        "currency": dice.choice(["DZD", "DZD", "SEK", "NZD", "EUR", "ZZZ"]),
        "on": dice.choice([*_DAYS, "1999-12-31", "2008-01-01"]),
    }
    if dice.random() < 0.6:
        question["rows"] = [
            {
                "currency": dice.choice(["DZD", "SEK", "EUR"]),
                "valid_from": dice.choice(_DAYS),
                "step_minor": dice.choice([5, 100, 500, 1_000]),
            }
            for _ in range(dice.randint(0, 4))
        ]
    return question


def _tax(dice: Random) -> Plain:
    schedule = [
        {"valid_from": dice.choice(_DAYS), "rate_ppm": dice.choice([190_000, 90_000, 0, 70_000])}
        | ({"exempt": True} if dice.random() < 0.2 else {})
        for _ in range(dice.randint(0, 4))
    ]
    regimes = [
        {"valid_from": dice.choice(_DAYS), "kind": dice.choice(["reel", "reel", "ifu"])}
        for _ in range(dice.randint(0, 3))
    ]
    return {
        "of": "tax",
        "tax_id": "tva",
        "schedule": schedule,
        "regimes": regimes,
        "on": dice.choice(_DAYS),
        "exempt_customer": dice.random() < 0.2,
        "unit_price_minor": an_amount(dice),
    }


def _quoted(basket: Plain, step: int, tariffs: list[Plain]) -> Quote | None:
    try:
        return quote(
            msgspec.convert(basket, BasketInput),
            cash_step_minor=step,
            tariffs=msgspec.convert(tariffs, tuple[CashDutyTariff, ...]),
        )
    except HanoutError:
        return None


_CHOICES: dict[Callable[[Random], Plain], int] = {
    _sale: 40,
    _reduce: 20,
    _promoted: 25,
    _quote: 5,
    _return: 20,
    _return_quote: 4,
    _return_without_ticket: 6,
    _price: 12,
    _tax: 8,
    _cash_step: 4,
    _lists: 4,
}
_KINDS, _WEIGHTS = list(_CHOICES), list(_CHOICES.values())
