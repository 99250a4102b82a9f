from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from edge_agent.catalog.models import PriceBook
from edge_agent.checkout.rules.orders import Terms, TicketOrder
from edge_agent.checkout.rules.terms import Setting, considered_tariff, terms_of
from edge_agent.shop.models import House
from protocol.checkout.duty import ALGERIAN_CASH_DUTY
from protocol.checkout.tax import RegimePoint
from protocol.errors import Malformed
from protocol.messages.collections import (
    CashStepPoint,
    CashTerms,
    LegalEntity,
    PriceList,
    StoreSettings,
)
from protocol.messages.invoice import Party
from protocol.messages.ticket import Tender
from protocol.vocabulary.currencies import denominations_minor
from tests.unit.edge_agent.checkout.orders import RUNG_AT, TERMS, sale

ENTITY, CUSTOMER = UUID(int=7), UUID(int=8)
TODAY = date(2026, 3, 2)
SETTINGS = StoreSettings(
    store_id=UUID(int=3),
    organization_id=UUID(int=1),
    name="Bab El Oued",
    currency="DZD",
    timezone="Africa/Algiers",
    prices_include_tax=True,
    languages=["fr", "ar"],
    legal_entity_id=ENTITY,
    cashier_may=("discount",),
)
HOUSE = House(
    settings=SETTINGS,
    legal_entity=LegalEntity(
        legal_entity_id=ENTITY,
        party=Party(name="SARL El Bahdja"),
        regimes=[
            RegimePoint(valid_from=date(2026, 3, 1), kind="ifu"),
            RegimePoint(valid_from=date(2025, 1, 1), kind="reel"),
        ],
    ),
    cash_terms=None,
)


def terms(order: TicketOrder | None = None, **more: object) -> tuple[Terms, tuple[str, ...]]:
    setting: dict[str, object] = {
        "house": HOUSE,
        "book": PriceBook(price_lists=[], promotions=[]),
        "business_date": TODAY,
        "now": RUNG_AT,
        "is_live": True,
        **more,
    }
    return terms_of(order or sale(), Setting(**setting))  # type: ignore[arg-type]


def test_the_regime_is_the_days() -> None:
    assert terms()[0].regime == "ifu"
    assert terms(business_date=date(2026, 2, 28))[0].regime == "reel"
    assert terms()[0].legal_entity_id == ENTITY
    nobody, flags = terms(house=replace(HOUSE, legal_entity=None))
    assert (nobody.regime, nobody.legal_entity_id, flags) == ("reel", None, ())


def test_a_day_before_every_regime_is_refused_live_and_flagged_handed_over() -> None:
    before = date(2024, 12, 31)
    with pytest.raises(Malformed) as refusal:
        terms(business_date=before)
    assert refusal.value.code == "no-regime-on-day"
    nearest, flags = terms(business_date=before, is_live=False)
    assert (nearest.regime, flags) == ("reel", ("no-regime-on-day",))


@pytest.mark.parametrize(
    ("steps", "step_minor"),
    [
        ([], 500),
        ([CashStepPoint(valid_from=TODAY, step_minor=1000)], 1000),
        ([CashStepPoint(valid_from=TODAY + timedelta(days=1), step_minor=1000)], 500),
        ([CashStepPoint(valid_from=TODAY, step_minor=0)], 500),
    ],
)
def test_the_offices_cash_step_wins_once_it_has_begun(
    steps: list[CashStepPoint], step_minor: int
) -> None:
    cash = CashTerms(currency="DZD", steps=steps)
    assert terms(house=replace(HOUSE, cash_terms=cash))[0].cash_step_minor == step_minor


def test_the_offices_coins_and_notes_win() -> None:
    assert terms()[0].denominations_minor == denominations_minor("DZD") != ()
    cash = CashTerms(currency="DZD", denominations_minor=[20_000, 1_000])
    own, _ = terms(house=replace(HOUSE, cash_terms=cash))
    assert own.denominations_minor == (1_000, 20_000)


@pytest.mark.parametrize(
    ("minutes", "is_live", "at_minutes"),
    [(-30, True, -30), (31, True, 0), (-31, True, 0), (-31, False, -31), (60 * 25, False, 0)],
)
def test_the_tablets_clock_counts_where_it_can_be_right(
    minutes: int, is_live: bool, at_minutes: int
) -> None:
    """10:00 in Algiers; a handed-over sale may be weeks old."""
    rung = replace(sale(), rung_at=RUNG_AT + timedelta(minutes=minutes))
    found, _ = terms(rung, is_live=is_live)
    assert found.at == RUNG_AT + timedelta(minutes=at_minutes)
    assert found.minute == 10 * 60 + at_minutes


def test_a_customer_brings_lists_and_exemption() -> None:
    lists = [
        PriceList(price_list_id=UUID(int=91), name="all", everybody=True),
        PriceList(price_list_id=UUID(int=92), name="one", customer_ids=[CUSTOMER]),
    ]
    book = PriceBook(price_lists=lists, promotions=[])
    known, _ = terms(sale(customer_id=CUSTOMER, exemption="EX-1"), book=book)
    assert known.price_lists == (UUID(int=91), UUID(int=92))
    assert known.exempt
    stranger, _ = terms(book=book)
    assert (stranger.price_lists, stranger.exempt) == ((UUID(int=91),), False)


def test_a_manager_may_what_the_store_keeps_from_its_cashiers() -> None:
    assert terms(roles=["cashier"])[0].may == {"discount"}
    assert terms(roles=["cashier", "manager"])[0].may == {"discount", "override_price"}


def test_a_tariff_is_considered_where_its_cash_and_its_paper_are() -> None:
    duty = replace(TERMS, tariffs=(ALGERIAN_CASH_DUTY,))
    invoices = replace(duty, tariffs=(replace(ALGERIAN_CASH_DUTY, scope="invoices"),))
    assert considered_tariff(sale(), duty) is ALGERIAN_CASH_DUTY
    assert considered_tariff(sale(), TERMS) is None
    assert considered_tariff(sale(), invoices) is None
    assert considered_tariff(sale(paper="invoice"), invoices) is not None
    assert considered_tariff(sale(kind="return", reason="x"), duty) is None
    card = sale(tenders=[Tender(kind="card", amount_minor=12000)])
    assert considered_tariff(card, duty) is None
    early = replace(duty, business_date=datetime(2024, 1, 1, tzinfo=UTC).date())
    assert considered_tariff(sale(), early) is None
