"""What waits in quarantine, once more through the handed-over door."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import TypeAdapter, ValidationError

from edge_agent.checkout.requests import order_of
from edge_agent.checkout.rules.orders import TicketOrder
from edge_agent.checkout.schemas import (
    RetriedRequest,
    RetriedTicket,
    ReturnRequest,
    SaleRequest,
)
from edge_agent.checkout.service import CheckoutService
from edge_agent.kit.problem_responses import problems
from edge_agent.sales.quarantine import Quarantine
from edge_agent.sales.rules import KeptBody, TicketKind
from edge_agent.staff.routes import Token, require_manager
from protocol.errors import Malformed

_BODIES: dict[TicketKind, TypeAdapter[Any]] = {
    "sale": TypeAdapter(SaleRequest),
    "return": TypeAdapter(ReturnRequest),
}


def build_retry_router(service: CheckoutService, quarantine: Quarantine) -> APIRouter:
    """`/quarantine/{ticket_id}/retry`."""
    router = APIRouter(tags=["sales"], dependencies=[Depends(require_manager)])

    @router.post(
        "/quarantine/{ticket_id}/retry",
        responses=problems(403, 404),
        summary="Book a quarantined ticket after all",
    )
    async def retry(ticket_id: UUID, token: Token) -> RetriedTicket:
        """For managers. The same bytes once more through the handed-over door, in the name of
        whoever had rung it up. What can be booked by now waits no longer; the rest waits on."""
        told = []
        for kept in await quarantine.requests(ticket_id):
            reading = _read_again(kept)
            outcome = None
            if reading is not None:
                order, flags = reading
                outcome = await service.retry(order, kept, flags=flags, token=token)
                if outcome is None:
                    continue
            told.append(
                RetriedRequest(
                    number=kept.request.number,
                    status="quarantined" if outcome is None else outcome.status,
                )
            )
        return RetriedTicket(ticket_id=ticket_id, requests=told)

    return router


def _read_again(kept: KeptBody) -> tuple[TicketOrder, tuple[str, ...]] | None:
    """The order of the bytes, and what reading it noticed; None where nobody can read it, or tell
    a sale from a return."""
    if kept.request.kind is None:
        return None
    try:
        return order_of(_BODIES[kept.request.kind].validate_json(kept.body))
    except (Malformed, ValidationError):
        return None
