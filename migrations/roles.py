"""The roles of DESIGN §4, made by the superuser who first migrates.

    migrator   owns the schema and everything in it; migrations run as it
    app        what the hub runs as: owns nothing, bypasses nothing, sees one tenant per transaction
    ingest     what takes facts in: owns nothing, policies of its own on inbox and device_sync alone
    admission  what keeps the broker's door: may ask which devices enter, and reads no table
    lookup     owns the definer functions that find a tenant; nobody can log in as it

Running it again changes nothing but the passwords that are given.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, text

from protocol.errors import Refused

_ROLES = {
    "migrator": "nologin",
    "app": "login",
    "ingest": "login",
    "admission": "login",
    "lookup": "nologin",
}
_ATTRIBUTES = "nosuperuser nobypassrls nocreatedb nocreaterole noreplication"


Passwords = Mapping[str, str]
"""Role → password, for those that log in and `migrator`; a role not named stays as it is."""


def prepare_roles(connection: Connection, passwords: Passwords) -> None:
    """Create what is missing. Raises Refused when the caller is neither superuser nor migrator."""
    superuser = connection.scalar(
        text("select rolsuper from pg_roles where rolname = current_user")
    )
    if superuser:
        _create_roles(connection, passwords)
        _own_schema(connection)
        return
    allowed = connection.scalar(
        text(
            "select exists (select from pg_roles where rolname = 'migrator'"
            " and pg_has_role(current_user, oid, 'member'))"
        )
    )
    if not allowed:
        raise Refused(
            "migrator-needed",
            "This database role may not migrate: the first time use a superuser's URL, "
            "afterwards a superuser's or migrator's.",
        )
    present = set(connection.scalars(text("select rolname from pg_roles")))
    if missing := sorted(_ROLES.keys() - present):
        raise Refused(
            "roles-missing",
            f"This release has new database roles ({', '.join(missing)}), which only a superuser "
            "makes: migrate once with a superuser's URL.",
        )


@contextmanager
def acting_as_migrator(connection: Connection) -> Iterator[None]:
    """Inside, migrator owns what is created and may hand functions over to lookup."""
    connection.execute(text("set local role migrator"))
    connection.execute(text("grant create on schema public to lookup"))
    yield
    connection.execute(text("revoke create on schema public from lookup"))
    connection.execute(text("reset role"))


def _create_roles(connection: Connection, passwords: Passwords) -> None:
    # Roles belong to the cluster, and another database of it may migrate just now.
    connection.execute(text("lock table pg_catalog.pg_authid in share row exclusive mode"))
    present = set(connection.scalars(text("select rolname from pg_roles")))
    for role, login in _ROLES.items():
        if role not in present:
            connection.execute(text(f"create role {role} {login} {_ATTRIBUTES}"))
    for role, password in passwords.items():
        statement = connection.scalar(
            text(
                "select format('alter role %I login password %L',"
                " cast(:role as text), cast(:password as text))"
            ),
            {"role": role, "password": password},
        )
        connection.exec_driver_sql(str(statement))
    # migrator hands functions over to lookup.
    connection.execute(text("grant lookup to migrator"))


def _own_schema(connection: Connection) -> None:
    database = connection.scalar(text("select quote_ident(current_database())"))
    for statement in (
        "alter schema public owner to migrator",
        "revoke all on schema public from public",
        "grant usage on schema public to app, ingest, admission, lookup",
        f"revoke all on database {database} from public",
        f"grant connect, temporary on database {database} to migrator, app, ingest, admission",
    ):
        connection.execute(text(statement))
