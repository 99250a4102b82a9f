"""Commands over HTTP: ask a device for something, see what came of it."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from hub.audit.models import Act
from hub.audit.service import AuditTrail
from hub.fleet import command_repository as repository
from hub.fleet.command_schemas import Command, CommandBody, CommandList, CommandParameters
from hub.fleet.commands import Commands
from hub.fleet.models import NewCommand
from hub.kit.clock import Clock
from hub.kit.db import Database
from hub.kit.http import Guard, no_parameters
from hub.kit.ids import IdSource
from hub.kit.pages import checked_limit, decode_cursor, page_of
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems
from protocol.errors import NotFound


def build_router(
    *, database: Database, guard: Guard, clock: Clock, ids: IdSource, trail: AuditTrail
) -> APIRouter:
    """`/v1/devices/{device_id}/commands`."""
    router = APIRouter(tags=["devices"])
    may_read, may_write = guard(Permission.FLEET_READ), guard(Permission.FLEET_WRITE)
    commands = Commands(clock)

    @router.post(
        "/v1/devices/{device_id}/commands",
        operation_id="askDevice",
        status_code=HTTPStatus.CREATED,
        responses=problems(
            HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY
        ),
        dependencies=[Depends(no_parameters)],
    )
    async def ask(
        device_id: UUID, body: CommandBody, principal: Annotated[Principal, Depends(may_write)]
    ) -> Command:
        """Ask a device to do something; it is told as soon as it is there."""
        now = clock.now()
        command = NewCommand(
            command_id=body.command_id or ids.next(),
            device_id=device_id,
            kind=body.kind,
            created_by=principal.user_id,
            expires_at=now + timedelta(seconds=body.expires_in_s),
        )
        async with database.tenant(principal.organization_id) as session:
            row, fresh = await commands.ask(session, command)
            if fresh:
                await trail.record(session, _asked(principal, command))
        return Command.of_row(row, now=now)

    @router.get(
        "/v1/devices/{device_id}/commands",
        operation_id="listCommands",
        responses=problems(HTTPStatus.NOT_FOUND),
    )
    async def list_commands(
        device_id: UUID,
        query: Annotated[CommandParameters, Query()],
        principal: Annotated[Principal, Depends(may_read)],
    ) -> CommandList:
        """What a device was asked, the newest first."""
        limit = checked_limit(query.limit)
        (before,) = decode_cursor(query.cursor, tuple[UUID]) if query.cursor else (None,)
        async with database.tenant(principal.organization_id) as session:
            rows = await repository.commands(session, device_id, before_id=before, most=limit + 1)
            if not rows and not await repository.device_exists(session, device_id):
                raise NotFound("unknown-device", "There is no such device.")
        page = page_of(rows, limit, lambda row: [row["command_id"]])
        return CommandList.of_rows(page, now=clock.now())

    return router


def _asked(principal: Principal, command: NewCommand) -> Act:
    return Act(
        actor_kind="user",
        actor_id=principal.user_id,
        action="device.asked",
        subject_kind="device",
        subject_id=str(command.device_id),
        details={"kind": command.kind, "command_id": str(command.command_id)},
    )
