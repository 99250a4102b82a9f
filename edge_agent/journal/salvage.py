"""The journal after its database broke: what is whole is kept, in a chain that holds again.

Law: a fact keeps its bytes and its id, whatever becomes of its place. Up to the break the chain is
as it was; what follows the break is chained anew under an epoch that the device gives itself. The
hub, which never issued it, finds where the histories part and issues the next one (sync reference
§3). So no receipt number is given twice: the series begins anew with the epoch (ADR 12).
"""

import sqlite3
import time
from collections.abc import Callable
from uuid import UUID

from msgspec import Struct

from edge_agent.journal import store
from edge_agent.kit.clock import Clock
from edge_agent.kit.queries import load_queries
from edge_agent.storage.replicas import damaged_row
from edge_agent.storage.salvage import Salvager
from protocol.codec.chain import genesis, link
from protocol.codec.facts import decode_envelope
from protocol.errors import RemoteProtocolError

_QUERIES = load_queries(__package__, "salvage.sql")
# The hub counts epochs by ones. What a device gives itself lies far above, so that the hub hands
# it to nobody else: not to a clone, not to this box's own backup.
OWN_EPOCHS = 1000
_Row = tuple[int, int, str, bytes, bytes]


def new_salvager(clock: Clock, *, device_id: UUID, epoch: int) -> Salvager:
    """For the device's database; `epoch` is what it was claimed with."""

    def rescue_journal(connection: sqlite3.Connection) -> int:
        return rescue(connection, device_id=device_id, epoch=epoch)

    def suspect(connection: sqlite3.Connection, patience_s: float) -> str | None:
        return (
            damaged_name(connection, device_id)
            or damaged_mark(connection)
            or damaged_fact(connection, patience_s / 2)
            or damaged_row(connection, patience_s / 2)
        )

    return Salvager(clock=clock, rescue=rescue_journal, suspect=suspect)


def damaged_name(connection: sqlite3.Connection, device_id: UUID) -> str | None:
    """What is wrong with the name of the folder's device, if it was this one's.

    It is no id, or this one but for a bit. Another device's differs in dozens, and its folder is
    refused.
    """
    row = connection.execute(_QUERIES["device_name"]).fetchone()
    own = str(device_id).encode()
    if row is None or row[0] == own:
        return None
    (held,) = row
    try:
        UUID(held.decode())
    except ValueError:
        return "the name of the folder's device is no id"
    bits = sum((one ^ other).bit_count() for one, other in zip(held, own, strict=False))
    is_near = len(held) == len(own) and bits == 1
    return "the folder's device is this one but for a bit" if is_near else None


def damaged_mark(connection: sqlite3.Connection) -> str | None:
    """What is wrong with how far the hub has acknowledged: that fact is kept, and its time is
    one."""
    row = connection.execute(_QUERIES["damaged_mark"]).fetchone()
    return None if row is None else f"the acknowledged fact {row[0]} cannot be"


def damaged_fact(
    connection: sqlite3.Connection,
    patience_s: float,
    *,
    monotonic: Callable[[], float] = time.monotonic,
) -> str | None:
    """Check the chain of what the hub does not hold, as long as the time allows; says what breaks.

    A flipped bit in a fact's bytes, or in the id beside them, is nothing that SQLite could see.
    """
    deadline = monotonic() + patience_s
    previous: _Row | None = None
    for row in connection.execute(_QUERIES["unacked"]):
        if previous is not None and not _follows(previous, row):
            return f"fact {row[0]} does not follow from the one before"
        if _own_name(row) != row[2]:
            return f"fact {row[0]} bears another one's id"
        previous = row
        if monotonic() > deadline:
            return None
    return None


def rescue(connection: sqlite3.Connection, *, device_id: UUID, epoch: int) -> int:
    """Make a journal of the rows that could be read; returns how many facts are lost here that the
    hub had not acknowledged either."""
    store.install(connection, device_id=device_id, epoch=epoch)
    if damaged_name(connection, device_id):
        connection.execute(_QUERIES["name_device"], {"device_id": str(device_id)})
    connection.execute(_QUERIES["mend_marks"])
    connection.execute(_QUERIES["know_newest_epoch"])
    ((acked, epoch),) = connection.execute(_QUERIES["acked_and_epoch"]).fetchall()
    found = _examine(connection, start=genesis(device_id), acked=acked)
    connection.execute(_QUERIES["drop_before"], {"seq": found.keep_from})
    connection.executemany(_QUERIES["drop"], [{"seq": seq} for seq in found.bad])
    connection.executemany(_QUERIES["rename"], found.misnamed)
    end = found.end
    seqs = [row[0] for row in connection.execute(_QUERIES["seqs_after"], {"seq": end})]
    places = [{"seq": seq, "place": end + at} for at, seq in enumerate(seqs, 1) if seq != end + at]
    connection.executemany(_QUERIES["move"], places)
    connection.execute(_QUERIES["ack_no_further"], {"seq": end})
    base_hash = store.hash_at(connection, end)
    assert base_hash is not None
    store.rehash(connection, epoch=epoch + OWN_EPOCHS, base_seq=end, base_hash=base_hash)
    return found.lost_count


class _Found(Struct, kw_only=True):
    """Rows before `keep_from` are the hub's already and hang in the air; the chain is whole up to
    `end`; `bad` rows behind it are not what was once written, of `misnamed` ones the id alone."""

    keep_from: int = 0
    end: int
    bad: list[int] = []
    misnamed: list[dict[str, int | str]] = []
    lost_count: int = 0


def _examine(connection: sqlite3.Connection, *, start: bytes, acked: int) -> _Found:
    found = _Found(end=-1)
    seq_before, hashes_before = 0, [start]
    for row in connection.execute(_QUERIES["all"]):
        seq, epoch, fact_id, stored, raw = row
        is_gap = seq != seq_before + 1
        expected = [link(before, epoch=epoch, seq=seq, raw=raw) for before in hashes_before]
        is_sound = _is_fact(raw, fact_id) if is_gap else stored in expected
        if is_sound and not is_gap and stored != expected[0] and seq_before in found.bad:
            found.bad.remove(seq_before)  # Only its hash was wrong, and that is made anew.
            found.lost_count -= 1
        if (is_gap or not is_sound) and seq <= acked:
            found.keep_from = seq
        elif is_gap or not is_sound:
            if found.end < 0:
                found.end = seq_before
            found.lost_count += seq - 1 - max(seq_before, acked) if is_gap else 0
            if not is_sound:
                found.bad.append(seq)
                found.lost_count += 1
        if is_sound and (own := _own_name(row)) != fact_id:
            found.misnamed.append({"seq": seq, "fact_id": own})
        hashes_before = [stored] if is_sound or is_gap else [stored, *expected[:1]]
        seq_before = seq
    if found.end < 0:
        found.end = seq_before
    return found


def _is_fact(raw: bytes, fact_id: str) -> bool:
    try:
        return str(decode_envelope(raw).id) == fact_id
    except RemoteProtocolError:
        return False


def _own_name(row: _Row) -> str:
    """The id that the fact's bytes bear; the one beside them where nobody can read it."""
    try:
        return str(decode_envelope(row[4]).id)
    except RemoteProtocolError:
        return row[2]


def _follows(previous: _Row, row: _Row) -> bool:
    seq, epoch, _, stored, raw = row
    return seq == previous[0] + 1 and link(previous[3], epoch=epoch, seq=seq, raw=raw) == stored
