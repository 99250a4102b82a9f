"""hub/ingest/queries.sql as far as the projector uses it, its bulk inserts, and the event log."""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec

from tests.simulation.postgres.store import Transaction

Parameters = dict[str, Any]
Rows = list[dict[str, Any]]
Played = Callable[[Transaction, Parameters], Awaitable[Rows | int]]
ZONE = "Africa/Algiers"


async def projection_due(t: Transaction, p: Parameters) -> Rows:
    due = []
    for (organization_id,) in t.groups("device_sync"):
        projections = t.scan("device_projection", (organization_id,))
        for (device_id,), row in t.scan("device_sync", (organization_id,)).items():
            done = projections.get((device_id,))
            reached = (0, 0) if done is None else (done["epoch"], done["seq"])
            if (row["epoch"], row["hwm"]) > reached:
                since = "" if done is None else done["updated_at"].isoformat()
                due.append((since, organization_id, device_id))
    return [
        {"organization_id": organization_id, "device_id": device_id}
        for _, organization_id, device_id in sorted(due)[: p["most"]]
    ]


async def projection_parked(t: Transaction, p: Parameters) -> Rows:
    tenants = {
        organization_id
        for organization_id, device_id in t.groups("inbox")
        if any(row["state"] == 2 for row in t.scan("inbox", (organization_id, device_id)).values())
    }
    return [{"organization_id": tenant} for tenant in sorted(tenants)[: p["most"]]]


async def lock_cursor(t: Transaction, p: Parameters) -> Rows:
    place = (p["organization_id"],), (p["device_id"],)
    if t.read("device_projection", *place) is None:
        return []
    if not await t.lock("device_projection", *place, skip=True):
        return []
    row, head = t.read("device_projection", *place), t.read("device_sync", *place)
    device = t.read("device", *place)
    if row is None or head is None or device is None:
        return []
    return [
        {
            "epoch": row["epoch"],
            "seq": row["seq"],
            "head_epoch": head["epoch"],
            "head_seq": head["hwm"],
            "store_id": device["store_id"],
        }
    ]


async def epoch_bases(t: Transaction, p: Parameters) -> Rows:
    return [
        {"epoch": epoch, "base_seq": row["base_seq"]}
        for (epoch,), row in sorted(t.scan("device_epoch", _of_device(p)).items())
        if epoch > p["after"]
    ]


async def inbox_after(t: Transaction, p: Parameters) -> Rows:
    rows = t.scan("inbox", _of_device(p))
    low, high = (p["epoch"], p["seq"]), (p["head_epoch"], p["head_seq"])
    places = sorted(place for place in rows if low < place <= high)[: p["most"]]
    found, size = list[dict[str, Any]](), 0
    for place in places:
        if size >= p["most_bytes"]:
            break
        size += len(rows[place]["bytes"])
        found.append(_slot(place, rows[place]))
    return found


async def move_cursor(t: Transaction, p: Parameters) -> int:
    row = {"epoch": p["epoch"], "seq": p["seq"], "updated_at": p["at"]}
    await t.lock("device_projection", (p["organization_id"],), (p["device_id"],))
    t.write("device_projection", (p["organization_id"],), (p["device_id"],), row)
    return 1


async def content_hashes(t: Transaction, p: Parameters) -> Rows:
    effects = t.scan("fact_effect", (p["organization_id"],))
    return [
        {"fact_id": fact_id, "content_hash": effects[fact_id,]["content_hash"]}
        for fact_id in dict.fromkeys(p["fact_ids"])
        if (fact_id,) in effects
    ]


async def set_aside(t: Transaction, p: Parameters) -> int:
    names = ("epochs", "seqs", "states", "reasons", "fact_ids", "types")
    for epoch, seq, state, reason, fact_id, kind in zip(*(p[name] for name in names), strict=True):
        found = {"state": state, "reason": reason, "fact_id": fact_id, "type": kind}
        await _change(t, p, (epoch, seq), found)
    return len(p["seqs"])


async def take_back(t: Transaction, p: Parameters) -> int:
    settled = {"state": 0, "reason": None, "fact_id": None, "type": None}
    for place in zip(p["epochs"], p["seqs"], strict=True):
        await _change(t, p, place, settled)
    return len(p["seqs"])


async def parked_devices(t: Transaction, p: Parameters) -> Rows:
    tenant = (p["organization_id"],)
    return [
        {"device_id": device_id}
        for (device_id,) in sorted(t.scan("device", tenant))
        if any(row["state"] == 2 for row in t.scan("inbox", (*tenant, device_id)).values())
    ]


