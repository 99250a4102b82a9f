"""Products born in a shop → catalogue: adopted under their own id, or merged and aliased."""

from collections.abc import Sequence
from uuid import UUID

from hub.catalog import repository, rules
from hub.catalog.models import Price, Product
from hub.catalog.publishing import CatalogPublisher
from hub.events.models import Discrepancy, NewEvent, ReceivedFact
from hub.events.service import DiscrepancyList
from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from hub.kit.ids import IdSource
from protocol.messages.proposal import ProductProposed

TOO_MANY_PROPOSALS = "too-many-proposals"
# Twice what a large shop sells, scanned in by hand.
SHARE = 20_000


class ProductProposals:
    """A FactHandler. A code that the tenant knows means that product; every other is new.

    Beyond a device's share a new one is named as odd and left out: every shop of the chain keeps a
    copy of what one of them adds (promise G). Its sales are booked all the same.
    """

    fact_types = frozenset({"product.proposed"})

    def __init__(
        self,
        *,
        clock: Clock,
        ids: IdSource,
        publisher: CatalogPublisher,
        discrepancies: DiscrepancyList,
        share: int = SHARE,
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._publisher = publisher
        self._discrepancies = discrepancies
        self._share = share

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        """Adopt or merge, and publish what is new to every store."""
        events: list[NewEvent] = []
        adopted: list[UUID] = []
        refused: list[Discrepancy] = []
        # Before the look: another shop may bring the same code at this moment.
        await repository.lock_codes(session)
        room = self._share - await repository.proposed_by(session, facts[0].device_id)
        for fact in facts:
            body = fact.body
            assert isinstance(body, ProductProposed)
            known = await self._known(session, body)
            if known is None and len(adopted) >= room:
                refused.append(_one_too_many(fact, share=self._share))
                continue
            if known is None:
                await self._adopt(session, fact, body=body)
                adopted.append(body.product_id)
            events.append(_event(fact, body, merged_into=known))
        if adopted:
            await self._publisher.publish_stores(session, product_ids=adopted)
        await self._discrepancies.record(session, refused)
        return events

    async def _known(self, session: TenantSession, body: ProductProposed) -> UUID | None:
        """The product that it is, from now on under this id too; None when it is a new one."""
        if await repository.known_products(session, [body.product_id]):
            return body.product_id
        known = await repository.product_by_code(session, body.code) if body.code else None
        if known is not None:
            now = self._clock.now()
            await repository.put_alias(session, body.product_id, product_id=known, at=now)
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


def _one_too_many(fact: ReceivedFact, *, share: int) -> Discrepancy:
    return Discrepancy(
        fact_id=fact.id,
        store_id=fact.envelope.store_id,
        business_date=fact.business_date,
        code=TOO_MANY_PROPOSALS,
        subject="product_id",
        expected=f"at most {share} of one device",
        found="one more",
    )


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
