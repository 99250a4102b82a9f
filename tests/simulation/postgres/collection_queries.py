"""hub/collections/queries.sql."""

from typing import Any
from uuid import UUID

from tests.simulation.postgres.store import Row, Transaction

Parameters = dict[str, Any]
Rows = list[dict[str, Any]]
_NEW_HEAD = {"version": 0, "pruned_version": 0, "written_by": None}


async def ensure_heads(t: Transaction, p: Parameters) -> int:
    count = 0
    for store_id in p["store_ids"]:
        group, key = (p["organization_id"], store_id), (p["collection"],)
        await t.lock("collection_head", group, key)
        if t.read("collection_head", group, key) is None:
            t.write("collection_head", group, key, _NEW_HEAD)
            count += 1
    return count


async def lock_heads(t: Transaction, p: Parameters) -> Rows:
    found = []
    for store_id in sorted(p["store_ids"]):
        group = p["organization_id"], store_id
        await t.lock("collection_head", group, (p["collection"],))
        if t.read("collection_head", group, (p["collection"],)) is not None:
            found.append({"store_id": store_id})
    return found


async def put(t: Transaction, p: Parameters) -> int:
    incoming = zip(p["store_ids"], p["keys"], p["payloads"], strict=True)
    changed: dict[UUID, list[tuple[str, bytes]]] = {}
    for store_id, key, payload in incoming:
        row = t.read("collection_row", _rows_of(p, store_id), (key,))
        if row is None or row["payload"] != payload:
            changed.setdefault(store_id, []).append((key, payload))
    for store_id, rows in changed.items():
        version = await _next_version(t, p, store_id)
        for key, payload in rows:
            row = {"version": version, "payload": payload, "changed_at": p["at"]}
            t.write("collection_row", _rows_of(p, store_id), (key,), row)
    return sum(map(len, changed.values()))


async def remove(t: Transaction, p: Parameters) -> int:
    group = _rows_of(p, p["store_id"])
    gone = [
        key
        for (key,), row in sorted(t.scan("collection_row", group).items())
        if row["payload"] is not None and (key in p["keys"]) != p["all_others"]
    ]
    if gone:
        version = await _next_version(t, p, p["store_id"])
        for key in gone:
            row = {"version": version, "payload": None, "changed_at": p["at"]}
            t.write("collection_row", group, (key,), row)
    return len(gone)


async def rows_after(t: Transaction, p: Parameters) -> Rows:
    group = p["organization_id"], p["store_id"]
    head = t.read("collection_head", group, (p["collection"],))
    if head is None:
        return []
    upcoming = sorted(
        (row["version"], key, row["payload"])
        for (key,), row in t.scan("collection_row", _rows_of(p, p["store_id"])).items()
        if (row["version"], key) > (p["version"], p["key"])
    )[: p["most"]]
    at = {"head_version": head["version"], "pruned_version": head["pruned_version"]}
    nothing = {"key": None, "version": None, "payload": None}
    found = [{"key": key, "version": v, "payload": payload} for v, key, payload in upcoming]
    given = t.read("collection_version", _rows_of(p, p["store_id"]), (p["seen"],))
    known = p["seen"] == 0 or given is not None
    return [{**at, "known": known, **row} for row in found or [nothing]]


async def versions(t: Transaction, p: Parameters) -> Rows:
    heads = t.scan("collection_head", (p["organization_id"], p["store_id"]))
    return [
        {"collection": collection, "version": head["version"]}
        for (collection,), head in heads.items()
    ]


async def prune_tombstones(t: Transaction, p: Parameters) -> int:
    old = [
        (row["changed_at"], group, key, row["version"])
        for group in t.groups("collection_row")
        if group[0] == p["organization_id"]
        for key, row in t.scan("collection_row", group).items()
        if row["payload"] is None and row["changed_at"] < p["before"]
    ]
    for _, group, key, version in sorted(old)[: p["most"]]:
        organization_id, store_id, collection = group
        of_store = organization_id, store_id
        await t.lock("collection_head", of_store, (collection,))
        head = t.read("collection_head", of_store, (collection,))
        row = t.read("collection_row", group, key)
        if head is None or row is None or row["version"] != version or row["payload"] is not None:
            continue
        pruned = {**head, "pruned_version": max(head["pruned_version"], version)}
        t.write("collection_head", of_store, (collection,), pruned)
        t.write("collection_row", group, key, None)
    return len(old[: p["most"]])


async def prune_versions(t: Transaction, p: Parameters) -> int:
    old = []
    for group in t.groups("collection_version"):
        if group[0] != p["organization_id"]:
            continue
        head = t.read("collection_head", group[:2], group[2:])
        old += [
            (row["given_at"], group, key)
            for key, row in t.scan("collection_version", group).items()
            if head is not None and row["given_at"] < p["before"] and key[0] < head["version"]
        ]
    for _, group, key in sorted(old)[: p["most"]]:
        await t.lock("collection_version", group, key)
        t.write("collection_version", group, key, None)
    return len(old[: p["most"]])


async def _next_version(t: Transaction, p: Parameters, store_id: UUID) -> int:
    """One version per collection and transaction."""
    group, key = (p["organization_id"], store_id), (p["collection"],)
    await t.lock("collection_head", group, key)
    head: Row | None = t.read("collection_head", group, key)
    assert head is not None
    if head["written_by"] != t.number:
        version = max(head["version"] + 1, p["version"])
        head = {**head, "version": version, "written_by": t.number}
        t.write("collection_head", group, key, head)
        t.write("collection_version", _rows_of(p, store_id), (version,), {"given_at": p["at"]})
    return int(head["version"])


def _rows_of(p: Parameters, store_id: UUID) -> tuple[Any, ...]:
    return p["organization_id"], store_id, p["collection"]


QUERIES = {
    query.__name__: query
    for query in (
        ensure_heads,
        lock_heads,
        put,
        remove,
        rows_after,
        versions,
        prune_tombstones,
        prune_versions,
    )
}
