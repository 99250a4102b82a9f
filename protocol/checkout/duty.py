"""Stamp duty on what is paid in cash (droit de timbre): dated tariffs, one step in the order.

The file's law: a tariff is data that an accountant changes, checked before it is used. The duty is
on the part of the ticket due in cash, tax included and before cash rounding; a ticket without cash
pays none, and returns never refund it. No tariff is in force unless it is handed in.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from protocol.checkout.basket import Paper
from protocol.errors import Malformed
from protocol.vocabulary.dated import in_force
from protocol.vocabulary.money import MAX_AMOUNT_MINOR, checked

DutyMode = Literal["whole", "marginal"]
DutyScope = Literal["invoices", "tickets"]

MAX_BRACKETS = 50


class DutyBracket(Struct, frozen=True, kw_only=True):
    """Of cash above `above_minor`: `duty_minor` for each started `tranche_minor`."""

    above_minor: int
    tranche_minor: int
    duty_minor: int


class CashDutyTariff(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What holds for cash in a currency from a day on, until the currency's next tariff.

    `mode`: "whole" takes the highest bracket reached for all the cash, "marginal" each bracket for
    its own part. `scope`: "invoices" alone, or "tickets" of the till too. Cash up to
    `exempt_up_to_minor` owes nothing; beyond it all counts. What is owed lies between minimum and
    maximum. `verify`: taken from practice, to be confirmed by an accountant.
    """

    currency: str
    valid_from: date
    brackets: tuple[DutyBracket, ...]
    mode: DutyMode = "whole"
    scope: DutyScope = "tickets"
    exempt_up_to_minor: int = 0
    minimum_minor: int = 0
    maximum_minor: int | None = None
    verify: bool = False


# Code du timbre, article 100, as the finance law for 2025 has it.
ALGERIAN_CASH_DUTY = CashDutyTariff(
    currency="DZD",
    valid_from=date(2025, 1, 1),
    brackets=(
        DutyBracket(above_minor=0, tranche_minor=100_00, duty_minor=1_00),
        DutyBracket(above_minor=30_000_00, tranche_minor=100_00, duty_minor=1_50),
        DutyBracket(above_minor=100_000_00, tranche_minor=100_00, duty_minor=2_00),
    ),
    exempt_up_to_minor=300_00,
    minimum_minor=5_00,
    verify=True,
)
NO_DUTY: tuple[CashDutyTariff, ...] = ()


def cash_duty_minor(
    cash_minor: int,
    *,
    currency: str,
    on: date,
    paper: Paper = "ticket",
    tariffs: Sequence[CashDutyTariff] = NO_DUTY,
) -> int:
    """The duty on an amount due in cash on that day, on that kind of paper.

    Malformed `malformed-tariff`, `amount-too-large`.
    """
    tariff = tariff_in_force(tariffs, currency=currency, on=on)
    if tariff is None or (tariff.scope == "invoices" and paper == "ticket"):
        return 0
    return duty_by(tariff, cash_minor)


def tariff_in_force(
    tariffs: Sequence[CashDutyTariff], *, currency: str, on: date
) -> CashDutyTariff | None:
    """The currency's latest tariff that has begun; of two of one day the later in the list."""
    return in_force([each for each in tariffs if each.currency == currency], on)


def duty_by(tariff: CashDutyTariff, cash_minor: int) -> int:
    """What the tariff asks of an amount of cash; Malformed as `cash_duty_minor`."""
    check_tariff(tariff)
    if cash_minor <= tariff.exempt_up_to_minor:
        return 0
    parts = (
        _marginal(tariff, cash_minor) if tariff.mode == "marginal" else _whole(tariff, cash_minor)
    )
    owed = max(tariff.minimum_minor, sum(parts))
    return checked(owed if tariff.maximum_minor is None else min(owed, tariff.maximum_minor))


def check_tariff(tariff: CashDutyTariff) -> None:
    """Malformed `malformed-tariff` naming every offending field.

    Brackets ascend and leave no gap above what is exempt.
    """
    faults: dict[str, str] = {}
    if not 1 <= len(tariff.brackets) <= MAX_BRACKETS:
        faults["brackets"] = f"has {len(tariff.brackets)} entries, not 1…{MAX_BRACKETS}"
    elif tariff.brackets[0].above_minor > tariff.exempt_up_to_minor:
        faults["brackets.0.above_minor"] = "leaves a gap above what is exempt"
    for index, bracket in enumerate(tariff.brackets):
        faults |= {f"brackets.{index}.{field}": why for field, why in _bracket_faults(bracket)}
    for index, (lower, upper) in enumerate(pairwise(tariff.brackets), start=1):
        if upper.above_minor <= lower.above_minor:
            faults[f"brackets.{index}.above_minor"] = "is not above the one before"
    for name in ("exempt_up_to_minor", "minimum_minor", "maximum_minor"):
        bound = getattr(tariff, name)
        if bound is not None and not 0 <= bound <= MAX_AMOUNT_MINOR:
            faults[name] = f"not in 0…{MAX_AMOUNT_MINOR}"
    if tariff.maximum_minor is not None and tariff.maximum_minor < tariff.minimum_minor:
        faults["maximum_minor"] = "is below the minimum"
    if faults:
        raise Malformed("malformed-tariff", "Correct the tariff of the stamp duty.", fields=faults)


def _bracket_faults(bracket: DutyBracket) -> Iterator[tuple[str, str]]:
    if not 0 <= bracket.above_minor <= MAX_AMOUNT_MINOR:
        yield "above_minor", f"not in 0…{MAX_AMOUNT_MINOR}"
    if not 1 <= bracket.tranche_minor <= MAX_AMOUNT_MINOR:
        yield "tranche_minor", f"not in 1…{MAX_AMOUNT_MINOR}"
    if not 0 <= bracket.duty_minor <= MAX_AMOUNT_MINOR:
        yield "duty_minor", f"not in 0…{MAX_AMOUNT_MINOR}"


def _whole(tariff: CashDutyTariff, cash_minor: int) -> Iterator[int]:
    reached = [bracket for bracket in tariff.brackets if bracket.above_minor < cash_minor]
    for bracket in reached[-1:]:
        yield _started(cash_minor, bracket)


def _marginal(tariff: CashDutyTariff, cash_minor: int) -> Iterator[int]:
    ends = [bracket.above_minor for bracket in tariff.brackets[1:]]
    for bracket, end in zip(tariff.brackets, [*ends, cash_minor], strict=True):
        yield _started(max(0, min(cash_minor, end) - bracket.above_minor), bracket)


def _started(part_minor: int, bracket: DutyBracket) -> int:
    return -(-part_minor // bracket.tranche_minor) * bracket.duty_minor
