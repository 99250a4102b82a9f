"""The event log for those who follow it, and what was found to be odd."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query

from hub.events import readmodel
from hub.events.schemas import (
    DiscrepancyList,
    DiscrepancyParameters,
    Event,
    EventList,
    EventParameters,
)
from hub.events.service import EventLog
from hub.kit.db import Database
from hub.kit.http import CursorText, Guard
from hub.kit.pages import checked_limit, decode_cursor, page_of
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems
from protocol.errors import Refused


def build_router(*, database: Database, guard: Guard, event_log: EventLog) -> APIRouter:
    """`/v1/events` and `/v1/discrepancies`."""
    router = APIRouter(tags=["events"])

    @router.get("/v1/events", operation_id="listEvents", responses=problems(HTTPStatus.CONFLICT))
    async def list_events(
        query: Annotated[EventParameters, Query()],
        principal: Annotated[Principal, Depends(guard(Permission.EVENTS_READ))],
    ) -> EventList:
        """Events after a position, in the order in which they took effect.

        A position beyond the log's end (409 `position-ahead`): the hub was put back to a backup.
        Read again from before it and leave out the `id`s that you have.
        """
        limit = checked_limit(query.limit)
        async with database.tenant(principal.organization_id) as session:
            found = await event_log.read_after(session, query.after, limit + 1)
            if not found and query.after > await event_log.last_position(session):
                raise Refused("position-ahead", "The event log does not go so far: read it again.")
        items = [Event.model_validate(msgspec.structs.asdict(each)) for each in found[:limit]]
        return EventList(items=items, next=items[-1].position if len(found) > limit else None)

    @router.get("/v1/discrepancies", operation_id="listDiscrepancies", responses=problems())
    async def list_discrepancies(
        query: Annotated[DiscrepancyParameters, Query()],
        principal: Annotated[Principal, Depends(guard(Permission.EVENTS_READ))],
    ) -> DiscrepancyList:
        """Differences in figures, those of the youngest tickets first. Nothing was refused."""
        limit = checked_limit(query.limit)
        after = (
            decode_cursor(query.cursor, tuple[UUID, CursorText, CursorText])
            if query.cursor
            else None
        )
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.discrepancies(
                session, store_id=query.store_id, after=after, most=limit + 1
            )
        return DiscrepancyList.of(
            page_of(rows, limit, lambda row: [row["fact_id"], row["code"], row["subject"]])
        )

    return router
