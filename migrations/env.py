"""Alembic's entry. `hanout-hub migrate` hands in the open connection and the new roles' passwords.

All of a run is one transaction: roles, every pending version, and the version table, or nothing.
"""

from alembic import context

from migrations.roles import acting_as_migrator, prepare_roles

_connection = context.config.attributes["connection"]
_passwords = context.config.attributes.get("passwords", {})

prepare_roles(_connection, _passwords)
context.configure(connection=_connection, transactional_ddl=True)
with acting_as_migrator(_connection), context.begin_transaction():
    context.run_migrations()
