"""Customers born in a shop → customer. The sealed card is kept as it came, never opened here."""

from collections.abc import Sequence

from hub.customers import repository
from hub.events.models import NewEvent, ReceivedFact
from hub.kit.db import TenantSession
from protocol.messages.proposal import CustomerProposed


class CustomersProjection:
    """Handles customer proposals; shares the projector's commit."""

    fact_types = frozenset({"customer.proposed"})

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        """Adopt the customers under their client-made ids."""
        proposals = []
        for fact in facts:
            assert isinstance(fact.body, CustomerProposed)
            proposals.append((fact, fact.body))
        await repository.insert_proposed(session, proposals)
        return [_event(fact, body) for fact, body in proposals]


def _event(fact: ReceivedFact, body: CustomerProposed) -> NewEvent:
    return NewEvent(
        id=fact.id,
        type=fact.envelope.type,
        store_id=fact.envelope.store_id,
        occurred_at=fact.envelope.at,
        payload={"customer_id": body.customer_id, "store_id": fact.envelope.store_id},
    )
