"""What must hold when everything is quiet, and some things that must hold all the time.

The disks and the store are read directly: the oracle believes neither program's account of itself.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from hub.ingest.rules import fact_id_of
from protocol.codec.chain import genesis, link
from protocol.messages.collections import COLLECTIONS
from tests.simulation.box import Box
from tests.simulation.ledger import collection_of, facts_in_inbox, facts_on
from tests.simulation.postgres.store import Overlay, Row
from tests.simulation.schedule import HERD_BOXES

if TYPE_CHECKING:
    from tests.simulation.world import World

_SHOWN = 6
# Of a street that lost its broker, so many may come back within a tenth of a second.
_HERD_WINDOW_S = 0.1
_HERD_SHARE = 0.35
# Each shop may ask once where the hub stands.
_NOISE = frozenset({"ev", "bk", "rsp", "req", "ack", "nak", "probe"})
_QUESTION = frozenset({"hello", "welcome"})
_FORKING = frozenset({"hub-restored", "backup-restored", "card-cloned", "disk-wiped"})
# A restored hub gives a lost epoch's number to another line, and the box on the lost one may send a
# batch or two before its hello tells them apart (ADR 13); a round of refusals would be many.
_TWO_LINES = frozenset({"hub-restored", "card-cloned"})
_LAST_WORDS = 3


class Oracle:
    """`verdict` names every promise that was broken, with what shows it."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.heard: Counter[str] = Counter()
        self.quiet: Counter[str] = Counter()
        self.never_settled = False
        self._hello_times: list[float] = []
        self._found: list[str] = []

    def hear(self, topic: str, payload: bytes) -> None:
        """Every message that reaches the broker."""
        channel = topic.rsplit("/", 1)[1]
        self.heard[channel] += 1
        if channel == "hello":
            self._hello_times.append(asyncio.get_running_loop().time())

    def look_at_commit(self, overlay: Overlay) -> None:
        """C and D at the hub, at every commit: what was acknowledged stays."""
        store = self._world.cluster.store
        for (table, group), rows in overlay.items():
            if table == "device_sync":
                for key, row in rows.items():
                    before = store.group(table, group).get(key)
                    if before is not None and row is not None:
                        self._look_at_prefix(before, row)
            elif table == "inbox":
                sync = store.group("device_sync", group[:1]).get(group[1:])
                gone = [key for key, row in rows.items() if row is None]
                for epoch, seq in gone:
                    if sync is not None and epoch == sync["epoch"] and seq <= sync["hwm"]:
                        self._found.append(f"C: the hub drops {epoch}/{seq}, which it had acked")

    def _look_at_prefix(self, before: Row, row: Row) -> None:
        if row["epoch"] < before["epoch"]:
            self._found.append(f"D: epoch {before['epoch']} becomes {row['epoch']}")
        if row["epoch"] == before["epoch"] and row["hwm"] < before["hwm"]:
            self._found.append(f"D: the hub's prefix goes back: {before['hwm']} to {row['hwm']}")

    def is_level(self, box: Box) -> bool:
        """Whether hub and box stand at the same place, and the hub has projected it."""
        head = _head(box)
        sync = self._sync(box)
        if head is None or sync is None:
            return False
        store, tenant = self._world.cluster.store, self._world.tenant
        done = store.group("device_projection", (tenant,)).get((box.device_id,))
        place = head[0], head[1]
        return (
            head[2] == head[1]
            and (sync["epoch"], sync["hwm"]) == place
            and sync["hash"] == head[3]
            and done is not None
            and (done["epoch"], done["seq"]) == place
        )

    def copies_are_new(self, box: Box) -> bool:
        """Whether the shop holds the newest version of everything."""
        held = _versions(box.disk.connection)
        for collection in COLLECTIONS:
            version, _ = self._published(box, collection)
            if held.get(collection, 0) != version:
                return False
        return True

    def look_at_replica(self, box: Box, collection: str) -> None:
        """J."""
        version = _versions(box.disk.connection).get(collection, 0)
        rows = _visible(box.disk.connection, collection)
        states = self._world.ledger.published.get((box.store_id, collection), {})
        if version and rows not in states.get(version, []):
            self._found.append(
                f"J: {box.name} shows {len(rows)} rows of {collection} as version {version},"
                " which the hub never published"
            )

    def look_at_disk(self, box: Box) -> None:
        """C, D, N on a card."""
        self._found += [f"{box.name}: {each}" for each in _journal_faults(box, self._sync(box))]
        self._found += [f"{box.name}: {each}" for each in _series_faults(box.disk.connection)]

    def verdict(self) -> list[str]:
        """Everything that does not hold."""
        world = self._world
        wrong = list(dict.fromkeys([*self._found, *world.books.wrong]))
        if self.never_settled:
            wrong.append(f"H: not settled: {'; '.join(self._unsettled())}")
        else:
            wrong += self._unquiet()
        for box in world.boxes:
            self._found = []
            self.look_at_disk(box)
            for collection in COLLECTIONS:
                self.look_at_replica(box, collection)
            wrong += self._found
            wrong += [
                f"crash: {box.name}: {why}" for why in box.crashes if why != "the disk failed"
            ]
        for worker in world.workers:
            if worker.running.crashed is not None:
                wrong.append(f"crash: {worker.name}: {worker.running.crashed!r}")
        wrong += self._sales()
        wrong += self._inbox()
        wrong += self._quarantine()
        wrong += self._herd()
        return wrong

    def _sales(self) -> Iterator[str]:
        """A and B: by id and by hash."""
        world, ledger = self._world, self._world.ledger
        store = world.cluster.store
        books = store.group("sale", (world.tenant,))
        effects = store.group("fact_effect", (world.tenant,))
        held = set[UUID]().union(*(facts_on(box) for box in world.boxes))
        missing = [
            sale
            for sale in ledger.answered
            if (sale,) not in books and not (sale in ledger.excused and sale not in held)
        ]
        if missing:
            yield f"A: {len(missing)} answered sales are not in the books: {_some(missing)}"
        aside = {
            row["fact_id"] for rows in store.groups("quarantine").values() for row in rows.values()
        }
        forgotten = [
            fact_id
            for fact_id in ledger.orphaned - held - facts_in_inbox(store, ahead=True)
            if (fact_id,) not in effects and str(fact_id) not in aside
        ]
        if forgotten:
            yield f"D: what came ahead of a gap is gone: {_some(forgotten)}"
        changed = [
            fact_id
            for (fact_id,), effect in effects.items()
            if fact_id in ledger.built and effect["content_hash"] not in ledger.built[fact_id]
        ]
        if changed:
            yield f"A: the books hold other bytes than were written: {_some(changed)}"
        foreign = [fact_id for (fact_id,) in books if fact_id not in ledger.built]
        if foreign:
            yield f"B: the books hold what nobody sold: {_some(foreign)}"

    def _inbox(self) -> Iterator[str]:
        """C at the hub: every epoch's prefix is whole, and chained. I: only poison is aside."""
        store, tenant = self._world.cluster.store, self._world.tenant
        poisoned = self._world.ledger.poisoned
        for device_id in self._world.fleet.devices:
            rows = store.group("inbox", (tenant, device_id))
            epochs = store.group("device_epoch", (tenant, device_id))
            sync = store.group("device_sync", (tenant,)).get((device_id,))
            if sync is None:
                continue
            if sync["epoch"] > 1 and not store.group("device_alert", (tenant, device_id)):
                yield f"L: epoch {sync['epoch']} was issued and nobody was told why"
            for (epoch,), line in sorted(epochs.items()):
                top = sync["hwm"] if line["final_hwm"] is None else line["final_hwm"]
                yield from _chain_faults(rows, epoch, line, top=top)
            for place, row in sorted(rows.items()):
                own = fact_id_of(row["bytes"])
                if row["state"] and own is not None and own not in poisoned:
                    yield f"I: {place} is aside ({row['reason']}), and is a sound fact"

    def _quarantine(self) -> Iterator[str]:
        """Nothing is there that nobody can explain."""
        kinds = {fault.kind for fault in self._world.schedule.faults}
        reasons: Counter[str] = Counter()
        for rows in self._world.cluster.store.groups("quarantine").values():
            for row in rows.values():
                reasons[row["reason"]] += 1
                fact_id = None if row["fact_id"] is None else UUID(row["fact_id"])
                twice = len(self._world.ledger.built.get(fact_id, ())) if fact_id else 0
                if row["reason"] == "id-reused" and twice > 1:
                    reasons[row["reason"]] -= 1
        if kinds & _FORKING:
            del reasons["fork"], reasons["orphaned"]
        if kinds >= _TWO_LINES and reasons["bad-hash"] <= _LAST_WORDS:
            del reasons["bad-hash"]
        if +reasons:
            yield f"L: in quarantine without a reason of ours: {dict(+reasons)}"

    def _herd(self) -> Iterator[str]:
        """Whoever lost the broker together does not come back together."""
        if not self._world.schedule.herd:
            return
        after_s = [at_s for at_s in self._hello_times if at_s > 60.0]
        peak = max(
            (sum(at <= other < at + _HERD_WINDOW_S for other in after_s) for at in after_s),
            default=0,
        )
        if peak > HERD_BOXES * _HERD_SHARE:
            yield f"H: {peak} of {HERD_BOXES} shops said hello in one tenth of a second"

    def _unquiet(self) -> Iterator[str]:
        schedule = self._world.schedule
        questions = len(self._world.boxes) * (schedule.workers if schedule.overlap else 1)
        noise = {
            name: count
            for name, count in self.quiet.items()
            if name in _NOISE or (name in _QUESTION and count > questions)
        }
        if noise:
            yield f"H: not quiet although all is settled: {noise}"

    def _unsettled(self) -> Iterator[str]:
        for box in self._world.boxes:
            if not self.is_level(box):
                sync = self._sync(box)
                at = None if sync is None else (sync["epoch"], sync["hwm"])
                yield f"{box.name} journal {_head(box)} hub {at}"
            if not self.copies_are_new(box):
                yield f"{box.name} copies {_versions(box.disk.connection)}"

    def _sync(self, box: Box) -> Row | None:
        store = self._world.cluster.store
        return store.group("device_sync", (self._world.tenant,)).get((box.device_id,))

    def _published(self, box: Box, collection: str) -> tuple[int, dict[str, bytes]]:
        store, tenant = self._world.cluster.store, self._world.tenant
        return collection_of(store, tenant, box.store_id, collection=collection)


