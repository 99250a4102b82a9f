"""Cash rounding, change, and what tenders may not do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkout.settlement import cash_rounding, settle, settle_refund
from protocol.errors import Malformed, Refused
from tests.unit.protocol.checkout.baskets import STEPS, card, cash


def no_duty(cash_minor: int) -> int:
    return 0


@given(st.integers(0, 10**9), STEPS)
def test_cash_is_rounded_to_the_nearest_step_half_up(due: int, step: int) -> None:
    rounding = cash_rounding(due, step)
    assert (due + rounding) % step == 0
    assert -step < 2 * rounding <= step


@given(st.integers(0, 10**6), st.integers(0, 10**6), STEPS)
def test_a_cent_less_than_payable_is_short(due: int, by_card: int, step: int) -> None:
    tenders = [card(by_card)] if 0 < by_card <= due else []
    exact = settle(due, [*tenders, cash(due + step)], cash_step_minor=step, duty=no_duty)
    needed = due + step - exact.change_minor
    if needed:
        with pytest.raises(Refused) as refusal:
            settle(due, [*tenders, cash(needed - 1)], cash_step_minor=step, duty=no_duty)
        assert refusal.value.code == "short-tender"
        assert refusal.value.fields == {"tenders": "1 short"}


@given(st.integers(1, 10**6), STEPS)
def test_a_refund_is_exactly_what_a_sale_would_have_cost(due: int, step: int) -> None:
    payable = due + cash_rounding(due, step)
    refund = settle_refund(due, [cash(payable)], cash_step_minor=step)
    sale = settle(due, [cash(payable)], cash_step_minor=step, duty=no_duty)
    assert refund == sale
    with pytest.raises(Refused):
        settle_refund(due, [cash(payable + 1)], cash_step_minor=step)


def test_what_a_card_is_short_of_holds_no_duty_on_cash() -> None:
    with pytest.raises(Refused) as refusal:
        settle(1000, [card(999)], cash_step_minor=1, duty=lambda cash_minor: 500)
    assert refusal.value.fields == {"tenders": "1 short"}


def test_too_many_tenders_are_malformed() -> None:
    with pytest.raises(Malformed) as refusal:
        settle(1, [cash(1)] * 101, cash_step_minor=1, duty=no_duty)
    assert list(refusal.value.fields) == ["tenders"]


def test_tenders_beyond_the_bound_together_are_malformed() -> None:
    with pytest.raises(Malformed) as refusal:
        settle(1, [cash(10**12), cash(1)], cash_step_minor=1, duty=no_duty)
    assert refusal.value.code == "amount-too-large"
