"""The shipped migrations, found by name: they may see the hub, the hub imports nothing of them."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool


def head_revision() -> str:
    """The newest migration of this release."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


async def upgrade(url: str, attributes: Mapping[str, Any]) -> None:
    """Bring the database to `head_revision()` in one transaction; nothing happens when it is there.

    `url`: a superuser's (the first time) or migrator's, not through a pooler. `attributes` reach
    the migrations' environment. Raises Refused when the role may not migrate.
    """
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool
    )
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, attributes)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, attributes: Mapping[str, Any]) -> None:
    config = _config()
    config.attributes.update({**attributes, "connection": connection})
    command.upgrade(config, "head")


def _config() -> Config:
    spec = find_spec("migrations")
    assert spec is not None
    assert spec.submodule_search_locations
    config = Config()
    config.set_main_option("script_location", spec.submodule_search_locations[0])
    return config
