"""What tells histories apart: every collection version given, alerts about devices, their boots.

A hub that is put back to a backup goes on as if nothing had been; what it gave out since then is
recognised by what is missing here (docs/adr/0013).
"""

from alembic import op

from migrations.policies import enable_tenant_policy, run_file

revision = "0005"
down_revision = "0004"

_GRANTS = {
    "collection_version": "select, insert, delete",
    "device_alert": "select, insert, update",
    "device_boot": "select, insert, update, delete",
}


def upgrade() -> None:
    """Create the tables; versions in force are known from the start."""
    run_file(op, "0005_forks/collection_version.sql")
    run_file(op, "0005_forks/device_alert.sql")
    op.execute(
        "insert into collection_version (organization_id, store_id, collection, version, given_at)"
        " select organization_id, store_id, collection, version, now() from collection_head"
    )
    for table, grants in _GRANTS.items():
        enable_tenant_policy(op, table, grants=grants)
