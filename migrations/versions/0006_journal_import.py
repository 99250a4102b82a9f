"""The office may bring in what a device exported: rows of the inbox, written as their tenant."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """The tenant's policy holds for what is inserted as for all else."""
    op.execute("grant insert on inbox to app")
