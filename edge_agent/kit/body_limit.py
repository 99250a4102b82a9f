"""No request larger than a full ticket is read into memory (promise G)."""

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What a fact may say (768 KiB), each letter of it written as six, and some around it: no
# ticket that a shop handed over, and that a fact could hold, is turned away for its spelling.
MAX_BODY_BYTES = 6 * 1024 * 1024


class BodyLimit:
    """ASGI middleware: reading on beyond the limit raises HTTPException 413.

    A declared length is refused at the first read, a chunked body when it passes the limit.
    """

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counting `receive`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"")
        too_large = declared.isdigit() and int(declared) > self._max_bytes
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if too_large or received > self._max_bytes:
                raise HTTPException(413, f"Send at most {self._max_bytes} bytes in one request.")
            return message

        await self._app(scope, limited, send)
