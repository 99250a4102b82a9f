"""What an order is priced by, in the writer's transaction: prices, taxes, terms, its original sale.

Law: only reads.
"""

import sqlite3

from msgspec.structs import replace

from edge_agent.catalog.service import CatalogService
from edge_agent.checkout.rules.offers import offers_of
from edge_agent.checkout.rules.orders import TicketOrder
from edge_agent.checkout.rules.pricing import Appraised
from edge_agent.checkout.rules.returns import ReturnedSale, returned_sale
from edge_agent.checkout.rules.terms import Setting, by_ticket, terms_of
from edge_agent.sales.service import SalesService


class Appraiser:
    """Looks up what the catalogue and the book of tickets know."""

    def __init__(self, *, catalog: CatalogService, tickets: SalesService) -> None:
        self._catalog = catalog
        self._tickets = tickets

    def appraise(
        self, connection: sqlite3.Connection, order: TicketOrder, setting: Setting
    ) -> Appraised:
        """Malformed `no-regime-on-day` (live)."""
        terms, flags = terms_of(order, setting)
        items = self._catalog.items_in(connection, {line.product_id for line in order.lines})
        of = self._returned_sale(connection, order)
        if of is not None:
            terms = by_ticket(terms, of.sale)
            order = replace(order, exemption=of.sale.exemption)
        languages = setting.house.settings.languages
        return Appraised(
            order=order,
            terms=terms,
            offers=offers_of(items.values(), order.lines, terms=terms, languages=languages),
            of=of,
            flags=flags,
        )

    def _returned_sale(
        self, connection: sqlite3.Connection, order: TicketOrder
    ) -> ReturnedSale | None:
        if order.original_sale_id is None:
            return None
        sale = self._tickets.sale(connection, order.original_sale_id)
        if sale is None:
            return None
        return returned_sale(sale, self._tickets.returns_of(connection, sale.id))
