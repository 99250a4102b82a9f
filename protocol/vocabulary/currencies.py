"""Currencies as data: ISO 4217 minor units, cash steps as dated rows, notes and coins.

The file's law: a fact about a currency is a row, never a branch. A cash step holds from its date
until the currency's next row; a currency without a row pays cash to the minor unit. `verify` marks
rows taken from practice rather than from a central bank's text: check them before relying on them.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from protocol.errors import Malformed
from protocol.vocabulary.dated import in_force
from protocol.vocabulary.money import checked


class Currency(NamedTuple):
    """An ISO 4217 code and how many decimals its minor unit has."""

    code: str
    exponent: int


class CashStep(NamedTuple):
    """From `valid_from` on, cash in this currency is paid in multiples of `step_minor`."""

    currency: str
    valid_from: date
    step_minor: int
    verify: bool = False


class Denominations(NamedTuple):
    """Coins and notes in circulation, in minor units, rising; `verify` as for a cash step."""

    currency: str
    coins_minor: tuple[int, ...]
    notes_minor: tuple[int, ...]
    verify: bool = False


_TWO_DECIMALS = (
    "AED AUD BRL CAD CHF CNY CZK DKK DZD EGP EUR GBP GHS HUF INR KES MAD MRU MXN MYR NGN NOK NZD "
    "PKR PLN QAR RON SAR SEK SGD THB TRY USD ZAR"
)
_EXPONENTS: dict[str, int] = (
    dict.fromkeys(_TWO_DECIMALS.split(), 2)
    | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
    | dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "RWF", "UGX", "VND", "XAF", "XOF"), 0)
)

CASH_STEPS: tuple[CashStep, ...] = (
    CashStep("AED", date(2000, 1, 1), 25, verify=True),
    CashStep("AUD", date(1992, 2, 1), 5),
    CashStep("CAD", date(2013, 2, 4), 5),
    CashStep("CHF", date(2007, 1, 1), 5),
    CashStep("CZK", date(2008, 9, 1), 100),
    CashStep("DKK", date(2008, 10, 1), 50),
    CashStep("DZD", date(2000, 1, 1), 500, verify=True),
    CashStep("HUF", date(2008, 3, 1), 500),
    CashStep("KWD", date(2000, 1, 1), 5, verify=True),
    CashStep("MAD", date(2000, 1, 1), 10, verify=True),
    CashStep("NOK", date(2012, 5, 1), 100),
    CashStep("NZD", date(1990, 5, 1), 5),
    CashStep("NZD", date(2006, 11, 1), 10),
    CashStep("SEK", date(1992, 10, 1), 50),
    CashStep("SEK", date(2010, 10, 1), 100),
    CashStep("TND", date(2000, 1, 1), 5, verify=True),
    CashStep("XAF", date(2000, 1, 1), 5, verify=True),
    CashStep("XOF", date(2000, 1, 1), 5, verify=True),
    CashStep("ZAR", date(2002, 4, 1), 5, verify=True),
)

# Currency, coins, notes: in its major unit.
_IN_CIRCULATION = (
    ("AED", "0.25 0.50 1", "5 10 20 50 100 200 500 1000"),
    ("AUD", "0.05 0.10 0.20 0.50 1 2", "5 10 20 50 100"),
    ("BHD", "0.005 0.010 0.025 0.050 0.100", "0.500 1 5 10 20"),
    ("BRL", "0.05 0.10 0.25 0.50 1", "2 5 10 20 50 100 200"),
    ("CAD", "0.05 0.10 0.25 1 2", "5 10 20 50 100"),
    ("CHF", "0.05 0.10 0.20 0.50 1 2 5", "10 20 50 100 200 1000"),
    ("CZK", "1 2 5 10 20 50", "100 200 500 1000 2000 5000"),
    ("DKK", "0.50 1 2 5 10 20", "50 100 200 500"),
    ("DZD", "1 2 5 10 20 50 100 200", "200 500 1000 2000"),
    ("EGP", "0.25 0.50 1", "5 10 20 50 100 200"),
    ("EUR", "0.01 0.02 0.05 0.10 0.20 0.50 1 2", "5 10 20 50 100 200"),
    ("GBP", "0.01 0.02 0.05 0.10 0.20 0.50 1 2", "5 10 20 50"),
    ("HUF", "5 10 20 50 100 200", "500 1000 2000 5000 10000 20000"),
    ("INR", "1 2 5 10 20", "10 20 50 100 200 500"),
    ("IQD", "", "250 500 1000 5000 10000 25000 50000"),
    ("JOD", "0.050 0.100 0.250 0.500", "1 5 10 20 50"),
    ("JPY", "1 5 10 50 100 500", "1000 2000 5000 10000"),
    ("KWD", "0.005 0.010 0.020 0.050 0.100", "0.250 0.500 1 5 10 20"),
    ("LYD", "0.050 0.100 0.250 0.500", "1 5 10 20 50"),
    ("MAD", "0.10 0.20 0.50 1 2 5 10", "20 50 100 200"),
    ("MRU", "1 5 10 20", "50 100 200 500 1000"),
    ("NGN", "", "5 10 20 50 100 200 500 1000"),
    ("NOK", "1 5 10 20", "50 100 200 500 1000"),
    ("NZD", "0.10 0.20 0.50 1 2", "5 10 20 50 100"),
    ("PLN", "0.01 0.02 0.05 0.10 0.20 0.50 1 2 5", "10 20 50 100 200 500"),
    ("QAR", "0.25 0.50", "1 5 10 50 100 200 500"),
    ("SAR", "0.25 0.50 1 2", "5 10 20 50 100 200 500"),
    ("SEK", "1 2 5 10", "20 50 100 200 500 1000"),
    ("TND", "0.005 0.010 0.020 0.050 0.100 0.200 0.500 1 2 5", "5 10 20 50"),
    ("TRY", "0.25 0.50 1 5", "5 10 20 50 100 200"),
    ("USD", "0.01 0.05 0.10 0.25", "1 5 10 20 50 100"),
    ("XAF", "5 10 25 50 100 500", "500 1000 2000 5000 10000"),
    ("XOF", "5 10 25 50 100 200 250 500", "500 1000 2000 5000 10000"),
    ("ZAR", "0.05 0.10 0.20 0.50 1 2 5", "10 20 50 100 200"),
)
# Whose central bank's own list this follows; the others are to be verified.
_AS_PUBLISHED = frozenset(
    {"AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HUF", "JPY", "NOK", "NZD", "PLN", "SEK"}
)

_AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,15}))?")


def currency(code: str) -> Currency:
    """The currency of an ISO 4217 code in capitals; Malformed `unknown-currency` if not kept."""
    exponent = _EXPONENTS.get(code)
    if exponent is None:
        raise Malformed(
            "unknown-currency",
            "Use the ISO 4217 code of a supported currency, in capitals.",
            fields={"currency": f"{code[:16]!r} is not supported"},
        )
    return Currency(code, exponent)


def cash_step_minor(code: str, on: date, rows: Sequence[CashStep] = CASH_STEPS) -> int:
    """The smallest amount payable in cash on that day, in minor units; 1 where no row says more."""
    currency(code)
    row = in_force([row for row in rows if row.currency == code], on)
    return row.step_minor if row else 1


def denominations_minor(code: str) -> tuple[int, ...]:
    """The coins and notes of a currency, rising; empty where none are listed."""
    currency(code)
    return DENOMINATIONS_MINOR.get(code, ())


def parse_amount(text: str, code: str) -> int:
    """``parse_amount("12.50", "GBP") == 1250``: plain decimal text, exactly, in minor units.

    Trailing zeros are free; Malformed: another notation (`amount-not-a-number`), a value finer
    than the minor unit (`amount-too-fine`) or beyond the bound (`amount-too-large`).
    """
    exponent = currency(code).exponent
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise Malformed("amount-not-a-number", "Write the amount like 12.50: digits and one point.")
    sign, whole, fraction = match.group(1), match.group(2), (match.group(3) or "").rstrip("0")
    if len(fraction) > exponent:
        raise Malformed("amount-too-fine", f"{code} has {exponent} decimals; round the amount.")
    magnitude = checked(int(whole + fraction.ljust(exponent, "0")))
    return -magnitude if sign else magnitude


def format_amount(amount_minor: int, code: str) -> str:
    """Minor units as plain decimal text with all the currency's decimals, as on paper."""
    exponent = currency(code).exponent
    digits = str(abs(amount_minor)).rjust(exponent + 1, "0")
    cut = len(digits) - exponent
    sign = "-" if amount_minor < 0 else ""
    return sign + digits[:cut] + ("." + digits[cut:] if exponent else "")


def _pieces(texts: str, code: str) -> tuple[int, ...]:
    return tuple(parse_amount(text, code) for text in texts.split())


DENOMINATIONS: tuple[Denominations, ...] = tuple(
    Denominations(code, _pieces(coins, code), _pieces(notes, code), code not in _AS_PUBLISHED)
    for code, coins, notes in _IN_CIRCULATION
)
# Of an amount that is both a coin and a note there is one row in a count.
DENOMINATIONS_MINOR: dict[str, tuple[int, ...]] = {
    row.currency: tuple(sorted({*row.coins_minor, *row.notes_minor})) for row in DENOMINATIONS
}
