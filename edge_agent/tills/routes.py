"""Shifts, cash movements, X and Z over HTTP; the register is the tablet's."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Response

from edge_agent.kit.problem_responses import problems
from edge_agent.staff.routes import SignedIn
from edge_agent.tills.schemas import (
    CashMovementRequest,
    CashMovementState,
    ShiftClosing,
    ShiftOpening,
    ShiftState,
    TillReportState,
)
from edge_agent.tills.service import TillService

JSON = "application/json"
ZNumber = Annotated[int, Path(ge=1, le=2**53)]


def build_router(service: TillService) -> APIRouter:
    """`/shifts`, `/cash-movements`, `/z-reports`."""
    router = APIRouter(tags=["tills"])

    @router.post(
        "/shifts",
        status_code=201,
        response_model=ShiftState,
        responses=problems(409),
        summary="Open the register's shift",
    )
    async def open_shift(opening: ShiftOpening, response: Response, caller: SignedIn) -> ShiftState:
        """One shift is open per register. The same id again is answered 200 with the same shift."""
        shift, opened = await service.open_shift(
            opening.id,
            float_minor=opening.float_minor,
            register_id=caller.register_id,
            staff_id=caller.staff_id,
        )
        response.status_code = 201 if opened else 200
        return ShiftState.of(shift)

    @router.get(
        "/shifts/current",
        response_model=ShiftState,
        responses=problems(404),
        summary="The open shift",
    )
    async def current_shift(caller: SignedIn) -> ShiftState:
        """404 when the register has none."""
        return ShiftState.of(await service.current_shift(caller.register_id))

    @router.get(
        "/shifts/current/x",
        response_model=TillReportState,
        responses=problems(404),
        summary="X report",
    )
    async def x_report(caller: SignedIn) -> Response:
        """Reads the open shift; changes nothing."""
        report = await service.x_report(caller.register_id)
        return Response(msgspec.json.encode(report), media_type=JSON)

    @router.post(
        "/shifts/{shift_id}/close",
        response_model=TillReportState,
        responses=problems(404, 409),
        summary="Close, with the Z",
    )
    async def close_shift(shift_id: UUID, closing: ShiftClosing, caller: SignedIn) -> Response:
        """Writes the Z. The same count again is answered with the same Z, another one 409."""
        document = await service.close_shift(
            shift_id,
            counted_cash_minor=closing.counted_cash_minor,
            register_id=caller.register_id,
            staff_id=caller.staff_id,
        )
        return Response(document, media_type=JSON)

    _add_reports_and_cash(router, service)
    return router


def _add_reports_and_cash(router: APIRouter, service: TillService) -> None:
    @router.get(
        "/z-reports/{number}",
        response_model=TillReportState,
        responses=problems(404),
        summary="A Z report",
    )
    async def z_report(number: ZNumber, caller: SignedIn) -> Response:
        """The bytes that were written at the close."""
        document = await service.z_report(caller.register_id, number)
        return Response(document, media_type=JSON)

    @router.post(
        "/cash-movements",
        status_code=201,
        response_model=CashMovementState,
        responses=problems(409),
        summary="Move cash beside tickets",
    )
    async def move_cash(movement: CashMovementRequest, caller: SignedIn) -> Response:
        """The same id and body again is answered 200, another body 409."""
        answer, booked = await service.move_cash(
            movement.to_movement(), register_id=caller.register_id, staff_id=caller.staff_id
        )
        return Response(answer, status_code=201 if booked else 200, media_type=JSON)
