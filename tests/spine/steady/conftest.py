"""One running product for all tests of the folder."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.spine.running import Running, running


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(tmp_path_factory.mktemp("steady")) as up:
        yield up
