"""Quotes: what a ticket would come to now.

Law: only reads, in the writer's transaction, where a sale will look as well.
"""

import sqlite3
from uuid import UUID

import msgspec
from msgspec.structs import replace

from edge_agent.checkout.appraisal import Appraiser
from edge_agent.checkout.rules.orders import TicketOrder
from edge_agent.checkout.rules.placing import day_of
from edge_agent.checkout.rules.quoting import quote_document
from edge_agent.checkout.rules.reading import UNKNOWN_TIME
from edge_agent.checkout.rules.terms import Setting
from edge_agent.checkout.service import CheckoutParts
from edge_agent.staff.models import Caller
from protocol.codec.facts import refuse_long_lists


class QuoteService:
    """Answers what is to pay, and why."""

    def __init__(self, parts: CheckoutParts) -> None:
        self._parts = parts
        self._appraiser = Appraiser(catalog=parts.catalog, tickets=parts.tickets)

    async def quote(self, order: TicketOrder, *, caller: Caller) -> bytes:
        """JSON of a QuoteDocument, on the business date of the register's open shift, else of now.

        Raises as the live door for what is wrong with the lines, and Unavailable.
        """
        now = self._parts.clock.now()
        if order.rung_at == UNKNOWN_TIME:
            order = replace(order, rung_at=now)

        def work(connection: sqlite3.Connection) -> bytes:
            refuse_long_lists(order)
            house = self._parts.shop.house_in(connection)
            shifts = self._parts.tills.shifts_for(
                connection, register_id=caller.register_id, shift_id=UUID(int=0)
            )
            today = day_of(now, settings=house.settings, now=now)
            setting = Setting(
                house=house,
                book=self._parts.catalog.price_book_in(connection),
                business_date=shifts.current.business_date if shifts.current else today,
                now=now,
                is_live=True,
                roles=caller.roles,
            )
            appraised = self._appraiser.appraise(connection, order, setting)
            return msgspec.json.encode(quote_document(appraised))

        return await self._parts.writer.submit(work)
