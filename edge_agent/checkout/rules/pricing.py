"""An order with all that it is priced by → its figures, at either door."""

from msgspec import Struct

from edge_agent.checkout.rules.handed_over import price_as_told
from edge_agent.checkout.rules.live import price_live
from edge_agent.checkout.rules.orders import Offers, Priced, Terms, TicketOrder
from edge_agent.checkout.rules.returns import (
    ReturnedSale,
    price_against_ticket,
    price_return_as_told,
)
from protocol.errors import Malformed


class Appraised(Struct, frozen=True, kw_only=True):
    """An order and what holds for it. `of`: the sale that a return names, if it is known here."""

    order: TicketOrder
    terms: Terms
    offers: Offers
    of: ReturnedSale | None = None
    flags: tuple[str, ...] = ()


def price_ticket(appraised: Appraised, *, is_live: bool) -> Priced:
    """The figures; raises as `live`, `returns` and `handed_over` say, live also Malformed
    `unknown-sale`."""
    order, of, terms = appraised.order, appraised.of, appraised.terms
    offers = appraised.offers.by_product
    if not is_live:
        if order.kind == "return":
            return price_return_as_told(order, of, offers=offers, terms=terms)
        return price_as_told(order, offers, terms=terms)
    if of is not None:
        return price_against_ticket(order, of, terms=terms)
    if order.original_sale_id is not None:
        raise Malformed(
            "unknown-sale",
            "This shop does not know that sale; take it back without ticket.",
            fields={"original_sale_id": "is not known here"},
        )
    return price_live(order, offers, terms=terms)
