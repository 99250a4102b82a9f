"""The hub's world on an event loop of its own, because the browser's driver blocks the test's."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from hub.kit.schema import upgrade
from hub.kit.server import HttpServer
from tests.integration.hub.conftest import PASSWORDS, HubDatabase
from tests.integration.hub.hub_world import HubWorld, hub_world

_PATIENCE_S = 60
T = TypeVar("T")


class HubThread:
    """A listening hub. `do` runs something on its loop and waits."""

    def __init__(self) -> None:
        self.url = ""
        self.world: HubWorld
        self._loop = asyncio.new_event_loop()
        self._listens = threading.Event()
        self._stop = asyncio.Event()
        self._failure: BaseException | None = None

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, awaited where the hub lives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)

    def run(self, hub: HubDatabase, folder: Path) -> None:
        """The thread's body."""
        try:
            self._loop.run_until_complete(self._serve(hub, folder))
        except BaseException as failure:
            self._failure = failure
            self._listens.set()
            raise
        finally:
            self._loop.close()

    def wait_until_it_listens(self) -> None:
        assert self._listens.wait(_PATIENCE_S), "the hub does not listen"
        assert self._failure is None, self._failure

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self, hub: HubDatabase, folder: Path) -> None:
        await upgrade(hub.superuser_url, {"passwords": PASSWORDS})
        async with hub_world(hub, folder) as self.world:
            server = HttpServer(self.world.app, host="127.0.0.1", port=0, announce=self._announce)
            serving = asyncio.create_task(server.serve())
            await self._stop.wait()
            self.world.feed.close()
            server.stop()
            await serving

    def _announce(self, url: str) -> None:
        self.url = url
        self._listens.set()


@contextmanager
def hub_thread(hub: HubDatabase, folder: Path) -> Iterator[HubThread]:
    """A hub that listens until the end of the block."""
    running = HubThread()
    thread = threading.Thread(target=running.run, args=(hub, folder), name="hub")
    thread.start()
    try:
        running.wait_until_it_listens()
        yield running
    finally:
        running.stop()
        thread.join(_PATIENCE_S)
