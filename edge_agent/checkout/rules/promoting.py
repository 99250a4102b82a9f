"""Which promotions a sale's lines take part in: always the best for the customer (ADR 17).

Law: a line at another price than the list's takes part in none; what comes back neither.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from edge_agent.checkout.rules.orders import Terms, TicketOrder
from edge_agent.checkout.rules.tickets import RungLine
from protocol.checkout.reductions import PromotedBasket, PromotedLine, Reductions, reduce_basket

NOTHING = Reductions(shares={}, outcomes=(), coupons=(), cut=False)


def promoted_lines(
    order: TicketOrder, lines: Sequence[RungLine], *, terms: Terms
) -> Sequence[RungLine]:
    """The lines with what each promotion takes off them; a return's are as they were.

    Malformed: `unknown-currency`, `amount-too-large`, `quantity-not-a-number`.
    """
    shares = reductions_of(order, lines, terms=terms).shares
    if not shares:
        return lines
    return [replace(line, promotions=shares.get(line.order.line_no, ())) for line in lines]


def reductions_of(order: TicketOrder, lines: Sequence[RungLine], *, terms: Terms) -> Reductions:
    """What the promotions in force take off the lines, and why the others do not; raises as
    `promoted_lines`."""
    if order.kind == "return" or not (terms.promotions or order.coupons):
        return NOTHING
    basket = PromotedBasket(
        currency=order.currency,
        business_date=terms.business_date,
        minute=terms.minute,
        prices_include_tax=terms.prices_include_tax,
        lines=tuple(
            PromotedLine(
                line_no=line.order.line_no,
                product_id=line.order.product_id,
                category=line.category,
                quantity=line.order.quantity,
                unit=line.unit,
                unit_price_minor=line.unit_price_minor,
                tax_rate_ppm=line.tax_rate_ppm,
                barred=line.is_overridden or line.order.quantity <= 0,
            )
            for line in lines
        ),
        coupons=tuple(order.coupons),
        price_lists=terms.price_lists,
    )
    return reduce_basket(basket, terms.promotions)
