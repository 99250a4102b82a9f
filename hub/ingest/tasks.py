"""The projector's background entry point."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import sqlalchemy.exc
import structlog

from hub.ingest.projector import Projector
from hub.ingest.reprojection import Reprojection
from protocol.errors import Unavailable
from protocol.session.timing import backoff_ms

_log = structlog.get_logger(__name__)
# As many as a database of two cores can use beside one process that decodes.
LANES = 2


class ProjectionLoop:
    """`run` until cancelled, in `lanes` that do not wait for one another.

    A device whose facts take long to settle holds up one lane, and the next round of another one
    takes everybody else. `wake` after an inbox commit in this process; other processes' commits are
    found by looking every `idle_ms`.
    """

    def __init__(
        self,
        projector: Projector,
        parked: Reprojection,
        *,
        rng: Random,
        lanes: int = LANES,
        idle_ms: int = 200,
        backoff_max_ms: int = 10_000,
    ) -> None:
        self._projector = projector
        self._parked = parked
        self._rng = rng
        self._lanes = lanes
        self._idle_s = idle_ms / 1000
        self._backoff_max_ms = backoff_max_ms
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """There is something to project now."""
        self._awake.set()

    async def run(self) -> None:
        """Everything as it comes, and beside it what was parked, once more."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._lanes):
                tasks.create_task(self._project())
            tasks.create_task(self._reproject())

    async def _project(self) -> None:
        while True:
            self._awake.clear()
            if not await self._retried(self._projector.run_once):
                await self._look_again()

    async def _reproject(self) -> None:
        while True:
            if not await self._retried(self._parked.step):
                return
            # What is new goes first, on the same database and in the same processor.
            await asyncio.sleep(self._idle_s)

    async def _look_again(self) -> None:
        try:
            async with asyncio.timeout(self._idle_s):
                await self._awake.wait()
        except TimeoutError:
            return

    async def _retried(self, work: Callable[[], Awaitable[int]]) -> int:
        """Until it succeeds: when the database is away there is nothing else to do."""
        attempt = 0
        while True:
            try:
                return await work()
            except (Unavailable, sqlalchemy.exc.DBAPIError) as error:
                _log.warning("projection_waits", reason=str(error), attempt=attempt)
            wait_ms = backoff_ms(
                self._rng, attempt=attempt, initial_ms=250, max_ms=self._backoff_max_ms
            )
            await asyncio.sleep(wait_ms / 1000)
            attempt += 1
