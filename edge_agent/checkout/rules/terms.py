"""What holds for a ticket: regime and cash of the day, the customer's price lists, the moment.

Law: the live door refuses a day that the office has not thought of; at the other one what comes
nearest holds, and a flag says so.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from edge_agent.catalog.models import PriceBook
from edge_agent.checkout.rules.orders import Terms, TicketOrder
from edge_agent.sales.rules import TicketDocument
from edge_agent.shop.models import House
from protocol.checkout.basket import CASH
from protocol.checkout.duty import CashDutyTariff, tariff_in_force
from protocol.checkout.prices import lists_in_force
from protocol.checkout.tax import RegimeKind, regime_on
from protocol.errors import Malformed
from protocol.messages.collections import MANAGERS_MAY, CashTerms
from protocol.vocabulary.currencies import (
    CASH_STEPS,
    CashStep,
    cash_step_minor,
    denominations_minor,
)

MANAGER = "manager"
# A tablet's clock may be off by so much; beyond it the agent's counts.
_TOLERANCE = timedelta(minutes=30)
# The same as makes a handed-over ticket's time odd (reading).
_LONG_AGO, _AHEAD = timedelta(days=90), timedelta(days=1)


class Setting(Struct, frozen=True, kw_only=True):
    """Where and when an order is priced. `roles`: of whoever rang it up."""

    house: House
    book: PriceBook
    business_date: date
    now: datetime
    is_live: bool
    roles: Sequence[str] = ()


def terms_of(order: TicketOrder, setting: Setting) -> tuple[Terms, tuple[str, ...]]:
    """The shop's of that day for that customer, and flags. Malformed `no-regime-on-day` (live)."""
    settings, on = setting.house.settings, setting.business_date
    regime, flags = _regime(setting)
    at = _moment(order, setting)
    local = at.astimezone(ZoneInfo(settings.timezone))
    cash = setting.house.cash_terms
    terms = Terms(
        currency=settings.currency,
        prices_include_tax=settings.prices_include_tax,
        business_date=on,
        at=at,
        minute=local.hour * 60 + local.minute,
        cash_step_minor=_cash_step_minor(settings.currency, on, cash=cash),
        regime=regime,
        legal_entity_id=settings.legal_entity_id if setting.house.legal_entity else None,
        exempt=bool(order.exemption),
        tariffs=() if cash is None else tuple(cash.duty_tariffs),
        denominations_minor=_denominations(settings.currency, cash=cash),
        price_lists=lists_in_force(setting.book.price_lists, customer_id=order.customer_id, on=on),
        promotions=tuple(setting.book.promotions),
        may=frozenset(MANAGERS_MAY if MANAGER in setting.roles else settings.cashier_may),
    )
    return terms, flags


def by_ticket(terms: Terms, sale: TicketDocument) -> Terms:
    """For what comes back with its ticket: the ticket's word on tax, whatever was said since."""
    return replace(
        terms,
        prices_include_tax=sale.prices_include_tax,
        regime=sale.regime or terms.regime,
        legal_entity_id=sale.legal_entity_id or terms.legal_entity_id,
        exempt=sale.exemption is not None,
    )


def considered_tariff(order: TicketOrder, terms: Terms) -> CashDutyTariff | None:
    """The tariff by which the ticket's cash was looked at; None: nothing asked for duty."""
    if order.kind != "sale" or order.currency != terms.currency:
        return None
    if all(tender.kind != CASH for tender in order.tenders):
        return None
    tariff = tariff_in_force(terms.tariffs, currency=terms.currency, on=terms.business_date)
    if tariff is None or (tariff.scope == "invoices" and order.paper == "ticket"):
        return None
    return tariff


def _regime(setting: Setting) -> tuple[RegimeKind, tuple[str, ...]]:
    entity = setting.house.legal_entity
    regimes = [] if entity is None else sorted(entity.regimes, key=lambda each: each.valid_from)
    try:
        return regime_on(regimes, setting.business_date), ()
    except Malformed as unstated:
        if setting.is_live:
            raise
        return regimes[0].kind, (unstated.code,)


def _moment(order: TicketOrder, setting: Setting) -> datetime:
    """When it was rung, by the tablet's clock where that can be."""
    now, rung_at = setting.now, order.rung_at
    if setting.is_live:
        return rung_at if abs(rung_at - now) <= _TOLERANCE else now
    return rung_at if now - _LONG_AGO < rung_at < now + _AHEAD else now


def _denominations(currency: str, *, cash: CashTerms | None) -> tuple[int, ...]:
    """The office's where it names any, else the shipped table's."""
    own = () if cash is None else tuple(sorted(cash.denominations_minor))
    return own or denominations_minor(currency)


def _cash_step_minor(currency: str, on: date, *, cash: CashTerms | None) -> int:
    """The office's step where one has begun, else the shipped table's."""
    steps = [] if cash is None else cash.steps
    own = tuple(
        CashStep(currency, step.valid_from, step.step_minor)
        for step in steps
        if step.valid_from <= on and step.step_minor > 0
    )
    return cash_step_minor(currency, on, own or CASH_STEPS)
