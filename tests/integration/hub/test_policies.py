"""The allow-list of policies, grants and functions: what is not named here may not be there.

A new table is named in APP_GRANTS or this fails.
"""

from collections.abc import AsyncIterator

import pytest

from hub.kit.db import Database
from tests.integration.hub import catalog_of_tables as catalog
from tests.integration.hub.conftest import HubDatabase

_APPEND = "insert, select"
_CHANGE = "insert, select, update"
_ALL = "delete, insert, select, update"

APP_GRANTS = {
    "organization": _CHANGE,
    "legal_entity": _CHANGE,
    "legal_entity_regime": _ALL,
    "cash_step": _ALL,
    "cash_denomination": _ALL,
    "duty_tariff": _ALL,
    "store": _CHANGE,
    "store_setting": _CHANGE,
    "register": _CHANGE,
    "tenant_counter": _CHANGE,
    "role": _CHANGE,
    "membership": _CHANGE,
    "user_session": _ALL,
    "api_key": _CHANGE,
    "audit_entry": _APPEND,
    "device": _CHANGE,
    "device_claim": _ALL,
    "device_certificate": "delete, insert, select",
    "device_command": _ALL,
    "category": _CHANGE,
    "tax_rate": _CHANGE,
    "product": _CHANGE,
    "product_code": _ALL,
    "product_alias": _APPEND,
    "price": _CHANGE,
    "price_list": _CHANGE,
    "price_list_customer": "delete, insert, select",
    "promotion": _CHANGE,
    "staff_member": _CHANGE,
    "staff_pin": _CHANGE,
    "collection_head": _CHANGE,
    "collection_row": _ALL,
    "collection_version": "delete, insert, select",
    "device_alert": _CHANGE,
    "device_boot": _ALL,
    "device_epoch": _CHANGE,
    "device_sync": _CHANGE,
    "device_projection": _CHANGE,
    "inbox": "delete, insert, select, update",
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
    "invoice": _APPEND,
    "hub_invoice_series": _CHANGE,
    "event": _APPEND,
    "rollup_hour_store_sku": _ALL,
    "rollup_day_store": _ALL,
    "rollup_day_store_tax": _ALL,
    "rollup_day_store_tender": _ALL,
}
# Roles that act before the tenant is known: (table, role) → privileges, under a policy of its own.
PRE_TENANT_GRANTS = {
    ("organization", "lookup"): "select",
    ("membership", "lookup"): "select",
    ("device", "lookup"): "select",
    ("device_claim", "lookup"): "select",
    ("device_certificate", "lookup"): "select",
    ("device_command", "lookup"): "select",
    ("app_user", "lookup"): _CHANGE,
    ("device_sync", "lookup"): "select",
    ("device_projection", "lookup"): "select",
    ("inbox", "lookup"): "select",
    ("inbox", "ingest"): "delete, insert, select",
    ("device_sync", "ingest"): "select, update",
}
# No tenant's: the users, who may belong to several, and Alembic's own table.
GLOBAL_TABLES = {"app_user", "alembic_version"}
VERSION_GRANTS = {("alembic_version", role): "select" for role in ("app", "ingest", "admission")}
COLUMN_GRANTS = {
    (f"app_user.{column}", "app", "select")
    for column in ("user_id", "email", "name", "language", "status")
}
# Function → (owner, callers).
FUNCTIONS = {
    "refuse_inside_tenant()": ("lookup", []),
    "device_tenant(uuid)": ("lookup", ["app", "ingest"]),
    "claim_by_code(bytea)": ("lookup", ["app"]),
    "admission_pulse()": ("lookup", ["admission"]),
    "admission_devices(uuid,timestamp with time zone,integer)": ("lookup", ["admission"]),
    "commands_due(uuid[],uuid[],timestamp with time zone,timestamp with time zone,integer)": (
        "lookup",
        ["app"],
    ),
    "organizations_after(uuid,integer)": ("lookup", ["app"]),
    "user_by_email(text)": ("lookup", ["app"]),
    "user_organizations(uuid)": ("lookup", ["app"]),
    "adopt_user(uuid,text,text,text,text,timestamp with time zone)": ("lookup", ["app"]),
    "replace_password_hash(uuid,text,text)": ("lookup", ["app"]),
    "projection_due(integer)": ("lookup", ["app"]),
    "projection_parked(integer)": ("lookup", ["app"]),
    "ensure_month_partition(text,date)": ("migrator", ["app"]),
}
# Looked for before the tenant is known, hence not led by it.
FREE_INDEXES = {
    "alembic_version_pkc",
    "app_user_pkey",
    "app_user_email_key",
    "device_device_id_key",
    "device_claim_code_hash_key",
    "membership_user",
}
FREE_FOREIGN_KEYS = {"membership_user_id_fkey"}
TENANT = (
    "(organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), "
    "''::text))::uuid AS \"nullif\"))"
)
MEMBER = """(EXISTS ( SELECT
   FROM membership m
  WHERE (m.user_id = app_user.user_id)))"""


