"""Advisory locks: whoever loses the session learns that it may try again."""

import pytest

from hub.kit.advisory import AdvisoryLocks
from protocol.errors import Unavailable
from tests.fakes.last_word import hear_last_word
from tests.integration.hub.conftest import HubDatabase


@pytest.mark.fault(27, "F")
async def test_a_session_that_is_told_to_end_is_gone(hub_database: HubDatabase) -> None:
    """Word of it may come before the socket closes; an ingest worker opens another session."""
    locks = await AdvisoryLocks.open(hub_database.url("app"))
    assert await locks.take(1, 1)
    hear_last_word(locks._connection)
    with pytest.raises(Unavailable):
        await locks.take(1, 2)
    await locks.close()
    again = await AdvisoryLocks.open(hub_database.url("app"))
    assert await again.take(1, 2)
    await again.close()
