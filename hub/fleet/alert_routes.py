"""What a person should know of a device, over HTTP: the list, and saying that it is settled."""

from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, Field

from hub.fleet import readmodel
from hub.fleet.alerts import DeviceAlerts
from hub.kit.db import Database
from hub.kit.http import (
    FROM_JSON,
    Answer,
    Guard,
    ListAnswer,
    ListParameters,
    example,
    no_parameters,
)
from hub.kit.pages import checked_limit, decode_cursor, page_of
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems
from protocol.errors import NotFound

AlertKind = Literal[
    "cloned",
    "device-salvaged",
    "device-set-back",
    "device-wiped",
    "epoch-beyond-belief",
    "epoch-twice",
    "hardware-changed",
    "history-forked",
    "hub-set-back",
]
_ALERT = {
    "alert_id": "0197a1b2-0000-7000-8000-000000000051",
    "device_id": "0197a1b2-0000-7000-8000-000000000012",
    "kind": "history-forked",
    "raised_at": "2026-11-23T10:00:00Z",
    "details": {
        "epoch": 2,
        "from_epoch": 1,
        "base": 4180,
        "resent": 20,
        "missing_at_device": 23,
    },
    "settled_at": None,
}


class DeviceAlert(Answer, json_schema_extra=example(_ALERT)):
    """Something odd about a device. Nothing of it was refused or lost, but for a `cloned` box
    and for one whose epoch is beyond belief."""

    alert_id: UUID
    device_id: UUID
    kind: AlertKind
    raised_at: AwareDatetime
    details: Annotated[dict[str, Any], FROM_JSON, Field(description="Figures, by the kind.")]
    settled_at: AwareDatetime | None


class DeviceAlertList(ListAnswer[DeviceAlert]):
    """A page of alerts."""


def build_router(*, database: Database, guard: Guard, alerts: DeviceAlerts) -> APIRouter:
    """`/v1/devices/{device_id}/alerts`."""
    router = APIRouter(tags=["devices"])

    @router.get(
        "/v1/devices/{device_id}/alerts",
        operation_id="listDeviceAlerts",
        responses=problems(HTTPStatus.NOT_FOUND),
    )
    async def list_alerts(
        device_id: UUID,
        query: Annotated[ListParameters, Query()],
        principal: Annotated[Principal, Depends(guard(Permission.FLEET_READ))],
    ) -> DeviceAlertList:
        """Forks, restored backups, clones: the newest first."""
        limit = checked_limit(query.limit)
        (after,) = decode_cursor(query.cursor, tuple[UUID]) if query.cursor else (None,)
        async with database.tenant(principal.organization_id) as session:
            if not await readmodel.devices(session, device_id=device_id):
                raise NotFound("unknown-device", "There is no such device.")
            rows = await readmodel.alerts(session, device_id, after_id=after, most=limit + 1)
        return DeviceAlertList.of(page_of(rows, limit, lambda row: [row["alert_id"]]))

    @router.post(
        "/v1/devices/{device_id}/alerts/{alert_id}/settle",
        operation_id="settleDeviceAlert",
        status_code=HTTPStatus.NO_CONTENT,
        responses=problems(HTTPStatus.NOT_FOUND),
        dependencies=[Depends(no_parameters)],
    )
    async def settle_alert(
        device_id: UUID,
        alert_id: UUID,
        principal: Annotated[Principal, Depends(guard(Permission.FLEET_WRITE))],
    ) -> None:
        """Somebody looked after it. May be repeated."""
        async with database.tenant(principal.organization_id) as session:
            await alerts.settle(session, principal, device_id=device_id, alert_id=alert_id)

    return router
