"""Invoices and credit notes over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Response

from edge_agent.checkout.invoice_schemas import Invoice, InvoiceRequest
from edge_agent.checkout.invoices import InvoiceService
from edge_agent.kit.problem_responses import problems
from edge_agent.staff.routes import SignedIn

_JSON = "application/json"


def build_invoice_router(service: InvoiceService) -> APIRouter:
    """`/invoices`."""
    router = APIRouter(prefix="/invoices", tags=["invoices"])

    @router.post(
        "",
        status_code=201,
        response_model=Invoice,
        responses=problems(404, 409),
        summary="Invoice a ticket, or credit a return",
    )
    async def issue(request: InvoiceRequest, caller: SignedIn) -> Response:
        """One per ticket. The same again is answered 200 with the same number."""
        answer, issued = await service.issue(request.to_order(), caller=caller)
        return Response(answer, status_code=201 if issued else 200, media_type=_JSON)

    @router.get(
        "/{invoice_id}", response_model=Invoice, responses=problems(404), summary="An invoice"
    )
    async def invoice(invoice_id: UUID, _: SignedIn) -> Response:
        """As it was issued."""
        return Response(await service.invoice(invoice_id), media_type=_JSON)

    return router
