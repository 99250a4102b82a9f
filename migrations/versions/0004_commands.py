"""Commands to devices, their clocks, and whose facts are projected next."""

from alembic import op

from migrations.policies import (
    enable_role_policy,
    enable_tenant_policy,
    hand_to_lookup,
    run_file,
)

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables and functions, then say who may what."""
    run_file(op, "0004_commands/1_tables.sql")
    enable_tenant_policy(op, "device_command", grants="select, insert, update, delete")
    enable_role_policy(op, "device_command", role="lookup", grants="select")
    run_file(op, "0004_commands/2_functions.sql")
    hand_to_lookup(
        op, "commands_due(uuid[], uuid[], timestamptz, timestamptz, integer)", callers="app"
    )
