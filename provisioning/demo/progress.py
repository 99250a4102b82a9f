"""What people see while the demo works: on standard error, because stdout carries JSON alone."""

import asyncio
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar


class Progress:
    """Counts tickets, wakes those who wait for a count, and shows a bar if there is a terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.count = 0
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("tickets", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def expect(self, tickets: int | None) -> None:
        """How many there will be, if it is known."""
        self._bar.update(self._task, total=tickets)

    def step(self) -> None:
        """One more ticket was answered."""
        self.count += 1
        self._bar.advance(self._task)
        due = [one for one in self._waiting if one[0] <= self.count]
        self._waiting = [one for one in self._waiting if one[0] > self.count]
        for _, reached in due:
            if not reached.done():
                reached.set_result(None)

    async def reach(self, count: int) -> None:
        """Wait until so many were answered."""
        if self.count < count:
            reached = asyncio.get_running_loop().create_future()
            self._waiting.append((count, reached))
            await reached

    def tell(self, text: str) -> None:
        """A line for people."""
        self.console.print(text, highlight=False)
