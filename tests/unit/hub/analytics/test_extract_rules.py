"""What an accountant opens: amounts as Excel in French reads them, right sums, no formulas."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.analytics.extract_rules import (
    DayDuty,
    JournalColumns,
    Month,
    MonthTax,
    RegisterDay,
    duty_rows,
    journal_headings,
    journal_row,
    money,
    month_of,
    percent,
    tax_rows,
)
from protocol.errors import Malformed

ENTITY, STORE = UUID(int=1), UUID(int=2)
NAMES = {ENTITY: "EURL", None: ""}


def tax(**changes: object) -> MonthTax:
    fields = {
        "legal_entity_id": ENTITY,
        "currency": "DZD",
        "tax_id": "TVA",
        "rate_ppm": 190_000,
        "treatment": "taxed",
        "sold_base": 100_000_00,
        "sold_tax": 19_000_00,
        "returned_base": 1_000_00,
        "returned_tax": 190_00,
    }
    return MonthTax(**{**fields, **changes})  # type: ignore[arg-type]


def test_returns_are_taken_off_and_exempt_is_no_rate_of_zero() -> None:
    none = {"sold_tax": 0, "returned_base": 0, "returned_tax": 0, "rate_ppm": 0}
    rows = list(
        tax_rows(
            [tax(), tax(**none), tax(treatment="exempt", **none), tax(treatment="outside", **none)],
            entities=NAMES,
        )
    )
    assert rows[0] == [
        *("EURL", "DZD", "TVA", "19", "taxé"),
        *("100000,00", "19000,00", "1000,00", "190,00", "99000,00", "18810,00"),
    ]
    assert [row[3:5] for row in rows[1:]] == [["0", "taxé"], ["", "exonéré"], ["", "hors TVA"]]


def test_duty_is_told_by_store_and_day() -> None:
    day = DayDuty(
        legal_entity_id=None,
        currency="DZD",
        business_date=date(2026, 11, 20),
        store_code="ALG1",
        store_name="Alger centre",
        tickets=3,
        duty_minor=15_00,
    )
    assert list(duty_rows([day], entities=NAMES)) == [
        ["", "DZD", "2026-11-20", "ALG1", "Alger centre", "3", "15,00"]
    ]


COLUMNS = JournalColumns(
    taxes=[("TVA", 90_000, "taxed"), ("TVA", 0, "exempt")], tenders=["cash", "card"]
)


def register_day(**changes: object) -> RegisterDay:
    fields = {
        "key": (STORE, None, "DZD", ENTITY),
        "store_code": "ALG1",
        "store_name": "=cmd|' /C calc'!A0",
        "register_code": "C1",
        "sales": 5,
        "returns": 1,
        "gross_minor": 500_00,
        "returns_minor": 50_00,
        "duty_minor": 5_00,
        "cash_rounding_minor": -1,
        "taxes": {("TVA", 90_000, "taxed"): (300_00, 27_00), ("OLD", 70_000, "taxed"): (10, 1)},
        "tenders": {"cash": 400_00, "cheque": 50_00},
    }
    return RegisterDay(**{**fields, **changes})  # type: ignore[arg-type]


def test_the_journal_has_a_column_for_what_is_common_and_one_for_the_rest() -> None:
    row = journal_row(date(2026, 11, 20), register_day(), columns=COLUMNS, entities=NAMES)
    told = dict(zip(journal_headings(COLUMNS), row, strict=True))
    assert told["nom"] == "'=cmd|' /C calc'!A0"
    assert (told["net TTC"], told["timbre"], told["arrondi"]) == ("450,00", "5,00", "-0,01")
    assert (told["base HT TVA 9 %"], told["TVA TVA 9 %"]) == ("300,00", "27,00")
    assert (told["base HT TVA exonéré"], told["TVA TVA exonéré"]) == ("0,00", "0,00")
    assert (told["base HT autres"], told["TVA autres"]) == ("0,10", "0,01")
    assert (told["reçu cash"], told["reçu card"], told["reçu autres"]) == (
        "400,00",
        "0,00",
        "50,00",
    )


@given(amount=st.integers(-(10**15), 10**15))
def test_amounts_are_read_back_as_they_were(amount: int) -> None:
    assert int(money(amount, "DZD").replace(",", "")) == amount
    assert money(amount, "JPY") == str(amount)
    assert money(amount, "XTS") == f"{amount} (unités mineures)"


@pytest.mark.parametrize(
    ("rate", "text"), [(190_000, "19"), (195_000, "19,5"), (0, "0"), (2_125, "0,2125")]
)
def test_rates_have_no_more_decimals_than_they_need(rate: int, text: str) -> None:
    assert percent(rate) == text


def test_months_are_calendar_months() -> None:
    month = month_of("2028-02")
    assert (month, str(month)) == (Month(2028, 2), "2028-02")
    assert (month.first, month.last, len(month.days)) == (date(2028, 2, 1), date(2028, 2, 29), 29)
    for text in ("2026-13", "2026-00", "2026-1", "26-11", "2026/11", "2026-1१", "1999-12", ""):
        with pytest.raises(Malformed, match="bad-month"):
            month_of(text)