async def parked_after(t: Transaction, p: Parameters) -> Rows:
    rows = t.scan("inbox", _of_device(p))
    low = (p["epoch"], p["seq"])
    places = sorted(place for place, row in rows.items() if row["state"] == 2 and place > low)
    return [
        _slot(place, rows[place])
        for place in places[: p["most"]]
        if await t.lock("inbox", _of_device(p), place, skip=True)
    ]


async def empty_person_keys(t: Transaction, p: Parameters) -> int:
    for place in zip(p["epochs"], p["seqs"], strict=True):
        await _change(t, p, place, {"person_keys": None})
    return len(p["seqs"])


async def ensure_month(t: Transaction, p: Parameters) -> Rows:
    return []


async def store_zones(t: Transaction, p: Parameters) -> Rows:
    return [{"store_id": store_id, "timezone": ZONE} for store_id in p["store_ids"]]


async def quarantine_held(t: Transaction, p: Parameters) -> Rows:
    found = []
    for device_id in p["device_ids"]:
        rows = t.scan("quarantine", (p["organization_id"], device_id)).values()
        if rows:
            size = sum(len(row["bytes"]) for row in rows)
            found.append({"device_id": device_id, "items": len(rows), "size": size})
    return found


async def claim_effects(t: Transaction, p: Parameters) -> Rows:
    claimed = []
    for row in _documents(p):
        fact_id = UUID(row["fact_id"])
        place = (p["organization_id"],), (fact_id,)
        await t.lock("fact_effect", *place)
        if t.read("fact_effect", *place) is None:
            effect = {
                "content_hash": b64decode(row["content_hash"]),
                "device_id": UUID(row["device_id"]),
                "epoch": row["epoch"],
                "seq": row["seq"],
            }
            t.write("fact_effect", *place, effect)
            claimed.append({"fact_id": fact_id})
    return claimed


async def insert_quarantine(t: Transaction, p: Parameters) -> int:
    count = 0
    for row in _documents(p):
        group = p["organization_id"], UUID(row["device_id"])
        key = row["reason"], row["digest"]
        await t.lock("quarantine", group, key)
        if t.read("quarantine", group, key) is None:
            t.write("quarantine", group, key, {**row, "bytes": b64decode(row["bytes"])})
            count += 1
    return count


async def append_events(t: Transaction, p: Parameters) -> Rows:
    place = (p["organization_id"],), ("counter",)
    await t.lock("tenant_counter", *place)
    counter = t.read("tenant_counter", *place)
    if counter is None:
        return []
    base = counter["event_position"]
    t.write("tenant_counter", *place, {"event_position": base + p["event_count"]})
    for number, (fact_id, kind) in enumerate(zip(p["ids"], p["types"], strict=True), base + 1):
        t.write("event", (p["organization_id"],), (number,), {"id": fact_id, "type": kind})
    return [{"position": base + number + 1} for number in range(p["event_count"])]


async def last_position(t: Transaction, p: Parameters) -> Rows:
    counter = t.read("tenant_counter", (p["organization_id"],), ("counter",))
    return [] if counter is None else [{"event_position": counter["event_position"]}]


def _of_device(p: Parameters) -> tuple[Any, Any]:
    return p["organization_id"], p["device_id"]


def _slot(place: tuple[Any, ...], row: Any) -> dict[str, Any]:
    return {
        "epoch": place[0],
        "seq": place[1],
        "raw": row["bytes"],
        "received_at": row["received_at"],
        "state": row["state"],
        "person_keys": row["person_keys"],
    }


async def _change(
    t: Transaction, p: Parameters, place: tuple[int, int], found: dict[str, Any]
) -> None:
    await t.lock("inbox", _of_device(p), place)
    row = t.read("inbox", _of_device(p), place)
    if row is not None:
        t.write("inbox", _of_device(p), place, {**row, **found})


def _documents(p: Parameters) -> list[dict[str, Any]]:
    return msgspec.json.decode(p["rows"], type=list[dict[str, Any]])


QUERIES = {
    query.__name__: query
    for query in (
        projection_due,
        projection_parked,
        lock_cursor,
        epoch_bases,
        inbox_after,
        move_cursor,
        content_hashes,
        set_aside,
        take_back,
        parked_devices,
        parked_after,
        empty_person_keys,
        ensure_month,
        store_zones,
        quarantine_held,
    )
}
EVENT_QUERIES = {"append_events": append_events, "last_position": last_position}
BULK_INSERTS: dict[str, Played] = {"fact_effect": claim_effects, "quarantine": insert_quarantine}
