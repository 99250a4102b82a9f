"""Says which programs ended although nobody asked for it: a demo that stands still says why."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from rich.markup import escape

from protocol.errors import Unavailable
from provisioning.demo.children import UnexpectedExit

_LOOKS_EVERY_S = 0.5


class Watched(Protocol):
    """What `Children` knows."""

    def unexpected_exits(self) -> tuple[UnexpectedExit, ...]:
        """The last ones, oldest first."""


async def watch(children: Watched, tell: Callable[[str], None]) -> None:
    """Tell each exit once, for ever; raises Unavailable `program-given-up` when one stays down."""
    last: UnexpectedExit | None = None
    while True:
        exits = children.unexpected_exits()
        known = next((at for at, ended in enumerate(exits) if ended is last), -1)
        for ended in exits[known + 1 :]:
            last = ended
            if ended.given_up:
                raise Unavailable(
                    "program-given-up",
                    f"{ended.name} ended again and again and stays down: {ended.reason}",
                )
            tell(f"[yellow]{escape(f'{ended.name} ended and is started again: {ended.reason}')}")
        await asyncio.sleep(_LOOKS_EVERY_S)
