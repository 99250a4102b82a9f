"""Text that is none: half a surrogate pair can be neither stored nor sent on."""

import json

from fastapi import Request

from protocol.errors import Malformed


async def refuse_broken_text(request: Request) -> None:
    """A dependency for the whole app; raises Malformed `undecodable`. Only escapes can bring it."""
    if request.method in ("GET", "HEAD") or b"\\u" not in await request.body():
        return
    try:
        json.dumps(await request.json(), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Malformed("undecodable", "The body holds half a surrogate pair.") from error
