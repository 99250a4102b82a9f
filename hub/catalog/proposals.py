"""Products born in a shop → catalogue: adopted under their own id, or merged and aliased."""

from collections.abc import Sequence
from uuid import UUID

from hub.catalog import repository, rules
from hub.catalog.models import Price, Product
from hub.catalog.publishing import CatalogPublisher
from hub.events.models import NewEvent, ReceivedFact
from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from hub.kit.ids import IdSource
from protocol.messages.proposal import ProductProposed


class ProductProposals:
    """A FactHandler. A code that the tenant knows means that product; every other is new."""

    fact_types = frozenset({"product.proposed"})

    def __init__(self, *, clock: Clock, ids: IdSource, publisher: CatalogPublisher) -> None:
        self._clock = clock
        self._ids = ids
        self._publisher = publisher

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        """Adopt or merge, and publish what is new to every store."""
        events: list[NewEvent] = []
        adopted: list[UUID] = []
        for fact in facts:
            assert isinstance(fact.body, ProductProposed)
            merged_into = await self._take(session, fact, body=fact.body)
            if merged_into is None:
                adopted.append(fact.body.product_id)
            events.append(_event(fact, fact.body, merged_into=merged_into))
        if adopted:
            await self._publisher.publish_stores(session, product_ids=adopted)
        return events

    async def _take(
        self, session: TenantSession, fact: ReceivedFact, *, body: ProductProposed
    ) -> UUID | None:
        """The product that it is; None when it became one."""
        if await repository.known_products(session, [body.product_id]):
            return body.product_id
        known = await repository.product_by_code(session, body.code) if body.code else None
        if known is None:
            await self._adopt(session, fact, body=body)
            return None
        await repository.put_alias(session, body.product_id, product_id=known, at=self._clock.now())
        return known

    async def _adopt(
        self, session: TenantSession, fact: ReceivedFact, *, body: ProductProposed
    ) -> None:
        now = self._clock.now()
        product = Product(
            product_id=body.product_id,
            sku=rules.proposed_sku(body.product_id, body.code),
            names={rules.language_of(body.name): body.name},
            unit=body.unit,
            tax_id=body.tax_id or "",
            codes=(body.code,) if body.code else (),
            proposed_by_device_id=fact.device_id,
        )
        await repository.put_products(session, [product], at=now)
        if body.unit_price_minor is None:
            return
        price = Price(
            price_id=self._ids.next(),
            product_id=body.product_id,
            store_id=fact.envelope.store_id,
            currency=body.currency,
            unit_price_minor=body.unit_price_minor,
        )
        await repository.put_prices(session, [price], at=now)


def _event(fact: ReceivedFact, body: ProductProposed, *, merged_into: UUID | None) -> NewEvent:
    return NewEvent(
        id=fact.id,
        type=fact.envelope.type,
        store_id=fact.envelope.store_id,
        occurred_at=fact.envelope.at,
        payload={
            "product_id": body.product_id,
            "merged_into": merged_into,
            "store_id": fact.envelope.store_id,
        },
    )
