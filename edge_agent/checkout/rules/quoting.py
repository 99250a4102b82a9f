"""What a ticket would come to, and why: every figure before money is given.

Law: the figures are the live door's. Who may ask for a price or discount is said, not refused.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from msgspec import Struct

from edge_agent.checkout.rules.live import live_lines, overridden_or_discounted
from edge_agent.checkout.rules.pricing import Appraised
from edge_agent.checkout.rules.promoting import promoted_lines, reductions_of
from edge_agent.checkout.rules.tickets import basket_of, tax_lines, ticket_lines
from protocol.checkout import RULES_VERSION, quote
from protocol.checkout.promoted import CouponOutcome, PromotionState
from protocol.messages.ticket import TaxLine, TicketLine


class QuotedPromotion(Struct, frozen=True, kw_only=True):
    """What became of one promotion; `amount_minor`: off all lines together."""

    promotion_id: UUID
    names: Mapping[str, str]
    state: PromotionState
    amount_minor: int


class CashQuote(Struct, frozen=True, kw_only=True):
    """What is to pay if all of it is cash."""

    duty_minor: int
    rounding_minor: int
    payable_minor: int
    step_minor: int
    denominations_minor: list[int]


class QuoteDocument(Struct, frozen=True, kw_only=True):
    """`due_minor`: to pay without cash. `cut`: the search for promotions ended early."""

    business_date: date
    currency: str
    prices_include_tax: bool
    rules_version: str
    price_version: int
    lines: list[TicketLine]
    tax_lines: list[TaxLine]
    ticket_discounts_minor: list[int]
    lines_minor: int
    added_tax_minor: int
    due_minor: int
    cash: CashQuote
    promotions: list[QuotedPromotion]
    coupons: list[CouponOutcome]
    cut: bool
    needs_manager: dict[str, str]


def quote_document(appraised: Appraised) -> QuoteDocument:
    """The quote of a sale; raises as `live` for what is wrong with its lines."""
    order, terms = appraised.order, appraised.terms
    rung = live_lines(order, appraised.offers.by_product, terms=terms)
    lines = promoted_lines(order, rung, terms=terms)
    reductions = reductions_of(order, rung, terms=terms)
    names = {one.promotion_id: one.names for one in terms.promotions}
    figures = quote(
        basket_of(order, lines, terms=terms),
        cash_step_minor=terms.cash_step_minor,
        tariffs=terms.tariffs,
    )
    asked = overridden_or_discounted(order, rung)
    return QuoteDocument(
        business_date=terms.business_date,
        currency=order.currency,
        prices_include_tax=terms.prices_include_tax,
        rules_version=RULES_VERSION,
        price_version=appraised.offers.version,
        lines=ticket_lines(lines, figures.lines),
        tax_lines=tax_lines(figures.tax_lines),
        ticket_discounts_minor=list(figures.ticket_discounts_minor),
        lines_minor=figures.lines_minor,
        added_tax_minor=figures.added_tax_minor,
        due_minor=figures.due_minor,
        cash=CashQuote(
            duty_minor=figures.cash_duty_minor,
            rounding_minor=figures.cash_rounding_minor,
            payable_minor=figures.cash_payable_minor,
            step_minor=terms.cash_step_minor,
            denominations_minor=list(terms.denominations_minor),
        ),
        promotions=[
            QuotedPromotion(
                promotion_id=one.promotion_id,
                names=names[one.promotion_id],
                state=one.state,
                amount_minor=one.amount_minor,
            )
            for one in reductions.outcomes
        ],
        coupons=list(reductions.coupons),
        cut=reductions.cut,
        needs_manager={path: what for path, what in asked.items() if what not in terms.may},
    )
