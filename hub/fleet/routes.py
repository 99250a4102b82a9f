"""Devices over HTTP for the office: are they there, what do they owe, which may come, which not."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from hub.fleet import readmodel
from hub.fleet.models import Slot
from hub.fleet.office import Office
from hub.fleet.schemas import (
    ClaimList,
    Device,
    DeviceList,
    DeviceParameters,
    NewClaim,
    OpenClaim,
    Revocation,
)
from hub.kit.clock import Clock
from hub.kit.db import Database
from hub.kit.http import Guard, no_parameters
from hub.kit.pages import checked_limit, decode_cursor, page_of
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems
from protocol.errors import NotFound


def build_router(*, database: Database, guard: Guard, clock: Clock, office: Office) -> APIRouter:
    """`/v1/devices` and `/v1/devices/claims`."""
    router = APIRouter(tags=["devices"])
    # Before the devices, whose {device_id} would take its path.
    _add_claims(router, database=database, guard=guard, clock=clock)
    _add_slots(router, guard=guard, office=office)
    _add_devices(router, database=database, guard=guard, clock=clock)

    @router.post(
        "/v1/devices/{device_id}/revoke",
        operation_id="revokeDevice",
        status_code=HTTPStatus.NO_CONTENT,
        responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
        dependencies=[Depends(no_parameters)],
    )
    async def revoke(
        device_id: UUID,
        body: Revocation,
        principal: Annotated[Principal, Depends(guard(Permission.FLEET_WRITE))],
    ) -> None:
        """Let a device in no more, for good; what it still holds may be imported."""
        await office.revocation.revoke(principal, device_id, reason=body.reason)

    return router


def _add_devices(router: APIRouter, *, database: Database, guard: Guard, clock: Clock) -> None:
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


def _add_claims(router: APIRouter, *, database: Database, guard: Guard, clock: Clock) -> None:
    @router.get("/v1/devices/claims", operation_id="listClaims", responses=problems())
    async def list_claims(
        query: Annotated[DeviceParameters, Query()],
        principal: Annotated[Principal, Depends(guard(Permission.FLEET_READ))],
    ) -> ClaimList:
        """The slots that were made for devices, the newest first."""
        limit = checked_limit(query.limit)
        (after,) = decode_cursor(query.cursor, tuple[UUID]) if query.cursor else (None,)
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.claims(
                session, store_id=query.store_id, after_id=after, most=limit + 1
            )
        page = page_of(rows, limit, lambda row: [row["claim_id"]])
        return ClaimList.of_rows(page, now=clock.now())


def _add_slots(router: APIRouter, *, guard: Guard, office: Office) -> None:
    may_write = guard(Permission.FLEET_WRITE)

    @router.post(
        "/v1/devices/claims",
        operation_id="createClaim",
        status_code=HTTPStatus.CREATED,
        responses=problems(
            HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY
        ),
        dependencies=[Depends(no_parameters)],
    )
    async def create_claim(
        body: NewClaim, request: Request, principal: Annotated[Principal, Depends(may_write)]
    ) -> OpenClaim:
        """Make a slot for a device to come; its code holds for a day and for one box."""
        slot = Slot(store_id=body.store_id, name=body.name, replaces=body.replaces)
        made = await office.invite(principal, slot, found_at=str(request.base_url))
        return OpenClaim(
            claim_id=made.claim.claim_id,
            device_id=made.claim.device_id,
            store_id=slot.store_id,
            name=slot.name,
            code=made.claim.code,
            claim_uri=made.uri,
            qr_svg=made.qr_svg,
            expires_at=made.claim.expires_at,
            ca_fingerprint=made.ca_fingerprint,
        )

    @router.delete(
        "/v1/devices/claims/{claim_id}",
        operation_id="withdrawClaim",
        status_code=HTTPStatus.NO_CONTENT,
        responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
        dependencies=[Depends(no_parameters)],
    )
    async def withdraw_claim(
        claim_id: UUID, principal: Annotated[Principal, Depends(may_write)]
    ) -> None:
        """Let a code hold no more."""
        await office.slots.withdraw(principal, claim_id)
