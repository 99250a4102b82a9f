"""What this slice asks of its neighbours; the worker hands it in."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from hub.events.models import ReceivedFact
from hub.kit.db import TenantSession
from hub.tills.perpetual_rules import AddendaSums
from hub.tills.rules import TicketTotals


class ShiftTickets(Protocol):
    """Knows the tickets that the hub holds (sales does)."""

    async def shift_totals(
        self,
        session: TenantSession,
        fact: ReceivedFact,
        *,
        shift_id: UUID,
        currency: str,
    ) -> TicketTotals:
        """What the shift's tickets before the closing fact come to, addenda left out."""
        ...

    async def addenda_totals(
        self,
        session: TenantSession,
        fact: ReceivedFact,
        *,
        currency: str,
        z_numbers: Sequence[int],
    ) -> Mapping[int, AddendaSums]:
        """What the register's tickets that came too late for these Zs come to, before the fact."""
        ...
