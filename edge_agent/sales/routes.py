"""Booked tickets over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Response

from edge_agent.sales.schemas import Ticket
from edge_agent.sales.service import SalesService
from edge_agent.staff.routes import SignedIn

JSON = "application/json"


def build_router(service: SalesService) -> APIRouter:
    """`GET /sales/{id}`: sales and returns alike."""
    router = APIRouter(tags=["sales"])

    @router.get("/sales/{ticket_id}", response_model=Ticket, summary="A booked sale or return")
    async def ticket(ticket_id: UUID, _: SignedIn) -> Response:
        """The ticket as it was answered when it was booked, byte for byte."""
        return Response(await service.ticket(ticket_id), media_type=JSON)

    return router
