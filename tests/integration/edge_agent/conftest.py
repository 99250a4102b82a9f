"""A seeded folder, copied for every agent; starting one takes a second, so modules share theirs."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.settings import EdgeSettings
from tests.integration.edge_agent.shop_seed import seed, write_config
from tests.integration.edge_agent.tablet import RunningAgent, Tablet


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded")
    config = write_config(folder)
    asyncio.run(seed(EdgeSettings.from_file(config, environment={})))
    return folder / "data"


@pytest.fixture
def config(seeded: Path, tmp_path: Path) -> Path:
    shutil.copytree(seeded, tmp_path / "data")
    return write_config(tmp_path)


@pytest.fixture(scope="module")
def shared_agent(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAgent]:
    folder = tmp_path_factory.mktemp("shop")
    shutil.copytree(seeded, folder / "data")
    with RunningAgent(write_config(folder)) as agent:
        yield agent
        assert agent.stop() == 0


@pytest.fixture(scope="module")
def tablet(shared_agent: RunningAgent) -> Iterator[Tablet]:
    """At the first register, with an open shift."""
    with Tablet(shared_agent, stream=1) as tablet:
        tablet.open_shift()
        yield tablet
