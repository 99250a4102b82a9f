"""Moving goods beside tickets, and on-hand as this shop knows it.

Law: a movement appends; on-hand is the sum of what was appended here, and the hub adds its own. A
sum beyond all stock stays at the bound: selling never waits for what the shelves should hold.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Literal
from uuid import UUID

import msgspec

from edge_agent.catalog.service import CatalogService
from edge_agent.journal.models import NewFact
from edge_agent.journal.service import Journal
from edge_agent.kit.clock import Clock
from edge_agent.shop.service import ShopService
from edge_agent.stock import store
from edge_agent.stock.rules import (
    Movement,
    from_micro,
    stock_lines,
    sum_deltas,
    ticket_deltas,
)
from edge_agent.storage.readers import Readers
from edge_agent.storage.writer import Writer
from protocol.codec.facts import encode_fact
from protocol.errors import Refused
from protocol.messages.stock import StockMoved
from protocol.messages.ticket import TicketLine
from protocol.vocabulary.business_date import business_date


class StockParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the stock is built on."""

    writer: Writer
    readers: Readers
    journal: Journal
    catalog: CatalogService
    shop: ShopService
    clock: Clock


class StockService:
    """The shop's goods."""

    def __init__(self, parts: StockParts) -> None:
        self._parts = parts

    async def move(self, movement: Movement, *, staff_id: UUID) -> tuple[bytes, bool]:
        """The movement as answered, and whether this call booked it.

        Raises Malformed `unknown-product`, `wrong-quantity`, Refused `stock-movement-id-reused`.
        """
        answer = msgspec.json.encode(movement)
        content_hash = sha256(answer).digest()
        now = self._parts.clock.now()
        items = await self._parts.catalog.items({line.product_id for line in movement.lines})
        units = {product_id: priced.item.unit for product_id, priced in items.items()}

        def work(connection: sqlite3.Connection) -> tuple[bytes, bool]:
            known = store.movement(connection, movement.id)
            if known is not None:
                if known[0] != content_hash:
                    raise Refused(
                        "stock-movement-id-reused", "This id is another movement's: make a new one."
                    )
                return known[1], False
            lines = stock_lines(movement, units)
            settings = self._parts.shop.settings_in(connection)
            raw = encode_fact(
                id=movement.id,
                at=now,
                store_id=self._parts.shop.store_id,
                body=StockMoved(kind=movement.kind, reason=movement.reason, lines=lines),
                staff_id=staff_id,
                # It has no register, so no shift's date: the day it is in this store (DESIGN §4).
                business_date=business_date(
                    now, timezone=settings.timezone, cutoff_minute=settings.cutoff_minute
                ),
            )
            self._parts.journal.append(connection, NewFact(raw=raw))
            store.insert_movement(
                connection,
                movement.id,
                kind=movement.kind,
                content_hash=content_hash,
                answer=answer,
            )
            deltas = sum_deltas((line.product_id, line.quantity) for line in lines)
            store.apply(connection, movement.id, deltas=deltas)
            return answer, True

        return await self._parts.writer.submit_spare(work)

    async def on_hand(self, product_id: UUID) -> Decimal:
        """What this shop should have of it; zero for a product that never moved here."""
        async with self._parts.readers.connection() as reader:
            return from_micro(await store.on_hand_micro(reader, product_id) or 0)

    def forget(self, connection: sqlite3.Connection, source_ids: Sequence[UUID]) -> None:
        """The hub has had these tickets and movements for long: their deltas may go."""
        store.forget_deltas(connection, source_ids)

    def apply_ticket(
        self,
        connection: sqlite3.Connection,
        ticket_id: UUID,
        *,
        lines: Iterable[TicketLine],
        kind: Literal["sale", "return"],
    ) -> None:
        """Take out what was sold, bring back what was returned, in the ticket's own commit."""
        store.apply(connection, ticket_id, deltas=ticket_deltas(lines, kind=kind))
