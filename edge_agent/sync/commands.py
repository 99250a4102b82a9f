"""What the office may ask of this box, and that it is done once (sync reference §3, commands).

The file's law: only the kinds that were handed in are done, never a shell. The beginning is on disk
before anything is done and the end before it is told; asked again, the kept answer is told again.
"""

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from edge_agent.kit.clock import Clock, unix_ms
from edge_agent.storage.writer import Writer
from edge_agent.sync import store
from edge_agent.sync.ports import Answer, nothing
from protocol.errors import HanoutError
from protocol.messages.sync import Command, CommandResult

_LONGEST_DETAIL = 16_384


class Done(Struct, frozen=True, kw_only=True):
    """What came of it, for people; `then` is called once that is on disk and was told."""

    detail: str = ""
    then: Callable[[], None] = nothing


Kinds = Mapping[str, Callable[[], Awaitable[Done]]]
"""Kind → what does it; raises HanoutError when it cannot be done."""


class CommandDesk:
    """Implements `CommandsPort`: one command at a time."""

    def __init__(self, *, writer: Writer, clock: Clock, kinds: Kinds) -> None:
        self._writer = writer
        self._clock = clock
        self._kinds = dict(kinds)

    async def answer(self, command: Command, *, late: bool) -> Answer:
        """Do it, or say again what became of it. Raises Unavailable when the disk cannot serve."""
        at_ms = unix_ms(self._clock.now())
        known = await self._writer.submit(
            lambda connection: store.begin_command(
                connection, command.id, kind=command.kind[:64], at_ms=at_ms
            )
        )
        if known is not None and known.result is not None:
            return Answer(
                result=CommandResult(id=command.id, result=known.result, detail=known.detail)
            )
        if known is not None:
            return await self._end(command, "interrupted", Done())
        if late:
            return await self._end(command, "expired", Done())
        do = self._kinds.get(command.kind)
        if do is None:
            return await self._end(command, "refused", Done(detail="unknown kind"))
        try:
            done = await do()
        except HanoutError as error:
            return await self._end(command, "failed", Done(detail=str(error)))
        return await self._end(command, "done", done)

    async def _end(self, command: Command, result: str, done: Done) -> Answer:
        detail = done.detail[:_LONGEST_DETAIL]
        await self._writer.submit(
            lambda connection: store.end_command(
                connection, command.id, result=result, detail=detail
            )
        )
        told = CommandResult(id=command.id, result=result, detail=detail)
        return Answer(result=told, then=done.then)
