"""Pulling a collection from the start although a version of it is in force.

What the tills see does not change until the whole of it is there (promise J); a crash at any moment
at worst pulls once more.
"""

from collections.abc import Mapping, Sequence

from edge_agent.storage.writer import Writer
from edge_agent.sync import store
from edge_agent.sync.ports import ReplicasPort
from protocol.messages.sync import Page
from protocol.session.outputs import Replica


class ResyncingReplicas:
    """Implements `ReplicasPort` over another: what shall be pulled anew is shown as never held."""

    def __init__(
        self, replicas: ReplicasPort, *, writer: Writer, collections: Sequence[str]
    ) -> None:
        self._replicas = replicas
        self._writer = writer
        self._collections = tuple(collections)

    async def ask(self) -> None:
        """Pull everything from the start, beginning with the next connection; durable."""
        await self._writer.submit(
            lambda connection: store.ask_resync(connection, self._collections)
        )

    async def replicas(self) -> Mapping[str, Replica]:
        """See ReplicasPort."""
        anew = await self._writer.submit(store.resyncs)
        held = await self._replicas.replicas()
        return {
            name: Replica(version=0, staged=replica.staged if anew[name] else None)
            if name in anew
            else replica
            for name, replica in held.items()
        }

    async def stage(self, collection: str, page: Page) -> None:
        """See ReplicasPort."""
        await self._replicas.stage(collection, page)
        if page.restart or page.done:
            await self._writer.submit(
                lambda connection: store.note_page(
                    connection, collection, restart=page.restart, done=page.done
                )
            )

    async def sweep(self) -> bool:
        """See ReplicasPort."""
        return await self._replicas.sweep()
