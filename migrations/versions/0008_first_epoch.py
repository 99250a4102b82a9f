"""A device's first epoch: above every one of its store, so that no box repeats another's series."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Devices that exist began with 1."""
    op.execute(
        "alter table device add column first_epoch bigint not null default 1"
        " check (first_epoch >= 1)"
    )
