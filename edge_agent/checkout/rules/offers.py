"""Products as the shop sells them to one customer: the price for all of their pieces, and the tax.

Law: a price that is not in the shop's currency is none; a tax without a rate on the day is none.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from edge_agent.catalog.models import PricedItem
from edge_agent.catalog.rules import display_name, rates_of
from edge_agent.checkout.rules.orders import MAX_TEXT_CHARS, Offer, Offers, OrderLine, Terms
from protocol.checkout.prices import PriceChoice, price_in_force
from protocol.checkout.tax import LineTax, line_tax, rate_on, without_tax
from protocol.errors import Malformed

_ONE = Decimal(1)


def offers_of(
    items: Iterable[PricedItem],
    lines: Iterable[OrderLine],
    *,
    terms: Terms,
    languages: Sequence[str],
) -> Offers:
    """The offers for these lines. A quantity below one looks up the price of one."""
    quantities: dict[UUID, Decimal] = {}
    for line in lines:
        quantities[line.product_id] = quantities.get(line.product_id, Decimal(0)) + line.quantity
    offers: dict[UUID, Offer] = {}
    version = 0
    for known in items:
        version = max(version, known.price_version)
        product_id = known.item.product_id
        quantity = quantities.get(product_id, _ONE)
        offers[product_id] = _offer(known, quantity, terms=terms, languages=languages)
    return Offers(by_product=offers, version=version)


def _offer(
    known: PricedItem, quantity: Decimal, *, terms: Terms, languages: Sequence[str]
) -> Offer:
    item, price = known.item, known.price
    tax = _tax(known, terms)
    choice = _choice(known, quantity, terms)
    unit_price_minor = None if choice is None else _payable(choice, known, terms)
    return Offer(
        product_id=item.product_id,
        name=display_name(item.names, languages)[:MAX_TEXT_CHARS],
        unit=item.unit,
        unit_price_minor=unit_price_minor,
        tax_id=price.tax_id or None if price else None,
        tax_rate_ppm=tax.rate_ppm if tax else None,
        tax_treatment=tax.treatment if tax else "taxed",
        withdrawn=not item.active,
        price_list_id=choice.price_list_id if choice else None,
        category=item.category,
    )


def _choice(known: PricedItem, quantity: Decimal, terms: Terms) -> PriceChoice | None:
    price = known.price
    if price is None or price.currency != terms.currency:
        return None
    return price_in_force(
        price.schedule, at=terms.at, quantity=quantity, price_lists=terms.price_lists
    )


def _tax(known: PricedItem, terms: Terms) -> LineTax | None:
    if known.tax is None:
        return None
    try:
        return line_tax(
            known.tax.tax_id,
            rates_of(known.tax),
            on=terms.business_date,
            regime=terms.regime,
            exempt_customer=terms.exempt,
        )
    except Malformed:
        return None


def _payable(choice: PriceChoice, known: PricedItem, terms: Terms) -> int:
    """An exempt customer does not pay the tax that a price includes."""
    price_minor = choice.unit_price_minor
    taxless = terms.regime == "ifu" or not terms.prices_include_tax or not terms.exempt
    if taxless or known.tax is None:
        return price_minor
    try:
        rate = rate_on(rates_of(known.tax), terms.business_date, tax_id=known.tax.tax_id)
    except Malformed:
        return price_minor
    return without_tax(price_minor, rate.rate_ppm)
