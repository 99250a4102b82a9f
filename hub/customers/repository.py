"""All SQL that customers are written with."""

from collections.abc import Sequence

from hub.events.models import ReceivedFact
from hub.kit.bulk import BulkInsert
from hub.kit.db import TenantSession
from protocol.messages.proposal import CustomerProposed

# A second proposal of the same person by another fact changes nothing: the first one stands.
_CUSTOMERS = BulkInsert(
    "customer",
    {
        "id": "uuid",
        "store_id": "uuid",
        "device_id": "uuid",
        "sealed": "bytea",
        "proposed_at": "timestamptz",
        "received_at": "timestamptz",
    },
    tail="on conflict do nothing",
)


async def insert_proposed(
    session: TenantSession, proposals: Sequence[tuple[ReceivedFact, CustomerProposed]]
) -> None:
    """Adopt at least one proposed customer."""
    rows = [
        (
            body.customer_id,
            fact.envelope.store_id,
            fact.device_id,
            body.sealed,
            fact.envelope.at,
            fact.received_at,
        )
        for fact, body in proposals
    ]
    await session.execute(_CUSTOMERS.sql, _CUSTOMERS.parameters(rows))
