"""Tenants, users, devices, catalogue, staff and published collections."""

from alembic import op

from migrations.policies import (
    enable_role_policy,
    enable_tenant_policy,
    force_row_security,
    hand_to_lookup,
    run_file,
)

revision = "0001"
down_revision = None

_FILES = ("1_tenancy", "2_identity", "3_fleet", "4_catalog", "5_staff", "6_collections")

# What `app` may do with its own tenant's rows.
_GRANTS = {
    "organization": "select, insert, update",
    "legal_entity": "select, insert, update",
    "store": "select, insert, update",
    "store_setting": "select, insert, update",
    "register": "select, insert, update",
    "tenant_counter": "select, insert, update",
    "role": "select, insert, update",
    "membership": "select, insert, update",
    "user_session": "select, insert, update, delete",
    "api_key": "select, insert, update",
    "audit_entry": "select, insert",
    "device": "select, insert, update",
    "category": "select, insert, update",
    "tax_rate": "select, insert, update",
    "product": "select, insert, update",
    "product_code": "select, insert, update, delete",
    "product_alias": "select, insert",
    "price": "select, insert, update",
    "staff_member": "select, insert, update",
    "staff_pin": "select, insert, update",
    "collection_head": "select, insert, update",
    "collection_row": "select, insert, update, delete",
}

# lookup's functions → who may call them.
_CALLERS = {
    "device_tenant(uuid)": "app, ingest",
    "organizations_after(uuid, integer)": "app",
    "user_by_email(text)": "app",
    "user_organizations(uuid)": "app",
    "adopt_user(uuid, text, text, text, text, timestamptz)": "app",
    "replace_password_hash(uuid, text, text)": "app",
}


def upgrade() -> None:
    """Create everything, then say who may what."""
    for name in _FILES:
        run_file(op, f"0001_foundation/{name}.sql")
    for table, grants in _GRANTS.items():
        enable_tenant_policy(op, table, grants=grants)
    _guard_users()
    for table in ("organization", "membership", "device"):
        enable_role_policy(op, table, role="lookup", grants="select")
    run_file(op, "0001_foundation/7_functions.sql")
    for function, callers in _CALLERS.items():
        hand_to_lookup(op, function, callers=callers)
    op.execute("revoke all on function ensure_month_partition(text, date) from public")
    op.execute("grant execute on function ensure_month_partition(text, date) to app")
    op.execute("grant select on alembic_version to app, ingest")


def _guard_users() -> None:
    """A tenant sees its members, never their password hashes; lookup finds and adopts people."""
    force_row_security(op, "app_user")
    op.execute(
        "create policy app_user_member on app_user for select to app using "
        "(exists (select from membership m where m.user_id = app_user.user_id))"
    )
    op.execute("grant select (user_id, email, name, language, status) on app_user to app")
    enable_role_policy(op, "app_user", role="lookup", grants="select, insert, update")
