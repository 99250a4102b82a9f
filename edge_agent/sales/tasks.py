"""What the book of tickets does by itself."""

import sqlite3
from datetime import timedelta

from edge_agent.journal.service import Journal
from edge_agent.kit.clock import Clock
from edge_agent.sales.service import SalesService


class TicketSweep:
    """Drops tickets against which nobody may return anything any more, some at a time."""

    def __init__(self, tickets: SalesService, journal: Journal, *, clock: Clock, days: int) -> None:
        self._tickets = tickets
        self._journal = journal
        self._clock = clock
        self._retention = timedelta(days=days)

    def tidy(self, connection: sqlite3.Connection) -> int:
        """How many went; 0 = nothing left."""
        before = (self._clock.now() - self._retention).date()
        return self._tickets.drop_old(connection, self._journal, before=before)
