"""The one event stream of a tab (Server-Sent Events).

Events: `changed` with the topics to fetch anew, `resync` to fetch all, `signed-out` when the
session ended. The id is the tenant's event position, so that a reconnect that missed nothing is
told nothing.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from hub.dashboard.live import TOPICS, LiveFeed, Subscription
from hub.dashboard.visitors import SESSION_COOKIE, Visitors
from hub.kit.permissions import Permission, Principal

# News of one tab are told at most this often, and together.
_PACE_S = 0.5
_RETRY_MS = 2_000


def build_router(*, visitors: Visitors, feed: LiveFeed) -> APIRouter:
    """`/live`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/live")
    async def live(
        request: Request, principal: Annotated[Principal, Depends(visitors)]
    ) -> Response:
        principal.require(Permission.SALES_READ)
        feed.admit(principal.organization_id)
        token = request.cookies[SESSION_COOKIE]
        asked = request.headers.get("last-event-id") or request.query_params.get("position", "")
        stream = _Stream(visitors, feed, token=token, position=_position(asked))
        return StreamingResponse(
            stream.events(principal),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return router


class _Stream:
    def __init__(
        self, visitors: Visitors, feed: LiveFeed, *, token: str, position: int | None
    ) -> None:
        self._visitors = visitors
        self._feed = feed
        self._token = token
        self._position = position

    async def events(self, principal: Principal) -> AsyncIterator[str]:
        start = self._position if self._position is not None else 0
        async with self._feed.subscribe(principal.organization_id, start) as subscription:
            yield f"retry: {_RETRY_MS}\n\n"
            if self._position is None:
                yield _event("resync", {"topics": TOPICS})
            heartbeat_s = self._feed.limits.heartbeat_s
            now_s = asyncio.get_running_loop().time
            checked_s = now_s()
            while not subscription.closed:
                if not await _rings(subscription, within_s=heartbeat_s):
                    yield ": still here\n\n"
                if now_s() - checked_s >= heartbeat_s:
                    checked_s = now_s()
                    if not await self._may_still_look():
                        yield _event("signed-out", {})
                        return
                topics, position = subscription.take()
                if topics:
                    yield _event("changed", {"topics": topics}, position)
                    await asyncio.sleep(_PACE_S)

    async def _may_still_look(self) -> bool:
        principal = await self._visitors.still(self._token)
        return principal is not None and Permission.SALES_READ in principal.permissions


def _position(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def _rings(subscription: Subscription, *, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return await subscription.bell.wait()
    except TimeoutError:
        return False


def _event(name: str, content: object, position: int | None = None) -> str:
    mark = "" if position is None else f"id: {position}\n"
    return f"{mark}event: {name}\ndata: {json.dumps(content)}\n\n"