@pytest.fixture
async def superuser(hub_database: HubDatabase) -> AsyncIterator[Database]:
    database = Database(hub_database.superuser_url, pool_size=1)
    yield database
    await database.close()


async def test_row_security_is_forced_on_every_table_and_partition(superuser: Database) -> None:
    async with superuser.lookup() as session:
        found = await catalog.tables(session)
    assert [t.name for t in found if not t.forced and t.name != "alembic_version"] == []
    assert {t.owner for t in found} == {"migrator"}
    whole = {t.name for t in found if not t.is_partition}
    assert whole == APP_GRANTS.keys() | GLOBAL_TABLES
    assert {t.name for t in found if not t.of_tenant} == GLOBAL_TABLES


async def test_there_are_no_views_or_sequences_to_see_past_the_rules(superuser: Database) -> None:
    async with superuser.lookup() as session:
        assert await catalog.other_relations(session) == []


async def test_policies_are_the_ones_allowed(superuser: Database) -> None:
    async with superuser.lookup() as session:
        found = {
            (p["tablename"], tuple(p["roles"])): (
                p["permissive"],
                p["cmd"],
                p["qual"],
                p["with_check"],
            )
            for p in await catalog.policies(session)
        }
        assert len(found) == len(await catalog.policies(session))
    wanted: dict[tuple[str, tuple[str, ...]], tuple[str, str, str, str | None]]
    wanted = {(table, ("app",)): ("PERMISSIVE", "ALL", TENANT, TENANT) for table in APP_GRANTS}
    wanted["app_user", ("app",)] = ("PERMISSIVE", "SELECT", MEMBER, None)
    for (table, role), privileges in PRE_TENANT_GRANTS.items():
        reads = privileges == "select"
        wanted[table, (role,)] = (
            "PERMISSIVE",
            "SELECT" if reads else "ALL",
            "true",
            None if reads else "true",
        )
    assert found == wanted


async def test_grants_are_the_ones_allowed_and_partitions_grant_nothing(
    superuser: Database,
) -> None:
    async with superuser.lookup() as session:
        found = await catalog.grants(session)
        columns = await catalog.column_grants(session)
    wanted = {(table, "app"): privileges for table, privileges in APP_GRANTS.items()}
    assert found == wanted | PRE_TENANT_GRANTS | VERSION_GRANTS
    assert columns == COLUMN_GRANTS


async def test_definer_functions_are_pinned_and_called_by_few(superuser: Database) -> None:
    async with superuser.lookup() as session:
        found = await catalog.functions(session)
    assert {f["signature"]: (f["owner"], f["callers"]) for f in found} == FUNCTIONS
    for function in found:
        assert function["definer"]
        assert function["config"] == ["search_path=pg_catalog, public, pg_temp"]


async def test_every_key_and_index_begins_with_the_tenant(superuser: Database) -> None:
    async with superuser.lookup() as session:
        keys = await catalog.keys(session)
        foreign_keys = await catalog.foreign_keys(session)
    assert {k["name"] for k in keys if k["first"] != "organization_id"} == FREE_INDEXES
    free = {k["name"] for k in foreign_keys if k["first"] != "organization_id"}
    assert free == FREE_FOREIGN_KEYS


async def test_lookup_cannot_log_in_and_nobody_bypasses(superuser: Database) -> None:
    async with superuser.lookup() as session:
        roles = await session.rows(
            "select rolname, rolcanlogin from pg_roles"
            " where rolname in ('app', 'ingest', 'admission', 'lookup', 'migrator')"
            " and not (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)"
        )
        members = await session.rows(
            "select m.member::regrole::text as member, m.roleid::regrole::text as role"
            " from pg_auth_members m where m.member::regrole::text in"
            " ('app', 'ingest', 'admission', 'lookup', 'migrator')"
        )
    can_log_in = {role["rolname"]: role["rolcanlogin"] for role in roles}
    assert can_log_in.keys() == {"app", "ingest", "admission", "lookup", "migrator"}
    assert not can_log_in["lookup"]
    assert [dict(member) for member in members] == [{"member": "migrator", "role": "lookup"}]
