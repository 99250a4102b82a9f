"""All SQL that stock is written with."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from hub.events.models import ReceivedFact
from hub.kit.bulk import BulkInsert
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries
from hub.stock.rules import Movement

_QUERIES = load_queries(__package__ or "")
_MOVEMENTS = BulkInsert(
    "stock_movement",
    {
        "business_date": "date",
        "source_id": "uuid",
        "line_no": "integer",
        "store_id": "uuid",
        "product_id": "uuid",
        "kind": "text",
        "quantity": "numeric",
        "unit": "text",
        "reason": "text",
        "staff_id": "uuid",
        "device_id": "uuid",
        "occurred_at": "timestamptz",
        "received_at": "timestamptz",
    },
)

OnHandKey = tuple[UUID, UUID]
"""(store, product)."""
OnHandChange = tuple[Decimal, str, datetime]
"""(quantity, unit, moved at)."""


async def insert_movements(
    session: TenantSession, moved: Sequence[tuple[ReceivedFact, Movement]]
) -> None:
    """Append at least one movement and bring on-hand along."""
    rows = [
        (
            fact.business_date,
            fact.id,
            movement.line_no,
            fact.envelope.store_id,
            movement.product_id,
            movement.kind,
            movement.quantity,
            movement.unit,
            movement.reason,
            fact.envelope.staff_id,
            fact.device_id,
            fact.envelope.at,
            fact.received_at,
        )
        for fact, movement in moved
    ]
    await session.execute(_MOVEMENTS.sql, _MOVEMENTS.parameters(rows))
    await _add_on_hand(session, moved)


async def _add_on_hand(
    session: TenantSession, moved: Sequence[tuple[ReceivedFact, Movement]]
) -> None:
    changes: dict[OnHandKey, OnHandChange] = {}
    for fact, movement in moved:
        key = (fact.envelope.store_id, movement.product_id)
        quantity, _, at = changes.get(key, (Decimal(0), "", fact.envelope.at))
        later = max(at, fact.envelope.at)
        changes[key] = (quantity + movement.quantity, movement.unit, later)
    await session.execute(
        _QUERIES["add_on_hand"],
        {
            "store_ids": [store_id for store_id, _ in changes],
            "product_ids": [product_id for _, product_id in changes],
            "quantities": [quantity for quantity, _, _ in changes.values()],
            "units": [unit for _, unit, _ in changes.values()],
            "times": [at for _, _, at in changes.values()],
        },
    )
