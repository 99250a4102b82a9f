"""The shims, and the folders that the scenarios begin with."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from edge_agent.storage.writer import open_database
from tests.integration.edge_agent.shop_seed import seed
from tests.powercut import facts, replica
from tests.powercut.cutting import compile_shim
from tests.powercut.program import settings


@pytest.fixture(scope="session")
def write_journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_shim("write_journal", tmp_path_factory.mktemp("write_journal"))


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """By scenario, as on a disk where everything is synced."""
    made = {name: tmp_path_factory.mktemp(name) for name in ("sell", "migrate", "pull", "prune")}
    asyncio.run(seed(settings(made["sell"])))
    facts.fill(made["prune"] / "hanout.db")
    connection = open_database(made["pull"] / "hanout.db")
    for sent in replica.pages(1):
        replica.collection().stage_page(connection, sent)
    connection.close()
    return made
