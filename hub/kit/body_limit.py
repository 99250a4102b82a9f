"""A bound on what a request may bring (promise G), before anything is parsed."""

import re
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 1024 * 1024


class BodyLimit:
    """ASGI middleware: a longer body ends in 413, whether or not its length was announced.

    `larger`: pattern of a whole path → the bound there, for what is read in pieces.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        most_bytes: int = MOST_BYTES,
        larger: Mapping[re.Pattern[str], int] | None = None,
    ) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._larger = dict(larger or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken, most_bytes = 0, self._most(scope["path"])

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most_bytes:
                raise HTTPException(413)
            return message

        await self._app(scope, bounded, send)

    def _most(self, path: str) -> int:
        found = (most for pattern, most in self._larger.items() if pattern.fullmatch(path))
        return next(found, self._most_bytes)
