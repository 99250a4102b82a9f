"""Facts and what is derived from them: inbox, effects, tickets, tills, stock, events, rollups.

Ticket tables and stock movements are partitioned by month of business date, inbox, effects and
events by a hash of the organization (a month partition cannot enforce a key without its date).
Facts are inserted and never changed: no UPDATE is granted on what they become.
"""

from datetime import date

from alembic import op

from migrations.policies import (
    create_hash_partitions,
    create_month_partitions,
    enable_role_policy,
    enable_tenant_policy,
    hand_to_lookup,
    run_file,
)

revision = "0002"
down_revision = "0001"

_APPEND = "select, insert"
_CHANGE = "select, insert, update"
_ALL = "select, insert, update, delete"

_GRANTS = {
    "device_epoch": _CHANGE,
    "device_sync": _CHANGE,
    "device_projection": _CHANGE,
    "inbox": "select, update, delete",
    "fact_effect": _APPEND,
    "quarantine": _APPEND,
    "person_key": _CHANGE,
    "customer": _CHANGE,
    "discrepancy": _APPEND,
    "sale": _APPEND,
    "sale_line": _APPEND,
    "sale_tax_line": _APPEND,
    "sale_tender": _APPEND,
    "stock_movement": _APPEND,
    "stock_on_hand": _CHANGE,
    "shift": _CHANGE,
    "cash_movement": _APPEND,
    "z_report": _APPEND,
    "event": _APPEND,
    "rollup_hour_store_sku": _ALL,
    "rollup_day_store": _ALL,
    "rollup_day_store_tax": _ALL,
    "rollup_day_store_tender": _ALL,
}
_HASHED = ("inbox", "fact_effect", "event")
_MONTHLY = ("sale", "sale_line", "sale_tax_line", "sale_tender", "stock_movement")
_PARTITIONS = 16


def upgrade() -> None:
    """Create everything, then say who may what."""
    for name in ("ingest", "sales", "stock_and_tills", "events_and_rollups"):
        run_file(op, f"0002_facts/{name}.sql")
    for table in _HASHED:
        create_hash_partitions(op, table, count=_PARTITIONS)
    for table in _MONTHLY:
        # The projector and the nightly job make the other months as they are needed.
        create_month_partitions(op, table, first=date(2026, 1, 1), last=date(2027, 12, 1))
    for table, grants in _GRANTS.items():
        enable_tenant_policy(op, table, grants=grants)
    enable_role_policy(op, "inbox", role="ingest", grants="select, insert, delete")
    enable_role_policy(op, "device_sync", role="ingest", grants="select, update")
    for table in ("device_sync", "device_projection", "inbox"):
        enable_role_policy(op, table, role="lookup", grants="select")
    run_file(op, "0002_facts/functions.sql")
    for function in ("projection_due(integer)", "projection_parked(integer)"):
        hand_to_lookup(op, function, callers="app")
