"""What a full basket costs to price with many promotions live, in both languages.

The basket is a large family's, the promotions are of every kind. Once each names a few of the
range's products, as leaflets do; once each names whole categories, so that they all meet on the
same goods and the search for the best ends at its bound. Beside it, in the same run and language:
a plain loop that multiplies and rounds the same lines, and reading the same basket and promotions
from their JSON.
"""

import asyncio
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median

import msgspec

from protocol.vocabulary.money import multiply
from tests.agreement.agent import Promoted
from tests.agreement.baskets import Plain, an_id
from tests.agreement.tablet import NODE, bundled
from tests.bench.figures import Figure

_LINES = 30
_PROMOTIONS = 50
_PRODUCTS = 120
_ROUNDS = 15
_SEED = 30_50
_GOAL_MS = 20.0  # a scan and its answer on the screen are felt as one below a tenth of a second
_CROWDED_GOAL_MS = 100.0
_PROGRAM = Path(__file__).parent / "pricing.mjs"
_CATEGORIES = [f"c{number}" for number in range(12)]


async def pricing(folder: Path) -> list[Figure]:
    """Python's and TypeScript's time for one basket, the median of the rounds."""
    bundle = bundled(folder)
    figures = []
    for crowded in (False, True):
        question = msgspec.json.encode(a_full_basket(Random(_SEED), crowded=crowded))
        python = await asyncio.to_thread(_in_python, question)
        typescript = await asyncio.to_thread(_in_typescript, bundle, question)
        figures += [
            _figure("Python", python, crowded=crowded),
            _figure("TypeScript", typescript, crowded=crowded),
        ]
    return figures


def a_full_basket(dice: Random, *, crowded: bool) -> Plain:
    """A question of the kind "promoted"."""
    products = [(an_id(n), dice.choice(_CATEGORIES)) for n in range(1, _PRODUCTS + 1)]
    names = [{"categories": [each]} for each in _CATEGORIES]
    if not crowded:
        ids = [product_id for product_id, _ in products]
        names = [{"product_ids": dice.sample(ids, 6)} for _ in range(_PROMOTIONS)]
    return {
        "of": "promoted",
        "basket": {
            "currency": "DZD",
            "business_date": "2026-11-23",
            "minute": 660,
            "prices_include_tax": True,
            "lines": [_a_line(dice, number, products) for number in range(1, _LINES + 1)],
        },
        "promotions": [_a_promotion(dice, number, names) for number in range(1, _PROMOTIONS + 1)],
        "cash_step_minor": 500,
    }


def _a_line(dice: Random, line_no: int, products: list[tuple[str, str]]) -> Plain:
    product_id, category = dice.choice(products)
    return {
        "line_no": line_no,
        "product_id": product_id,
        "category": category,
        "quantity": str(dice.choice([1, 1, 1, 2, 3, 6])),
        "unit": "piece",
        "unit_price_minor": dice.randrange(20, 800) * 100,
        "tax_rate_ppm": dice.choice([190_000, 90_000]),
    }


def _a_promotion(dice: Random, number: int, names: list[Plain]) -> Plain:
    goods, others = dice.choice(names), dice.choice(names)
    terms: Plain = dice.choice(
        [
            {"kind": "percent", "percent_ppm": 100_000, "goods": goods},
            {"kind": "percent", "percent_ppm": 50_000, "goods": goods, "stacks": True},
            {"kind": "amount", "amount_minor": 2_000, "goods": goods},
            {"kind": "n_for_m", "buy": 3, "pay": 2, "goods": goods},
            {
                "kind": "bundle",
                "parts": [{"goods": goods, "count": 1}, {"goods": others, "count": 1}],
                "price_minor": 60_000,
            },
            {"kind": "ticket_percent", "percent_ppm": 20_000, "min_spend_minor": 500_000},
        ]
    )
    named: Plain = {"promotion_id": an_id(number), "names": {"fr": "Promotion"}}
    dated: Plain = {"currency": "DZD", "starts_on": "2026-11-01", "ends_on": "2026-11-30"}
    return named | dated | terms


def _in_python(question: bytes) -> dict[str, list[float]]:
    asked = msgspec.json.decode(question, type=Promoted)
    calls: dict[str, Callable[[], object]] = {
        "pricing": asked.answer,
        "plain loop": lambda: [
            multiply(line.quantity, line.unit_price_minor) for line in asked.basket.lines
        ],
        "reading": lambda: msgspec.json.decode(question, type=Promoted),
    }
    rounds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(_ROUNDS):
        for name, call in calls.items():
            rounds[name].append(_ms_each(call, times=5 if name == "pricing" else 200))
    return rounds


def _ms_each(call: Callable[[], object], *, times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - began) * 1000 / times


def _in_typescript(bundle: Path, question: bytes) -> dict[str, list[float]]:
    ran = subprocess.run(
        [NODE, _PROGRAM, bundle, str(_ROUNDS)],
        input=question,
        stdout=subprocess.PIPE,
        timeout=120,
        check=True,
    )
    rounds: dict[str, list[float]] = json.loads(ran.stdout)
    return rounds


def _figure(language: str, rounds: dict[str, list[float]], *, crowded: bool) -> Figure:
    meeting = "promotions that all meet" if crowded else "promotions"
    pairs = zip(rounds["pricing"], rounds["plain loop"], strict=True)
    return Figure(
        name=f"price {_LINES} lines with {_PROMOTIONS} {meeting}, {language}",
        value=median(rounds["pricing"]),
        unit="ms",
        goal=_CROWDED_GOAL_MS if crowded else _GOAL_MS,
        beside={
            "plain loop µs": median(rounds["plain loop"]) * 1000,
            "reading it µs": median(rounds["reading"]) * 1000,
            "times the loop": median(priced / plain for priced, plain in pairs),
        },
    )
