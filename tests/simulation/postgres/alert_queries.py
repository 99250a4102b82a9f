"""hub/fleet/alerts.sql: which boxes spoke in a device's name, and what people were told of it."""

from typing import Any

import msgspec

from tests.simulation.postgres.store import Transaction

Parameters = dict[str, Any]
Rows = list[dict[str, Any]]
_RUN_FIELDS = ("fingerprint", "sess", "first_at", "last_at", "returned_at")


async def raise_alert(t: Transaction, p: Parameters) -> int:
    group, key = _of_device(p), (p["kind"], p["told_once"])
    await t.lock("device_alert", group, key)
    if t.read("device_alert", group, key) is not None:
        return 0
    details = msgspec.json.decode(p["details"])
    alert = {"alert_id": p["alert_id"], "details": details, "settled_at": None}
    t.write("device_alert", group, key, alert)
    return 1


async def keeper(t: Transaction, p: Parameters) -> Rows:
    open_ = [
        (row["alert_id"], row["details"].get("keeper"))
        for (kind, _), row in t.scan("device_alert", _of_device(p)).items()
        if kind == "cloned" and row["settled_at"] is None
    ]
    return [{"keeper": found} for _, found in sorted(open_)[:1]]


async def runs(t: Transaction, p: Parameters) -> Rows:
    found = [
        {"boot": boot, **{name: row[name] for name in _RUN_FIELDS}}
        for (boot,), row in t.scan("device_boot", _of_device(p)).items()
    ]
    return sorted(found, key=lambda row: (row["last_at"], row["boot"]))


async def remember_run(t: Transaction, p: Parameters) -> int:
    group, key = _of_device(p), (p["boot"],)
    await t.lock("device_boot", group, key)
    before = t.read("device_boot", group, key)
    row = {name: p[name] for name in _RUN_FIELDS}
    if before is not None:
        row["first_at"] = before["first_at"]
    t.write("device_boot", group, key, row)
    return 1


async def forget_old_runs(t: Transaction, p: Parameters) -> int:
    newest = sorted(await runs(t, p), key=lambda row: row["boot"])
    newest.sort(key=lambda row: row["last_at"], reverse=True)
    old = newest[p["kept"] :]
    for row in old:
        t.write("device_boot", _of_device(p), (row["boot"],), None)
    return len(old)


def _of_device(p: Parameters) -> tuple[Any, Any]:
    return p["organization_id"], p["device_id"]


QUERIES = {
    query.__name__: query for query in (raise_alert, keeper, runs, remember_run, forget_old_runs)
}
