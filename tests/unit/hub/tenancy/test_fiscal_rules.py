"""Terms that make no sense are refused, each offending field by name."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from hub.tenancy.fiscal_rules import check_cash_terms, check_legal_entity
from protocol.checkout.duty import ALGERIAN_CASH_DUTY, CashDutyTariff
from protocol.checkout.tax import RegimePoint
from protocol.errors import Malformed
from protocol.messages.collections import CashStepPoint, CashTerms, LegalEntity
from protocol.messages.invoice import Party

DAY = date(2026, 1, 1)
STEP = CashStepPoint(valid_from=DAY, step_minor=500)


def test_sound_terms_pass() -> None:
    terms = CashTerms(
        currency="DZD",
        steps=[STEP, CashStepPoint(valid_from=date(2027, 1, 1), step_minor=1000)],
        denominations_minor=[200_000, 500],
        duty_tariffs=[ALGERIAN_CASH_DUTY],
    )
    check_cash_terms(terms)
    check_cash_terms(CashTerms(currency="DZD"))


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"currency": "ZZZ"}, "unknown-currency", "currency"),
        ({"steps": [STEP, STEP]}, "malformed-cash-terms", "steps"),
        (
            {"steps": [CashStepPoint(valid_from=DAY, step_minor=0)]},
            "malformed-cash-terms",
            "steps.0.step_minor",
        ),
        ({"denominations_minor": [500, 500]}, "malformed-cash-terms", "denominations_minor"),
        ({"denominations_minor": [0]}, "malformed-cash-terms", "denominations_minor"),
        ({"denominations_minor": list(range(1, 103))}, "malformed-cash-terms", "denominations"),
        ({"duty_tariffs": [ALGERIAN_CASH_DUTY] * 2}, "malformed-cash-terms", "duty_tariffs"),
        (
            {"currency": "EUR", "duty_tariffs": [ALGERIAN_CASH_DUTY]},
            "malformed-cash-terms",
            "duty_tariffs.0.currency",
        ),
        (
            {"duty_tariffs": [CashDutyTariff(currency="DZD", valid_from=DAY, brackets=())]},
            "malformed-tariff",
            "brackets",
        ),
    ],
)
def test_odd_terms_are_refused(changes: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_cash_terms(CashTerms(**{"currency": "DZD", **changes}))
    assert caught.value.code == code
    assert any(name.startswith(field) for name in caught.value.fields)


def test_a_legal_entity_has_a_name_and_one_regime_a_day() -> None:
    regime = RegimePoint(valid_from=DAY, kind="reel")
    check_legal_entity(LegalEntity(legal_entity_id=UUID(int=1), party=Party(name="EURL")))
    odd = LegalEntity(legal_entity_id=UUID(int=1), party=Party(name=" "), regimes=[regime] * 2)
    with pytest.raises(Malformed) as caught:
        check_legal_entity(odd)
    assert set(caught.value.fields) == {"party.name", "regimes"}
    many = [RegimePoint(valid_from=date(1900 + n, 1, 1), kind="ifu") for n in range(101)]
    with pytest.raises(Malformed):
        check_legal_entity(
            LegalEntity(legal_entity_id=UUID(int=1), party=Party(name="EURL"), regimes=many)
        )