def settled(world: "World") -> bool:
    """Every card and every copy is where the hub is, and nothing is being written."""
    oracle = world.oracle
    return all(
        box.agent is not None
        and not box.agent.writer.under_way()
        and box.agent.sync.status().welcomed
        and oracle.is_level(box)
        and oracle.copies_are_new(box)
        for box in world.boxes
    )


def _head(box: Box) -> tuple[int, int, int, bytes] | None:
    """Epoch, head, ack and the head's hash; None before the first start."""
    connection = box.disk.connection
    device = connection.execute("SELECT epoch, acked_seq FROM device").fetchone()
    if device is None:
        return None
    head = connection.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    seq, digest = head or (0, genesis(box.device_id))
    return device[0], seq, device[1], bytes(digest)


def _journal_faults(box: Box, sync: Row | None) -> Iterator[str]:
    rows = box.disk.connection.execute(
        "SELECT seq, epoch, hash, bytes FROM journal ORDER BY seq"
    ).fetchall()
    device = box.disk.connection.execute("SELECT acked_seq FROM device").fetchone()
    if not rows or device is None:
        return
    if rows[0][0] > max(1, device[0]):
        yield f"D: the journal begins at {rows[0][0]}, acked is {device[0]}"
    if rows[0][0] > 1 and (sync is None or sync["hwm"] < rows[0][0] - 1):
        yield f"D: pruned to {rows[0][0]}, the hub holds {sync and sync['hwm']}"
    before = genesis(box.device_id) if rows[0][0] == 1 else None
    expected = rows[0][0]
    for seq, epoch, digest, raw in rows:
        if seq != expected:
            yield f"C: the journal lacks {expected}"
        if before is not None and link(before, epoch=epoch, seq=seq, raw=raw) != digest:
            yield f"N: the chain breaks at {seq}"
        before, expected = bytes(digest), seq + 1


