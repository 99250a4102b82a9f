"""Papers over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from edge_agent.checkout.papers import PaperService
from edge_agent.kit.problem_responses import problems
from edge_agent.printing.routes import PAPERS, Asked, answered
from edge_agent.staff.routes import SignedIn

ZNumber = Annotated[int, Path(ge=1, le=2**53)]


def build_paper_router(service: PaperService) -> APIRouter:
    """`/tickets/{id}/paper`, `/shifts/current/x/paper`, `/z-reports/{n}/paper`,
    `/invoices/{id}/paper`."""
    router = APIRouter(
        tags=["papers"], responses={**PAPERS, **problems(404)}, default_response_class=Response
    )

    @router.get("/tickets/{ticket_id}/paper", summary="A receipt on paper")
    async def ticket(ticket_id: UUID, asked: Asked, _: SignedIn) -> Response:
        """Every call counts: the first is the original, the others are marked as duplicates."""
        return answered(await service.ticket(ticket_id, asked))

    @router.get("/invoices/{invoice_id}/paper", summary="An invoice on paper")
    async def invoice(invoice_id: UUID, asked: Asked, _: SignedIn) -> Response:
        """Counted like a receipt; as `pdf` it is a page of A4."""
        return answered(await service.invoice(invoice_id, asked))

    @router.get("/shifts/current/x/paper", summary="An X on paper")
    async def x(asked: Asked, caller: SignedIn) -> Response:
        """The tablet's register as it stands; nothing is counted."""
        return answered(await service.x(caller.register_id, asked))

    @router.get("/z-reports/{number}/paper", summary="A Z on paper")
    async def z(number: ZNumber, asked: Asked, caller: SignedIn) -> Response:
        """Of the tablet's register; counted like a receipt."""
        return answered(await service.z(caller.register_id, number, asked))

    return router
