"""Devices over HTTP: are they there, and what do they still owe."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from hub.fleet import readmodel
from hub.fleet.schemas import Device, DeviceList, DeviceParameters
from hub.kit.clock import Clock
from hub.kit.db import Database
from hub.kit.http import Guard, no_parameters
from hub.kit.pages import checked_limit, decode_cursor, page_of
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems
from protocol.errors import NotFound


def build_router(*, database: Database, guard: Guard, clock: Clock) -> APIRouter:
    """`/v1/devices`."""
    router = APIRouter(tags=["devices"])
    may_read = guard(Permission.FLEET_READ)

    @router.get("/v1/devices", operation_id="listDevices", responses=problems())
    async def list_devices(
        query: Annotated[DeviceParameters, Query()],
        principal: Annotated[Principal, Depends(may_read)],
    ) -> DeviceList:
        """The tenant's devices with their connection and sync debt."""
        limit = checked_limit(query.limit)
        (after,) = decode_cursor(query.cursor, tuple[UUID]) if query.cursor else (None,)
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.devices(
                session, store_id=query.store_id, after_id=after, most=limit + 1
            )
        page = page_of(rows, limit, lambda row: [row["device_id"]])
        return DeviceList.of_rows(page, now=clock.now())

    @router.get(
        "/v1/devices/{device_id}",
        operation_id="getDevice",
        responses=problems(HTTPStatus.NOT_FOUND),
        dependencies=[Depends(no_parameters)],
    )
    async def get_device(
        device_id: UUID, principal: Annotated[Principal, Depends(may_read)]
    ) -> Device:
        """One device."""
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.devices(session, device_id=device_id)
        if not rows:
            raise NotFound("unknown-device", "There is no such device.")
        return Device.of_row(rows[0], now=clock.now())

    return router
