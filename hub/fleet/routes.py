"""Devices over HTTP for the office: are they there, what do they owe, which may come, which not."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import segno
from fastapi import APIRouter, Depends, Query, Request

from hub.fleet import readmodel, rules
from hub.fleet.claiming import Slots
from hub.fleet.device_routes import hub_url
from hub.fleet.enrolment import Enrolment, not_set_up
from hub.fleet.models import Slot
from hub.fleet.revocation import Revocation as Revoking
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


def build_router(
    *,
    database: Database,
    guard: Guard,
    clock: Clock,
    slots: Slots,
    revocation: Revoking,
    enrolment: Enrolment | None,
) -> APIRouter:
    """`/v1/devices` and `/v1/devices/claims`."""
    router = APIRouter(tags=["devices"])
    # Before the devices, whose {device_id} would take its path.
    _add_claims(router, database=database, guard=guard, clock=clock)
    _add_slots(router, guard=guard, slots=slots, enrolment=enrolment)
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
        await revocation.revoke(principal, device_id, reason=body.reason)

    return router


def qr_svg(text: str) -> str:
    """The text as a QR code that fits into a page."""
    return segno.make_qr(text, error="m").svg_inline(scale=4, border=4)


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


def _add_slots(
    router: APIRouter, *, guard: Guard, slots: Slots, enrolment: Enrolment | None
) -> None:
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
        if enrolment is None:
            raise not_set_up()
        slot = Slot(store_id=body.store_id, name=body.name, replaces=body.replaces)
        claim = await slots.make(principal, slot)
        uri = rules.claim_uri(
            hub_url=hub_url(enrolment.whereabouts.hub_url, request),
            code=claim.code,
            ca_fingerprint=enrolment.authority.fingerprint,
        )
        return OpenClaim(
            claim_id=claim.claim_id,
            device_id=claim.device_id,
            store_id=slot.store_id,
            name=slot.name,
            code=claim.code,
            claim_uri=uri,
            qr_svg=qr_svg(uri),
            expires_at=claim.expires_at,
            ca_fingerprint=enrolment.authority.fingerprint,
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
        await slots.withdraw(principal, claim_id)
