"""Exported journals over HTTP."""

import re
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from hub.ingest.archives import JournalArchives
from hub.ingest.schemas import ImportedJournal
from hub.kit.http import Guard, no_parameters
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems
from protocol.codec.archive import ARCHIVE_MEDIA_TYPE

JOURNAL_PATH = re.compile(r"/v1/devices/[^/]+/journal")
_BODY = {
    "requestBody": {
        "required": True,
        "description": "What `hanout-edge export` wrote.",
        "content": {
            ARCHIVE_MEDIA_TYPE: {
                "schema": {"type": "string", "format": "binary"},
                "example": '{"v":1,"device_id":"0197a1b2-0000-7000-8000-000000000012",…}',
            }
        },
    }
}


def build_router(*, guard: Guard, archives: JournalArchives) -> APIRouter:
    """`/v1/devices/{device_id}/journal`."""
    router = APIRouter(tags=["devices"])

    @router.post(
        "/v1/devices/{device_id}/journal",
        operation_id="importJournal",
        responses=problems(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.CONFLICT,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
        dependencies=[Depends(no_parameters)],
        openapi_extra=_BODY,
    )
    async def import_journal(
        device_id: UUID,
        request: Request,
        principal: Annotated[Principal, Depends(guard(Permission.FLEET_WRITE))],
    ) -> ImportedJournal:
        """Take in what a dead box still owed, from the file that was exported on it.

        Repeating it changes nothing. The box may be revoked, its certificate expired.
        """
        found = await archives.bring(principal, device_id, request.stream())
        return ImportedJournal(
            device_id=found.device_id,
            first=found.first,
            last=found.last,
            new=found.new,
            known=found.known,
        )

    return router
