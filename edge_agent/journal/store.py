"""The journal's SQL. Whoever passes a connection is inside the writer's transaction."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import aiosqlite

from edge_agent.journal.models import Debt, DeviceState, JournalRow, NewFact
from edge_agent.kit.clock import from_unix_ms, unix_ms
from edge_agent.kit.queries import load_queries
from protocol.codec.chain import genesis, link
from protocol.codec.facts import decode_envelope
from protocol.errors import LocalProtocolError, Refused
from protocol.session.outputs import StoredFact

_QUERIES = load_queries(__package__)
_REHASH_FACTS = 200
_REHASH_BYTES = 1024 * 1024


def install(connection: sqlite3.Connection, *, device_id: UUID, epoch: int) -> None:
    """Make the folder this device's; on a later start, change nothing."""
    row = {"device_id": str(device_id), "epoch": epoch, "base_hash": genesis(device_id)}
    connection.execute(_QUERIES["install_device"], row)


def device_state(connection: sqlite3.Connection) -> DeviceState:
    """The device's row and the journal's two marks, in one look."""
    device = connection.execute(_QUERIES["device"]).fetchone()
    acked_seq = device[4]
    (dead_count,) = connection.execute(_QUERIES["dead_count"]).fetchone()
    return _device_state(
        device,
        head=head(connection),
        acked_hash=hash_at(connection, acked_seq),
        dead_count=dead_count,
    )


async def read_device_state(reader: aiosqlite.Connection) -> DeviceState:
    """The same without waiting for the writer."""
    (device,) = await reader.execute_fetchall(_QUERIES["device"])
    start = genesis(UUID(device[0]))
    heads = list(await reader.execute_fetchall(_QUERIES["head"]))
    hashes = await hashes_at(reader, [device[4]])
    ((dead_count,),) = await reader.execute_fetchall(_QUERIES["dead_count"])
    return _device_state(
        device,
        head=heads[0] if heads else (0, start),
        acked_hash=hashes.get(device[4]),
        dead_count=dead_count,
    )


def _device_state(
    device: Sequence[Any], *, head: Sequence[Any], acked_hash: bytes | None, dead_count: int
) -> DeviceState:
    device_id, epoch, base_seq, base_hash, acked_seq, last_ack_at_ms, sess = device
    head_seq, head_hash = head
    assert acked_hash is not None, f"the acked fact {acked_seq} is gone"
    assert acked_seq <= head_seq
    return DeviceState(
        device_id=UUID(device_id),
        epoch=epoch,
        epoch_base_seq=base_seq,
        base_hash=base_hash,
        head_seq=head_seq,
        head_hash=head_hash,
        acked_seq=acked_seq,
        acked_hash=acked_hash,
        last_ack_at=None if last_ack_at_ms is None else from_unix_ms(last_ack_at_ms),
        dead_count=dead_count,
        sess=sess,
    )


def epoch(connection: sqlite3.Connection) -> int:
    """The device's epoch."""
    (found,) = connection.execute(_QUERIES["epoch"]).fetchone()
    return int(found)


def next_sess(connection: sqlite3.Connection) -> int:
    """The number of the connection about to be made."""
    (sess,) = connection.execute(_QUERIES["next_sess"]).fetchone()
    return int(sess)


def head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """The newest seq and its hash; before the first fact, 0 and the genesis."""
    found = connection.execute(_QUERIES["head"]).fetchone()
    return found or (0, _genesis(connection))


def hash_at(connection: sqlite3.Connection, seq: int) -> bytes | None:
    """The hash at a seq; None when the journal does not hold it."""
    if seq == 0:
        return _genesis(connection)
    found = connection.execute(_QUERIES["hash_at"], {"seq": seq}).fetchone()
    return None if found is None else bytes(found[0])


def append(connection: sqlite3.Connection, fact: NewFact) -> JournalRow:
    """Chain the fact to the newest one."""
    envelope = decode_envelope(fact.raw)
    head_seq, head_hash = head(connection)
    (_, epoch, *_) = connection.execute(_QUERIES["device"]).fetchone()
    seq = head_seq + 1
    row = {
        "seq": seq,
        "epoch": epoch,
        "fact_id": str(envelope.id),
        "type": envelope.type,
        "at_ms": unix_ms(envelope.at),
        "store_id": str(envelope.store_id),
        "value_minor": fact.value_minor,
        "currency": fact.currency,
        "hash": link(head_hash, epoch=epoch, seq=seq, raw=fact.raw),
        "bytes": fact.raw,
    }
    try:
        connection.execute(_QUERIES["append"], row)
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorname == "SQLITE_CONSTRAINT_UNIQUE":
            raise Refused("fact-id-reused", "This id was used before: make a new one.") from error
        raise
    return JournalRow(seq=seq, epoch=epoch, fact_id=envelope.id, hash=bytes(row["hash"]))


