"""Tickets → rollups, in the commit that books them, so that they are exact at any moment."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from hub.analytics import repository
from hub.analytics.rules import deltas
from hub.events.models import NewEvent, ReceivedFact
from hub.kit.db import TenantSession


class RollupsProjection:
    """Handles tickets; shares the projector's commit."""

    fact_types = frozenset({"sale.finalised", "return.finalised"})

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        """Add the tickets to hour × store × SKU and to the day's sums; no events."""
        await repository.add(session, deltas(facts))
        return []


async def recompute_rollups(session: TenantSession, store_id: UUID, business_date: date) -> None:
    """Write one store's day anew from its tickets. Changes nothing unless something was wrong.

    Waits for the projector's commits on this store and makes later ones wait.
    """
    await repository.recompute(session, store_id=store_id, business_date=business_date)
