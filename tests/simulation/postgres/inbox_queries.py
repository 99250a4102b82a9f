"""hub/ingest/queries.sql, as far as intake and greeting use it. Names are the queries' own."""

from typing import Any

import sqlalchemy.exc

from tests.simulation.postgres.store import Row, Transaction

Parameters = dict[str, Any]
Rows = list[dict[str, Any]]
_EPOCH_FIELDS = ("epoch", "parent_epoch", "base_seq", "base_hash", "hwm", "hash")


class DuplicateKey(Exception):
    """What the driver raises on a unique violation."""

    sqlstate = "23505"


async def lock_device_syncs(t: Transaction, p: Parameters) -> Rows:
    found = []
    for organization_id, device_id in sorted(_devices(p)):
        if t.read("device_sync", (organization_id,), (device_id,)) is None:
            continue
        await t.lock("device_sync", (organization_id,), (device_id,))
        row = t.read("device_sync", (organization_id,), (device_id,))
        if row is not None:
            found.append({"device_id": device_id, **_fields(row, _EPOCH_FIELDS)})
    return found


async def hashes_held(t: Transaction, p: Parameters) -> Rows:
    found = []
    wanted = zip(
        p["organization_ids"],
        p["device_ids"],
        p["epochs"],
        p["firsts"],
        p["lasts"],
        strict=True,
    )
    for organization_id, device_id, epoch, first, last in wanted:
        rows = t.scan("inbox", (organization_id, device_id))
        for seq in range(first, last + 1):
            row = rows.get((epoch, seq))
            if row is not None:
                found.append({"device_id": device_id, "seq": seq, "hash": row["hash"]})
    return found


async def rows_ahead(t: Transaction, p: Parameters) -> Rows:
    found = []
    wanted = zip(p["organization_ids"], p["device_ids"], p["epochs"], p["hwms"], strict=True)
    for organization_id, device_id, epoch, hwm in wanted:
        rows = t.scan("inbox", (organization_id, device_id))
        found += [
            {
                "device_id": device_id,
                "seq": seq,
                "bytes": row["bytes"],
                "hash": row["hash"],
                "reason": row["reason"],
            }
            for (of_epoch, seq), row in rows.items()
            if of_epoch == epoch and seq > hwm
        ]
    return sorted(found, key=lambda row: (row["device_id"], row["seq"]))


async def drop_rows(t: Transaction, p: Parameters) -> int:
    places = zip(p["organization_ids"], p["device_ids"], p["epochs"], p["seqs"], strict=True)
    return sum(
        [
            await _delete(t, (organization_id, device_id), (epoch, seq))
            for organization_id, device_id, epoch, seq in places
        ]
    )


async def insert_inbox(t: Transaction, p: Parameters) -> int:
    names = (
        "organization_ids",
        "device_ids",
        "epochs",
        "seqs",
        "bytes",
        "hashes",
        "reasons",
        "person_keys",
    )
    count = 0
    for organization_id, device_id, epoch, seq, raw, digest, reason, keys in zip(
        *(p[name] for name in names), strict=True
    ):
        row = {
            "bytes": raw,
            "hash": digest,
            "received_at": p["received_at"],
            "state": 0 if reason is None else 1,
            "reason": reason,
            "fact_id": None,
            "type": None,
            "person_keys": keys,
        }
        count += await _insert(t, "inbox", (organization_id, device_id), (epoch, seq), row)
    return count


async def update_device_syncs(t: Transaction, p: Parameters) -> int:
    count = 0
    names = ("organization_ids", "device_ids", "epochs", "hwms", "hashes")
    for organization_id, device_id, epoch, hwm, digest in zip(
        *(p[name] for name in names), strict=True
    ):
        await t.lock("device_sync", (organization_id,), (device_id,))
        row = t.read("device_sync", (organization_id,), (device_id,))
        if row is None:
            continue
        if t.sees_nothing or (row["epoch"] == epoch and row["hwm"] <= hwm):
            moved = {
                **row,
                "hwm": hwm,
                "hash": digest,
                "head_seen": max(row["head_seen"], hwm),
                "updated_at": p["updated_at"],
            }
            t.write("device_sync", (organization_id,), (device_id,), moved)
            count += 1
    return count


async def insert_first_epoch(t: Transaction, p: Parameters) -> int:
    row = _epoch_row(p, parent=0, base=0, base_hash=p["genesis"])
    return await _insert(t, "device_epoch", _of_device(p), (1,), row)


async def insert_device_sync(t: Transaction, p: Parameters) -> int:
    row = {
        "partition": p["partition"],
        "epoch": 1,
        "parent_epoch": 0,
        "base_seq": 0,
        "base_hash": p["genesis"],
        "hwm": 0,
        "hash": p["genesis"],
        "head_seen": 0,
        "updated_at": p["at"],
    }
    return await _insert(t, "device_sync", (p["organization_id"],), (p["device_id"],), row)


async def insert_device_projection(t: Transaction, p: Parameters) -> int:
    row = {"epoch": 1, "seq": 0, "updated_at": p["at"]}
    return await _insert(t, "device_projection", (p["organization_id"],), (p["device_id"],), row)


