"""What the two sync sessions say to each other, besides facts. Both sides ignore unknown fields.

Hashes are 32 raw bytes (base64 in JSON). Ranges are inclusive `[from, to]` pairs of seqs.
Times are milliseconds: `hub_time_ms` and the device's `at_ms` (0: it does not say) since the Unix
epoch, `mono_ms` since the device booted.
"""

from datetime import date
from uuid import UUID

import msgspec
from msgspec import Struct

from protocol.messages.till import Perpetual

WIRE_VERSION = 1


class Hello(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """edge → hub on every connection: where my journal stands, what I hold of each collection.

    `base`, `base_hash`: after which fact its epoch begins. A hub that came back from a backup may
    have given the epoch's number to another line since. No hash: not told.
    """

    dev: UUID
    epoch: int
    head: int
    head_hash: bytes
    acked: int
    acked_hash: bytes
    boot: str
    sess: int
    v: int = WIRE_VERSION
    mono_ms: int = 0
    clk: str = "unsync"
    agent: str = ""
    schemas: dict[str, int] = {}
    versions: dict[str, int] = {}
    fingerprint: str = ""
    base: int = 0
    base_hash: bytes = b""


class RegisterFloor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The highest Z that the hub holds of a register, its business date, its perpetual totals."""

    register_id: UUID
    z_number: int
    business_date: date
    perpetual: Perpetual | None = None


class Welcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """hub → edge: this is your epoch, I durably hold everything up to `hwm`.

    An `epoch` above the device's own means: everything after `base` is yours to re-hash under it
    (a fork, a restore, a clone). `not_before_ms` asks to wait before sending a backlog. `floors`:
    the next Z of each register comes after these, also where this box knows nothing of them.
    """

    epoch: int
    base: int
    base_hash: bytes
    hwm: int
    hash: bytes
    credit: int
    hub_time_ms: int
    sess: int
    not_before_ms: int = 0
    want: dict[str, int] = {}
    floors: list[RegisterFloor] = []


class DeadFact(Struct, frozen=True, kw_only=True):
    """A slot whose fact the hub keeps as raw bytes because it can never be read."""

    seq: int
    code: str


class Ack(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """hub → edge after its commit: cumulative, repeatable."""

    epoch: int
    hwm: int
    hash: bytes
    credit: int
    hub_time_ms: int
    sack: list[tuple[int, int]] = []
    dead: list[DeadFact] = []


class Nak(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """hub → edge: not taken. `code`: gap, bad_batch, bad_hash, fork, epoch, busy, cloned,
    far_epoch.

    `boot`: the run of the agent that is meant, or empty. Two boxes under one name share the topics.
    """

    epoch: int
    code: str
    hwm: int
    ranges: list[tuple[int, int]] = []
    boot: str = ""


class Probe(Struct, frozen=True, kw_only=True):
    """hub → edge: our chains agree at lo, differ at hi (0: not known to); your hashes at `seqs`?

    `at_epoch` and `at_hwm` say where the hub stood when it asked. They come back in the answer, so
    that an answer which arrives late or twice changes nothing.
    """

    epoch: int
    lo: int
    hi: int
    seqs: list[int]
    at_epoch: int
    at_hwm: int


class ProbeAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """edge → hub. A seq the device does not hold is left out; `base` as in Hello."""

    epoch: int
    lo: int
    hi: int
    head: int
    hashes: list[tuple[int, bytes]]
    at_epoch: int
    at_hwm: int
    sess: int
    base: int = 0
    base_hash: bytes = b""


class Cursor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a pull has come in (version, key) order.

    `since`: the version of which the puller knew every deletion when it began. Tombstones newer
    than that may not be forgotten while the pull runs, else it must start over.
    `seen`: the newest version that the collection had in this pull (0: as `since` and `version`
    say). A hub that never gave this version came back from a backup: the pull starts over.
    """

    version: int
    key: str
    since: int
    seen: int = 0


class PageRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """edge → hub: the next page of a collection after `cursor`; without one, from the start."""

    rid: str
    collection: str
    cursor: Cursor | None = None


class Put(Struct, frozen=True, kw_only=True):
    """A row as it now is; `payload` is opaque to the transport."""

    key: str
    version: int
    payload: msgspec.Raw


class Page(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """hub → edge. `restart`: drop what is staged, these pages begin at the start.

    With `done` the rows received equal the collection at `version` exactly (promise J).
    """

    rid: str
    collection: str
    next: Cursor
    version: int
    done: bool
    puts: list[Put] = []
    gone: list[str] = []
    restart: bool = False


COMMAND_RESULTS = ("done", "failed", "refused", "expired", "interrupted")


class Command(Struct, frozen=True, kw_only=True):
    """hub → edge: do this, once, if you begin before `not_after_ms` (the hub's clock, Unix).

    It comes again until it is answered; the same `id` is the same command.
    """

    id: UUID
    kind: str
    not_after_ms: int


class CommandResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """edge → hub: what became of a command, one of COMMAND_RESULTS; repeated when asked again.

    `refused`: a kind this agent does not do. `interrupted`: it began, and the agent ended then.
    """

    id: UUID
    result: str
    detail: str = ""


class Presence(Struct, frozen=True, kw_only=True):
    """Retained birth and will. A will whose `sess` is older than the birth's is late: ignore it."""

    online: bool
    sess: int


class Want(Struct, frozen=True, kw_only=True):
    """Retained: the newest version of each collection. Losing it costs time, never data."""

    versions: dict[str, int]


class Heartbeat(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """edge → hub, QoS 0: the sync debt as the shop sees it."""

    sess: int
    head: int
    acked: int
    pending_count: int
    mono_ms: int
    at_ms: int = 0
    clk: str = "unsync"
    pending_value_minor: dict[str, int] = {}
    oldest_pending_at_ms: int | None = None
    disk_free_bytes: int | None = None
    dead_count: int = 0
