"""Processes that play schedules, started once."""

from collections.abc import Iterator

import pytest

from tests.simulation.running import Players


@pytest.fixture(scope="session")
def players() -> Iterator[Players]:
    """Two, as the machine has two cores."""
    with Players() as opened:
        yield opened
