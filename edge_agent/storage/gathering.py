"""Requests on their way to the writer's thread: one group at a time.

Laws: while the thread writes, the others gather here, so that a group is handed over, and its
thread woken, once. Whoever comes to an idle writer waits for as many as the last group had, but
only for some milliseconds: tablets that are all busy share a commit, a lone one waits for nobody.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

R = TypeVar("R")
_PATIENCE_S = 0.004


class Gathering(Generic[R]):
    """Used from the event loop only. `hand_over` takes at most `most` requests; `done` follows."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        hand_over: Callable[[list[R]], None],
        *,
        most: int,
    ) -> None:
        self._loop = loop
        self._hand_over = hand_over
        self._most = most
        self._requests: list[R] = []
        self._at_work = False
        self._expected = 1
        self._alarm: asyncio.TimerHandle | None = None

    def add(self, request: R) -> None:
        """Hand it over now, with others soon, or after the group at hand."""
        self._requests.append(request)
        if not self._at_work:
            self._settle()

    def done(self, count: int) -> None:
        """The thread is through with a group of so many."""
        self._at_work = False
        self._expected = count
        if self._requests:
            self._settle()

    def take_all(self) -> list[list[R]]:
        """All that was not handed over, in groups; the thread will not come back for more."""
        self._calm()
        taken, self._requests = self._requests, []
        return [taken[at : at + self._most] for at in range(0, len(taken), self._most)]

    def _settle(self) -> None:
        if len(self._requests) >= min(self._expected, self._most):
            self._go()
        elif self._alarm is None:
            self._alarm = self._loop.call_later(_PATIENCE_S, self._go)

    def _go(self) -> None:
        self._calm()
        group, self._requests = self._requests[: self._most], self._requests[self._most :]
        self._at_work = True
        self._hand_over(group)

    def _calm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