async def lock_device_sync(t: Transaction, p: Parameters) -> Rows:
    place = (p["organization_id"],), (p["device_id"],)
    if t.read("device_sync", *place) is None:
        return []
    await t.lock("device_sync", *place)
    row = t.read("device_sync", *place)
    return [] if row is None else [_fields(row, _EPOCH_FIELDS)]


async def hold_store(_t: Transaction, _p: Parameters) -> Rows:
    """There is nobody to wait for: every simulated box is the only one of its store."""
    return [{"held": True}]


async def store_epoch(_t: Transaction, _p: Parameters) -> Rows:
    """Every simulated box is the only one of its store."""
    return [{"epoch": 0}]


async def past_epochs(t: Transaction, p: Parameters) -> Rows:
    return [
        {
            "epoch": epoch,
            "parent_epoch": row["parent_epoch"],
            "base_seq": row["base_seq"],
            "base_hash": row["base_hash"],
            "hwm": row["final_hwm"],
            "hash": row["final_hash"],
        }
        for (epoch,), row in sorted(t.scan("device_epoch", _of_device(p)).items())
        if row["final_hwm"] is not None
    ]


async def hashes_at(t: Transaction, p: Parameters) -> Rows:
    rows = t.scan("inbox", _of_device(p))
    return [
        {"epoch": epoch, "seq": seq, "hash": rows[epoch, seq]["hash"]}
        for epoch, seq in zip(p["epochs"], p["seqs"], strict=True)
        if (epoch, seq) in rows
    ]


async def end_epoch(t: Transaction, p: Parameters) -> int:
    await t.lock("device_epoch", _of_device(p), (p["epoch"],))
    row = t.read("device_epoch", _of_device(p), (p["epoch"],))
    if row is None:
        return 0
    ended = {**row, "final_hwm": p["hwm"], "final_hash": p["hash"]}
    t.write("device_epoch", _of_device(p), (p["epoch"],), ended)
    return 1


async def drop_rows_ahead(t: Transaction, p: Parameters) -> Rows:
    unfit = {
        place: row["bytes"]
        for place, row in t.scan("inbox", _of_device(p)).items()
        if place[0] == p["epoch"] and place[1] > p["hwm"]
    }
    return [
        {"seq": place[1], "raw": raw}
        for place, raw in sorted(unfit.items())
        if await _delete(t, _of_device(p), place)
    ]


async def insert_epoch(t: Transaction, p: Parameters) -> int:
    row = _epoch_row(p, parent=p["parent_epoch"], base=p["base_seq"], base_hash=p["base_hash"])
    if not await _insert(t, "device_epoch", _of_device(p), (p["epoch"],), row):
        raise sqlalchemy.exc.IntegrityError("insert_epoch", p, DuplicateKey())
    return 1


async def begin_epoch(t: Transaction, p: Parameters) -> int:
    place = (p["organization_id"],), (p["device_id"],)
    await t.lock("device_sync", *place)
    row = t.read("device_sync", *place)
    if row is None or row["epoch"] >= p["epoch"]:
        return 0
    begun = {
        **row,
        "epoch": p["epoch"],
        "parent_epoch": p["parent_epoch"],
        "base_seq": p["base_seq"],
        "base_hash": p["base_hash"],
        "hwm": p["base_seq"],
        "hash": p["base_hash"],
        "updated_at": p["at"],
    }
    t.write("device_sync", *place, begun)
    return 1


async def note_head(t: Transaction, p: Parameters) -> int:
    place = (p["organization_id"],), (p["device_id"],)
    await t.lock("device_sync", *place)
    row = t.read("device_sync", *place)
    if row is None:
        return 0
    noted = {**row, "head_seen": max(row["head_seen"], p["head"]), "updated_at": p["at"]}
    t.write("device_sync", *place, noted)
    return 1


async def _insert(
    t: Transaction, table: str, group: tuple[Any, ...], key: tuple[Any, ...], row: Row
) -> int:
    """ON CONFLICT DO NOTHING, which waits for whoever inserts the same key."""
    await t.lock(table, group, key)
    if t.read(table, group, key) is not None:
        return 0
    t.write(table, group, key, row)
    return 1


async def _delete(t: Transaction, group: tuple[Any, ...], key: tuple[Any, ...]) -> int:
    await t.lock("inbox", group, key)
    if t.read("inbox", group, key) is None:
        return 0
    t.write("inbox", group, key, None)
    return 1


def _devices(p: Parameters) -> list[tuple[Any, Any]]:
    return list(zip(p["organization_ids"], p["device_ids"], strict=True))


def _of_device(p: Parameters) -> tuple[Any, Any]:
    return p["organization_id"], p["device_id"]


def _fields(row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _epoch_row(p: Parameters, *, parent: int, base: int, base_hash: bytes) -> Row:
    return {
        "parent_epoch": parent,
        "base_seq": base,
        "base_hash": base_hash,
        "final_hwm": None,
        "final_hash": None,
        "issued_at": p["at"],
    }


QUERIES = {
    query.__name__: query
    for query in (
        lock_device_syncs,
        hashes_held,
        rows_ahead,
        drop_rows,
        insert_inbox,
        update_device_syncs,
        insert_first_epoch,
        insert_device_sync,
        insert_device_projection,
        lock_device_sync,
        hold_store,
        store_epoch,
        past_epochs,
        hashes_at,
        end_epoch,
        drop_rows_ahead,
        insert_epoch,
        begin_epoch,
        note_head,
    )
}
