"""What the API is handed from parts that an agent may run without."""

from typing import Protocol

from edge_agent.sync.status import SyncStatus


class SyncPort(Protocol):
    """The sync with the hub, as far as people ask about it."""

    def status(self) -> SyncStatus:
        """A snapshot; cheap, never waits."""
        ...
