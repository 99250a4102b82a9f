"""Stock movements and on-hand over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Response

from edge_agent.kit.problem_responses import problems
from edge_agent.staff.routes import SignedIn
from edge_agent.stock.schemas import OnHand, StockMovementRequest
from edge_agent.stock.service import StockService
from protocol.vocabulary.quantity import format_quantity


def build_router(service: StockService) -> APIRouter:
    """`/stock-movements`, `/stock/{product_id}`."""
    router = APIRouter(tags=["stock"])

    @router.post(
        "/stock-movements",
        status_code=201,
        response_model=StockMovementRequest,
        responses=problems(409),
        summary="Move goods beside tickets",
    )
    async def move(movement: StockMovementRequest, caller: SignedIn) -> Response:
        """The same id and body again is answered 200, another body 409."""
        answer, booked = await service.move(movement.to_movement(), staff_id=caller.staff_id)
        return Response(answer, status_code=201 if booked else 200, media_type="application/json")

    @router.get("/stock/{product_id}", response_model=OnHand, summary="On-hand in this shop")
    async def on_hand(product_id: UUID, _: SignedIn) -> OnHand:
        """The sum of what moved here; what the office booked itself is not in it."""
        quantity = await service.on_hand(product_id)
        return OnHand(product_id=product_id, quantity=format_quantity(quantity))

    return router
