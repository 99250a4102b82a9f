"""Look-ups answer only while no tenant is known: inside a tenant's transaction they are refused."""

from alembic import op

from migrations.policies import run_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Owners and callers of what is replaced stay."""
    run_file(op, "0007_guarded_lookups/1_guard.sql")
    op.execute("alter function refuse_inside_tenant() owner to lookup")
    op.execute("revoke all on function refuse_inside_tenant() from public")
    run_file(op, "0007_guarded_lookups/2_functions.sql")
