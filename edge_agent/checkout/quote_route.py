"""Quotes over HTTP."""

from fastapi import APIRouter, Response

from edge_agent.checkout.quote_schemas import QuoteRequest, QuoteState
from edge_agent.checkout.quotes import QuoteService
from edge_agent.checkout.requests import quoted_order_of
from edge_agent.kit.problem_responses import problems
from edge_agent.staff.routes import SignedIn


def build_quote_router(service: QuoteService) -> APIRouter:
    """`/quotes`."""
    router = APIRouter(tags=["sales"])

    @router.post(
        "/quotes",
        response_model=QuoteState,
        responses=problems(409),
        summary="What a sale would come to",
    )
    async def quote(sale: QuoteRequest, caller: SignedIn) -> Response:
        """By the prices, taxes and promotions of this moment, for this customer. Nothing is kept:
        ask again after every line. A sale with these figures is taken within half an hour, if its
        `rung_at` is this quote's."""
        answer = await service.quote(quoted_order_of(sale), caller=caller)
        return Response(answer, media_type="application/json")

    return router
