"""What the edge's machine asks of its shell. The shell carries them out in the order given."""

from msgspec import Struct

from protocol.messages.sync import Command, Cursor, Page, RegisterFloor


class Publish(Struct, frozen=True):
    """Send `payload` on the device's `up/<channel>`; QoS 1, or 0 for `hb`."""

    channel: str
    payload: bytes


class ReadFacts(Struct, frozen=True, kw_only=True):
    """Read facts from `first` on, at most that many and that large (one fact is always allowed),
    and call `facts_read`."""

    first: int
    max_facts: int
    max_bytes: int


class ReadHashes(Struct, frozen=True, kw_only=True):
    """Look up the journal's hashes at `seqs` (0 = the genesis) and call `hashes_read`."""

    question: int
    seqs: list[int]


class Acked(Struct, frozen=True, kw_only=True):
    """The hub durably holds everything up to `hwm`. It may be lower than before: the hub was
    restored from a backup, and what it lost is sent again. `dead`: (seq, code) it cannot read."""

    hwm: int
    dead: tuple[tuple[int, str], ...] = ()


class AdoptEpoch(Struct, frozen=True, kw_only=True):
    """Re-hash every fact after `base` under `epoch` in one commit, then call `epoch_adopted`."""

    epoch: int
    base: int
    base_hash: bytes


class StagePage(Struct, frozen=True, kw_only=True):
    """Commit the page into the collection's staging generation (and flip it when `page.done`),
    then call `page_staged`. `page.restart` first drops what is staged."""

    page: Page
    collection: str


class HubClock(Struct, frozen=True):
    """The hub's clock at this moment, in milliseconds since the epoch: a hint, never an order."""

    hub_time_ms: int


class RunCommand(Struct, frozen=True, kw_only=True):
    """The office asks for this; answer on `up/cmd`, and repeat the answer when it comes again.

    `late`: by the hub's clock it may not begin any more.
    """

    command: Command
    late: bool


class Alarm(Struct, frozen=True):
    """Something a person should know; `code` is stable, `detail` is for the log."""

    code: str
    detail: str


class Retreat(Struct, frozen=True):
    """Close the connection and stay away so long: another box holds it under the same name."""

    wait_ms: int


class RaiseFloors(Struct, frozen=True):
    """The next Z of each register comes after these, whatever this box remembers."""

    floors: list[RegisterFloor]


class StoredFact(Struct, frozen=True, kw_only=True):
    """A journal row for `facts_read`. `keys`: person id → key of the people sealed in it."""

    seq: int
    hash: bytes
    raw: bytes
    keys: dict[str, bytes] = {}


class JournalState(Struct, frozen=True, kw_only=True):
    """Where the journal stands when the machine starts. `base`, `base_hash`: where its epoch
    begins; with an empty hash the hub is not told."""

    epoch: int
    head: int
    head_hash: bytes
    acked: int
    acked_hash: bytes
    base: int = 0
    base_hash: bytes = b""


class Replica(Struct, frozen=True, kw_only=True):
    """A collection as the shop holds it: the version in force, and how far a pull has come."""

    version: int
    staged: Cursor | None = None


Output = (
    Publish
    | ReadFacts
    | ReadHashes
    | Acked
    | AdoptEpoch
    | StagePage
    | HubClock
    | RunCommand
    | Alarm
    | Retreat
    | RaiseFloors
)
