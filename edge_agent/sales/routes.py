"""Booked tickets over HTTP, and the requests that could not be booked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from edge_agent.kit.problem_responses import problems
from edge_agent.sales.quarantine import MAX_LIMIT, Quarantine
from edge_agent.sales.schemas import (
    KeptBodyState,
    QuarantinedTicket,
    QuarantineList,
    SettlementRequest,
    SettlementState,
    Ticket,
)
from edge_agent.sales.service import SalesService
from edge_agent.staff.models import Caller
from edge_agent.staff.routes import SignedIn, require_manager

JSON = "application/json"
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
After = Annotated[int, Query(ge=0, le=2**53, description="The last answer's `next`")]
SignedInManager = Annotated[Caller, Depends(require_manager)]


def build_router(service: SalesService, quarantine: Quarantine) -> APIRouter:
    """`GET /sales/{id}`: sales and returns alike; `/quarantine`."""
    router = APIRouter(tags=["sales"])

    @router.get(
        "/sales/{ticket_id}",
        response_model=Ticket,
        responses=problems(404),
        summary="A booked sale or return",
    )
    async def ticket(ticket_id: UUID, _: SignedIn) -> Response:
        """The ticket as it was answered when it was booked, byte for byte."""
        return Response(await service.ticket(ticket_id), media_type=JSON)

    _add_quarantine(router, quarantine)
    return router


def _add_quarantine(router: APIRouter, quarantine: Quarantine) -> None:
    @router.get(
        "/quarantine",
        responses=problems(403),
        summary="What was handed over and could not be booked",
    )
    async def waiting(_: SignedInManager, limit: Limit = 50, after: After = 0) -> QuarantineList:
        """For managers. Every request that waits for a person, the oldest first."""
        return QuarantineList.of(await quarantine.waiting(after=after, limit=limit))

    @router.get(
        "/quarantine/{ticket_id}",
        responses=problems(403, 404),
        summary="A quarantined ticket, as it was sent",
    )
    async def quarantined(ticket_id: UUID, _: SignedInManager) -> QuarantinedTicket:
        """For managers. 404 when nothing waits under this id (any more)."""
        kept = await quarantine.requests(ticket_id)
        return QuarantinedTicket(
            ticket_id=ticket_id, requests=[KeptBodyState.of_body(one) for one in kept]
        )

    @router.post(
        "/quarantine/{ticket_id}/settle",
        responses=problems(403, 404),
        summary="Say that it is dealt with",
    )
    async def settle(
        ticket_id: UUID, settlement: SettlementRequest, caller: SignedInManager
    ) -> SettlementState:
        """For managers. It leaves the count; it is kept for 90 days more with who said so and why.
        The same again changes nothing."""
        count = await quarantine.settle(settlement.of(ticket_id, staff_id=caller.staff_id))
        return SettlementState(ticket_id=ticket_id, settled_count=count)
