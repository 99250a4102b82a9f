"""Claims, certificates, and what the broker's gatekeeper may read."""

from alembic import op

from migrations.policies import (
    enable_role_policy,
    enable_tenant_policy,
    hand_to_lookup,
    run_file,
)

revision = "0003"
down_revision = "0002"

# What was issued is never changed; both are forgotten long after they ended.
_GRANTS = {
    "device_claim": "select, insert, update, delete",
    "device_certificate": "select, insert, delete",
}
_CALLERS = {
    "claim_by_code(bytea)": "app",
    "admission_pulse()": "admission",
    "admission_devices(uuid, timestamptz, integer)": "admission",
}


def upgrade() -> None:
    """Create everything, then say who may what."""
    run_file(op, "0003_fleet_claims/1_tables.sql")
    for table, grants in _GRANTS.items():
        enable_tenant_policy(op, table, grants=grants)
        enable_role_policy(op, table, role="lookup", grants="select")
    run_file(op, "0003_fleet_claims/2_functions.sql")
    for function, callers in _CALLERS.items():
        hand_to_lookup(op, function, callers=callers)
    op.execute("grant select on alembic_version to admission")
