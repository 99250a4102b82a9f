"""Finalising sales and returns over HTTP, through either door."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response
from msgspec.structs import replace

from edge_agent.checkout.door_route import DoorRoute
from edge_agent.checkout.requests import kind_of, order_of
from edge_agent.checkout.schemas import Quarantined, ReturnRequest, SaleRequest
from edge_agent.checkout.service import CheckoutService, Delivery
from edge_agent.kit.problem_responses import problems
from edge_agent.sales.schemas import Ticket
from edge_agent.staff.routes import Token, require_signed_in
from protocol.errors import Malformed

_STATUS = {"booked": 201, "repeated": 200, "quarantined": 202}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": Ticket, "description": "The same was booked before: the same answer."},
    202: {"model": Quarantined, "description": "Handed over, and kept aside for a person."},
    **problems(403, 404, 409),
}


def build_router(service: CheckoutService) -> APIRouter:
    """`/sales`, `/returns`."""
    # The service asks who is signed in as well, in the transaction that books.
    router = APIRouter(
        tags=["sales"], route_class=DoorRoute, dependencies=[Depends(require_signed_in)]
    )

    @router.post(
        "/sales",
        status_code=201,
        response_model=Ticket,
        responses=_ANSWERS,
        summary="Finalise a sale",
    )
    async def finalise_sale(
        sale: Annotated[SaleRequest, Body()], request: Request, token: Token
    ) -> Response:
        """On disk when it is answered. `live` may be refused; `handed_over` is booked as told and
        flagged where it differs, or quarantined where no ledger can hold it or nobody can read
        it. A product that the
        office withdrew is refused live and flagged handed over."""
        return await _finalise(service, sale, token=token, body=await request.body())

    @router.post(
        "/returns",
        status_code=201,
        response_model=Ticket,
        responses=_ANSWERS,
        summary="Finalise a return",
    )
    async def finalise_return(
        goods_back: Annotated[ReturnRequest, Body()], request: Request, token: Token
    ) -> Response:
        """With its ticket, what comes back is refunded in proportion to what was charged; without
        one, at the list price or the price that is given."""
        return await _finalise(service, goods_back, token=token, body=await request.body())

    return router


async def _finalise(
    service: CheckoutService, ticket: SaleRequest | ReturnRequest, *, token: str, body: bytes
) -> Response:
    delivery = Delivery(mode=ticket.mode, token=token, body=body)
    try:
        order, flags = order_of(ticket)
    except Malformed as unreadable:
        outcome = await service.keep_unreadable(
            kind_of(ticket), ticket.id, delivery=delivery, reason=unreadable.code
        )
    else:
        outcome = await service.finalise(order, replace(delivery, flags=flags))
    return Response(
        outcome.answer, status_code=_STATUS[outcome.status], media_type="application/json"
    )
