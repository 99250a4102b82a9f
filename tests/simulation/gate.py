"""A simulated process: tasks that can be killed at any await, or stopped as by SIGSTOP.

Everything that leaves the process (broker, database, disk) passes `pass_gate` first. A stopped
process hangs there and goes on, with whatever it believed, when it is continued.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

_END_S = 60.0


class Gate:
    """`open` → `stopped` → `open` …, and `dead` for good."""

    def __init__(self) -> None:
        self.dead = False
        self._go: asyncio.Event | None = None

    @property
    def stopped(self) -> bool:
        """Whether it hangs."""
        return self._go is not None

    async def pass_gate(self) -> None:
        """Wait while stopped; raises CancelledError in a process that is dead."""
        if self.dead:
            raise asyncio.CancelledError
        if self._go is not None:
            await self._go.wait()
            if self.dead:
                raise asyncio.CancelledError

    def stop(self) -> None:
        """As SIGSTOP."""
        self._go = self._go or asyncio.Event()

    def go_on(self) -> None:
        """As SIGCONT."""
        if self._go is not None:
            self._go.set()
            self._go = None

    def kill(self) -> None:
        """Whatever comes to the gate later gets no further."""
        self.dead = True
        self.go_on()


class Running:
    """The tasks of one process. `crashed` is what ended it, if it ended by itself."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.gate = Gate()
        self.crashed: BaseException | None = None
        self.over = asyncio.Event()
        self._works: list[Coroutine[Any, Any, None]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run as a part of the process; an exception in any part ends all of it."""
        self._works.append(work)
        self._tasks.append(asyncio.get_running_loop().create_task(self._run(work)))

    async def kill(self) -> None:
        """At once, wherever it is."""
        self.gate.kill()
        for task in self._tasks:
            task.cancel()
        for task, work in zip(self._tasks, self._works, strict=True):
            if (await asyncio.wait([task], timeout=_END_S))[1]:
                context = {"message": f"{self.name} goes on although it was told to end"}
                asyncio.get_running_loop().call_exception_handler(context)
            else:
                work.close()  # A task that was killed before its first step never began it.
        self.over.set()

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, the process ends by it
            self.crashed = error
            self.gate.kill()
            self.over.set()
