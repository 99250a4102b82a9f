"""What devices sent that took no effect: nothing is dropped in silence (promises I, L)."""

import base64
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from hub.ingest import readmodel
from hub.ingest.schemas import AsideParameters, QuarantinedBytes, QuarantineList, SetAsideList
from hub.kit.db import Database
from hub.kit.http import CursorNumber, Guard, no_parameters
from hub.kit.pages import checked_limit, decode_cursor, page_of
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems
from protocol.errors import NotFound


def build_router(*, database: Database, guard: Guard) -> APIRouter:
    """`/v1/quarantine` and `/v1/set-aside-facts`."""
    router = APIRouter(tags=["ingest"])
    may_read = guard(Permission.FLEET_READ)

    @router.get("/v1/quarantine", operation_id="listQuarantine", responses=problems())
    async def list_quarantine(
        query: Annotated[AsideParameters, Query()],
        principal: Annotated[Principal, Depends(may_read)],
    ) -> QuarantineList:
        """What may not take effect, latest first."""
        limit = checked_limit(query.limit)
        (after,) = decode_cursor(query.cursor, tuple[UUID]) if query.cursor else (None,)
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.quarantine(
                session, device_id=query.device_id, after_id=after, most=limit + 1
            )
        return QuarantineList.of(page_of(rows, limit, lambda row: [row["id"]]))

    @router.get(
        "/v1/quarantine/{item_id}",
        operation_id="getQuarantinedItem",
        responses=problems(HTTPStatus.NOT_FOUND),
        dependencies=[Depends(no_parameters)],
    )
    async def get_quarantined(
        item_id: UUID, principal: Annotated[Principal, Depends(may_read)]
    ) -> QuarantinedBytes:
        """One quarantined item with its bytes."""
        async with database.tenant(principal.organization_id) as session:
            row = await readmodel.quarantined(session, item_id)
        if row is None:
            raise NotFound("unknown-item", "There is no such item in quarantine.")
        content = base64.b64encode(row["bytes"]).decode()
        return QuarantinedBytes.model_validate({**row, "content_base64": content})

    @router.get("/v1/set-aside-facts", operation_id="listSetAsideFacts", responses=problems())
    async def list_set_aside(
        query: Annotated[AsideParameters, Query()],
        principal: Annotated[Principal, Depends(may_read)],
    ) -> SetAsideList:
        """Facts that are kept but could not be read."""
        limit = checked_limit(query.limit)
        after = (
            decode_cursor(query.cursor, tuple[UUID, CursorNumber, CursorNumber])
            if query.cursor
            else None
        )
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.set_aside(
                session, device_id=query.device_id, after=after, most=limit + 1
            )
        return SetAsideList.of(
            page_of(rows, limit, lambda row: [row["device_id"], row["epoch"], row["seq"]])
        )

    return router
