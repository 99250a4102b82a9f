"""An event loop whose clock jumps to the next timer: a day takes milliseconds, and repeats exactly.

Law: nothing in here or above reads the machine's clock, and no order hangs on an address or on the
hash of a string. Tasks hash by their number, because task groups keep them in sets.
"""

import asyncio
import itertools
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
EPOCH = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Stuck(Exception):
    """Nothing is left that could ever happen."""


class _NumberedTask(asyncio.Task[Any]):
    def __init__(self, coroutine: Any, *, number: int, **options: Any) -> None:
        self._number = number
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other


class _Jump(selectors.SelectSelector):
    """Instead of waiting for a timer, the clock is moved to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` is virtual seconds from 0. `broken` holds what no task's owner looked at."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)
        self.broken: list[str] = []
        numbers = itertools.count(1)
        self.set_task_factory(
            lambda loop, coroutine, **options: _NumberedTask(
                coroutine, number=next(numbers), loop=loop, **options
            )
        )
        self.set_exception_handler(self._note)

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self._jump.now_s

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.broken.append(f"{context.get('message')}: {context.get('exception')!r}")


def run_virtually(main: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, list[str]]:
    """Run to the end; the result, and what went wrong unseen."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        result = runner.run(main())
    return result, loop.broken


def now_ms() -> int:
    """Virtual milliseconds since the beginning."""
    return int(asyncio.get_running_loop().time() * 1000)


class SimClock:
    """A machine's clocks. The wall may jump; the steady one goes on. Serves edge and hub alike."""

    def __init__(self) -> None:
        self.jump_ms = 0

    def now(self) -> datetime:
        """The wall clock."""
        return EPOCH + timedelta(milliseconds=now_ms() + self.jump_ms)

    def monotonic(self) -> float:
        """Seconds."""
        return asyncio.get_running_loop().time()

    def monotonic_ms(self) -> int:
        """Milliseconds."""
        return now_ms()
