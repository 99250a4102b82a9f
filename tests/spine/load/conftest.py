"""One street for the tests of the folder: ingest workers and projectors under way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from provisioning.demo.postgres import PostgresServer
from tests.servers.pki import Pki
from tests.spine.load.yard import Role, Yard, yard

INGEST = ("hub-in-1", "hub-in-2")
WORK = ("hub-work-1", "hub-work-2")
_ROLES: dict[str, Role] = {
    **dict.fromkeys(INGEST, "ingest"),
    **dict.fromkeys(WORK, "work"),
}


@dataclass(frozen=True)
class Street:
    """The processes that are meant to run, whatever a test did to them."""

    yard: Yard

    async def have(self, *names: str) -> None:
        """Start what is missing of these."""
        missing = [name for name in names if not self.yard.runs(name)]
        await asyncio.gather(*(self.yard.start(_ROLES[name], name) for name in missing))


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared_street(
    postgres_server: PostgresServer,
    new_database: Callable[[PostgresServer], str],
    tmp_path_factory: pytest.TempPathFactory,
    pki: Pki,
) -> AsyncIterator[Street]:
    folder = tmp_path_factory.mktemp("street")
    async with yard(folder, postgres_server, new_database(postgres_server), pki=pki) as made:
        yield Street(made)


@pytest_asyncio.fixture(loop_scope="package")
async def lane(shared_street: Street) -> Yard:
    """With one ingest worker and one projector at least."""
    await shared_street.have(INGEST[0], WORK[0])
    return shared_street.yard


@pytest_asyncio.fixture(loop_scope="package")
async def street(shared_street: Street) -> Yard:
    """With two of each."""
    await shared_street.have(*INGEST, *WORK)
    return shared_street.yard
