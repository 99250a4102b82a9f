"""Dated tariffs of the duty on cash: brackets, tranches, bounds, and what makes none."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.checkout.basket import Paper
from protocol.checkout.duty import (
    ALGERIAN_CASH_DUTY,
    MAX_BRACKETS,
    CashDutyTariff,
    DutyBracket,
    DutyMode,
    cash_duty_minor,
    check_tariff,
    duty_by,
)
from protocol.errors import Malformed
from protocol.vocabulary.money import MAX_AMOUNT_MINOR

OLD, NEW = date(2020, 1, 1), date(2025, 1, 1)


def bracket(above: int, tranche: int, duty: int) -> DutyBracket:
    return DutyBracket(above_minor=above, tranche_minor=tranche, duty_minor=duty)


def tariff(*brackets: DutyBracket, **more: Any) -> CashDutyTariff:
    return CashDutyTariff(**{"currency": "DZD", "valid_from": NEW, "brackets": brackets, **more})


TARIFFS = [
    ALGERIAN_CASH_DUTY,
    tariff(bracket(0, 10_000, 100), valid_from=OLD, minimum_minor=500, maximum_minor=250_000),
    tariff(bracket(0, 10**12, 600), currency="TND", valid_from=OLD),
]


@pytest.mark.parametrize(
    ("cash_minor", "on", "duty_minor"),
    [
        (300_00, NEW, 0),  # exempt
        (300_01, NEW, 5_00),  # four started tranches, at least 5 dinars
        (600_00, NEW, 6_00),
        (600_01, NEW, 7_00),  # a started tranche counts
        (30_000_00, NEW, 300_00),
        (30_000_01, NEW, 451_50),  # 301 tranches, all at the bracket that was reached
        (100_000_00, NEW, 1_500_00),
        (100_000_01, NEW, 2_002_00),
        (300_00, date(2024, 12, 31), 5_00),  # the older tariff: three tranches, at least 5 dinars
        (900_00, date(2024, 12, 31), 9_00),
        (10_000_000_00, date(2024, 12, 31), 2_500_00),  # its maximum
        (900_00, date(2019, 12, 31), 0),  # before any tariff
        (0, NEW, 0),
    ],
)
def test_the_tariff_in_force_decides(cash_minor: int, on: date, duty_minor: int) -> None:
    """Reckoned by hand."""
    assert cash_duty_minor(cash_minor, currency="DZD", on=on, tariffs=TARIFFS) == duty_minor


def test_a_bracket_may_count_for_its_own_part_alone() -> None:
    """35,000 dinars and a centime: 300 tranches at 1.00 and 51 at 1.50."""
    marginal = replace(ALGERIAN_CASH_DUTY, mode="marginal")
    assert duty_by(marginal, 30_000_00) == 300_00
    assert duty_by(marginal, 30_000_01) == 301_50
    assert duty_by(marginal, 35_000_01) == 300_00 + 76_50
    assert duty_by(marginal, 100_000_01) == 300_00 + 1_050_00 + 2_00


def test_the_first_bracket_may_begin_where_the_exemption_ends() -> None:
    """Then only what lies above it counts where brackets are marginal."""
    one = tariff(bracket(300_00, 100_00, 1_00), exempt_up_to_minor=300_00)
    assert [duty_by(one, cash) for cash in (300_00, 400_00)] == [0, 4_00]
    marginal = replace(one, mode="marginal")
    assert [duty_by(marginal, cash) for cash in (300_00, 300_01, 400_00)] == [0, 1_00, 1_00]


@pytest.mark.parametrize(("paper", "duty_minor"), [("ticket", 0), ("invoice", 6_00)])
def test_a_tariff_may_be_of_invoices_alone(paper: Paper, duty_minor: int) -> None:
    only = replace(ALGERIAN_CASH_DUTY, scope="invoices")
    found = cash_duty_minor(600_00, currency="DZD", on=NEW, paper=paper, tariffs=[only])
    assert found == duty_minor


def test_of_two_tariffs_of_one_day_the_later_in_the_list_holds() -> None:
    free = tariff(bracket(0, 1, 0))
    assert cash_duty_minor(600_00, currency="DZD", on=NEW, tariffs=[*TARIFFS, free]) == 0
    assert cash_duty_minor(600_00, currency="DZD", on=NEW, tariffs=[free, *TARIFFS]) == 6_00


def test_other_currencies_have_tariffs_of_their_own() -> None:
    assert cash_duty_minor(1, currency="TND", on=NEW, tariffs=TARIFFS) == 600
    assert cash_duty_minor(10**9, currency="EUR", on=NEW, tariffs=TARIFFS) == 0


def test_nothing_is_owed_without_a_tariff() -> None:
    assert cash_duty_minor(10**9, currency="DZD", on=NEW) == 0


def test_the_shipped_tariff_is_sound_and_to_be_verified() -> None:
    check_tariff(ALGERIAN_CASH_DUTY)
    assert ALGERIAN_CASH_DUTY.verify


def test_an_absurd_duty_is_malformed() -> None:
    with pytest.raises(Malformed, match="amount"):
        duty_by(tariff(bracket(0, 1, 2)), 10**12)


ONE = bracket(0, 100, 1)


@dataclass(frozen=True)
class Wrong:
    """A tariff that is none, and its only fault."""

    tariff: CashDutyTariff
    field: str


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong(tariff(), "brackets"),
        Wrong(tariff(*(bracket(at, 1, 0) for at in range(MAX_BRACKETS + 1))), "brackets"),
        Wrong(tariff(bracket(301, 100, 1), exempt_up_to_minor=300), "brackets.0.above_minor"),
        Wrong(tariff(ONE, bracket(0, 100, 2)), "brackets.1.above_minor"),
        Wrong(tariff(ONE, bracket(500, 100, 1), bracket(400, 100, 2)), "brackets.2.above_minor"),
        Wrong(tariff(bracket(-1, 100, 1)), "brackets.0.above_minor"),
        Wrong(tariff(ONE, bracket(10**12 + 1, 100, 1)), "brackets.1.above_minor"),
        Wrong(tariff(bracket(0, 0, 1)), "brackets.0.tranche_minor"),
        Wrong(tariff(bracket(0, 100, -1)), "brackets.0.duty_minor"),
        Wrong(tariff(ONE, exempt_up_to_minor=-1), "exempt_up_to_minor"),
        Wrong(tariff(ONE, minimum_minor=-1), "minimum_minor"),
        Wrong(tariff(ONE, maximum_minor=10**12 + 1), "maximum_minor"),
        Wrong(tariff(ONE, minimum_minor=2, maximum_minor=1), "maximum_minor"),
    ],
    ids=lambda wrong: wrong.field,
)
def test_a_tariff_that_is_none_is_refused_by_field(wrong: Wrong) -> None:
    with pytest.raises(Malformed) as refusal:
        duty_by(wrong.tariff, 1)
    assert refusal.value.code == "malformed-tariff"
    expected = {wrong.field}
    if wrong.tariff.exempt_up_to_minor < 0:
        expected |= {"brackets.0.above_minor"}  # It leaves a gap as well.
    assert set(refusal.value.fields) == expected


amounts = st.integers(0, MAX_AMOUNT_MINOR // 10)


@st.composite
def tariffs(draw: st.DrawFn, *, mode: DutyMode) -> CashDutyTariff:
    """Of one to four brackets, each dearer than the one before, at most a tenth of the cash."""
    ends = sorted(draw(st.sets(st.integers(1, 10**9), max_size=3)))
    duties = sorted(draw(st.lists(st.integers(0, 100), min_size=4, max_size=4)))
    tranche = draw(st.integers(1_000, 10**6))
    rows = [bracket(at, tranche, duty) for at, duty in zip([0, *ends], duties, strict=False)]
    return tariff(*rows, mode=mode)


@given(
    tariff=st.one_of(tariffs(mode="whole"), tariffs(mode="marginal")),
    pair=st.tuples(amounts, amounts),
)
def test_more_cash_never_owes_less(tariff: CashDutyTariff, pair: tuple[int, int]) -> None:
    less, more = sorted(pair)
    assert duty_by(tariff, less) <= duty_by(tariff, more)


@given(tariff=tariffs(mode="marginal"), cash_minor=amounts)
def test_marginal_is_never_dearer_than_whole(tariff: CashDutyTariff, cash_minor: int) -> None:
    """Where brackets grow dearer; but each bracket starts a tranche of its own."""
    started = sum(row.duty_minor for row in tariff.brackets)
    assert (
        duty_by(tariff, cash_minor) <= duty_by(replace(tariff, mode="whole"), cash_minor) + started
    )
