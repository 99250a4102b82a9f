"""What every slice of the agent stands on."""

from collections.abc import Callable

from msgspec import Struct

from edge_agent.journal.service import Journal
from edge_agent.kit.broadcast import Broadcast
from edge_agent.kit.clock import Clock
from edge_agent.settings import EdgeSettings
from edge_agent.storage.folder import AgentFolder
from edge_agent.storage.readers import Readers
from edge_agent.storage.room import DiskRoom
from edge_agent.storage.writer import Writer


class Ground(Struct, frozen=True, kw_only=True):
    """What every slice stands on."""

    settings: EdgeSettings
    folder: AgentFolder
    room: DiskRoom
    writer: Writer
    readers: Readers
    journal: Journal
    broadcast: Broadcast
    clock: Clock
    random_bytes: Callable[[int], bytes]
