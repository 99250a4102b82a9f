"""Start-up refuses a database in which row level security would not hold (DESIGN §4).

Every check answers with one sentence that says what is wrong and what to do.
"""

from hub.kit.db import Database, Session
from hub.kit.schema import head_revision
from protocol.errors import Refused

_MIN_SERVER_VERSION = 150_000

_ROLE = """
select rolname, rolsuper, rolbypassrls, rolreplication, rolcreaterole,
  exists (select from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p', 'v', 'm'))
    as owns_tables,
  -- A member has another role's rights and falls under its policies, of which some see all.
  (select min(m.rolname) from pg_roles m
    where m.oid <> r.oid and pg_has_role(r.oid, m.oid, 'member')) as joins,
  has_schema_privilege(r.oid, 'public', 'create') as creates,
  current_setting('server_version_num') as server_version
from pg_roles r where rolname = current_user
"""

# Partitions are reached through their parent alone, so they need no policy but must grant nothing.
_UNFORCED = """
select c.relname from pg_class c
join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and a.attnum > 0
where c.relkind in ('r', 'p') and not c.relispartition
  and not (c.relrowsecurity and c.relforcerowsecurity)
order by 1
"""

_OPEN_PARTITIONS = """
select c.relname from pg_class c
join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
where c.relispartition and c.relkind in ('r', 'p')
  and has_table_privilege(current_user, c.oid, 'select, insert, update, delete, truncate')
order by 1
"""

_REVISION = """
select version_num from alembic_version
"""


async def refuse_unsafe_database(database: Database) -> None:
    """Raise Refused unless the role, its rights and the schema are what they must be."""
    async with database.lookup() as session:
        await refuse_unsafe_role(session, revision=head_revision())


async def refuse_unsafe_role(session: Session, *, revision: str) -> None:
    """Raise Refused when this role, these tables or this schema are not what they must be.

    `revision`: the newest migration that this release ships.
    """
    row = await session.row(_ROLE)
    assert row is not None
    name = row["rolname"]
    wrongs = {
        "is a superuser": row["rolsuper"],
        "may bypass row level security": row["rolbypassrls"],
        "may replicate the whole cluster": row["rolreplication"],
        "may create roles": row["rolcreaterole"],
        "owns tables, and an owner can switch their rules off": row["owns_tables"],
        f"is a member of {row['joins']!r} (revoke that)": row["joins"] is not None,
        "may create objects in the schema": row["creates"],
    }
    for wrong, is_so in wrongs.items():
        if is_so:
            raise Refused(
                "unsafe-database-role",
                f"The database role {name!r} {wrong}; connect as the role that "
                "`hanout-hub migrate` made for this purpose (app or ingest).",
            )
    if int(row["server_version"]) < _MIN_SERVER_VERSION:
        raise Refused("unsafe-database", "Postgres is older than 15; upgrade the server.")
    await _refuse_schema(session, revision)


async def _refuse_schema(session: Session, revision: str) -> None:
    if await session.scalar("select to_regclass('public.alembic_version') is null"):
        raise Refused("schema-missing", "The database is empty; run `hanout-hub migrate`.")
    found = await session.scalar(_REVISION)
    if found != revision:
        raise Refused(
            "schema-differs",
            f"The database has schema {found!r} and this release needs {revision!r}; "
            "run `hanout-hub migrate` of the release that is to run.",
        )
    unforced = [row["relname"] for row in await session.rows(_UNFORCED)]
    if unforced:
        raise Refused(
            "unsafe-schema",
            f"Row level security is not forced on {', '.join(unforced)}; "
            "run `hanout-hub migrate`, or find out who switched it off.",
        )
    opened = [row["relname"] for row in await session.rows(_OPEN_PARTITIONS)]
    if opened:
        raise Refused(
            "unsafe-schema",
            f"The partitions {', '.join(opened)} are granted to this role, past their parent's "
            "rules; revoke the grants.",
        )