def set_acked(connection: sqlite3.Connection, upto: int, *, now: datetime) -> None:
    """Move the ack, forwards or back."""
    connection.execute(_QUERIES["set_acked"], {"acked_seq": upto, "now_ms": unix_ms(now)})
    connection.execute(_QUERIES["forget_ack_marks_above"], {"acked_seq": upto})


def mark_ack(connection: sqlite3.Connection, upto: int, *, at: datetime, interval_ms: int) -> None:
    """Note once per interval when the ack stood where, by the hub's clock."""
    mark = {"acked_seq": upto, "now_ms": unix_ms(at), "interval_ms": interval_ms}
    connection.execute(_QUERIES["add_ack_mark"], mark)


def bury(connection: sqlite3.Connection, dead: Iterable[tuple[int, str]]) -> None:
    """Remember which facts the hub cannot read."""
    rows = [{"seq": seq, "code": code} for seq, code in dead]
    connection.executemany(_QUERIES["bury"], rows)


def rehash(connection: sqlite3.Connection, *, epoch: int, base_seq: int, base_hash: bytes) -> None:
    """Chain everything after the base anew, in pieces that fit into memory."""
    found = {"epoch": epoch, "base_seq": base_seq, "base_hash": base_hash}
    connection.execute(_QUERIES["adopt_epoch"], found)
    connection.execute(_QUERIES["forget_dead_above"], {"seq": base_seq})
    connection.execute(_QUERIES["forget_ack_marks_above"], {"acked_seq": base_seq})
    seq, previous = base_seq, base_hash
    bounds = {"max_count": _REHASH_FACTS, "max_bytes": _REHASH_BYTES}
    while facts := connection.execute(
        _QUERIES["facts_from"], {"first": seq + 1, **bounds}
    ).fetchall():
        for found_seq, _, raw in facts:
            if found_seq != seq + 1:
                raise LocalProtocolError("epoch-base-pruned", f"fact {seq + 1} was pruned")
            seq = found_seq
            previous = link(previous, epoch=epoch, seq=seq, raw=raw)
            changed = {"epoch": epoch, "hash": previous, "seq": seq}
            connection.execute(_QUERIES["rehash"], changed)


def prune(connection: sqlite3.Connection, *, before: datetime, most: int) -> list[UUID]:
    """Delete what was acked before that time, oldest first; returns the facts' ids."""
    bound = {"before_ms": unix_ms(before)}
    connection.execute(_QUERIES["forget_old_ack_marks"], bound)
    gone = connection.execute(_QUERIES["prune"], {**bound, "most": most}).fetchall()
    return [UUID(fact_id) for (fact_id,) in gone]


def holds(connection: sqlite3.Connection, fact_id: UUID) -> bool:
    """Whether the fact was not pruned yet."""
    return connection.execute(_QUERIES["holds"], {"fact_id": str(fact_id)}).fetchone() is not None


async def facts_from(
    reader: aiosqlite.Connection, *, first: int, max_count: int, max_bytes: int
) -> list[StoredFact]:
    """Facts without a hole from `first` on; none when that one is not there."""
    bounds = {"first": first, "max_count": max_count, "max_bytes": max_bytes}
    rows = list(await reader.execute_fetchall(_QUERIES["facts_from"], bounds))
    if not rows or rows[0][0] != first:
        return []
    assert rows[-1][0] == first + len(rows) - 1, f"the journal has a hole after {first}"
    return [StoredFact(seq=seq, hash=found, raw=raw) for seq, found, raw in rows]


async def hashes_at(reader: aiosqlite.Connection, seqs: Sequence[int]) -> dict[int, bytes]:
    """The hashes at these seqs; 0 is the genesis, what is not held is left out."""
    hashes: dict[int, bytes] = {}
    for seq in seqs:
        if seq == 0:
            ((device_id, *_),) = await reader.execute_fetchall(_QUERIES["device"])
            hashes[0] = genesis(UUID(device_id))
        for (found,) in await reader.execute_fetchall(_QUERIES["hash_at"], {"seq": seq}):
            hashes[seq] = found
    return hashes


async def debt(reader: aiosqlite.Connection) -> Debt:
    """What lies above the ack."""
    ((count, oldest_at_ms),) = await reader.execute_fetchall(_QUERIES["debt_span"])
    values = await reader.execute_fetchall(_QUERIES["debt_values"])
    return Debt(
        count=count,
        value_minor={str(currency): int(value) for currency, value in values},
        oldest_at=None if oldest_at_ms is None else from_unix_ms(oldest_at_ms),
    )


def _genesis(connection: sqlite3.Connection) -> bytes:
    (device_id, *_) = connection.execute(_QUERIES["device"]).fetchone()
    return genesis(UUID(device_id))
