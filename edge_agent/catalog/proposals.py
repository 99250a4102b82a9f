"""Products born in this shop: sellable at once, and told to the hub in the same commit."""

import sqlite3
from uuid import UUID

from msgspec import Struct

from edge_agent.catalog.models import ProductProposal
from edge_agent.catalog.ports import Store
from edge_agent.catalog.service import CatalogService
from edge_agent.journal.models import NewFact
from edge_agent.journal.service import Journal
from edge_agent.kit.clock import Clock
from edge_agent.storage.writer import Writer
from protocol.codec.facts import encode_fact
from protocol.messages.proposal import ProductProposed
from protocol.vocabulary.business_date import business_date


class ProposalParts(Struct, frozen=True, kw_only=True):
    """What proposing is built on."""

    writer: Writer
    journal: Journal
    catalog: CatalogService
    store: Store
    clock: Clock


class ProposalService:
    """Proposes products to the hub."""

    def __init__(self, parts: ProposalParts) -> None:
        self._parts = parts

    async def propose(self, proposal: ProductProposal, *, staff_id: UUID) -> bool:
        """Whether this call proposed it; False when exactly the same was proposed before.

        Raises Refused `product-id-reused`, Unavailable `not-provisioned-yet`.
        """
        parts = self._parts
        settings, now = await parts.store.settings(), parts.clock.now()
        body = ProductProposed(
            product_id=proposal.product_id,
            name=proposal.name,
            unit=proposal.unit,
            currency=settings.currency,
            code=proposal.code,
            unit_price_minor=proposal.unit_price_minor,
            tax_id=proposal.tax_id,
        )
        raw = encode_fact(
            id=proposal.product_id,
            at=now,
            store_id=parts.store.store_id,
            body=body,
            staff_id=staff_id,
            business_date=business_date(
                now, timezone=settings.timezone, cutoff_minute=settings.cutoff_minute
            ),
        )

        def work(connection: sqlite3.Connection) -> bool:
            new = parts.catalog.propose(connection, body)
            if new:
                parts.journal.append(connection, NewFact(raw=raw))
            return new

        return await parts.writer.submit_spare(work)
