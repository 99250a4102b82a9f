"""What the sync shell is handed. All methods are called from the agent's event loop."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from protocol.messages.sync import Command, CommandResult, Page
from protocol.session.outputs import AdoptEpoch, JournalState, Replica, StoredFact


class Debt(Struct, frozen=True, kw_only=True):
    """What the hub has not durably acknowledged. `oldest_at_ms`: Unix milliseconds or None."""

    count: int
    value_minor: dict[str, int]
    oldest_at_ms: int | None
    dead_count: int
    disk_free_bytes: int


class JournalPort(Protocol):
    """The journal and the outbox. Writes are on disk when they return."""

    async def next_sess(self) -> int:
        """Count one more connection, durably: the number rises for ever."""
        ...

    async def state(self) -> JournalState:
        """Where the journal stands."""
        ...

    async def read(
        self, *, first: int, max_facts: int, max_bytes: int
    ) -> tuple[list[StoredFact], bytes]:
        """Facts from `first` on (one at least, if there is one) and the hash at `first − 1`."""
        ...

    async def hashes_at(self, seqs: Sequence[int]) -> dict[int, bytes]:
        """The hashes at these seqs, 0 being the genesis; unknown seqs are left out."""
        ...

    def heard_hub(self, hub_time_ms: int) -> None:
        """The hub's clock shows this now; what is acked from now on ages by it."""
        ...

    async def mark_acked(self, *, hwm: int, dead: Sequence[tuple[int, str]]) -> None:
        """The hub holds everything up to `hwm`, no more; `dead` ones it cannot read."""
        ...

    async def adopt_epoch(self, adopt: AdoptEpoch) -> JournalState:
        """Re-hash what follows the base under the new epoch, in one commit."""
        ...

    async def debt(self) -> Debt:
        """The sync debt, for the heartbeat."""
        ...


class ReplicasPort(Protocol):
    """The replicated collections."""

    async def replicas(self) -> Mapping[str, Replica]:
        """The version in force of each, and how far a pull has come."""
        ...

    async def stage(self, collection: str, page: Page) -> None:
        """Commit a page into the staging generation; flip it in the same commit when done.

        Raises Unavailable `disk-low`: ask for the page again later.
        """
        ...

    async def sweep(self) -> bool:
        """Delete a bounded number of rows that nobody needs: those no generation shows, facts
        acknowledged long ago. True while there are more."""
        ...


def nothing() -> None:
    """Nothing follows."""


class Answer(Struct, frozen=True, kw_only=True):
    """What to tell the hub of a command, and what to do once it was told; that may raise
    Unavailable to end the connection."""

    result: CommandResult
    then: Callable[[], None] = nothing


class CommandsPort(Protocol):
    """Who does what the office asks."""

    async def answer(self, command: Command, *, late: bool) -> Answer:
        """Do it once, or say again what became of it. `late`: it may not begin any more."""
        ...


class Message(Struct, frozen=True):
    """What the broker delivered."""

    topic: str
    payload: bytes


class Connection(Protocol):
    """One connection to the broker. Everything raises Unavailable when it is gone."""

    async def subscribe(self, topics: Sequence[str]) -> None:
        """At QoS 1; a refused topic raises Unavailable `subscription-refused`."""
        ...

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False
    ) -> None:
        """Send; with QoS 1 it returns on PUBACK, which proves nothing (DESIGN §2)."""
        ...

    async def receive(self) -> Message:
        """The next message; waits for one."""
        ...


class Transport(Protocol):
    """How a connection is made."""

    def connect(self, *, will: Message) -> AbstractAsyncContextManager[Connection]:
        """A connection whose will is published, retained, if it breaks; raises Unavailable."""
        ...


class RenewalPort(Protocol):
    """The hub's door for renewals. Blocks."""

    def renew(
        self, certificate_pem: str, *, key_pem: bytes, next_key_pem: bytes, ca_pem: str
    ) -> str:
        """A certificate (PEM) for the next key, of the same authority and device.

        Raises Unavailable, Refused, RemoteProtocolError.
        """
        ...
