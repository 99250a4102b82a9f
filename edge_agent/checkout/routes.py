"""Finalising sales and returns over HTTP, through either door."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from edge_agent.checkout.rules.orders import Arrival
from edge_agent.checkout.schemas import (
    Quarantined,
    ReturnRequest,
    SaleRequest,
    order_of,
)
from edge_agent.checkout.service import CheckoutService
from edge_agent.sales.schemas import Ticket
from edge_agent.staff.models import Caller
from edge_agent.staff.routes import SignedIn

_STATUS = {"booked": 201, "repeated": 200, "quarantined": 202}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": Ticket, "description": "The same was booked before: the same answer."},
    202: {"model": Quarantined, "description": "Handed over, and kept aside for a person."},
}


class _DoorRoute(APIRoute):
    """Names offending fields by their path in the body, without the door that pydantic prefixes."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_with_plain_paths(request: Request) -> Response:
            try:
                return await answer(request)
            except RequestValidationError as error:
                faults = [{**fault, "loc": _plain(fault["loc"])} for fault in error.errors()]
                raise RequestValidationError(faults, body=error.body) from error

        return answer_with_plain_paths


def build_router(service: CheckoutService) -> APIRouter:
    """`/sales`, `/returns`."""
    router = APIRouter(tags=["sales"], route_class=_DoorRoute)

    @router.post(
        "/sales",
        status_code=201,
        response_model=Ticket,
        responses=_ANSWERS,
        summary="Finalise a sale",
    )
    async def finalise_sale(
        sale: Annotated[SaleRequest, Body()], request: Request, caller: SignedIn
    ) -> Response:
        """On disk when it is answered. `live` may be refused; `handed_over` is booked as told and
        flagged where it differs, or quarantined where no ledger can hold it."""
        return await _finalise(service, sale, caller=caller, body=await request.body())

    @router.post(
        "/returns",
        status_code=201,
        response_model=Ticket,
        responses=_ANSWERS,
        summary="Finalise a return",
    )
    async def finalise_return(
        goods_back: Annotated[ReturnRequest, Body()],
        request: Request,
        caller: SignedIn,
    ) -> Response:
        """With its ticket, what comes back is refunded in proportion to what was charged; without
        one, at the list price or the price that is given."""
        return await _finalise(service, goods_back, caller=caller, body=await request.body())

    return router


async def _finalise(
    service: CheckoutService,
    ticket: SaleRequest | ReturnRequest,
    *,
    caller: Caller,
    body: bytes,
) -> Response:
    order, flags = order_of(ticket)
    arrival = Arrival(
        mode=ticket.mode,
        register_id=caller.register_id,
        staff_id=caller.staff_id,
        body=body,
        flags=flags,
    )
    outcome = await service.finalise(order, arrival)
    return Response(
        outcome.answer, status_code=_STATUS[outcome.status], media_type="application/json"
    )


def _plain(path: tuple[int | str, ...]) -> tuple[int | str, ...]:
    return tuple(part for part in path if part not in ("live", "handed_over"))
