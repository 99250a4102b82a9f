"""What every migration does alike: scripts, tenant policies, partitions.

The file's law: a tenant table gets exactly one policy for `app` (USING and WITH CHECK on the
transaction's tenant), row security forced, and only the grants it needs; a partition gets none.
`tests/integration/hub/test_policies.py` holds the allow-list of all of it.
"""

from datetime import date, timedelta
from importlib.resources import files
from typing import Protocol

from sqlalchemy import Connection, text

# NULLIF because a finished transaction leaves '' behind, the sub-select because it is then
# evaluated once per statement and prunes partitions.
TENANT = "organization_id = (select nullif(current_setting('app.organization_id', true), '')::uuid)"


class Operations(Protocol):
    """What is needed of the module `alembic.op`."""

    def execute(self, sqltext: str) -> None:
        """Run one statement."""
        ...

    def get_bind(self) -> Connection:
        """The migration's connection."""
        ...


def run_file(op: Operations, name: str) -> None:
    """Run `migrations/sql/<name>`, which may hold many statements."""
    run_script(op, files("migrations").joinpath("sql", name).read_text(encoding="utf-8"))


def run_script(op: Operations, script: str) -> None:
    """Run many statements in the migration's transaction."""
    bind = op.get_bind()
    bind.execute(text("select 1"))  # the driver opens its transaction with the first statement
    raw = bind.connection.dbapi_connection
    assert raw is not None
    raw.run_async(lambda connection: connection.execute(script))


def enable_tenant_policy(
    op: Operations, table: str, *, grants: str = "select, insert, update"
) -> None:
    """Force row security on `table` and let `app` do `grants` with its tenant's rows."""
    force_row_security(op, table)
    op.execute(
        f"create policy {table}_tenant on {table} for all to app "
        f"using ({TENANT}) with check ({TENANT})"
    )
    op.execute(f"grant {grants} on {table} to app")


def force_row_security(op: Operations, table: str) -> None:
    """Without a policy nobody, the owner included, sees a row."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")


def enable_role_policy(op: Operations, table: str, *, role: str, grants: str) -> None:
    """Let a role that acts before a tenant is known (ingest, lookup) do `grants`."""
    scope = (
        "for select to {} using (true)"
        if grants == "select"
        else "for all to {} using (true) with check (true)"
    )
    op.execute(f"create policy {table}_{role} on {table} " + scope.format(role))
    op.execute(f"grant {grants} on {table} to {role}")


def hand_to_lookup(op: Operations, function: str, *, callers: str) -> None:
    """Make a definer function lookup's (`name(types)`), callable by `callers` alone."""
    op.execute(f"alter function {function} owner to lookup")
    op.execute(f"revoke all on function {function} from public")
    op.execute(f"grant execute on function {function} to {callers}")


def create_hash_partitions(op: Operations, table: str, *, count: int) -> None:
    """Partitions `<table>_p00 …`; row security on each, for whoever reaches past the parent."""
    for remainder in range(count):
        partition = f"{table}_p{remainder:02d}"
        op.execute(
            f"create table {partition} partition of {table} "
            f"for values with (modulus {count}, remainder {remainder})"
        )
        force_row_security(op, partition)


def create_month_partitions(op: Operations, table: str, *, first: date, last: date) -> None:
    """Partitions `<table>_YYYY_MM` from the month of `first` to the month of `last`."""
    month = first.replace(day=1)
    while month <= last:
        op.execute(f"select ensure_month_partition('{table}', date '{month}')")
        month = (month + timedelta(days=31)).replace(day=1)
