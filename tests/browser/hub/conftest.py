"""A hub that listens."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from provisioning.demo.postgres import PostgresServer
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.hub_thread import HubThread, hub_thread


@pytest.fixture(scope="module")
def hub(
    postgres_server: PostgresServer,
    new_database: Callable[[PostgresServer], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[HubThread]:
    database = HubDatabase(postgres_server, new_database(postgres_server))
    with hub_thread(database, tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that says nothing on its console: the content policy complains there."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert said == []
