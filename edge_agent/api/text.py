"""Text that is none: half a surrogate pair, which only a JSON escape can bring, can be neither
stored nor sent on. Nothing is written when it is met, because encoding comes before every write."""

from collections.abc import Awaitable, Callable
from typing import cast

from fastapi import FastAPI, Request, Response

from protocol.errors import HanoutError, Malformed

_Answer = Callable[[Request, Exception], Awaitable[Response]]


def refuse_broken_text(app: FastAPI) -> None:
    """Answer a UnicodeEncodeError as Malformed `undecodable`; call after the problem handlers."""
    answer = cast("_Answer", app.exception_handlers[HanoutError])

    async def on_broken_text(request: Request, _: Exception) -> Response:
        broken = Malformed("undecodable", "The body holds half a surrogate pair.")
        return await answer(request, broken)

    app.add_exception_handler(UnicodeEncodeError, on_broken_text)