def _series_faults(connection: sqlite3.Connection) -> Iterator[str]:
    rows = connection.execute(
        "SELECT register_id, series_epoch, COUNT(*), MIN(receipt_number), MAX(receipt_number)"
        " FROM ticket GROUP BY 1, 2"
    )
    for register_id, epoch, count, first, last in rows:
        if (first, last) != (1, count):
            yield f"N: series {register_id}/{epoch} has {count} receipts from {first} to {last}"


def _chain_faults(
    rows: "dict[tuple[int, ...], Row]", epoch: int, line: Row, *, top: int
) -> Iterator[str]:
    digest = line["base_hash"]
    for seq in range(line["base_seq"] + 1, top + 1):
        row = rows.get((epoch, seq))
        if row is None:
            yield f"C: the hub lacks {epoch}/{seq} below {top}"
            return
        dead = row["state"] == 1 and fact_id_of(row["bytes"]) is None
        if not dead and link(digest, epoch=epoch, seq=seq, raw=row["bytes"]) != row["hash"]:
            yield f"N: the hub's chain breaks at {epoch}/{seq}"
        digest = row["hash"]


def _versions(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT collection, version FROM replica").fetchall())


def _visible(connection: sqlite3.Connection, collection: str) -> dict[str, bytes]:
    rows = connection.execute(
        "SELECT key, payload FROM visible_row WHERE collection = ?", (collection,)
    )
    return {key: bytes(payload) for key, payload in rows}


def _some(ids: list[UUID]) -> str:
    shown = ", ".join(str(each) for each in ids[:_SHOWN])
    return shown if len(ids) <= _SHOWN else f"{shown} …"
